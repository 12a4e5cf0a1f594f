// Kernel calls of operators on codes.

import type { Attributes, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Lowering } from '../ir/lowering.ts';
import { typeOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { partsOf } from '../ops/quantized/quantized-resample.ts';
import type { PackSpec } from '../templates/pack.ts';
import { codesArithmetic } from '../templates/quantized/arithmetic.ts';
import { dequantize, quantize } from '../templates/quantized/border.ts';
import type { CodesConvSpec } from '../templates/quantized/conv.ts';
import { codesConv, codesConvMemory } from '../templates/quantized/conv.ts';
import { codesConvDirect, codesDirectMemory, readsMap, runLength } from '../templates/quantized/conv-direct.ts';
import { codesDense } from '../templates/quantized/dense.ts';
import type { CodesDepthwiseSpec } from '../templates/quantized/depthwise.ts';
import {
  channelsTogether,
  codesDepthwise,
  codesDepthwiseMemory,
  tapsTogether,
} from '../templates/quantized/depthwise.ts';
import { lookup } from '../templates/quantized/lookup.ts';
import { codesMaxPool } from '../templates/quantized/max-pool.ts';
import { codesMean } from '../templates/quantized/mean.ts';
import { bytesPanel } from '../templates/quantized/product.ts';
import { codesResample } from '../templates/quantized/resample.ts';
import { codesWinograd, codesWinogradMemory, paysInTiles } from '../templates/quantized/winograd.ts';
import { codesFilter, codesFilterCalls, codesFilterLength } from '../templates/quantized/winograd-filter.ts';
import type { Windows } from '../templates/pool.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, sliceRef } from './bare-call.ts';
import { dilatedBy } from './dilation.ts';
import type { MatrixLayout } from './packings.ts';
import { oneGroup } from './packings.ts';
import { denseMatrix } from './choose-dense.ts';
import type { Site } from './site.ts';

type CodesLowering = Extract<
  Lowering,
  {
    kind:
      | 'quantize'
      | 'dequantize'
      | 'quantized-convolution'
      | 'quantized-dense'
      | 'quantized-arithmetic'
      | 'quantized-mean'
      | 'quantized-resample'
      | 'lookup';
  }
>;

/** The call that computes an operator on codes. */
export function codesCall(site: Site, lowering: CodesLowering): BareCall {
  const { input, output, parameters, anchor } = site;
  const name = `${anchor.op}_${input.channels}x${input.height}x${input.width}`;
  const [first, second] = parameters as readonly [ValueId, ValueId];
  switch (lowering.kind) {
    case 'quantize':
      return site.call(name, { input, output }, quantize, { weights: [floats(site, first), range(site, second)] });
    case 'dequantize':
      return site.call(name, { input, output }, dequantize, { weights: [floats(site, first), range(site, second)] });
    case 'lookup':
      return site.call(name, { input, output }, lookup, { weights: [whole(site, first, 'i8')] });
    case 'quantized-arithmetic':
      return arithmetic(site, lowering.operation, name);
    case 'quantized-mean':
      return mean(site, name);
    case 'quantized-resample':
      return resampling(site, name);
    case 'quantized-dense':
      return dense(site, lowering.result);
    case 'quantized-convolution':
      return convolution(site, lowering.result);
    default:
      return lowering satisfies never;
  }
}

/** Offset of a packed parameter, all of it in its own order. */
function whole({ graph, packer }: Site, value: ValueId, type: PackSpec['target']): number {
  return packer.strided(value, [{ count: sizeOf(typeOf(graph, value).shape), stride: 1 }], 0, type);
}

const floats = (site: Site, value: ValueId): number => whole(site, value, 'f32');

/** Zero point, lowest and highest code. */
const range = (site: Site, value: ValueId): number => whole(site, value, 'i32');

function arithmetic(site: Site, operation: 'add' | 'mul', name: string): BareCall {
  const { input, output, data, parameters } = site;
  const others = data.slice(1).map((value) => site.placeOf(value));
  const spec = { operation, input, output, others: others.map(({ slice }) => slice) };
  const [multipliers, ...ranges] = parameters as readonly [ValueId, ...ValueId[]];
  const operands = { epilogue: [], extra: others.map(argumentOf), reads: others.map(sliceRef) };
  return site.call(name, spec, codesArithmetic, {
    weights: [floats(site, multipliers), ...ranges.map((value) => range(site, value))],
    epilogues: [operands],
  });
}

function mean(site: Site, name: string): BareCall {
  const { input, output, operator, attributes, inputTypes, parameters } = site;
  const { kernel, stride, padding } = operator.window!(attributes, inputTypes);
  const { counts } = attributes;
  const windows = { kind: 'sliding', kernel, stride, padding, countPadding: counts === 'padded' } as const;
  const [multiplier, ...ranges] = parameters as readonly [ValueId, ValueId, ValueId];
  return site.call(name, { input, output, windows, divides: counts !== 'alike' }, codesMean, {
    weights: [floats(site, multiplier), ...ranges.map((value) => range(site, value))],
  });
}

function resampling(site: Site, name: string): BareCall {
  const { input, output, operator, attributes, inputTypes, parameters } = site;
  const blend = operator.resampling!(attributes, inputTypes);
  const [multiplier, ...ranges] = parameters as readonly [ValueId, ValueId, ValueId];
  return site.call(name, { input, output, resampling: blend, parts: partsOf(blend) }, codesResample, {
    weights: [floats(site, multiplier), ...ranges.map((value) => range(site, value))],
  });
}

/** Offset of a packed matrix of i8: for dot products of bytes on vectors. */
function matrix({ packer, target }: Site, value: ValueId, layout: MatrixLayout, single: boolean): number {
  const panel = bytesPanel(target, single);
  if (target.lanes === 1) return packer.matrix(value, layout, { panel, type: 'i8' });
  return packer.bytes(value, layout, { panel, least: bytesPanel(target, false), ...(!single && { joinedRuns: 1 }) });
}

function dense(site: Site, result: 'u8' | 'f32'): BareCall {
  const { input, output, parameters } = site;
  const [weight, bias, multipliers, after] = parameters as readonly [ValueId, ValueId, ValueId, ValueId?];
  const features = input.channels;
  const weights = [
    matrix(site, weight, denseMatrix(site), true),
    whole(site, bias, 'i32'),
    floats(site, multipliers),
    ...(after === undefined ? [] : [range(site, after)]),
  ];
  return site.call(`dense_codes_${features}_${output.channels}`, { input, output, result }, codesDense, { weights });
}

function convolution(site: Site, result: 'u8' | 'f32'): BareCall {
  const { input, operator, attributes, inputTypes, graph, parameters, packer, target } = site;
  const [weight, bias, multipliers, before, after] = parameters as readonly [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
    ValueId?,
  ];
  const { kernel, padding, dilation } = operator.window!(attributes, inputTypes);
  const [kh, kw] = kernel;
  const [stride, spread] = [pairOf(attributes, 'stride'), pairOf(attributes, 'spread')];
  const groups = operator.groups!(attributes, inputTypes);
  const [channels, depth] = typeOf(graph, weight).shape as readonly [number, number];
  const phases = spread[0] * spread[1];
  const parts = phases > 1 ? phases : groups;
  const columns = channels / parts;
  // The map of the convolution: its pixels lie where the first of each square does.
  const output = {
    ...site.output,
    channels,
    height: site.output.height / spread[0],
    width: site.output.width / spread[1],
  };
  const geometry = { input, output, kernel, stride, padding: [padding[0], padding[1]], dilation } as const;
  const name = `${kh}x${kw}_s${stride[0]}_${input.channels}x${input.height}x${input.width}_${output.channels}`;
  const others = [
    whole(site, bias, 'i32'),
    floats(site, multipliers),
    range(site, before),
    ...(after === undefined ? [] : [range(site, after)]),
  ];
  if (groups === input.channels && columns === 1 && groups > 1 && result === 'u8') {
    const spec: CodesDepthwiseSpec = geometry;
    const filters = depthwiseFilters(site, weight, kernel);
    return site.call(`depthwise_codes_${name}`, spec, codesDepthwise, {
      weights: [filters, ...others],
      ...codesDepthwiseMemory(spec, target),
    });
  }
  const layout = {
    groups: { count: parts, stride: columns * depth * kh * kw },
    columns: { count: columns, stride: depth * kh * kw },
    depth: [
      { count: kh, stride: kw },
      { count: kw, stride: 1 },
      { count: depth, stride: kh * kw },
    ],
    origin: 0,
  };
  const spec: CodesConvSpec = { ...geometry, groups, result, ...(phases > 1 && { spread }) };
  if (paysInTiles(spec, target)) {
    const filters = { kernel, depth, columns: channels };
    const filling = {
      ...{ base: 'winograd_codes_filter', template: codesFilter, spec: { kernel } },
      calls: (offset: number) => codesFilterCalls(filters, offset),
      length: codesFilterLength(filters),
    };
    return site.call(`winograd_codes_${name}`, spec, codesWinograd, {
      weights: [packer.filled(weight, filling), ...others],
      ...codesWinogradMemory(spec, target),
    });
  }
  if (readsMap(spec, target)) {
    const panel = bytesPanel(target, false);
    const run = runLength(spec);
    const runs = { panel, least: panel, steps: [run, depth, 1], rows: kh * run, joinedRuns: kh };
    return site.call(`direct_codes_${name}`, spec, codesConvDirect, {
      weights: [packer.bytes(weight, layout, runs), ...others],
      ...codesDirectMemory(spec, target),
    });
  }
  return site.call(`conv_codes_${name}`, spec, codesConv, {
    weights: [matrix(site, weight, layout, false), ...others],
    ...codesConvMemory(spec, target),
  });
}

const pairOf = (attributes: Attributes, name: string) => attributes[name] as readonly [number, number];

/** The filters of a depthwise convolution: tap by tap, on vectors four taps of a column together. */
function depthwiseFilters(
  { packer, target, input }: Site,
  weight: ValueId,
  [kh, kw]: readonly [number, number],
): number {
  const columns = { count: input.channels, stride: kh * kw };
  if (target.lanes === 1) {
    const taps = [{ count: kh, stride: kw }, { count: kw, stride: 1 }, columns];
    return packer.strided(weight, taps, 0, 'i8');
  }
  const depth = [
    { count: kw, stride: 1 },
    { count: kh, stride: kw },
  ];
  const column = Math.ceil(kh / tapsTogether) * tapsTogether;
  const layout = { groups: oneGroup, columns, depth, origin: 0 };
  return packer.bytes(weight, layout, {
    panel: 4,
    least: 4,
    steps: [column, 1],
    rows: kw * column,
    whole: channelsTogether,
  });
}

/** The largest codes of windows, or undefined where the operand is of numbers. */
export function codesPooling(site: Site, lowering: Extract<Lowering, { kind: 'pool' }>): BareCall | undefined {
  const { input, output, operator, attributes, inputTypes } = site;
  if (!input.codes) return undefined;
  invariant(lowering.reduces === 'max', 'codes are pooled by their maximum');
  const windows = windowsOf();
  const name = `max_pool_codes_${input.channels}x${input.height}x${input.width}`;
  return site.call(name, { input, output, windows }, codesMaxPool);

  function windowsOf(): Windows {
    if (lowering.windows !== 'sliding') return { kind: 'adaptive' };
    const { kernel, stride, padding, dilation } = operator.window!(attributes, inputTypes);
    return { kind: 'sliding', kernel, stride, padding, countPadding: false, ...dilatedBy(dilation) };
  }
}
