// What rounding does to a value on average: the mean of each channel before and after it becomes codes. Relus make many small numbers, which
// codes round down more often than up, and a layer adds up what each of its channels lost (Nagel et al., 2019, "Data-free quantization
// through weight equalization and bias correction", section 4.2).

import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { LARGEST_CODE, clampedCode } from '../../compiler/ops/quantized/codes.ts';
import type { QuantizationPlan } from '../../compiler/quantize/plan.ts';
import type { ImageInputs, NamedTensors, Runner } from './tapped.ts';
import { tapped } from './tapped.ts';
import type { Scale } from './scale.ts';

/** Of each channel, or feature. */
export interface ChannelMeans {
  readonly exact: Float64Array;
  /** Of what the codes stand for. */
  readonly rounded: Float64Array;
}

/** The means of what each layer of the plan reads, over the images; empty where there are none. */
export async function channelMeans(
  { graph, plan }: { readonly graph: Graph; readonly plan: QuantizationPlan },
  weights: NamedTensors,
  images: readonly ImageInputs[],
  scales: readonly Scale[],
  runner?: Runner,
): Promise<ReadonlyMap<ValueId, ChannelMeans>> {
  if (images.length === 0) return new Map();
  const groups = new Map(
    plan.fillings.flatMap((filling) => (filling.kind === 'layer' ? [[filling.reads, filling.input] as const] : [])),
  );
  const means = new Map(
    [...groups.keys()].map((value): [ValueId, ChannelMeans] => {
      const channels = typeOf(graph, value).shape[0]!;
      return [value, { exact: new Float64Array(channels), rounded: new Float64Array(channels) }];
    }),
  );
  const network = await tapped(graph, weights, [...groups.keys()], runner);
  try {
    for (const image of images) {
      const values = network.run(image);
      for (const [value, group] of groups) add(means.get(value)!, values.get(value)!, scales[group]!, images.length);
    }
  } finally {
    network.close();
  }
  for (const [value, { exact, rounded }] of means) {
    const pixels = sizeOf(typeOf(graph, value).shape.slice(1));
    const trust = (pixels * images.length) / (pixels * images.length + DOUBT);
    for (const [channel, mean] of exact.entries()) rounded[channel] = mean + trust * (rounded[channel]! - mean);
  }
  return means;
}

/** With so many numbers, half of what rounding did to them is taken as what it does on average; the rest as chance. */
const DOUBT = 32;

/** Adds one image of so many. values [C,…] */
function add(
  { exact, rounded }: ChannelMeans,
  values: ArrayLike<number>,
  { scale, zero }: Scale,
  images: number,
): void {
  const size = values.length / exact.length;
  const range = { zero, low: 0, high: LARGEST_CODE };
  for (let channel = 0; channel < exact.length; channel += 1) {
    let [sum, codes] = [0, 0];
    for (let at = channel * size; at < (channel + 1) * size; at += 1) {
      const value = values[at]!;
      if (!Number.isFinite(value)) continue;
      sum += value;
      codes += clampedCode(value / scale, range) - zero;
    }
    exact[channel]! += sum / (size * images);
    rounded[channel]! += (codes * scale) / (size * images);
  }
}
