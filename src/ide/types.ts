// What the language service answers: plain data, with places as UTF-16 offsets of a text. The names are the language server
// protocol's; the server and the playground turn offsets into positions of their own.

import type { Diagnostic, Edit } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';

/** Half-open range of UTF-16 offsets in the text that was asked about. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Hover {
  /** What it is about. */
  readonly range: Range;
  readonly markdown: string;
}

/** A shape that is shown behind a chain as if it stood there: ` [16, 5, 5]`. */
export interface InlayHint {
  readonly offset: number;
  readonly label: string;
  /** Each of the shapes, with the call it belongs to, where there are several. */
  readonly tooltip?: string;
}

export type CompletionKind =
  | 'operator'
  | 'block'
  | 'network'
  | 'attribute'
  | 'parameter'
  | 'value'
  | 'constant'
  | 'variable'
  | 'function'
  | 'keyword'
  | 'type'
  | 'setting'
  | 'literal'
  | 'file'
  | 'snippet';

/** In the order in which they are to be shown: the likeliest is the first. */
export interface CompletionItem {
  readonly label: string;
  readonly kind: CompletionKind;
  /** One line: a signature, a default, the shape that comes of it. */
  readonly detail?: string;
  readonly markdown?: string;
  /** What takes the place of `range`. */
  readonly insert: string;
  /** `insert` has the protocol's placeholders, `${1:name}` and `$0`; what stands for itself is escaped. */
  readonly snippet?: true;
  readonly range: Range;
  /** Edits elsewhere that go with it: an import. */
  readonly also?: readonly Edit[];
}

export interface SignatureHelp {
  /** `conv(channels, kernel: int = 3, …)` */
  readonly label: string;
  readonly markdown?: string;
  readonly parameters: readonly {
    /** Its place in `label`. */
    readonly range: Range;
    readonly markdown?: string;
  }[];
  /** Which of them the caret is in; absent behind the last. */
  readonly active?: number;
}

/** Texts that change together, by file. */
export interface Rename {
  readonly edits: readonly Edit[];
  /** One sentence about what is called otherwise besides the text: weights, inputs and outputs. */
  readonly note?: string;
}

/** What is about to be renamed. */
export interface RenameTarget {
  readonly range: Range;
  /** The name as it is now. */
  readonly placeholder: string;
}

/** Why something cannot be done: one sentence. */
export interface Refusal {
  readonly refused: string;
}

export interface DocumentSymbol {
  readonly name: string;
  /** Parameters, an operator's arguments, a shape. */
  readonly detail?: string;
  readonly kind: 'network' | 'block' | 'constant' | 'input' | 'value' | 'path' | 'loop' | 'section';
  /** All of it, and its name. */
  readonly range: Range;
  readonly selection: Range;
  readonly children: readonly DocumentSymbol[];
}

export interface FoldingRange extends Range {
  readonly kind?: 'comment' | 'imports' | 'region';
}

export type TokenType =
  | 'keyword'
  | 'comment'
  | 'string'
  | 'number'
  | 'operator'
  | 'function'
  | 'class'
  | 'namespace'
  | 'parameter'
  | 'property'
  | 'variable'
  | 'type'
  | 'enumMember';

/** In the order of the text; none overlaps another, none spans a line's end. */
export interface SemanticToken {
  readonly start: number;
  readonly length: number;
  readonly type: TokenType;
  readonly modifiers: readonly ('declaration' | 'readonly' | 'defaultLibrary')[];
}

/** A diagnostic of the text that was asked about. */
export interface PlacedDiagnostic extends Diagnostic {
  readonly span: Span;
  /** True for what nothing uses: an editor shows it faded. */
  readonly unnecessary?: true;
}

export interface CodeLens {
  readonly range: Range;
  readonly title: string;
}

export interface CodeAction {
  readonly title: string;
  readonly kind: 'quickfix' | 'refactor';
  /** What it mends. */
  readonly diagnostic?: Diagnostic;
  readonly edits: readonly Edit[];
  /** True for the one that `check --fix` would apply. */
  readonly preferred: boolean;
}

/** Definitions and references, in any file. */
export type Location = Span;
