// Weights of one layer as whole numbers: a scale for each output channel, such that no sum leaves 32 bits.

import type { ChannelMeans } from './means.ts';
import { InputError, printable } from '../data/input-error.ts';
import { LARGEST_CODE, LARGEST_WEIGHT, WINOGRAD_LIMIT, nearest } from '../../compiler/ops/quantized/codes.ts';

/** Row-major. */
export interface LayerWeights {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface LayerInput {
  /** For messages. */
  readonly node: string;
  /** [O, …] */
  readonly weight: LayerWeights;
  /** [O] */
  readonly bias?: LayerWeights;
  /** Whether the filters [O, C, KH, KW] are to be turned around in both axes. */
  readonly flip: boolean;
  readonly input: { readonly scale: number; readonly zero: number };
  /** What rounding the input does on average; the bias makes up for it, and for that of the weights. */
  readonly means?: ChannelMeans;
  /** Absent where the result is f32. */
  readonly output?: { readonly scale: number };
}

export interface QuantizedLayer {
  readonly weights: Int8Array;
  /** The bias in units of both scales, without what the zero point of the input adds to each sum. */
  readonly biases: Int32Array;
  readonly multipliers: Float32Array;
}

/** A quarter of what 32 bits hold, for products, for what the zero point adds to them, and for biases. */
const SUM_LIMIT = 2 ** 29;

/** Throws `InputError` where weights are not finite. */
export function quantizedLayer({ node, weight, bias, flip, input, means, output }: LayerInput): QuantizedLayer {
  const [channels, , height = 1, width = 1] = weight.shape as [number, number, number?, number?];
  const size = weight.data.length / channels;
  const limit = height * width > 1 ? WINOGRAD_LIMIT - 1 : SUM_LIMIT;
  const perGroup = size / (height * width);
  const groups = means ? means.exact.length / perGroup : 1;
  const weights = new Int8Array(weight.data.length);
  const biases = new Int32Array(channels);
  const multipliers = new Float32Array(channels);
  const unit = output ? input.scale / output.scale : input.scale;
  for (let o = 0; o < channels; o += 1) {
    const own = weight.data.subarray(o * size, (o + 1) * size);
    const codes = weights.subarray(o * size, (o + 1) * size);
    const summand = bias?.data[o] ?? 0;
    if (!own.every(Number.isFinite) || !Number.isFinite(summand))
      throw new InputError(`the weights of ${printable(node)} are not all finite: found one of channel ${o}`);
    const scale = roundWithin(own, codes, limit, Math.abs(summand) / (input.scale * SUM_LIMIT));
    const shift = means ? meanShift(own, codes, scale, means, Math.floor((o * groups) / channels), height * width) : 0;
    if (flip) for (let at = 0; at < size; at += height * width) codes.subarray(at, at + height * width).reverse();
    const total = codes.reduce((sum, code) => sum + code, 0);
    biases[o] = nearest((summand - shift) / (input.scale * scale)) - input.zero * total;
    multipliers[o] = unit * scale;
  }
  return { weights, biases, multipliers };
}

/** Fills in the codes of one channel's weights with the finest scale of at least `least` that keeps Σ|code|·127 within the limit. */
function roundWithin(own: LayerWeights['data'], codes: Int8Array, limit: number, least: number): number {
  let largest = 0;
  for (const value of own) largest = Math.max(largest, Math.abs(value));
  let scale = Math.max(largest / LARGEST_WEIGHT, least) || 1;
  for (;;) {
    let magnitude = 0;
    for (let at = 0; at < own.length; at += 1) {
      codes[at] = nearest(own[at]! / scale);
      magnitude += Math.abs(codes[at]!);
    }
    if (magnitude * LARGEST_CODE <= limit) return scale;
    scale *= Math.max(1.001, (magnitude * LARGEST_CODE) / limit);
  }
}

/** By how much a channel's sums are larger on average than in f32: Σ ŵ·E[x̂] − w·E[x]. */
function meanShift(
  own: LayerWeights['data'],
  codes: Int8Array,
  scale: number,
  { exact, rounded }: ChannelMeans,
  group: number,
  taps: number,
): number {
  const first = group * (own.length / taps);
  let shift = 0;
  for (let at = 0; at < own.length; at += 1) {
    const channel = first + Math.floor(at / taps);
    shift += codes[at]! * scale * rounded[channel]! - own[at]! * exact[channel]!;
  }
  return shift;
}
