// Mutations of texts, token by token, and of binary files, byte by byte and number by number.

import type { Random } from './random.ts';

const TOKENS = /\/\*[^]*?\*\/|\/\/[^\n]*|\s+|\w+|->|\.\.|[<>=!]=|"[^"\n]*"|[^]/g;

/** What tends to break lexers, formatters and terminals. */
const ODD: readonly string[] = [
  ...['/**/', '/* a\n b */', '/* a */', '// x\n', '/// d\n', '//', '///', '/*', '*/', '#'],
  ...['\r', '\r\n', '\n', '\n\n\n', '\t', '\f', '\v', ' ', '\u0085', '\u00a0', '\u2028', '\u2029', '\ufeff', '\u3000'],
  ...['.0', '.1', '0', '1', '-1', '1e999', '1k', '3x3', '9007199254740993', '1_0', '..', '.', '-', '->', '/', ','],
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '“',
    '„',
    '\\',
    '_',
    ':',
    ';',
    '=',
    '==',
    '+',
    '*',
    '×',
    '😀',
    '\0',
    '\u001b[31m',
  ],
  ...['parallel', 'path', 'repeat', 'if', 'else', 'for', 'in', 'not', 'and', 'network', 'block', 'const', 'import'],
  ...['share', 'learned', 'collect', '[]', '[-1]', '.size', '.channels', '(a -> b)', '\n(x)', '\n-x', '\n+ x'],
  ...['__proto__', 'constructor', 'a'.repeat(200), '(('.repeat(20), '-'.repeat(50)],
];

/** Up to five pieces left out, doubled, swapped or put in; `corpus` lends pieces of other texts. */
export function mutateText(text: string, random: Random, corpus: readonly string[]): string {
  const tokens: string[] = [...(text.match(TOKENS) ?? [])];
  for (let count = 1 + random.below(5); count > 0; count--) {
    const at = random.below(tokens.length + 1);
    switch (random.below(7)) {
      case 0:
        tokens.splice(at, 1 + random.below(3));
        break;
      case 1:
        tokens.splice(at, 0, random.pick(ODD));
        break;
      case 2:
        tokens[at] = random.pick(ODD);
        break;
      case 3:
        tokens.splice(at, 0, ...tokens.slice(random.below(tokens.length + 1)).slice(0, 1 + random.below(12)));
        break;
      case 4: {
        const other = random.pick(corpus).match(TOKENS) ?? [];
        tokens.splice(at, 0, ...other.slice(random.below(other.length)).slice(0, 1 + random.below(12)));
        break;
      }
      case 5:
        tokens.splice(random.below(tokens.length + 1), 0, ...tokens.splice(at, 1 + random.below(4)));
        break;
      default:
        tokens.length = Math.min(tokens.length, at + 1);
    }
  }
  return tokens.join('').toWellFormed();
}

/** White space and comments put between the tokens, so that most of what comes out still parses. */
export function respace(text: string, random: Random): string {
  const spaces = [
    '',
    ' ',
    '\n',
    '\n\n\n',
    '\t',
    '\r\n',
    '\r',
    ' /* c */ ',
    '/**/',
    ' // a\n',
    '\n/// g\n',
    '\n/* e\n   f */\n',
  ];
  const tokens = text.match(TOKENS) ?? [];
  const often = random.pick([3, 10, 40]);
  return tokens
    .map((token) => {
      if (!random.oneIn(often)) return token;
      const space = random.pick(spaces);
      return /^\s+$/.test(token) && random.oneIn(2) ? space : token + space;
    })
    .join('');
}

const INTERESTING: readonly number[] = [
  0,
  1,
  2,
  127,
  128,
  255,
  256,
  32767,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

/** Up to six changes of bytes, of 16- and 32-bit numbers, of lengths, or of digits in text. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let result = Uint8Array.from(bytes);
  for (let count = 1 + random.below(6); count > 0 && result.length > 0; count--) {
    // Headers lie at the beginning: half of the changes are made there.
    const at = random.below(random.oneIn(2) ? Math.min(result.length, 64) : result.length);
    const view = new DataView(result.buffer);
    switch (random.below(8)) {
      case 0:
        result[at] = random.below(256);
        break;
      case 1:
        result[at]! ^= 1 << random.below(8);
        break;
      case 2:
        if (at + 4 <= result.length) view.setUint32(at, random.pick(INTERESTING), random.oneIn(2));
        break;
      case 3:
        if (at + 2 <= result.length) view.setUint16(at, random.pick(INTERESTING) & 0xffff, random.oneIn(2));
        break;
      case 4:
        result = result.slice(0, at);
        break;
      case 5:
        result = spliced(
          result,
          at,
          random.below(8),
          result.slice(random.below(result.length)).slice(0, random.below(40)),
        );
        break;
      case 6:
        result = spliced(result, at, random.below(16), new Uint8Array(0));
        break;
      default:
        result = spliced(
          result,
          at,
          1,
          new TextEncoder().encode(
            random.pick(['9', '99999999999', '-1', '1e400', '[', '{', '"', '\\u0000', ',', '\n', 'nan']),
          ),
        );
    }
  }
  return result;
}

function spliced(bytes: Uint8Array, at: number, removed: number, put: Uint8Array): Uint8Array<ArrayBuffer> {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const result = new Uint8Array(at + put.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(put, at);
  result.set(rest, at + put.length);
  return result;
}
