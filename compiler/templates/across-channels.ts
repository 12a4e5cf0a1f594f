// Sums and maxima across the channels of a pixel, which every lane gets. Vectors of channels go to several totals in turn, so that
// operations do not wait for one another; the order depends on the number of channels alone.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fmax, mul, unary } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';
import { blockedSums } from './sums.ts';

/** Reads the element of a channel, where the first channel's is at `place`: in each lane its own, or one in all lanes. */
export type ReadChannel = (memory: Memory, place: Expression) => Expression;

/** Totals that take turns. */
const turns = 4;

/** `count` sums over `channels` channels of what `terms` makes of each. */
export function sumsAcross(
  k: BlockBuilder,
  v: Numbers,
  channels: number,
  count: number,
  terms: (read: ReadChannel) => readonly Expression[],
): readonly Expression[] {
  const vectors = Math.floor(channels / v.lanes);
  const rounds = Math.floor(vectors / turns);
  const termsOf = (vector: Expression): readonly Expression[] =>
    terms(readVector(k, v, vector)).map((term) => k.let('t', term));
  const rest = { from: rounds * turns, to: vectors, most: turns };
  const sums = blockedSums(k, v, rest, count, termsOf).map((sum) => k.cell('s', sum));
  if (rounds > 0) {
    const all = blockedSums(k, v, { from: 0, to: rounds, most: rounds }, turns * count, (round) =>
      inTurn((turn) => termsOf(add(mul(round, turns), turn))).flat(),
    );
    sums.forEach((sum, at) => {
      const [a, b, c, d] = inTurn((turn) => all[turn * count + at]!) as readonly [Expression, ...Expression[]];
      k.accumulate(sum, fadd(fadd(a, b!), fadd(c!, d!)));
    });
  }
  if (v.lanes > 1) for (const sum of sums) k.set(sum, unary('splat', unary('sum_lanes', sum.value)));
  eachLeft(v, channels, (c) => terms(readOne(v, c)).forEach((term, at) => k.accumulate(sums[at]!, term)));
  return sums.map(({ value }) => value);
}

/** The largest over the channels of what `term` makes of each, as `Math.max` has it. */
export function largestAcross(
  k: BlockBuilder,
  v: Numbers,
  channels: number,
  term: (read: ReadChannel) => Expression,
): Expression {
  const vectors = Math.floor(channels / v.lanes);
  const rounds = Math.floor(vectors / turns);
  const most = inTurn(() => k.cell('m', v.constant(-Infinity)));
  const [largest] = most as readonly [(typeof most)[number], ...typeof most];
  const raise = (turn: number, value: Expression): void => k.set(most[turn]!, fmax(most[turn]!.value, value));
  k.for('i', 0, rounds, (round) => {
    inTurn((turn) => raise(turn, term(readVector(k, v, add(mul(round, turns), turn)))));
  });
  k.for('i', rounds * turns, vectors, (vector) => raise(0, term(readVector(k, v, vector))));
  if (rounds > 0) for (const { value } of most.slice(1)) raise(0, value);
  if (v.lanes > 1) k.set(largest, unary('splat', unary('max_lanes', largest.value)));
  eachLeft(v, channels, (c) => raise(0, term(readOne(v, c))));
  return largest.value;
}

const inTurn = <T>(make: (turn: number) => T): readonly T[] => Array.from({ length: turns }, (_, turn) => make(turn));

/** Reads the vector of that number. */
function readVector(k: BlockBuilder, v: Numbers, vector: Expression): ReadChannel {
  const c = k.let('c', mul(vector, v.lanes));
  return (memory, place) => v.load(memory, add(place, c), v.lanes);
}

const readOne =
  (v: Numbers, channel: number): ReadChannel =>
  (memory, place) =>
    v.broadcast(memory, add(place, channel));

/** Channels that fill no vector. */
function eachLeft(v: Numbers, channels: number, visit: (channel: number) => void): void {
  for (let c = channels - (channels % v.lanes); c < channels; c += 1) visit(c);
}
