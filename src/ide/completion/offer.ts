// A proposal before it is ranked, and what the proposals are made from.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Edit } from '../../../grammar/diagnostic.ts';
import type { Analysis } from '../analysis.ts';
import type { CompletionKind } from '../types.ts';
import type { Caret } from './caret.ts';
import type { Frame } from './frame.ts';
import type { VisibleName } from './sibling.ts';

export interface Offer {
  /** Its first token, by which it is found and ranked. */
  readonly text: string;
  /** How it is shown, where that is more than `text`. */
  readonly label?: string;
  readonly kind: CompletionKind;
  /** How likely it is among those of its place, before the text has been asked; any unit. */
  readonly weight: number;
  readonly detail?: string;
  /** What it is; plain text, which may be a user's. */
  readonly doc?: string;
  /** What is written, where that is more than `text`. */
  readonly insert?: string;
  /** `insert` has placeholders. */
  readonly snippet?: true;
  readonly also?: readonly Edit[];
  /** The shape that flows excludes it: it comes last. */
  readonly isWrong?: true;
}

/** What a place is completed from. */
export interface Site {
  readonly analysis: Analysis;
  readonly caret: Caret;
  /** The innermost open bracket, before the word at the caret. */
  readonly frame: Frame;
  /** Where the proposals go; the caret, or the start of the word at it. */
  readonly at: number;
  /** Nothing stands before it on its line. */
  readonly isNewLine: boolean;
  /** Whether the line begins no deeper than that of the bracket, as its end does. */
  readonly isDedented: boolean;
  /** Inner ones first. */
  readonly names: readonly VisibleName[];
  /** Of what flows there; undefined where it is not known. */
  readonly shape: Shape | undefined;
  /** What stands behind the caret on its line, without spaces at its front. */
  readonly rest: string;
}

/** Text in which nothing is a placeholder: the protocol's `$`, `}` and `\` stand for themselves. */
export function escaped(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

/** Offers whose weights are all together 1. */
export function normalised(offers: readonly Offer[]): readonly Offer[] {
  const total = offers.reduce((sum, { weight }) => sum + weight, 0);
  return total > 0 ? offers.map((offer) => ({ ...offer, weight: offer.weight / total })) : offers;
}
