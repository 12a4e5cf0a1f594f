// Random edits of a text, as a person or an editor makes them: letters, half-typed steps, lines that go or change places, tokens
// that are pasted from elsewhere.

import fc from 'fast-check';

/** What takes the place of the text from `start` to `end`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

/** An edit of whichever text it is applied to: places are parts of `PLACES` of its length. */
export type RandomEdit =
  | { readonly kind: 'insert'; readonly from: number; readonly word: string }
  | { readonly kind: 'delete'; readonly from: number; readonly length: number }
  /** Two neighbouring lines change places, or the first of them goes, or is there twice. */
  | { readonly kind: 'swap lines' | 'remove line' | 'repeat line'; readonly from: number }
  /** A token of the text once more, before another one or in its place. */
  | { readonly kind: 'paste'; readonly from: number; readonly to: number; readonly over: boolean };

const PLACES = 100_000;

/** What is typed most, and what is half of something. */
const typed = [
  ...[' ', '\n', '\r\n', '{', '}', '(', ')', '[', ']', '->', ':', ',', '.', '=', '"', '/', '//', '///', '/*', '_'],
  ...['1', 'x', 'conv(', 'conv(8, kernel: 3', ' -> relu', ' -> max_poo', '\n  dense(10) ->', 'padding: sa', 'stride: '],
  ...[
    ' : [',
    '%',
    '∑',
    'parallel add {',
    '\n    path ',
    'repeat 2 as i {',
    'for (a, b) in ',
    'if ',
    'else ',
    'share t = ',
  ],
  ...['learned w: ', 'const c', '\nblock b(n: int', '\nnetwork N(', '\nimport { ', ' } from "./', 'input ', 'output '],
  ...['\ntrain ', '\nexpect ', 'True', 'nn.'],
];

const place = fc.nat(PLACES - 1);

export const randomEdit: fc.Arbitrary<RandomEdit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('insert' as const), from: place, word: fc.constantFrom(...typed) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      from: place,
      length: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('swap lines' as const, 'remove line' as const, 'repeat line' as const),
      from: place,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('paste' as const), from: place, to: place, over: fc.boolean() }),
  },
);

/** The edit of this text. */
export function editOf(text: string, edit: RandomEdit): TextEdit {
  const offset = Math.floor((edit.from / PLACES) * (text.length + 1));
  switch (edit.kind) {
    case 'insert':
      return { start: offset, end: offset, insert: edit.word };
    case 'delete':
      return { start: offset, end: Math.min(text.length, offset + edit.length), insert: '' };
    case 'paste': {
      const tokens = [...text.matchAll(/\w+|[^\w\s]/g)];
      const [source, target] = [edit.from, edit.to].map((at) => tokens[Math.floor((at / PLACES) * tokens.length)]);
      if (!source || !target) return { start: 0, end: 0, insert: 'x' };
      return { start: target.index, end: target.index + (edit.over ? target[0].length : 0), insert: source[0] };
    }
    case 'swap lines':
    case 'remove line':
    case 'repeat line': {
      const start = text.lastIndexOf('\n', offset - 1) + 1;
      const middle = endOfLine(text, start);
      const [first, second] = [text.slice(start, middle), text.slice(middle, endOfLine(text, middle))];
      if (edit.kind === 'swap lines') return { start, end: middle + second.length, insert: second + first };
      return { start, end: middle, insert: edit.kind === 'repeat line' ? first + first : '' };
    }
    default:
      return edit satisfies never;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

/** The text after an edit. */
export function edited(text: string, { start, end, insert }: TextEdit): string {
  return text.slice(0, start) + insert + text.slice(end);
}
