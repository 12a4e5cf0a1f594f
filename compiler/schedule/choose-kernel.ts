// From a group of nodes to the kernel calls that compute it: which template, with which geometry, on which memory.

import type { ValueId } from '../ir/graph.ts';
import { InternalError, invariant } from '../ir/invariant.ts';
import type { Lowering } from '../ir/lowering.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import { areTokens } from '../ir/tensor-type.ts';
import { numberOf, paddingOf } from '../ops/attributes.ts';
import type { ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise, pointwiseSteps } from '../templates/elementwise.ts';
import type { Epilogue } from '../templates/epilogue.ts';
import { localResponseNorm, localResponseNormScratch } from '../templates/local-response-norm.ts';
import type { PadSpec } from '../templates/pad.ts';
import { pad } from '../templates/pad.ts';
import type { PoolSpec } from '../templates/pool.ts';
import { globalPool, pool } from '../templates/pool.ts';
import { resample, resampleScratch } from '../templates/resample.ts';
import { normalizationCall } from './choose-normalization.ts';
import { reshape } from '../templates/reshape.ts';
import { softmax } from '../templates/softmax.ts';
import type { SoftmaxOverSpec } from '../templates/softmax-over.ts';
import { softmaxOver } from '../templates/softmax-over.ts';
import { convolution, convolutionInputGradient, transposedConvolution } from './choose-convolution.ts';
import { denseLayer } from './choose-dense.ts';
import { stepCall } from './choose-gradient.ts';
import { regionCall } from './choose-regions.ts';
import { headProductCall, permutation } from './choose-product.ts';
import type { Group, GroupStep } from './group.ts';
import { mostOperands } from './group.ts';
import { elementwiseOperand } from './operands.ts';
import type { Template } from './kernel-set.ts';
import type { Place } from './place.ts';
import type { BareCall } from './bare-call.ts';
import type { CallParts, ScheduleContext, Site } from './site.ts';
import { argumentOf, bindMemories, sliceRef } from './bare-call.ts';
import { arenaOperand, enlarge, pixelShuffle, shuffleChannels } from './choose-copy.ts';
import { codesCall, codesPooling } from './choose-codes.ts';
import { dilatedBy } from './dilation.ts';
import { boxCopy, boxGradient, concatCopies, splitCopies } from './choose-arrangement.ts';
import { copyRegion } from './copies.ts';
import { wholeRegion } from './region.ts';
import { createSite, reductions } from './site.ts';

/** The kernel calls that compute a fusion group. */
export function chooseKernels(group: Group, context: ScheduleContext): readonly BareCall[] {
  const site = createSite(group, context);
  const { anchor, attributes, operator } = site;
  const { lowering } = operator;
  invariant(lowering, `${anchor.op} has a lowering`);
  switch (lowering.kind) {
    case 'convolution':
      return convolution(site, operator.window!(attributes, site.inputTypes));
    case 'transposed-convolution':
      return [transposedConvolution(site)];
    case 'convolution-input-gradient':
      return convolutionInputGradient(site);
    case 'dense':
      return [denseLayer(site)];
    case 'pool':
      return [codesPooling(site, lowering) ?? pooling(site, lowering)];
    case 'window-fold':
      return [windowFold(site)];
    case 'softmax':
      return [softmaxCall(site, lowering.logarithm)];
    case 'local-response-norm':
      return [responseNorm(site)];
    case 'normalization':
    case 'normalization-gradient':
    case 'reduce':
      return [normalizationCall(site, lowering.kind)];
    case 'pad':
      return [padding(site)];
    case 'upsample':
      return [attributes['mode'] === 'nearest' ? enlarge(site) : resampling(site)];
    case 'resample':
      return [resampling(site)];
    case 'view':
      if (lowering.of === 'parts') return splitCopies(site);
      return [lowering.of === 'box' ? boxCopy(site) : reshaping(site, lowering.of)];
    case 'channel-shuffle':
      return [shuffleChannels(site, numberOf(attributes, 'groups'))];
    case 'pixel-shuffle':
      return [pixelShuffle(site, lowering.makes)];
    case 'box-gradient':
      return boxGradient(site);
    case 'permute':
      return [permutation(site)];
    case 'head-product':
      return [headProductCall(site, lowering.product)];
    case 'region-pool':
    case 'region-pool-gradient':
      return [regionCall(site, lowering)];
    case 'concat':
      return concatCopies(site);
    case 'pointwise': {
      const expression = operator.pointwise!(attributes);
      return [elementwiseCall(site, [...site.data, ...site.parameters], { kind: 'scalar', expression })];
    }
    case 'arithmetic':
      return foldCalls(site, { kind: 'fold', operation: lowering.operation });
    case 'combination': {
      const expression = operator.combine!(attributes);
      return [elementwiseCall(site, site.data, { kind: 'scalar', expression })];
    }
    case 'quantize':
    case 'dequantize':
    case 'quantized-convolution':
    case 'quantized-dense':
    case 'quantized-arithmetic':
    case 'quantized-mean':
    case 'quantized-resample':
    case 'lookup':
      return [codesCall(site, lowering)];
    case 'weight-matmul':
    case 'reduce-sum':
    case 'weight-slice':
      throw new InternalError(`no kernel computes ${anchor.op} in a pass`);
    default:
      return [stepCall(site, lowering)];
  }
}

function softmaxCall(site: Site, logarithm: boolean): BareCall {
  const { attributes, input, output } = site;
  const over = attributes['over'] as 'channels' | 'features' | SoftmaxOverSpec['over'];
  if (over === 'channels' || over === 'features') return plain(site, 'softmax', { input, output, logarithm }, softmax);
  return plain(site, `softmax_over_${over}`, { input, output, logarithm, over }, softmaxOver);
}

function responseNorm(site: Site): BareCall {
  const { attributes, input, output, target } = site;
  const [size, alpha, beta, k] = ['size', 'alpha', 'beta', 'k'].map((name) => numberOf(attributes, name));
  const spec = { input, output, size: size!, alpha: alpha!, beta: beta!, k: k! };
  return plain(site, 'local_response_norm', spec, localResponseNorm, {
    scratch: localResponseNormScratch(spec, target),
  });
}

function pooling(site: Site, { reduces, windows }: Extract<Lowering, { kind: 'pool' }>): BareCall {
  const { attributes, input, output, operator, inputTypes, group } = site;
  const bound = site.bindEpilogue(group.steps);
  const { epilogue } = bound;
  const parts = { epilogues: [bound] };
  const operation = reductions[reduces];
  const size = `${input.channels}x${input.height}x${input.width}`;
  const common = { operation, input, output, epilogue } as const;
  const shape = windows === 'adaptive' && output.height * output.width === 1 ? 'global' : windows;
  switch (shape) {
    case 'global':
      return site.call(`global_${operation}_pool_${size}`, common, globalPool, parts);
    case 'adaptive':
      return site.call(`adaptive_pool_${size}`, { ...common, windows: { kind: shape } } as const, pool, parts);
    case 'sliding': {
      const { kernel, stride, padding, dilation } = operator.window!(attributes, inputTypes);
      const countPadding = attributes['count_padding'] === true;
      const windows = { kind: shape, kernel, stride, padding, countPadding, ...dilatedBy(dilation) } as const;
      const positive = operation === 'max' && site.isPositive(site.data[0]!);
      const spec = { ...common, windows, positive } as const;
      return site.call(`${operation}_pool_${kernel.join('x')}_${size}`, spec, pool, parts);
    }
    default:
      return shape satisfies never;
  }
}

/** What becomes of a window's sum or maximum is the first step of the epilogue. */
function windowFold(site: Site): BareCall {
  const { anchor, attributes, input, output, operator, inputTypes, group } = site;
  const bound = site.bindEpilogue(group.steps);
  const { term, reduces, finish } = operator.fold!(attributes);
  const { kernel, stride, padding } = operator.window!(attributes, inputTypes);
  const windows = { kind: 'sliding', kernel, stride, padding, countPadding: false } as const;
  const epilogue: Epilogue = [{ kind: 'pointwise', expression: finish, vectors: 0 }, ...bound.epilogue];
  const spec: PoolSpec = { operation: reduces, input, output, term, windows, epilogue };
  const base = `${anchor.op}_${kernel.join('x')}_${input.channels}x${input.height}x${input.width}`;
  return site.call(base, spec, pool, { epilogues: [bound] });
}

/** A call without an epilogue. */
function plain<Spec extends object>(
  site: Site,
  base: string,
  spec: Spec,
  template: Template<Spec>,
  parts?: CallParts,
): BareCall {
  const { channels, height, width } = site.input;
  return site.call(`${base}_${channels}x${height}x${width}`, spec, template, parts);
}

function padding(site: Site): BareCall {
  const { attributes, input, output } = site;
  const [top, left] = paddingOf(attributes);
  const mode = attributes['mode'] as PadSpec['mode'];
  const spec = { input, output, padding: [top, left], mode, value: numberOf(attributes, 'value') } as const;
  return plain(site, 'pad', spec, pad);
}

function resampling(site: Site): BareCall {
  const { attributes, input, inputTypes, operator, output } = site;
  const spec = { input, output, resampling: operator.resampling!(attributes, inputTypes) };
  return plain(site, spec.resampling.mode, spec, resample, { scratch: resampleScratch(spec) });
}

/** A copy in the order of the elements. Pixels without the batch axis lie with their first axis last, as tokens do not. */
function reshaping(site: Site, of: 'whole' | 'pixels'): BareCall {
  const { graph, anchor, input, output, inputTypes } = site;
  const types = [inputTypes[0]!, typeOf(graph, anchor.results[0]!)];
  const [from, to] = types.map((type) => areTokens(type) || (of === 'pixels' && type.shape.length > 2));
  return plain(
    site,
    'reshape',
    { input, output, ...(from && { byPixels: true }), ...(to && { toPixels: true }) },
    reshape,
  );
}

/** A copy from one place to another of the same extents. */
export const copyBetween = (site: Pick<ScheduleContext, 'kernels' | 'target'>, from: Place, to: Place): BareCall =>
  copyRegion(site, wholeRegion(from), wholeRegion(to));

/** A sum, product or extreme of any number of values, so many in a call; the next call goes on with the result of the one before. */
function foldCalls(site: Site, combination: ElementwiseSpec['combination']): readonly BareCall[] {
  const { data, group } = site;
  const result = group.results[0]!;
  const calls: BareCall[] = [];
  let rest = data;
  for (; rest.length > mostOperands; rest = [result, ...rest.slice(mostOperands)])
    calls.push(elementwiseCall(site, rest.slice(0, mostOperands), combination, []));
  return [...calls, elementwiseCall(site, rest, combination)];
}

function elementwiseCall(
  site: Site,
  values: readonly ValueId[],
  combination: ElementwiseSpec['combination'],
  following: readonly GroupStep[] = site.group.steps,
): BareCall {
  const { anchor, operators, output, destination, stages } = site;
  const steps = pointwiseSteps(
    following.map((step) => ({
      kind: 'pointwise',
      expression: operatorOf(operators, step.node.op).pointwise!(step.node.attributes),
      vectors: 0,
    })),
  );
  invariant(steps, `no epilogue of ${anchor.name}`);
  const operands = values.map((value) => elementwiseOperand(site, value));
  const spec: ElementwiseSpec = {
    extents: [output.height, output.width, output.channels],
    operands: operands.map(({ operand }) => operand),
    result: arenaOperand(output, [output.width * output.pixelStride, output.pixelStride, 1]),
    combination,
    then: steps,
    batched: true,
  };
  const base = `${anchor.op}_${output.channels}x${output.height}x${output.width}`;
  const kernel = site.kernels.use(base, spec, elementwise, site.target);
  return {
    kernel,
    memories: bindMemories(site.kernels.get(kernel)),
    arguments: [...operands.map(({ argument }) => argument), argumentOf(destination), { kind: 'images' }],
    reads: values.filter((value) => stages.get(value) === 'run').map((value) => sliceRef(site.placeOf(value))),
    writes: [sliceRef(destination)],
    scratch: 0,
    shared: 0,
  };
}
