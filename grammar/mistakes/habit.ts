// What is known where a text cannot be read, and the habits of other languages by which it may be explained.

import type { IToken } from 'chevrotain';
import type { Diagnostic, Fix } from '../diagnostic.ts';
import type { Source, Span } from '../source.ts';

export interface Context {
  readonly source: Source;
  /** The token that does not fit, and the one before it in the text. */
  readonly token: IToken;
  readonly previous: IToken | undefined;
  readonly start: IToken;
  readonly span: Span;
  readonly found: string;
  readonly atEnd: boolean;
  readonly sameLine: boolean;
  /** The innermost rule, and the name of the token it needed, if just one. */
  readonly rule: string;
  readonly needed: string;
}

export type Explanation = Omit<Diagnostic, 'severity'>;
export type Habit = (context: Context) => Explanation | undefined;

/** A fix that somebody has to choose. */
export const replace = (span: Span, text: string, message = `write ${text}`): Fix => ({
  message,
  edits: [{ span, text }],
});
