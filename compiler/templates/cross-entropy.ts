// Cross-entropy of the scores of each image and its class, with label smoothing, its gradient by the scores, and whether the largest
// score is that of the class; of maps, whose pixels have a class each, the means over the pixels, to which those of an ignored class add
// nothing. The exponentials are shifted by the maximum so that nothing overflows; what there is once per pixel is f64.

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

export interface CrossEntropySpec {
  readonly scores: Slice;
  /** As many pixels as the scores have; a class is a whole number, as f32. */
  readonly label: Slice;
  /** One number; of a gradient, those of the scores. */
  readonly output: Slice;
  /** The class of pixels that do not count. */
  readonly ignored?: number;
  /** Share of the target that is spread over all classes. */
  readonly smoothing: number;
  /** One number for each class, the same for all images; absent: all are 1. */
  readonly weights?: Slice;
}

export interface CrossEntropyGradientSpec extends CrossEntropySpec {
  /** ∂loss/∂y, one number. */
  readonly upstream: Slice;
}

export type CorrectSpec = Omit<CrossEntropySpec, 'smoothing' | 'weights'>;

/** Parameters: scores base, class base, [weights base], result base, images. scores [C,H,W], class [1,H,W], weights [C] → loss [1]. */
export function crossEntropy(name: string, spec: CrossEntropySpec, target: Target): Kernel {
  const { scores, label, output, smoothing, ignored, weights } = spec;
  const { channels } = scores;
  const maps = { operands: [scores, label, ...(weights ? [weights] : [])], output };
  return eachImageKernel(name, `cross-entropy ${channels}`, maps, target, ({ k, v, arena, operands, result }) => {
    const weighed = weightsOf(k, v, arena, operands[2], channels, smoothing);
    const mean = meanOfPixels(k, operands, [scores, label], (from, class_) => {
      const largest = largestScore(k, v, arena, from, channels);
      const total = sumOf(k, v, arena, from, channels, (score) => exp(shift(k, v, score, largest)));
      const logarithm = k.let('l', ofNumber(v, log, k.let('t', total)));
      const { index, exists, isIgnored } = classOf(k, arena, class_, channels, ignored);
      const ofCounted = (loss: Expression): Expression => (isIgnored ? select(isIgnored, f64(0), loss) : loss);
      // −Σ target · (score − largest − logarithm); the targets of all classes are `smoothing` together.
      const own = k.let('w', weighed.own(select(exists, f64(1 - smoothing), f64(0)), index));
      const score = fsub(promote(k.load(arena, add(from, index))), largest);
      const certain = fmul(own, fsub(logarithm, score));
      if (smoothing === 0) return ofCounted(certain);
      const all = k.let(
        'a',
        sumOf(k, v, arena, from, channels, (value, weight) => times(shift(k, v, value, largest), weight), operands[2]),
      );
      const spread = fsub(fmul(weighed.spread, logarithm), fmul(f64(smoothing / channels), all));
      return ofCounted(fadd(certain, spread));
    });
    k.store(arena, result, mean);
  });
}

/**
 * Parameters: scores base, class base, upstream base, [weights base], result base, images. scores [C,H,W], class [1,H,W], dy [1],
 * weights [C] → [C,H,W].
 */
export function crossEntropyGradient(name: string, spec: CrossEntropyGradientSpec, target: Target): Kernel {
  const { scores, label, upstream, output, smoothing, ignored, weights } = spec;
  const { channels } = scores;
  const maps = { operands: [scores, label, upstream, ...(weights ? [weights] : [])], output };
  const summary = `gradient of cross-entropy ${channels}`;
  return eachImageKernel(name, summary, maps, target, ({ k, v, arena, operands, result }) => {
    const [firstScore, firstClass, above] = operands as readonly [Expression, Expression, Expression];
    const weighed = weightsOf(k, v, arena, operands[3], channels, smoothing);
    const pixels = pixelsOf(scores);
    const whole = promote(k.load(arena, above));
    const share = pixels === 1 ? undefined : k.let('share', fdiv(whole, f64(pixels)));
    eachPixel(k, [firstScore, firstClass, result], [scores, label, output], (from, class_, to) => {
      const largest = largestScore(k, v, arena, from, channels);
      const total = k.let(
        't',
        sumOf(k, v, arena, from, channels, (score) => exp(shift(k, v, score, largest))),
      );
      const { index, exists, isIgnored } = classOf(k, arena, class_, channels, ignored);
      const counted = share ?? k.let('d', whole);
      const factor = isIgnored ? k.let('d', select(isIgnored, f64(0), counted)) : counted;
      // Before the result is written, which may lie where the scores do.
      const score = k.let('own', promote(k.load(arena, add(from, index))));
      const probable = k.let('p', fdiv(ofNumber(v, exp, fsub(score, largest)), total));
      // The targets of all classes together, where those are not 1.
      const all = operands[3] && k.let('all', fadd(weighed.own(f64(1 - smoothing), index), weighed.spread));
      const [totals, factors] = [k.let('t', v.everywhere(total)), k.let('d', v.everywhere(factor))];
      const alls = all && k.let('all', v.everywhere(all));
      v.each('c', channels, (c, count) => {
        const probability = fdiv(exp(shift(k, v, v.load(arena, add(from, c), count), largest)), totals);
        const weight = operands[3] && v.load(arena, add(operands[3], c), count);
        const spread = times(v.constant(smoothing / channels), weight);
        const rest = smoothing === 0 ? times(probability, alls) : fsub(times(probability, alls), spread);
        v.store(arena, add(to, c), fmul(rest, factors), count);
      });
      const expected = weighed.own(f64(1 - smoothing + smoothing / channels), index);
      k.if(exists, () => k.store(arena, add(to, index), fmul(fsub(times(probable, all), expected), factor)));
    });
  });
}

/** Parameters: scores base, class base, result base, images. scores [C,H,W], class [1,H,W] → the share of pixels that are right [1]. */
export function correct(name: string, { scores, label, output, ignored }: CorrectSpec, target: Target): Kernel {
  const { channels } = scores;
  const maps = { operands: [scores, label], output };
  return eachImageKernel(name, `correct ${channels}`, maps, target, ({ k, arena, operands, result }) => {
    const mean = meanOfPixels(k, operands, [scores, label], (from, class_) => {
      const most = k.cell('m', promote(k.load(arena, from)));
      const best = k.cell('best', f64(0));
      k.for('c', 1, channels, (c) => {
        const score = k.let('v', promote(k.load(arena, add(from, c))));
        k.if(lt(most.value, score), () => {
          k.set(most, score);
          k.set(best, unary('convert', c));
        });
      });
      const own = k.let('label', promote(k.load(arena, class_)));
      const isRight = select(eq(best.value, own), f64(1), f64(0));
      return ignored === undefined ? isRight : select(eq(own, f64(ignored)), f64(0), isRight);
    });
    k.store(arena, result, mean);
  });
}

/** Parts of the target with the weights of classes, as f64: that of the class itself, and what is spread over all of them. */
function weightsOf(
  k: BlockBuilder,
  v: Numbers,
  arena: Memory,
  weights: Expression | undefined,
  channels: number,
  smoothing: number,
) {
  const sum = weights && smoothing > 0 ? sumOf(k, v, arena, weights, channels, (weight) => weight) : undefined;
  return {
    spread: sum ? k.let('s', fmul(f64(smoothing / channels), sum)) : f64(smoothing),
    own: (share: Expression, index: Expression): Expression =>
      weights ? fmul(share, promote(k.load(arena, add(weights, index)))) : share,
  };
}

const times = (value: Expression, factor: Expression | undefined): Expression => (factor ? fmul(value, factor) : value);

const pixelsOf = ({ height, width }: Slice): number => height * width;

/** Calls `body` with the indices of every pixel in maps of the same size. */
function eachPixel<Bases extends readonly Expression[]>(
  k: BlockBuilder,
  bases: Bases,
  maps: readonly Slice[],
  body: (...places: Bases) => void,
): void {
  const pixels = pixelsOf(maps[0]!);
  if (pixels === 1) return body(...bases);
  k.for('p', 0, pixels, (pixel) => {
    const places = bases.map((base, at) => k.let('at', add(base, mul(pixel, maps[at]!.pixelStride))));
    body(...(places as unknown as Bases));
  });
}

/** The mean of a term over the pixels of scores and classes, as f64. */
function meanOfPixels(
  k: BlockBuilder,
  operands: readonly Expression[],
  maps: readonly [Slice, Slice],
  term: (from: Expression, class_: Expression) => Expression,
): Expression {
  const [scores, classes] = operands as readonly [Expression, Expression];
  const pixels = pixelsOf(maps[0]);
  if (pixels === 1) return term(scores, classes);
  const total = k.cell('sum', f64(0));
  eachPixel(k, [scores, classes] as const, maps, (from, class_) => k.accumulate(total, term(from, class_)));
  return fdiv(total.value, f64(pixels));
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

/** Σ term(score, weight) as f64. */
function sumOf(
  k: BlockBuilder,
  v: Numbers,
  arena: Memory,
  from: Expression,
  channels: number,
  term: (score: Expression, weight: Expression | undefined) => Expression,
  weights?: Expression,
): Expression {
  const vectors = Math.floor(channels / v.lanes);
  const sums = blockedSum(k, v, { from: 0, to: vectors, most: vectors }, (i) => {
    const c = k.let('c', mul(i, v.lanes));
    const load = (base: Expression): Expression => v.load(arena, add(base, c), v.lanes);
    return term(load(from), weights && load(weights));
  });
  const total = k.cell('t', v.lanes > 1 ? promote(unary('sum_lanes', sums)) : sums);
  // Channels that fill no vector, each in all lanes.
  k.for('c', vectors * v.lanes, channels, (c) => {
    const value = term(v.broadcast(arena, add(from, c)), weights && v.broadcast(arena, add(weights, c)));
    k.set(total, fadd(total.value, v.lanes > 1 ? promote(unary('max_lanes', value)) : value));
  });
  return total.value;
}

/** The class as an index of the scores, 0 where there is no such class, whether there is, and whether it is the ignored one. */
function classOf(k: BlockBuilder, arena: Memory, place: Expression, channels: number, ignored: number | undefined) {
  const label = k.let('label', promote(k.load(arena, place)));
  const limited = fmin(fmax(label, f64(0)), f64(channels - 1));
  const index = k.let('index', unary('truncate', limited));
  const exists: Condition = eq(unary('convert', index), label);
  return { index, exists, ...(ignored !== undefined && { isIgnored: eq(label, f64(ignored)) }) };
}
