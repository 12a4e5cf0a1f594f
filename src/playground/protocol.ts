// What the page asks its two workers, and what they answer: plain data, by function calls in messages. The language worker knows
// the text, its shapes and its drawing; the compiler's is started when something of what is compiled is looked at.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Report } from '../report/network-report.ts';
import type { LayerFacts } from '../report/html/data.ts';
import type { Drawing } from '../report/svg/drawing.ts';
import type {
  CompletionItem,
  FoldingRange,
  Hover,
  InlayHint,
  Range,
  Refusal,
  RenameTarget,
  SignatureHelp,
} from '../ide/types.ts';
import type { Program } from './program.ts';

/** Functions of a worker: what is asked, by name, and what comes back. */
export type Calls<T> = { readonly [K in keyof T]: (...args: never[]) => unknown };

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  /** One sentence, for the user. */
  | { readonly id: number; readonly failed: string };

/** The first message of a worker: it listens now. */
export interface Ready {
  readonly ready: true;
}

export interface ProgramText extends Program {
  /** Which of its networks is looked at; the first that has all its parameters otherwise. */
  readonly network?: string;
}

/** What an edit changes on the page. */
export interface Look {
  readonly diagnostics: readonly Problem[];
  /** Networks whose parameters are all bound, in the order of the text. */
  readonly networks: readonly string[];
  /** Absent where errors keep the network from being built, or there is none. */
  readonly shown?: ShownNetwork;
  /** Whether the text has no errors: only then it is compiled, run and trained. */
  readonly isSound: boolean;
}

export interface ShownNetwork {
  readonly report: Report;
  /** As written; absent where it has too many steps to be drawn. */
  readonly drawing?: Drawing;
  /** Of the steps as written, as markup; absent where they are too many. */
  readonly table?: string;
  /** Layers of each row of the table, by its id. */
  readonly rows: readonly (readonly [id: string, layers: readonly string[]])[];
  /** The totals. */
  readonly figures: readonly (readonly [value: string, label: string])[];
  /** What is said of each step, and the height and width of the input. */
  readonly facts: readonly LayerFacts[];
  readonly picture?: readonly [number, number];
  /** Where each step stands in the program's text: itself, then what is around it, the innermost last. */
  readonly places: readonly LayerPlaces[];
}

export interface LayerPlaces {
  readonly layer: string;
  readonly ranges: readonly Range[];
}

export interface Problem extends Range {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  readonly fixes: readonly { readonly title: string; readonly edits: readonly TextEdit[] }[];
}

export interface TextEdit extends Range {
  readonly text: string;
}

export interface Renamed {
  readonly edits: readonly TextEdit[];
  /** What else changes by it: names of weights. */
  readonly note?: string;
}

/** A place in the program, or in a file that it imports. */
export interface Place extends Range {
  readonly path: string;
}

/** What compiling did to a network, as markup. */
export interface Explanation {
  readonly network: string;
  /** Before and after. */
  readonly totals: string;
  readonly rewrites: Stories;
  readonly misses: Stories;
}

export interface Stories {
  readonly count: number;
  readonly html: string;
}

/** The kernel calls of the compiled network, and where its values lie. */
export interface CompiledNetworkView {
  readonly network: string;
  /** Absent where it has too many steps to be drawn. */
  readonly drawing?: Drawing;
  /** The arena over time as SVG; empty where there is none. */
  readonly memory: string;
  readonly figures: readonly (readonly [value: string, label: string])[];
}

export type CodeForm = 'ts' | 'wat' | 'kernels' | 'program' | 'graph';

export interface Code {
  readonly network: string;
  readonly text: string;
  /** What a browser loads, in bytes, and gzipped; of a module only. */
  readonly bytes?: number;
}

/** The worker of what is compiled. Every call has all that it needs, so that a worker that was ended can be replaced. */
export interface CompilerCalls {
  explain(program: ProgramText): Explanation;
  compiled(program: ProgramText): CompiledNetworkView;
  code(program: ProgramText, form: CodeForm): Code;
}

/** The worker of the text: of the program that it was told last. Places are UTF-16 offsets. */
export interface LanguageCalls {
  tell(program: Program): void;
  look(network?: string): Look;
  hover(offset: number): Hover | undefined;
  hints(): readonly InlayHint[];
  completion(offset: number): readonly CompletionItem[];
  signature(offset: number): SignatureHelp | undefined;
  definition(offset: number): Place | undefined;
  /** What would be renamed. */
  renamed(offset: number): RenameTarget | Refusal;
  rename(offset: number, name: string): Renamed | Refusal;
  folding(): readonly FoldingRange[];
  /** Of the whole text, or of what touches the range. */
  format(range?: Range): readonly TextEdit[];
}
