// A long list of images in parts that are worked on apart: which images a part has, and what its files are called.

import { printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';

/** Part `index` of `count`, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const MOST_SHARDS = 100_000;

/** `3/40`: the fourth of forty. Throws `UsageError`. */
export function shard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (index === undefined || Number(count) < 1 || Number(count) > MOST_SHARDS || Number(index) >= Number(count))
    throw new UsageError(
      `--shard takes INDEX/COUNT, such as 0/40 to 39/40, as indices of arrays and indexed jobs begin, of up to ${MOST_SHARDS} shards; found ${printable(text)}`,
    );
  return { index: Number(index), count: Number(count) };
}

/** All parts of so many. */
export const allShards = (count: number): readonly Shard[] =>
  Array.from({ length: count }, (_, index) => ({ index, count }));

/** The images of a part: from `first` up to, but without, `end`. The parts of `total` images differ by one at most. */
export function imagesOf({ index, count }: Shard, total: number): { readonly first: number; readonly end: number } {
  return { first: Math.floor((index * total) / count), end: Math.floor(((index + 1) * total) / count) };
}

/** `predictions-00003-of-00040.jsonl`; names in the order of the parts sort as the parts do. */
export function shardFile(name: string, { index, count }: Shard, ending: string): string {
  const digits = (value: number): string => `${value}`.padStart(5, '0');
  return `${name}-${digits(index)}-of-${digits(count)}.${ending}`;
}
