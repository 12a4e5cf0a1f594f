// Parts of a statement as the position of the caret is found from them: tokens, and what is between brackets as one part.

import {
  Collect,
  Identifier,
  Keyword,
  Learned,
  MalformedNumber,
  NumberLiteral,
  Share,
  SizeLiteral,
  StringLiteral,
  TupleIndex,
  UnclosedString,
} from '../../../grammar/tokens.ts';
import type { Token } from './caret.ts';

/** A name that can be used at the caret. */
export interface VisibleName {
  readonly name: string;
  readonly kind:
    | 'block'
    | 'network'
    | 'constant'
    | 'parameter'
    | 'variable'
    /** Of an input or a label. */
    | 'value'
    /** Of an input `xs[]` or of `collect`. */
    | 'values'
    | 'learned'
    | 'share';
  /** Of a parameter or constant, as it is written or as its value begins: `int`, `(int, int)`, `[`. */
  readonly type?: string;
}

export interface Sibling {
  /** `name`, `number`, `size`, `string`, `member`; a keyword or a sign as it is written; `()`, `[]`, `{}`. */
  readonly is: string;
  readonly text: string;
  readonly line: number;
  /** Where it ends. */
  readonly end: number;
  /** Names that brackets define: parameters, patterns, imports. */
  readonly names?: readonly VisibleName[];
}

/** The token as a part of a statement. */
export function siblingOf(token: Token): Sibling {
  const { tokenType: type, image } = token;
  // A word may be written otherwise than the keyword that it is read as.
  const text = type.CATEGORIES?.includes(Keyword) ? type.name.slice(1, -1) : image;
  return { is: kindOf(type, text), text, line: token.endLine!, end: token.endOffset! + 1 };
}

function kindOf(type: Token['tokenType'], image: string): string {
  if (type === Share || type === Learned || type === Collect) return image;
  if (type === Identifier || type.CATEGORIES?.includes(Identifier)) return 'name';
  if (type === NumberLiteral || type === MalformedNumber) return 'number';
  if (type === SizeLiteral) return 'size';
  if (type === TupleIndex) return 'member';
  if (type === StringLiteral || type === UnclosedString || type.CATEGORIES?.includes(StringLiteral)) return 'string';
  // Another language's sign stands for the one that it means.
  const meant = type.CATEGORIES?.find(({ name }) => name.startsWith("'"));
  return meant ? meant.name.slice(1, -1) : image;
}

const ends: ReadonlySet<string> = new Set([
  ...['name', 'number', 'size', 'string', 'member', '()', '[]', '{}', 'true', 'false', '_'],
]);

/** Whether an operand may end with it: what follows is an operator, a separator or something new. */
export function endsOperand(sibling: Sibling | undefined): boolean {
  return sibling !== undefined && ends.has(sibling.is);
}
