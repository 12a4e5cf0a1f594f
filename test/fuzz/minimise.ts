// Delta debugging (Zeller and Hildebrandt, 2002, simplified): leaves out ever smaller pieces as long as the fault stays.

import type { Input } from './target.ts';

/** The smallest input that was found until `deadline` (of `performance.now`) for which `fails` holds. */
export async function minimise(
  input: Input,
  fails: (input: Input) => Promise<boolean>,
  deadline: number,
): Promise<Input> {
  let best: Input = input;
  for (let piece = Math.ceil(best.length / 2); piece >= 1;) {
    let shrunk = false;
    for (let at = 0; at < best.length;) {
      if (performance.now() > deadline) return best;
      const shorter = without(best, at, piece);
      if (shorter.length < best.length && (await fails(shorter))) {
        best = shorter;
        shrunk = true;
      } else at += piece;
    }
    if (!shrunk || piece > best.length) piece = piece === 1 ? 0 : Math.floor(piece / 2);
  }
  return best;
}

function without(input: Input, at: number, length: number): Input {
  if (typeof input === 'string') return (input.slice(0, at) + input.slice(at + length)).toWellFormed();
  const shorter = new Uint8Array(Math.max(0, input.length - length, at));
  shorter.set(input.subarray(0, at));
  shorter.set(input.subarray(at + length), at);
  return shorter;
}
