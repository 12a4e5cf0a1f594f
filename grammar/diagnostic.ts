// Diagnostics are values: everything the compiler has to say to its user, from the lexer to `expect`.

import type { Span } from './source.ts';

export type Severity = 'error' | 'warning' | 'note';

/** A replacement of source text; `span.start === span.end` inserts. */
export interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** One way to mend it. `edits` is present when the fix can be applied mechanically. */
export interface Fix {
  readonly message: string;
  readonly edits?: readonly Edit[];
  /** True where the edits keep what was meant beyond doubt: `check --fix` applies these and no others. */
  readonly safe?: true;
}

/** Puts a text in the place of another, where no other meaning is possible. */
export function repair(span: Span, text: string, message = `write ${text}`): Fix {
  return { message, edits: [{ span, text }], safe: true };
}

/** One line of the chain of shapes that led to a mistake: `5 avg_pool1  [6, 12, 12]  24 / 2 = 12`. */
export interface TraceLine {
  readonly line?: number;
  readonly label: string;
  readonly shape: string;
  readonly arithmetic?: string;
}

export interface Diagnostic {
  /** A slug: `syntax/unclosed-block`, `name/unknown-operator`, `conv/C3`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence, no full stop, lower case first letter unless a name. */
  readonly message: string;
  readonly span?: Span;
  readonly found?: string;
  readonly expected?: string;
  readonly trace?: readonly TraceLine[];
  readonly notes?: readonly string[];
  readonly fixes?: readonly Fix[];
  /** Call sites, first definitions: `called at line 41 and 8 more places`. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
  /** True where a limit refused the input (exit code 3). */
  readonly limit?: boolean;
  /** How many errors a note stands for that are not told one by one. */
  readonly more?: number;
}

/** Longest sentence of a diagnostic, in UTF-16 units: whatever a text quotes, a person can read it. */
export const SENTENCE_LIMIT = 320;
/** Places that a diagnostic refers to, at most. */
const RELATED_LIMIT = 100;

/** The diagnostic with sentences of bounded length; what its fixes would write stays whole. */
export function bounded(diagnostic: Diagnostic): Diagnostic {
  const { message, found, expected, notes, fixes, related } = diagnostic;
  return {
    ...diagnostic,
    message: clip(message),
    ...(found !== undefined && { found: clip(found) }),
    ...(expected !== undefined && { expected: clip(expected) }),
    ...(notes && { notes: notes.map(clip) }),
    ...(fixes && { fixes: fixes.map((fix) => ({ ...fix, message: clip(fix.message) })) }),
    ...(related && { related: related.slice(0, RELATED_LIMIT) }),
  };
}

function clip(sentence: string): string {
  if (sentence.length <= SENTENCE_LIMIT) return sentence;
  // Put together anew: a slice would keep the whole text in memory.
  return `${Array.from(sentence.slice(0, SENTENCE_LIMIT - 1)).join('')}…`;
}

/** Collects diagnostics; a phase takes one and goes on after reporting. */
export interface Sink {
  report(diagnostic: Diagnostic): void;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
