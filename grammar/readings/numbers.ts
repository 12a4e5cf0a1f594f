// Numbers as other languages write them: what is meant by `0x20`, `1e-3f`, `3px` and `1,000`.

import type { IToken } from 'chevrotain';
import { repair, type Diagnostic, type Fix } from '../diagnostic.ts';
import type { Source, Span } from '../source.ts';
import * as t from '../tokens.ts';
import { as, touch } from './token-work.ts';
import type { Reading } from './inputs.ts';

/** How to write a number that is none here. */
export function numberHint(image: string, span: Span): Fix {
  const write = (text: string, note = ''): Fix => ({ message: `write ${text}${note}`, edits: [{ span, text }] });
  if (/^\d+\.$/.test(image)) return repair(span, `${image}0`);
  const decimal = /^0(?:[xX][\da-fA-F]+|[bB][01]+|[oO][0-7]+)$/.test(image) ? Number(image) : NaN;
  if (Number.isSafeInteger(decimal)) return repair(span, `${decimal}`);
  if (/^[\d._]+[KMGkmg][Bb]$/.test(image))
    return write(`${image.slice(0, -2)}${image.at(-2)!.toUpperCase()}iB`, ' (1 KiB is 1024 bytes)');
  if (/^\d+(x\d+){2,}$/.test(image))
    return { message: `a size is 3x3; a shape is written [${image.split('x').join(', ')}]` };
  const size = /^(\d+)X(\d+)$/.exec(image);
  if (size) return repair(span, `${size[1]}x${size[2]}`);
  const minus = /^([\d.]+[eE])[−–](\d+)$/.exec(image);
  if (minus) return repair(span, `${minus[1]}-${minus[2]}`);
  const [, times] = /^(\d+)\.times$/.exec(image) ?? [];
  if (times !== undefined) return { message: `write repeat ${times}` };
  const [, number, unit] = /^(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)([a-zA-Z]+)$/.exec(image) ?? [];
  if (number !== undefined && unit !== 'e' && unit !== 'E') return write(number, ': a number has no unit and no type');
  return { message: 'numbers look like 28, 0.9, 1e-5, 61_706, 420k, 1.2M or 64KiB; sizes like 3x3' };
}

/** `1,000` at the beginning of `tokens`: no other number begins with a zero before two digits. */
export function readThousands(source: Source, tokens: readonly IToken[]): Reading | undefined {
  const [first, comma, rest] = tokens;
  const isNumber = first!.tokenType === t.NumberLiteral && rest?.tokenType === t.NumberLiteral;
  if (!isNumber || comma?.tokenType !== t.Comma || !touch(first, comma) || !touch(comma, rest)) return undefined;
  if (!/^[1-9]\d{0,2}$/.test(first!.image) || !/^0\d\d$/.test(rest.image)) return undefined;
  const span = { source, start: first!.startOffset, end: rest.endOffset! + 1 };
  const { endOffset, endLine, endColumn } = rest;
  const number = as(first!, t.NumberLiteral, `${first!.image}${rest.image}`);
  return {
    tokens: [{ ...number, endOffset: endOffset!, endLine: endLine!, endColumn: endColumn! }],
    length: 3,
    diagnostic: notSo(span, `${first!.image}_${rest.image}`, 'thousands are not separated by commas'),
  };
}

/** `50%` */
export function readPercent(source: Source, tokens: readonly IToken[]): Reading | undefined {
  const [number, sign, next] = tokens;
  if (number!.tokenType !== t.NumberLiteral || sign?.tokenType !== t.Percent || !/^\d+(\.\d+)?$/.test(number!.image))
    return undefined;
  const ends = next?.tokenType === t.RightParen || next?.tokenType === t.Comma || next?.tokenType === t.RightBracket;
  if (!ends) return undefined;
  const share = `${Number(number!.image) / 100}`;
  const span = { source, start: number!.startOffset, end: sign.endOffset! + 1 };
  return {
    tokens: [as(number!, t.NumberLiteral, share)],
    length: 2,
    diagnostic: notSo(span, share, 'a share is a number from 0 to 1'),
  };
}

/** `2**3` and `10^-3`, of numbers. */
export function readPower(source: Source, tokens: readonly IToken[]): Reading | undefined {
  const [base, sign, ...others] = tokens;
  if (base!.tokenType !== t.NumberLiteral) return undefined;
  const double = sign?.tokenType === t.Star && others[0]?.tokenType === t.Star && touch(sign, others[0]);
  const power = double || sign?.image === '^' || sign?.image === '**';
  if (!power) return undefined;
  const behind = double ? others.slice(1) : others;
  const negative = behind[0]?.tokenType === t.Minus;
  const exponent = behind[negative ? 1 : 0];
  if (exponent?.tokenType !== t.NumberLiteral || !/^\d+$/.test(base!.image) || !/^\d+$/.test(exponent.image))
    return undefined;
  const value = Number(base!.image) ** (negative ? -Number(exponent.image) : Number(exponent.image));
  const text = negative && base!.image === '10' ? `1e-${exponent.image}` : `${value}`;
  if (!(negative ? value > 1e-30 && value <= 1 : Number.isSafeInteger(value))) return undefined;
  const span = { source, start: base!.startOffset, end: exponent.endOffset! + 1 };
  return {
    tokens: [as(base!, t.NumberLiteral, text)],
    length: tokens.indexOf(exponent) + 1,
    diagnostic: notSo(span, text, 'there is no sign for powers'),
  };
}

function notSo(span: Span, expected: string, message: string): Diagnostic {
  const found = span.source.text.slice(span.start, span.end);
  return { code: 'syntax/number', severity: 'error', message, span, found, expected, fixes: [repair(span, expected)] };
}
