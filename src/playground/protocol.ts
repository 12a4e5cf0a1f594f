// What the page asks its two workers, and what they answer: plain data, by function calls in messages. The language worker knows
// the text, its shapes and its drawing; the compiler's is started when something of what is compiled is looked at.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Report } from '../report/network-report.ts';
import type { LayerFacts } from '../report/html/data.ts';
import type { Drawing } from '../report/svg/drawing.ts';
import type { CompletionItem, FoldingRange, Hover, InlayHint, Range, Refusal, SignatureHelp } from '../ide/types.ts';
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
  readonly diagnostics: readonly PlacedDiagnostic[];
  /** Networks whose parameters are all bound, in the order of the text. */
  readonly networks: readonly string[];
  /** Absent where the text has errors or no network. */
  readonly shown?: ShownNetwork;
}

export interface ShownNetwork {
  readonly report: Report;
  /** As written; absent where it has too many steps to be drawn. */
  readonly drawing?: Drawing;
  /** Of the steps as written, as markup; absent where they are too many. */
  readonly table?: string;
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

export interface PlacedDiagnostic extends Range {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly message: string;
  readonly fixes: readonly { readonly title: string; readonly edits: readonly TextEdit[] }[];
}

export interface TextEdit extends Range {
  readonly text: string;
}

/** A name's places in the program, or in a file that it imports. */
export interface Place extends Range {
  readonly path: string;
}

export interface CompileRequest extends ProgramText {
  readonly target: 'ts' | 'js' | 'wasm';
  /** Inner values to add as outputs. */
  readonly taps?: readonly string[];
  /** A module that exports `loadTrainer`. */
  readonly training?: boolean;
}

export interface Compiled {
  readonly network: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The worker of what is compiled. Every call has all that it needs, so that a worker that was ended can be replaced. */
export interface CompilerCalls {
  compile(request: CompileRequest): Compiled;
}

/** The worker of the text: of the program that it was told last. Places are UTF-16 offsets. */
export interface LanguageCalls {
  tell(program: Program): void;
  look(network?: string): Look;
  hover(offset: number): Hover | undefined;
  hints(range: Range): readonly InlayHint[];
  completion(offset: number): readonly CompletionItem[];
  signature(offset: number): SignatureHelp | undefined;
  definition(offset: number): readonly Place[];
  rename(offset: number, name: string): readonly TextEdit[] | Refusal;
  /** The name that would be renamed. */
  renamed(offset: number): Range | Refusal;
  folding(): readonly FoldingRange[];
  format(): readonly TextEdit[] | Refusal;
}
