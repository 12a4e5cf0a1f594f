// What is wrong in a text before it is parsed: tokens of other languages, and characters that belong to none.

import type { IToken, TokenType } from 'chevrotain';
import { repair, type Diagnostic, type Fix } from './diagnostic.ts';
import { numberHint } from './readings/numbers.ts';
import { textOf, type Source, type Span } from './source.ts';
import { NAME_LIMIT, operandStart, shorten, spanOf } from './token-text.ts';
import {
  False,
  ForeignIdentifier,
  DocString,
  ForeignString,
  HashComment,
  Identifier,
  instead,
  LeftBracket,
  LeftParen,
  MalformedNumber,
  Minus,
  Not,
  NumberLiteral,
  SizeLiteral,
  StringLiteral,
  True,
  UnclosedComment,
  UnclosedString,
} from './tokens.ts';

/** What these are is wrong, wherever they stand. */
const suspicious: ReadonlySet<TokenType> = new Set([
  ...instead.keys(),
  ...[UnclosedComment, HashComment, DocString, UnclosedString, ForeignString, ForeignIdentifier, MalformedNumber],
]);
/** Words of other languages, which may also be names. */
const foreignWords: ReadonlySet<string> = new Set(['elif', 'elsif', 'elseif', 'let', 'var', 'val']);

/** What is wrong with a token, if anything is. */
export function complain(source: Source, tokens: readonly IToken[], at: number): Diagnostic | undefined {
  const token = tokens[at]!;
  if (token.tokenType === Identifier) return foreignWord(source, tokens, at);
  return suspicious.has(token.tokenType) ? complaint(source, token) : undefined;
}

function complaint(source: Source, token: IToken): Diagnostic | undefined {
  const span = spanOf(source, token);
  const replace = (text: string, message?: string): Fix => repair(span, text, message);
  const meant = instead.get(token.tokenType);
  if (meant !== undefined) {
    const message = `this language uses ${meant} instead of ${token.image}`;
    return error('syntax/operator', message, span, replace(meant), { expected: meant });
  }
  switch (token.tokenType) {
    case UnclosedComment:
      return error(
        'syntax/unclosed-comment',
        'this comment is never closed',
        { ...span, end: span.start + 2 },
        'end it with */',
        { expected: '*/ after it' },
      );
    case HashComment:
      return error('syntax/comment', 'comments begin with //', sign(span), repair(sign(span), '//'), {
        expected: '//',
      });
    case DocString: {
      const text = token.image.replace(/^<!--|^.../, '').slice(0, -3);
      return error(
        'syntax/comment',
        'texts that explain are comments',
        { ...span, end: span.start + 3 },
        text.includes('*/') ? 'begin its lines with //' : repair(span, `/*${text}*/`, 'write /* … */'),
        { expected: '/* … */, or // before each line' },
      );
    }
    case UnclosedString:
      return error(
        'syntax/unclosed-string',
        'this string has no closing quotation mark on its line',
        span,
        closingQuote(token.image, span),
        { expected: `a second ${token.image[0]!}` },
      );
    case ForeignString:
      return error(
        'syntax/quotes',
        'strings are written in straight double quotes',
        span,
        replace(requote(token.image), `write ${shorten(requote(token.image))}`),
        { expected: shorten(requote(token.image)) },
      );
    case ForeignIdentifier:
      return error(
        'syntax/identifier',
        'names are made of the letters a–z, A–Z, digits and _',
        span,
        plainName(token.image, span),
        { expected: 'a name such as size_1' },
      );
    case MalformedNumber:
      return error('syntax/number', `${shorten(token.image)} is not a number`, span, numberHint(token.image, span), {
        expected: 'a number such as 28, 0.9, 1e-5, 61_706, 420k or 64KiB, or a size such as 3x3',
      });
    default:
      return undefined;
  }
}

/** What a comment of another language begins with. */
function sign(span: Span): Span {
  const [image] = /^(?:#|--)/.exec(span.source.text.slice(span.start, span.start + 100))!;
  return { ...span, end: span.start + image.length };
}

/** The name is cut off in the report. */
export function longName(span: Span): Diagnostic {
  return {
    code: 'limit/name',
    severity: 'error',
    limit: true,
    message: 'this name is too long',
    span: { ...span, end: span.start + NAME_LIMIT },
    found: `${span.end - span.start} characters`,
    expected: `at most ${NAME_LIMIT}`,
    fixes: [{ message: 'choose a shorter name' }],
  };
}

/** What a value begins with that is no chain. */
const plain: ReadonlySet<TokenType | undefined> = new Set([
  ...[NumberLiteral, StringLiteral, SizeLiteral, LeftBracket, True, False, Minus],
]);

/** A word that begins a statement in other languages, where another name follows. */
function foreignWord(source: Source, tokens: readonly IToken[], at: number): Diagnostic | undefined {
  const word = tokens[at]!.image;
  if (!foreignWords.has(word)) return undefined;
  const span = spanOf(source, tokens[at]!);
  const next = tokens[at + 1]?.tokenType;
  const replace = (text: string, message: string): Fix => repair(span, text, message);
  const condition = next === Identifier || next === LeftParen || next === Not || next === True || next === False;
  if (condition && word.startsWith('el')) {
    const fix = replace('else if', 'write else if');
    return error('syntax/else-if', 'a further branch begins with else if', span, fix, { expected: 'else if' });
  }
  if (next !== Identifier) return undefined;
  if (plain.has(tokens[at + 3]?.tokenType)) {
    const fix = replace('const', 'write const');
    return error('syntax/const', 'a plain value is named with const', span, fix, { expected: 'const' });
  }
  const message = `a name is given without ${word}: name = conv(6)`;
  return error('syntax/let', message, span, replace('', `remove ${word}`), { expected: 'a name' });
}

function error(
  code: string,
  message: string,
  span: Span,
  fix: Fix | string,
  { expected }: { readonly expected: string },
): Diagnostic {
  const found = shorten(textOf(span));
  return {
    code,
    severity: 'error',
    message,
    span,
    found,
    expected,
    fixes: [typeof fix === 'string' ? { message: fix } : fix],
  };
}

/** Letters of other alphabets that look like Latin ones. */
const looks = {
  from: 'аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅονρυαικτΑΒΕΖΗΙΚΜΝΟΡΤΥΧ',
  to: 'aeopcyxijshdqwABEKMHOPCTXYIJSovpuaiktABEZHIKMNOPTYX',
};
const greek =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega'.split(
    ' ',
  );

/** The same name in plain letters, where there is one: without accents, spelt out, or with the letters that it looks like. */
function plainName(image: string, span: Span): Fix | string {
  const otherwise = 'choose a plain name; strings may hold any character';
  if (image.length > NAME_LIMIT) return otherwise;
  const letter = (character: string): string => {
    const at = image.length > 1 && /[a-z]/i.test(image) ? looks.from.indexOf(character) : -1;
    return at < 0 ? (greek[character.charCodeAt(0) - 0x3b1] ?? (character === 'ß' ? 'ss' : character)) : looks.to[at]!;
  };
  const plain = Array.from(image.normalize('NFKD').replaceAll(/\p{M}/gu, ''), letter).join('');
  return /^[A-Za-z_]\w*$/.test(plain)
    ? { message: `write ${plain}, in letters a–z`, edits: [{ span, text: plain }] }
    : otherwise;
}

/** Behind the first word: paths and class names mostly are one. */
function closingQuote(image: string, span: Span): Fix {
  const [word = ''] = /^["'][^\s)}\],]*/.exec(image) ?? [];
  const end = span.start + word.length;
  const quote = image[0]!;
  return { message: `end it with ${quote}`, edits: [{ span: { ...span, start: end, end }, text: quote }] };
}

function requote(image: string): string {
  return `"${image
    .slice(1, -1)
    .replaceAll("\\'", "'")
    .replace(/(?<!\\)"/g, '\\"')}"`;
}

/** What is written in place of other languages' signs for operations. */
const signs: ReadonlyMap<string, string> = new Map([
  ['^', 'a power is written x * x, or x -> pow(2)'],
  ['@', 'a product of matrices is a step: x -> matmul(y)'],
  ['|', 'steps are joined with ->; an absolute value is x -> abs'],
]);

/** Characters that no token has. */
export function unknownCharacters(span: Span): Diagnostic {
  const text = span.source.text.slice(span.start, span.end);
  const first = String.fromCodePoint(text.codePointAt(0)!);
  const codePoint = first.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  const what = text === first ? `${text} (U+${codePoint})` : shorten(text);
  return {
    code: 'syntax/character',
    severity: 'error',
    message: `${what} is not part of the language`,
    span,
    found: shorten(text),
    expected:
      text !== '?'
        ? 'letters, digits and the punctuation of the language'
        : inShape(span)
          ? 'a number'
          : 'a if condition else b',
    // 3×3
    fixes: [
      text === '?'
        ? ternary(span)
        : text === '×' && /\d/.test(span.source.text[span.end] ?? '')
          ? repair(span, 'x')
          : { message: signs.get(text) ?? 'remove it', ...(!signs.has(text) && { edits: [{ span, text: '' }] }) },
    ],
  };
}

/** `[?, 3, 32, 32]` */
const inShape = ({ source: { text }, start, end }: Span): boolean =>
  /[[,]\s{0,9}$/.test(text.slice(Math.max(0, start - 10), start)) && /^\s{0,9}[\],]/.test(text.slice(end, end + 10));

/** `a ? 8 : 16` */
function ternary(span: Span): Fix {
  if (inShape(span)) return { message: 'write a number; the batch axis is never written' };
  const { text } = span.source;
  const before = text.slice(Math.max(0, span.start - 70), span.start);
  // `stride: a ? 1 : 2`, `const n = a ? 1 : 2`
  const condition = before
    .slice(Math.max(operandStart(before), before.lastIndexOf('\n') + 1))
    .replace(/^\s*(?:const )?\w+ ?[=:](?!=)/, '')
    .trim();
  const [, then, otherwise] =
    /^\s{0,9}([\w.]{1,60})\s{0,9}:\s{0,9}([\w.]{1,60})/.exec(text.slice(span.end, span.end + 160)) ?? [];
  const message =
    condition !== '' && then !== undefined
      ? `write (${then} if ${condition} else ${otherwise})`
      : 'write a if condition else b';
  return { message };
}

/** One report for all semicolons of a file, or for all that stand between arguments. */
export function noSemicolons(spans: readonly Span[], inArguments = false): Diagnostic {
  const each = spans.length === 1 ? 'it' : `all ${spans.length} of them`;
  return {
    code: 'syntax/semicolon',
    severity: 'error',
    message: `${inArguments ? 'arguments' : 'statements'} are not separated by semicolons`,
    span: spans[0]!,
    found: ';',
    expected: inArguments ? 'a comma' : 'the end of the line, or the next statement',
    fixes: [
      {
        message: inArguments ? `write , for ${each}` : `remove ${each}`,
        edits: spans.map((span) => ({ span, text: inArguments ? ',' : '' })),
        safe: true,
      },
    ],
  };
}
