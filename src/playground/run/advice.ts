// What to try where a training does not begin to learn.

import type { EpochResult } from '../../train/run.ts';

/** Shares of right answers up to this are what guessing among ten classes gives. */
const GUESSING = 0.15;

/** One sentence; empty where the network learns, or before the first epoch is over. `text` is the network's. */
export function adviceFor(history: readonly EpochResult[], text: string): string {
  const last = history.at(-1);
  const share = last?.checked?.accuracy ?? last?.accuracy;
  if (share === undefined || share > GUESSING) return '';
  return /\bsigmoid\b/.test(text)
    ? 'It only guesses so far: behind several sigmoids gradients become small. Try relu in their place with a learning rate of 0.1, or batch_norm, as the example LeNetBN has it.'
    : 'It only guesses so far: try a smaller learning rate, or more digits.';
}
