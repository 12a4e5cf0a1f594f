// Kernel calls of gradients, losses and sums over a batch: what only steps of a training compute.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import { typeOf } from '../ir/signature.ts';
import { sameType, sizeOf } from '../ir/tensor-type.ts';
import { numberOf, paddingOf, sizeAt } from '../ops/attributes.ts';
import { batchMoments, batchMomentsMemory } from '../templates/batch-moments.ts';
import type { BatchSumOperand, BatchSumSpec } from '../templates/batch-sum.ts';
import { batchSum, batchSumMemory } from '../templates/batch-sum.ts';
import type { ConvWeightGradientSpec } from '../templates/conv-weight-gradient-plan.ts';
import { convWeightGradientMemory } from '../templates/conv-weight-gradient-plan.ts';
import { convWeightGradient } from '../templates/conv-weight-gradient.ts';
import { denseWeightGradient, denseWeightGradientScratch } from '../templates/dense-weight-gradient.ts';
import { correct, crossEntropy, crossEntropyGradient } from '../templates/cross-entropy.ts';
import type { PadSpec } from '../templates/pad.ts';
import { maximumGather } from '../templates/maximum-gather.ts';
import { padGradient } from '../templates/pad-gradient.ts';
import { resampleGradient } from '../templates/resample-gradient.ts';
import type { Windows } from '../templates/pool.ts';
import type { PoolGradientSpec } from '../templates/pool-gradient.ts';
import { poolGradient } from '../templates/pool-gradient.ts';
import { softmaxGradient } from '../templates/softmax-gradient.ts';
import { dropout } from '../templates/dropout.ts';
import type { Target } from '../templates/target.ts';
import type { Line } from '../templates/winograd-transforms.ts';
import type { WinogradWeightGradientSpec } from '../templates/winograd-weight-gradient.ts';
import {
  winogradWeightGradient,
  winogradWeightGradientCost,
  winogradWeightGradientMemory,
} from '../templates/winograd-weight-gradient.ts';
import { leastGain } from './algorithm.ts';
import type { Template } from './kernel-set.ts';
import type { BareCall } from './bare-call.ts';
import { denseInputGradient } from './choose-dense.ts';
import { dilatedBy } from './dilation.ts';
import type { CallParts, Site } from './site.ts';
import { argumentOf, bindMemories, constant, sliceRef } from './bare-call.ts';
import { reductions } from './site.ts';

/** A call whose kernel takes a base for every data operand and every result, and the number of images. */
export function callOnOperands<Spec extends object>(
  site: Site,
  base: string,
  spec: Spec,
  template: Template<Spec>,
  { scratch = 0, shared = 0 }: CallParts = {},
): BareCall {
  const places = site.data.map((value) => site.placeOf(value));
  const results = site.group.results.map((value) => site.placeOf(value));
  const kernel = site.kernels.use(base, spec, template, site.target);
  return {
    kernel,
    memories: bindMemories(site.kernels.get(kernel)),
    arguments: [...places.map(argumentOf), ...results.map(argumentOf), { kind: 'images' }],
    reads: places.map(sliceRef),
    writes: results.map(sliceRef),
    scratch,
    shared,
  };
}

/** Lowerings that only steps of a training have. */
type StepLowering = Extract<
  Lowering,
  {
    kind:
      | 'dense-input-gradient'
      | 'pool-gradient'
      | 'maximum-gather'
      | 'softmax-gradient'
      | 'cross-entropy'
      | 'cross-entropy-gradient'
      | 'correct'
      | 'pad-gradient'
      | 'resample-gradient'
      | 'dropout'
      | 'sum'
      | 'batch-sum'
      | 'batch-moments'
      | 'convolution-weight-gradient'
      | 'dense-weight-gradient';
  }
>;

/** The kernel call that computes a node that only steps of a training have. */
export function stepCall(site: Site, lowering: StepLowering): BareCall {
  switch (lowering.kind) {
    case 'dense-input-gradient':
      return denseInputGradient(site);
    case 'pool-gradient':
      return poolGradientCall(site, lowering);
    case 'maximum-gather':
      return maximumGatherCall(site);
    case 'softmax-gradient':
      return softmaxGradientCall(site, lowering.logarithm);
    case 'cross-entropy':
    case 'cross-entropy-gradient':
    case 'correct':
      return crossEntropyCall(site, lowering.kind);
    case 'pad-gradient':
      return padGradientCall(site);
    case 'resample-gradient':
      return resampleGradientCall(site);
    case 'dropout':
      return dropoutCall(site);
    case 'sum':
      return sumCall(site);
    case 'batch-sum':
      return batchSumCall(site);
    case 'batch-moments':
      return batchMomentsCall(site);
    case 'convolution-weight-gradient':
      return convWeightGradientCall(site);
    case 'dense-weight-gradient':
      return denseWeightGradientCall(site);
    default:
      return lowering satisfies never;
  }
}

/** Σ over images and pixels of what the operator's `sums` says. */
function batchSumCall(site: Site): BareCall {
  const { anchor, data, graph, input, operator, attributes } = site;
  const first = typeOf(graph, data[0]!);
  const operandOf = (value: number): BatchSumOperand => {
    const type = typeOf(graph, value);
    if (sameType(type, first)) return site.placeOf(value).slice;
    return type.shape[0] === 1 && first.shape[0] !== 1 ? 'one' : 'channels';
  };
  const spec: BatchSumSpec = {
    operands: [input, ...data.slice(1).map(operandOf)],
    expressions: operator.sums!(attributes),
  };
  const { channels, height, width } = input;
  return callOnOperands(
    site,
    `${anchor.op}_${channels}x${height}x${width}`,
    spec,
    batchSum,
    batchSumMemory(spec, site.target),
  );
}

/** Mean and Σ (x − mean)² of each channel, over images and pixels. */
function batchMomentsCall(site: Site): BareCall {
  const { anchor, input } = site;
  const base = `${anchor.op}_${input.channels}x${input.height}x${input.width}`;
  return callOnOperands(site, base, { input }, batchMoments, batchMomentsMemory({ input }, site.target));
}

/** ∂loss/∂weight of a convolution, from its input and ∂loss/∂result. */
function convWeightGradientCall(site: Site): BareCall {
  const { attributes, data, input } = site;
  const upstream = site.placeOf(data[1]!).slice;
  const [top, left] = paddingOf(attributes);
  const spec: ConvWeightGradientSpec = {
    input,
    upstream,
    groups: numberOf(attributes, 'groups'),
    kernel: sizeAt(attributes, 'kernel'),
    stride: sizeAt(attributes, 'stride'),
    padding: [top, left],
    dilation: sizeAt(attributes, 'dilation'),
    flip: attributes['mode'] === 'convolution',
  };
  const { target } = site;
  const name = `weight_gradient_${spec.kernel.join('x')}_${input.channels}x${input.height}x${input.width}_${upstream.channels}`;
  const tiled = site.winograd ? winogradSpecOf(spec, target) : undefined;
  return tiled
    ? callOnOperands(
        site,
        `winograd_${name}`,
        tiled,
        winogradWeightGradient,
        winogradWeightGradientMemory(tiled, target),
      )
    : callOnOperands(site, `conv_${name}`, spec, convWeightGradient, convWeightGradientMemory(spec, target));
}

/** Undefined where it does not pay. */
function winogradSpecOf(spec: ConvWeightGradientSpec, target: Target): WinogradWeightGradientSpec | undefined {
  const { input, upstream, padding, flip, groups, kernel, stride, dilation } = spec;
  const line = winogradLines.find(({ filter }) => kernel.every((taps) => taps === filter));
  const fits = groups === 1 && [...stride, ...dilation].every((value) => value === 1);
  if (!line || !fits || target.lanes === 1 || !target.threads) return undefined;
  const tiled = { line, input, upstream, padding, flip };
  return winogradWeightGradientCost(tiled) <= leastGain ? tiled : undefined;
}

const winogradLines: readonly Line[] = [
  { results: 4, filter: 3 },
  { results: 2, filter: 5 },
];

/** ∂loss/∂weight of a dense layer, from its input and ∂loss/∂result. */
function denseWeightGradientCall(site: Site): BareCall {
  const { data, source } = site;
  const { slice, map } = source;
  const upstream = site.placeOf(data[1]!).slice;
  // A flattened map that was left as it is: the template reads its features in their order.
  const input = map ? { ...slice, ...map, pixelStride: map.channels } : slice;
  const name = `dense_weight_gradient_${slice.channels}_${upstream.channels}`;
  const scratch = denseWeightGradientScratch({ input, upstream }, site.target);
  return callOnOperands(site, name, { input, upstream }, denseWeightGradient, { scratch });
}

/** Numbers scaled or zeroed at random; operands are the value and the halves of seed, step and, in a micro-batch, first image. */
function dropoutCall(site: Site): BareCall {
  const { attributes, data, input, output, destination, source } = site;
  const random = site.placeOf(data[1]!);
  const seed = { ...random, slice: { ...random.slice, channels: 2 } };
  const step = { ...seed, within: random.within + 2 };
  const first = random.slice.channels === 6 ? { ...seed, within: random.within + 4 } : undefined;
  const spec = {
    input,
    output,
    rate: numberOf(attributes, 'p'),
    node: numberOf(attributes, 'number'),
    seedLength: 2,
    stepLength: 2,
    ...(first && { readsFirst: true }),
  } as const;
  const { channels, height, width } = input;
  const kernel = site.kernels.use(`dropout_${channels}x${height}x${width}`, spec, dropout, site.target);
  return {
    kernel,
    memories: bindMemories(site.kernels.get(kernel)),
    arguments: [
      ...[source, destination, seed, step].map(argumentOf),
      first ? argumentOf(first) : constant(0),
      { kind: 'images' },
    ],
    reads: [source, seed, step, ...(first ? [first] : [])].map(sliceRef),
    writes: [sliceRef(destination)],
    scratch: 0,
    shared: 0,
  };
}

/** The sum over all elements of values without the batch axis. */
function sumCall(site: Site): BareCall {
  const { anchor, data, operator, attributes } = site;
  const row = (value: ValueId) => {
    const length = sizeOf(typeOf(site.graph, value).shape);
    return length === 1 ? 'one' : { channels: 1, height: 1, width: length, pixelStride: 1, imageStride: 0 };
  };
  const [first, ...others] = data.map(row);
  const input = first === 'one' ? { channels: 1, height: 1, width: 1, pixelStride: 1, imageStride: 0 } : first!;
  const spec: BatchSumSpec = { operands: [input, ...others], expressions: [operator.combine!(attributes)] };
  const call = callOnOperands(site, `${anchor.op}_${input.width}`, spec, batchSum, batchSumMemory(spec, site.target));
  return { ...call, arguments: [...call.arguments.slice(0, -1), constant(1)] };
}

/** ∂loss/∂input of a pooling. */
function poolGradientCall(site: Site, { reduces, windows }: PoolGradientLowering): BareCall {
  const { anchor, attributes, data, input: upstream, output } = site;
  const operation = reduces === 'sum' ? 'sum' : reductions[reduces];
  const input = operation === 'max' ? { input: site.placeOf(data[1]!).slice } : {};
  const spec: PoolGradientSpec = {
    operation,
    upstream,
    ...input,
    output,
    windows: windows === 'sliding' ? slidingWindows(attributes) : { kind: windows },
  };
  return callOnOperands(site, `${anchor.op}_${output.channels}x${output.height}x${output.width}`, spec, poolGradient);
}

/** Numbers where the windows of a map have their maxima. */
function maximumGatherCall(site: Site): BareCall {
  const { attributes, data, input: taken, output } = site;
  const spec = { taken, input: site.placeOf(data[1]!).slice, output, windows: slidingWindows(attributes) };
  return callOnOperands(site, mapName(site), spec, maximumGather);
}

/** As the attributes of a pool, or of its gradient, say. */
const slidingWindows = (attributes: Attributes): Windows => ({
  kind: 'sliding',
  kernel: sizeAt(attributes, 'kernel'),
  stride: sizeAt(attributes, 'stride'),
  padding: paddingOf(attributes),
  countPadding: attributes['count_padding'] === true,
  ...(attributes['dilation'] !== undefined && dilatedBy(sizeAt(attributes, 'dilation'))),
});

type PoolGradientLowering = Extract<Lowering, { kind: 'pool-gradient' }>;

/** Gradients of softmax and its logarithm, from ∂loss/∂result and the result. */
function softmaxGradientCall(site: Site, logarithm: boolean): BareCall {
  const { anchor, data, input: upstream, output } = site;
  const spec = { upstream, result: site.placeOf(data[1]!).slice, output, logarithm };
  return callOnOperands(
    site,
    `${anchor.op}_${output.channels}x${output.height}x${output.width}`,
    spec,
    softmaxGradient,
  );
}

/** Losses of classification, and whether it is right: from scores and class. */
function crossEntropyCall(site: Site, kind: 'cross-entropy' | 'cross-entropy-gradient' | 'correct'): BareCall {
  const { anchor, attributes, data, input: scores, output } = site;
  const [label, ...others] = data.slice(1).map((value) => site.placeOf(value).slice);
  const upstream = kind === 'cross-entropy-gradient' ? others.shift() : undefined;
  // What there is once belongs to every image.
  const weights = others[0] && { weights: { ...others[0], imageStride: 0 } };
  const name = `${anchor.op}_${scores.channels}`;
  const ignored = 'ignore' in attributes ? { ignored: numberOf(attributes, 'ignore') } : {};
  const maps = { scores, label: label!, output, ...ignored };
  if (kind === 'correct') return callOnOperands(site, name, maps, correct);
  const spec = { ...maps, ...weights, smoothing: numberOf(attributes, 'label_smoothing') };
  if (kind === 'cross-entropy') return callOnOperands(site, name, spec, crossEntropy);
  return callOnOperands(site, name, { ...spec, upstream: upstream! }, crossEntropyGradient);
}

/** ∂loss/∂input of a pad. */
function padGradientCall(site: Site): BareCall {
  const { attributes, input, output } = site;
  const [top, left] = paddingOf(attributes);
  const mode = attributes['mode'] as PadSpec['mode'];
  return callOnOperands(site, mapName(site), { input, output, padding: [top, left], mode } as const, padGradient);
}

/** ∂loss/∂input of a resizing. */
function resampleGradientCall(site: Site): BareCall {
  const { attributes, input, inputTypes, operator, output } = site;
  const resampling = operator.resampling!(attributes, inputTypes);
  return callOnOperands(site, mapName(site), { input, output, resampling }, resampleGradient);
}

const mapName = ({ anchor, output: { channels, height, width } }: Site): string =>
  `${anchor.op}_${channels}x${height}x${width}`;
