// Kernel calls of gradients, losses and sums over a batch: what only steps of a training compute.

import { typeOf } from '../ir/signature.ts';
import { sameType } from '../ir/tensor-type.ts';
import type { BatchSumOperand, BatchSumSpec } from '../templates/batch-sum.ts';
import { batchSum, batchSumShared } from '../templates/batch-sum.ts';
import type { ConvWeightGradientSpec } from '../templates/conv-weight-gradient.ts';
import { convWeightGradient, convWeightGradientMemory } from '../templates/conv-weight-gradient.ts';
import { denseWeightGradient } from '../templates/dense-weight-gradient.ts';
import type { Template } from './kernel-set.ts';
import type { BareCall, CallParts, Site } from './site.ts';
import { argumentOf, bindMemories, numberOf, numbersOf, sliceRef } from './site.ts';

/** A call whose kernel takes a base for every data operand, the result's, and the number of images. */
export function callOnOperands<Spec extends object>(
  site: Site,
  base: string,
  spec: Spec,
  template: Template<Spec>,
  { scratch = 0, shared = 0 }: CallParts = {},
): BareCall {
  const places = site.data.map((value) => site.placeOf(value));
  const kernel = site.kernels.use(base, spec, template, site.target);
  return {
    kernel,
    memories: bindMemories(site.kernels.get(kernel)),
    arguments: [...places.map(argumentOf), argumentOf(site.destination), { kind: 'images' }],
    reads: places.map(sliceRef),
    writes: [sliceRef(site.destination)],
    scratch,
    shared,
  };
}

/** Σ over images and pixels of what the operator's `combine` says. */
export function batchSumCall(site: Site): BareCall {
  const { anchor, data, graph, input, operator, attributes } = site;
  const first = typeOf(graph, data[0]!);
  const operandOf = (value: number): BatchSumOperand => {
    const type = typeOf(graph, value);
    if (sameType(type, first)) return site.placeOf(value).slice;
    return type.shape[0] === 1 && first.shape[0] !== 1 ? 'one' : 'channels';
  };
  const spec: BatchSumSpec = {
    operands: [input, ...data.slice(1).map(operandOf)],
    expression: operator.combine!(attributes),
  };
  const { channels, height, width } = input;
  const shared = batchSumShared(spec);
  return callOnOperands(site, `${anchor.op}_${channels}x${height}x${width}`, spec, batchSum, { shared });
}

/** ∂loss/∂weight of a convolution, from its input and ∂loss/∂result. */
export function convWeightGradientCall(site: Site): BareCall {
  const { attributes, data, input } = site;
  const upstream = site.placeOf(data[1]!).slice;
  const [top, left] = numbersOf(attributes, 'padding') as [number, number];
  const spec: ConvWeightGradientSpec = {
    input,
    upstream,
    groups: numberOf(attributes, 'groups'),
    kernel: numbersOf(attributes, 'kernel') as [number, number],
    stride: numbersOf(attributes, 'stride') as [number, number],
    padding: [top, left],
    dilation: numbersOf(attributes, 'dilation') as [number, number],
    flip: attributes['mode'] === 'convolution',
  };
  const name = `conv_weight_gradient_${spec.kernel.join('x')}_${input.channels}x${input.height}x${input.width}_${upstream.channels}`;
  return callOnOperands(site, name, spec, convWeightGradient, convWeightGradientMemory(spec, site.target));
}

/** ∂loss/∂weight of a dense layer, from its input and ∂loss/∂result. */
export function denseWeightGradientCall(site: Site): BareCall {
  const { data, source } = site;
  const { slice, map } = source;
  const upstream = site.placeOf(data[1]!).slice;
  // A flattened map that was left as it is: the template reads its features in their order.
  const input = map ? { ...slice, ...map, pixelStride: map.channels } : slice;
  const name = `dense_weight_gradient_${slice.channels}_${upstream.channels}`;
  return callOnOperands(site, name, { input, upstream }, denseWeightGradient);
}
