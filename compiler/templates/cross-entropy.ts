// Cross-entropy of the scores of each image and its class, with label smoothing, its gradient by the scores, and whether the largest
// score is that of the class. The exponentials are shifted by the maximum so that nothing overflows; what there is once per image is f64.

import type { BlockBuilder } from '../kernel/builder.ts';
import {
  add,
  eq,
  f64,
  fadd,
  fdiv,
  fmax,
  fmin,
  fmul,
  fsub,
  lt,
  mul,
  promote,
  select,
  unary,
} from '../kernel/builder.ts';
import type { Condition, Expression, Kernel, Memory } from '../kernel/ir.ts';
import { exp, log } from './functions.ts';
import type { Slice } from './geometry.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';

/** Each of one pixel; the class is a whole number, as f32. */
export interface CrossEntropySpec {
  readonly scores: Slice;
  readonly label: Slice;
  readonly output: Slice;
  /** Share of the target that is spread over all classes. */
  readonly smoothing: number;
}

export interface CrossEntropyGradientSpec extends CrossEntropySpec {
  /** ∂loss/∂y, one number. */
  readonly upstream: Slice;
}

export type CorrectSpec = Omit<CrossEntropySpec, 'smoothing'>;

/** Parameters: scores base, class base, result base, images. scores [C], class [1] → loss [1]. */
export function crossEntropy(name: string, spec: CrossEntropySpec, target: Target): Kernel {
  const { scores, label, output, smoothing } = spec;
  const { channels } = scores;
  const maps = { operands: [scores, label], output };
  return eachImageKernel(name, `cross-entropy ${channels}`, maps, target, ({ k, v, arena, operands, result }) => {
    const [from, class_] = operands as readonly [Expression, Expression];
    const largest = largestScore(k, v, arena, from, channels);
    const total = sumOf(k, v, arena, from, channels, (score) => exp(shift(k, v, score, largest)));
    const logarithm = k.let('l', ofNumber(v, log, k.let('t', total)));
    const { index, exists } = classOf(k, arena, class_, channels);
    // −Σ target · (score − largest − logarithm); the targets of all classes are `smoothing` together.
    const own = k.let('w', select(exists, f64(1 - smoothing), f64(0)));
    const score = fsub(promote(k.load(arena, add(from, index))), largest);
    const certain = fmul(own, fsub(logarithm, score));
    if (smoothing === 0) return k.store(arena, result, certain);
    const all = k.let(
      'a',
      sumOf(k, v, arena, from, channels, (value) => shift(k, v, value, largest)),
    );
    const spread = fsub(fmul(f64(smoothing), logarithm), fmul(f64(smoothing / channels), all));
    k.store(arena, result, fadd(certain, spread));
  });
}

/** Parameters: scores base, class base, upstream base, result base, images. scores [C], class [1], dy [1] → [C]. */
export function crossEntropyGradient(name: string, spec: CrossEntropyGradientSpec, target: Target): Kernel {
  const { scores, label, upstream, output, smoothing } = spec;
  const { channels } = scores;
  const maps = { operands: [scores, label, upstream], output };
  const summary = `gradient of cross-entropy ${channels}`;
  return eachImageKernel(name, summary, maps, target, ({ k, v, arena, operands, result }) => {
    const [from, class_, above] = operands as readonly [Expression, Expression, Expression];
    const largest = largestScore(k, v, arena, from, channels);
    const total = k.let(
      't',
      sumOf(k, v, arena, from, channels, (score) => exp(shift(k, v, score, largest))),
    );
    const factor = k.let('d', promote(k.load(arena, above)));
    const { index, exists } = classOf(k, arena, class_, channels);
    // Before the result is written, which may lie where the scores do.
    const score = k.let('own', promote(k.load(arena, add(from, index))));
    const own = k.let('p', fdiv(ofNumber(v, exp, fsub(score, largest)), total));
    const [totals, factors] = [k.let('t', v.everywhere(total)), k.let('d', v.everywhere(factor))];
    v.each('c', channels, (c, count) => {
      const probability = fdiv(exp(shift(k, v, v.load(arena, add(from, c), count), largest)), totals);
      const rest = smoothing === 0 ? probability : fsub(probability, v.constant(smoothing / channels));
      v.store(arena, add(result, c), fmul(rest, factors), count);
    });
    const expected = f64(1 - smoothing + smoothing / channels);
    k.if(exists, () => k.store(arena, add(result, index), fmul(fsub(own, expected), factor)));
  });
}

/** Parameters: scores base, class base, result base, images. scores [C], class [1] → 1 or 0 [1]. */
export function correct(name: string, { scores, label, output }: CorrectSpec, target: Target): Kernel {
  const { channels } = scores;
  const maps = { operands: [scores, label], output };
  return eachImageKernel(name, `correct ${channels}`, maps, target, ({ k, arena, operands, result }) => {
    const [from, class_] = operands as readonly [Expression, Expression];
    const most = k.cell('m', promote(k.load(arena, from)));
    const best = k.cell('best', f64(0));
    k.for('c', 1, channels, (c) => {
      const score = k.let('v', promote(k.load(arena, add(from, c))));
      k.if(lt(most.value, score), () => {
        k.set(most, score);
        k.set(best, unary('convert', c));
      });
    });
    k.store(arena, result, select(eq(best.value, promote(k.load(arena, class_))), f64(1), f64(0)));
  });
}

/** An elementary function of an f64, which vectors have in f32 only. */
const ofNumber = (v: Numbers, apply: (argument: Expression) => Expression, value: Expression): Expression =>
  v.lanes === 1 ? apply(value) : promote(unary('max_lanes', apply(v.everywhere(value))));

/** score − largest, which is f64. */
const shift = (k: BlockBuilder, v: Numbers, score: Expression, largest: Expression): Expression =>
  k.let('d', fsub(score, v.everywhere(largest)));

/** As f64. */
function largestScore(k: BlockBuilder, v: Numbers, arena: Memory, from: Expression, channels: number): Expression {
  const most = k.cell('m', v.constant(-Infinity));
  const rest = v.whole('c', channels, (c) => k.set(most, fmax(most.value, v.load(arena, add(from, c), v.lanes))));
  if (v.lanes === 1) return most.value;
  const largest = k.cell('m', promote(unary('max_lanes', most.value)));
  for (let c = rest; c < channels; c += 1) k.set(largest, fmax(largest.value, promote(k.load(arena, add(from, c)))));
  return largest.value;
}

/** Σ term(score) as f64. */
function sumOf(
  k: BlockBuilder,
  v: Numbers,
  arena: Memory,
  from: Expression,
  channels: number,
  term: (score: Expression) => Expression,
): Expression {
  const vectors = Math.floor(channels / v.lanes);
  const sums = blockedSum(k, v, { from: 0, to: vectors, most: vectors }, (i) =>
    term(v.load(arena, add(from, k.let('c', mul(i, v.lanes))), v.lanes)),
  );
  const total = k.cell('t', v.lanes > 1 ? promote(unary('sum_lanes', sums)) : sums);
  // Channels that fill no vector, each in all lanes.
  k.for('c', vectors * v.lanes, channels, (c) => {
    const value = term(v.broadcast(arena, add(from, c)));
    k.set(total, fadd(total.value, v.lanes > 1 ? promote(unary('max_lanes', value)) : value));
  });
  return total.value;
}

/** The class as an index of the scores, 0 where there is no such class, and whether there is. */
function classOf(k: BlockBuilder, arena: Memory, place: Expression, channels: number) {
  const label = k.let('label', promote(k.load(arena, place)));
  const limited = fmin(fmax(label, f64(0)), f64(channels - 1));
  const index = k.let('index', unary('truncate', limited));
  const exists: Condition = eq(unary('convert', index), label);
  return { index, exists };
}
