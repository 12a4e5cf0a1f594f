// Tokens → the values that they write: numbers, sizes and texts.

import type { IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import type { Builder } from './build.ts';
import { isRepresentable, largestNumbers } from './numbers.ts';
import { shorten, spanOf } from './token-text.ts';
import { textOf, type Span } from './source.ts';

const suffixes: ReadonlyMap<string, { readonly exponent: string; readonly factor: number }> = new Map([
  ['k', { exponent: 'e3', factor: 1 }],
  ['M', { exponent: 'e6', factor: 1 }],
  ['G', { exponent: 'e9', factor: 1 }],
  ['KiB', { exponent: '', factor: 2 ** 10 }],
  ['MiB', { exponent: '', factor: 2 ** 20 }],
  ['GiB', { exponent: '', factor: 2 ** 30 }],
]);

/** A number with its suffix. One that is too large is reported. */
export function numberOf(builder: Builder, written: IToken): ast.NumberLiteral {
  const span = spanOf(builder.source, written);
  const [digits] = /^[\d._]+(?:[eE][+-]?\d+)?/.exec(written.image)!;
  const scale = suffixes.get(written.image.slice(digits.length));
  const plain = digits.replaceAll('_', '');
  const exact = !/[.eE]/.test(plain);
  // 1.1M is read as 1.1e6, which rounds once.
  const value = scale ? Number(plain + scale.exponent) * scale.factor : Number(plain);
  const integer = exact || (scale !== undefined && Number.isInteger(value));
  if (!isRepresentable(value, integer)) tooLarge(builder, span);
  return { kind: 'number', span, value, integer };
}

/** `3x5`: height and width. */
export function sizeOf(builder: Builder, written: IToken): Extract<ast.Expression, { kind: 'size' }> {
  const span = spanOf(builder.source, written);
  const [height = 0, width = 0] = written.image.split('x').map(Number);
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(width)) tooLarge(builder, span);
  return { kind: 'size', span, height, width };
}

function tooLarge(builder: Builder, span: Span): void {
  builder.report('syntax/number-size', 'this number is too large', span, {
    found: shorten(textOf(span)),
    fixes: [{ message: 'choose a smaller number' }],
    expected: largestNumbers,
  });
  builder.spoil();
}

/** A text in quotes, with its escapes resolved. */
export function stringOf(builder: Builder, written: IToken): ast.StringLiteral {
  const { source } = builder;
  const span = spanOf(source, written);
  const { value, wrong } = unescape(written.image.slice(1, -1));
  if (wrong !== undefined) {
    const start = span.start + 1 + wrong.at;
    builder.report(
      'syntax/escape',
      `${shorten(wrong.text)} is not an escape`,
      { source, start, end: start + wrong.text.length },
      {
        found: shorten(wrong.text),
        expected: '\\" \\\\ \\n \\t or \\u{…} with a code point in hexadecimal',
        fixes: [
          { message: 'for a backslash write \\\\', edits: [{ span: { source, start, end: start }, text: '\\' }] },
        ],
      },
    );
  }
  return { kind: 'string', span, value };
}

interface Unescaped {
  readonly value: string;
  readonly wrong?: { readonly at: number; readonly text: string };
}

const plainEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
]);

function unescape(text: string): Unescaped {
  let wrong: Unescaped['wrong'];
  const value = text.replace(
    /\\(?:u\{([^}]*)\}|([^]))/gu,
    (escape: string, code: string | undefined, plain: string, at: number) => {
      const codePoint = code !== undefined && /^[0-9a-fA-F]{1,6}$/.test(code) ? parseInt(code, 16) : NaN;
      const scalar = codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
      const meant = scalar ? String.fromCodePoint(codePoint) : plainEscapes.get(plain);
      if (meant === undefined) wrong ??= { at, text: escape };
      return meant ?? escape;
    },
  );
  return wrong ? { value, wrong } : { value };
}
