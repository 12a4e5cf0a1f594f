// What is wrong with brackets: never closed, closed by another one, closing nothing, or nested too deeply.

import type { IToken, TokenType } from 'chevrotain';
import { closerOf } from './brackets.ts';
import { repair, type Diagnostic } from './diagnostic.ts';
import type { Source } from './source.ts';
import { spanOf } from './token-text.ts';
import { LeftBrace, LeftBracket, LeftParen, RightBracket, RightParen } from './tokens.ts';

export const NESTING_LIMIT = 64;

/** The bracket itself. */
export const signOf = (type: TokenType): string => type.name.slice(1, -1);

/** An opening bracket that is not closed yet. */
export interface Open {
  readonly token: IToken;
  readonly index: number;
  /** Column of the first token of its line. */
  readonly indent: number;
}

/** `(` or `[` without its other half, which is missing behind `last`. */
export function unclosed(source: Source, open: IToken, last: IToken): Diagnostic {
  const closer = signOf(closerOf.get(open.tokenType)!);
  const end = last.endOffset! + 1;
  const division = divisionAt(source, end);
  if (division) return division;
  return {
    code: 'syntax/unclosed-bracket',
    severity: 'error',
    message: `this ${open.image} is never closed`,
    span: spanOf(source, open),
    found: open.image,
    expected: `${closer} after it`,
    fixes: [{ message: `add ${closer}`, edits: [{ span: { source, start: end, end }, text: closer }] }],
  };
}

/** Longest line that is looked at. */
const LONGEST = 1000;

/** `k // 2`, as in Python, in front of `end`; a comment that explains has a space before it, and closes what it opens. */
function divisionAt(source: Source, end: number): Diagnostic | undefined {
  const [line = ''] = source.text.slice(end, end + LONGEST).split(/[\r\n]/, 1);
  const at = line.indexOf('//');
  if (!/^ ?\/\/ ?[\w(]/.test(line) || !((at === 0 && /^..[\w(]/.test(line)) || closesMore(line))) return undefined;
  const span = { source, start: end + at, end: end + at + 2 };
  return {
    code: 'syntax/comment',
    severity: 'error',
    message: '// begins a comment: numbers are divided by /',
    span,
    found: '//',
    expected: '/',
    fixes: [{ message: 'write a / b, or floor(a / b)' }],
  };
}

function closesMore(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '(' || character === '[') depth += 1;
    else if (character === ')' || character === ']') depth -= 1;
    if (depth < 0) return true;
  }
  return false;
}

/** `count` braces that are never closed, of which one is to blame. */
export function unclosedBrace(source: Source, { token, indent }: Open, count: number, last: IToken): Diagnostic {
  const end = last.endOffset! + 1;
  const text = `\n${' '.repeat(indent - 1)}}`.repeat(count);
  const line = last.endLine!;
  return {
    code: 'syntax/unclosed-block',
    severity: 'error',
    message: 'this { is never closed',
    span: spanOf(source, token),
    found: '{',
    expected: '} after it',
    fixes: [
      {
        message: `${count === 1 ? 'add }' : `add ${count} closing braces`} after line ${line}`,
        edits: [{ span: { source, start: end, end }, text }],
      },
    ],
  };
}

/** `(8]` */
export function mismatched(source: Source, open: IToken, token: IToken, right: TokenType): Diagnostic {
  const span = spanOf(source, token);
  return {
    code: 'syntax/mismatched-bracket',
    severity: 'error',
    message: `${token.image} does not close ${open.image}`,
    span,
    found: token.image,
    expected: signOf(right),
    fixes: [repair(span, signOf(right))],
  };
}

/** A closing bracket where none is open. */
export function stray(source: Source, token: IToken): Diagnostic {
  const span = spanOf(source, token);
  return {
    code: 'syntax/stray-bracket',
    severity: 'error',
    message: `this ${token.image} closes nothing`,
    span,
    found: token.image,
    expected: `an open ${signOf(openerOf(token.tokenType))} before it`,
    fixes: [{ message: 'remove it', edits: [{ span, text: '' }] }],
  };
}

/** A body whose `{` is missing behind `last`, the end of the header that `word` begins, or stands there as a colon. */
export function unopened(source: Source, word: IToken, last: IToken, colon: boolean): Diagnostic {
  const end = last.endOffset! + 1;
  const edit = { span: { source, start: colon ? last.startOffset : end, end }, text: ' {' };
  return {
    code: 'syntax/unopened-block',
    severity: 'error',
    message: `the braces of ${word.image} are never opened`,
    span: spanOf(source, word),
    found: `${word.image} … }`,
    expected: `${word.image} … { … }`,
    fixes: [{ message: `${colon ? 'write { for the colon in' : 'add { after'} line ${last.endLine!}`, edits: [edit] }],
  };
}

/** A `]` or `)` whose other half is missing behind `last`, the end of a line. */
export function notOpened(source: Source, token: IToken, last: IToken): Diagnostic {
  const end = last.endOffset! + 1;
  const text = signOf(openerOf(token.tokenType));
  const edits = [{ span: { source, start: end, end }, text: text === '[' ? ' [' : text }];
  return { ...stray(source, token), fixes: [{ message: `add ${text} after line ${last.endLine!}`, edits }] };
}

/** Closing → opening bracket. */
export const openerOf = (type: TokenType): TokenType =>
  type === RightParen ? LeftParen : type === RightBracket ? LeftBracket : LeftBrace;

/** The first bracket that is one too many. */
export function tooDeep(source: Source, token: IToken): Diagnostic {
  return {
    code: 'limit/nesting',
    severity: 'error',
    limit: true,
    message: `brackets are nested more than ${NESTING_LIMIT} deep`,
    found: `${NESTING_LIMIT + 1} open brackets`,
    expected: `at most ${NESTING_LIMIT}`,
    span: spanOf(source, token),
    fixes: [{ message: 'give inner parts names of their own: blocks or constants' }],
  };
}
