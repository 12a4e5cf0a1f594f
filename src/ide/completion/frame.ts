// An open bracket at the caret, with what has been written in it.

import type { Sibling, VisibleName } from './sibling.ts';

export type FrameKind =
  | 'file'
  | 'body'
  | 'parallel'
  | 'settings'
  | 'budgets'
  | 'import'
  | 'parameters'
  | 'arguments'
  /** Parentheses around an expression or a chain, or a tuple. */
  | 'group'
  | 'list'
  | 'index'
  | 'shape'
  /** `[]` of `input xs[]`. */
  | 'inputs'
  | 'type'
  | 'pattern';

export interface Frame {
  readonly kind: FrameKind;
  /** The one it is in. */
  readonly parent?: Frame;
  /** The token that opens it; -1 for the file. */
  readonly open: number;
  /** What stands before the bracket: a callee, `train`, `input`, the keyword of a statement. */
  readonly owner: string;
  /** What it is the name of, where the owner is a keyword: of a section's network. */
  readonly target?: string;
  /** The statement or item that is being written. */
  siblings: Sibling[];
  /** Items before it. */
  readonly items: Sibling[][];
  readonly names: VisibleName[];
}
