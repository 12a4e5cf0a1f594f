// What a network gets wrong: how often it takes each class for which other, and where it is wrong although it is most sure.

import type { Answers } from './evaluation.ts';

/** How many images of a class the network took for a class, itself included. */
export interface Confusion {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

export interface Mistake {
  /** Place among the images that were measured. */
  readonly at: number;
  readonly label: number;
  readonly predicted: number;
  /** As in `Answers`. */
  readonly confidence: number;
}

/** Pairs that occur, by label and then by what was predicted. `labels` [count] are those of the images; answers without a class are left out. */
export function confusionsOf({ predicted }: Answers, labels: ArrayLike<number>): readonly Confusion[] {
  const rows = new Map<number, Map<number, number>>();
  predicted.forEach((said, at) => {
    if (said < 0) return;
    const row = rows.get(labels[at]!) ?? new Map<number, number>();
    rows.set(labels[at]!, row.set(said, (row.get(said) ?? 0) + 1));
  });
  return [...rows]
    .flatMap(([label, row]) => [...row].map(([said, count]): Confusion => ({ label, predicted: said, count })))
    .toSorted((a, b) => a.label - b.label || a.predicted - b.predicted);
}

/** At most `most` images that got another class than theirs, the most confident first, of equal ones the earlier. */
export function worstMistakes(
  { predicted, confidence }: Answers,
  labels: ArrayLike<number>,
  most: number,
): readonly Mistake[] {
  const wrong: Mistake[] = [];
  predicted.forEach((said, at) => {
    const label = labels[at]!;
    if (said >= 0 && said !== label) wrong.push({ at, label, predicted: said, confidence: confidence[at]! });
  });
  return wrong.toSorted((a, b) => b.confidence - a.confidence || a.at - b.at).slice(0, most);
}
