// Kernel calls of convolutions: the algorithm, and how their weights are packed for it.

import type { ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Operator, Window } from '../ir/operator.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import { convDirect, directMemory } from '../templates/conv-direct.ts';
import type { ConvGeometry } from '../templates/conv-geometry.ts';
import { lanesArePixels } from '../templates/conv-pixels.ts';
import { gatherScratch, sharesColumns } from '../templates/conv-geometry.ts';
import type { ConvInputGradientSpec } from '../templates/conv-input-gradient.ts';
import { convInputGradient, convInputGradientScratch } from '../templates/conv-input-gradient.ts';
import type { ConvPoolSpec } from '../templates/conv-pool.ts';
import { convPool, convPoolScratch } from '../templates/conv-pool.ts';
import { conv } from '../templates/conv.ts';
import type { Phase } from '../templates/conv-phases.ts';
import { convPhases, hasTaps, phasesMemory, phasesOf, phasesPay } from '../templates/conv-phases.ts';
import { depthwise } from '../templates/depthwise.ts';
import { winogradMemory } from '../templates/winograd-geometry.ts';
import type { Phased } from '../templates/winograd-transforms.ts';
import { areaOf, mostResults } from '../templates/winograd-transforms.ts';
import { winograd } from '../templates/winograd.ts';
import { addsProducts, slidesFilters } from './algorithm.ts';
import { extentsOf } from './extents.ts';
import { oneGroup } from './packings.ts';
import type { MatrixLayout } from './packings.ts';
import type { BareCall } from './bare-call.ts';
import type { CallParts, Site } from './site.ts';
import { createSite, numberOf, numbersOf, reductions } from './site.ts';

/** Weights of a 1×1 convolution from which on reading them takes as long as computing with them. */
const largeLayer = 2 ** 20;

/** The filters of a convolution, and how they lie in the weight. */
interface Filters {
  readonly weight: ValueId;
  readonly bias: ValueId | undefined;
  readonly layout: MatrixLayout;
}

/** [O, C/g, KH, KW] for a convolution from C to O channels; `flip`: its taps in opposite order. */
function filtersOf({ output, graph, parameters, operator, attributes, inputTypes }: Site, [kh, kw]: Kernel): Filters {
  const [weight, bias] = parameters as unknown as readonly [ValueId, ValueId?];
  const groups = operator.groups!(attributes, inputTypes);
  const [columns, depth] = [output.channels / groups, typeOf(graph, weight).shape[1]!];
  const flip = attributes['mode'] === 'convolution';
  const layout = {
    groups: { count: groups, stride: columns * depth * kh * kw },
    columns: { count: columns, stride: depth * kh * kw },
    depth: [...tapsOf(kh, kw, flip), { count: depth, stride: kh * kw }],
    origin: flip ? kh * kw - 1 : 0,
  };
  return { weight, bias, layout };
}

/** [C, O/g, KH, KW], whose pixels spread over windows: for a convolution from C to O channels its taps are in opposite order. */
function spreadingFilters(site: Site, [kh, kw]: Kernel): Filters {
  const { attributes, data, input, output, parameters } = site;
  const [weight, bias] = (parameters.length > 0 ? parameters : data.slice(1)) as unknown as readonly [
    ValueId,
    ValueId?,
  ];
  const groups = numberOf(attributes, 'groups');
  const [depth, columns] = [input.channels / groups, output.channels / groups];
  const flip = attributes['mode'] !== 'convolution';
  const layout = {
    groups: { count: groups, stride: depth * columns * kh * kw },
    columns: { count: columns, stride: kh * kw },
    depth: [...tapsOf(kh, kw, flip), { count: depth, stride: columns * kh * kw }],
    origin: flip ? kh * kw - 1 : 0,
  };
  return { weight, bias, layout };
}

type Kernel = Window['kernel'];

const tapsOf = (kh: number, kw: number, flip: boolean) => [
  { count: kh, stride: flip ? -kw : kw },
  { count: kw, stride: flip ? -1 : 1 },
];

/** The calls of a convolution with the operator's window. */
export const convolution = (site: Site, window: Window): readonly BareCall[] =>
  slide(site, window, filtersOf(site, window.kernel));

/** The calls of ∂loss/∂input of a convolution: again a convolution where its stride is 1. */
export function convolutionInputGradient(site: Site): readonly BareCall[] {
  const { operator, attributes, inputTypes } = site;
  if (!slidesFilters(operator, attributes, inputTypes)) return [transposedConvolution(site)];
  const { graph, operators, target } = site;
  if (addsProducts(graph, site.anchor, operators, { algorithm: site.group.algorithm, target }))
    return [addedProducts(site)];
  const window = operator.window!(attributes, inputTypes);
  return slide(site, window, spreadingFilters(site, window.kernel));
}

/** The same from the products of ∂loss/∂y with all taps, which are added where they meet. */
function addedProducts(site: Site): BareCall {
  const { attributes, data, input, output, packer } = site;
  const [kh, kw] = numbersOf(attributes, 'kernel') as [number, number];
  const [top, left] = numbersOf(attributes, 'padding') as [number, number];
  const taps = kh * kw;
  const flip = attributes['mode'] === 'convolution';
  const filters = packer.matrix(data[1]!, {
    groups: { count: taps, stride: flip ? -1 : 1 },
    columns: { count: output.channels, stride: taps },
    depth: [{ count: input.channels, stride: output.channels * taps }],
    origin: flip ? taps - 1 : 0,
  });
  const bound = site.bindEpilogue(site.group.steps);
  const { epilogue } = bound;
  const spec: ConvInputGradientSpec = { input, output, kernel: [kh, kw], padding: [top, left], epilogue };
  const name = `conv_input_gradient_${kh}x${kw}_${input.channels}x${input.height}x${input.width}_${output.channels}`;
  return site.call(name, spec, convInputGradient, {
    weights: [filters],
    epilogues: [bound],
    scratch: convInputGradientScratch(spec),
  });
}

function slide(site: Site, window: Window, filters: Filters): readonly BareCall[] {
  const { algorithm } = site.group;
  if (algorithm && 'form' in algorithm)
    return winogradGroups(site, { form: algorithm.form, kernel: window.kernel, stride: window.stride[0] }, filters);
  return [slideAll(site, window, filters)];
}

/** By one call, whatever the number of groups. */
function slideAll(site: Site, window: Window, { weight, bias, layout }: Filters): BareCall {
  const { group, input, output, packer } = site;
  const [kh, kw] = window.kernel;
  const groups = layout.groups.count;
  const [columns, depth] = [output.channels, layout.depth[2]!.count];
  const biases = bias === undefined ? [] : [site.vector(bias)];
  const geometry = {
    input,
    kernel: window.kernel,
    stride: window.stride,
    padding: [window.padding[0], window.padding[1]],
    dilation: window.dilation,
    bias: bias !== undefined,
  } as const;
  const weightsType = kh * kw === 1 && columns * depth >= largeLayer ? site.weightsType : 'f32';
  const name = `${kh}x${kw}_s${window.stride[0]}_${input.channels}x${input.height}x${input.width}_${columns}`;
  const full = { ...geometry, groups, inputDilation: [1, 1] as const, weights: weightsType };
  if (group.pooling) return pooledConvolution(site, full, [packer.matrix(weight, layout), ...biases], name);
  const bound = site.bindEpilogue(group.steps);
  const { epilogue } = bound;
  if (groups === input.channels && columns === groups && groups > 1) {
    const filters = packer.strided(weight, [...layout.depth.slice(0, 2), layout.groups], layout.origin);
    const spec = { ...geometry, output, epilogue };
    return site.call(`depthwise_${name}`, spec, depthwise, { weights: [filters, ...biases], epilogues: [bound] });
  }
  const spec = { ...full, output, epilogue };
  const isDirect = group.algorithm?.name === 'direct';
  const panel = isDirect && lanesArePixels(spec, input, output, site.target) ? { panel: 1 } : {};
  const weights = [packer.matrix(weight, layout, { type: weightsType, ...panel }), ...biases];
  if (isDirect) {
    const memory = directMemory(spec, site.target);
    return site.call(`direct_conv_${name}`, spec, convDirect, { weights, epilogues: [bound], ...memory });
  }
  return site.call(`conv_${name}`, spec, conv, { weights, epilogues: [bound], ...gatherMemory(site, spec) });
}

/** Where a convolution gathers its windows: each thread for itself, or all in one place. */
function gatherMemory({ target }: Site, geometry: ConvGeometry): CallParts {
  const length = gatherScratch(geometry, target);
  return sharesColumns(geometry, target) ? { shared: length } : { scratch: length };
}

/** What the pooling of a group needs: its window, the map it pools, and the steps around it. */
function poolingParts(site: Site) {
  const { group, graph, operators } = site;
  const { pooling } = group;
  const before = site.bindEpilogue(group.steps);
  if (!pooling) return { before, after: site.bindEpilogue([]) };
  const { node } = pooling;
  const map = typeOf(graph, node.operands[0]!);
  const operator = operatorOf(operators, node.op);
  const { kernel, stride, padding } = operator.window!(node.attributes, [map]);
  const countPadding = node.attributes['count_padding'] === true;
  return {
    before,
    after: site.bindEpilogue(pooling.steps),
    map: extentsOf(map.shape),
    operation: poolName(operator),
    positive: site.isPositive(node.operands[0]!),
    windows: { kind: 'sliding', kernel, stride, padding, countPadding },
  } as const;
}

/** What the names of pooling kernels say. */
function poolName({ lowering }: Operator): 'max' | 'avg' {
  invariant(lowering?.kind === 'pool', 'the group pools');
  return reductions[lowering.reduces];
}

/** A call for each group, which is a convolution by itself from some of the channels to some of the others. */
function winogradGroups(site: Site, phased: Phased, { weight, bias, layout }: Filters): readonly BareCall[] {
  const { count, stride } = layout.groups;
  return Array.from({ length: count }, (_, index) => {
    const part = createSite(site.group, site, { index, count });
    const origin = layout.origin + index * stride;
    return winogradConvolution(part, phased, { weight, bias, layout: { ...layout, groups: oneGroup, origin } });
  });
}

function winogradConvolution(site: Site, phased: Phased, { weight, bias, layout }: Filters): BareCall {
  const { input, output } = site;
  const { before, after, map = output, operation, positive } = poolingParts(site);
  const [columns, depth] = [output.channels, input.channels];
  const biases = bias === undefined ? [] : [site.vector(bias)];
  const filters = site.packer.winograd(weight, phased, layout);
  const { padding, dilation } = site.operator.window!(site.attributes, site.inputTypes);
  const [top, left] = padding;
  const dilated = areaOf(dilation) === 1 ? {} : { dilation };
  const spec = {
    ...phased,
    ...dilated,
    input,
    map: { channels: columns, height: map.height, width: map.width },
    output,
    padding: [top, left],
    bias: biases.length > 0,
    epilogue: before.epilogue,
    ...(operation ? { pool: operation, positive } : {}),
    then: after.epilogue,
  } as const;
  const { form, kernel, stride } = phased;
  const base = `winograd${mostResults(form)}_${kernel.join('x')}${stride === 1 ? '' : `_s${stride}`}${dilated.dilation ? `_d${dilation.join('x')}` : ''}${operation ? `_${operation}_pool` : ''}_${depth}x${input.height}x${input.width}_${columns}`;
  return site.call(base, spec, winograd, {
    weights: [filters.transformed, filters.plain, ...biases],
    epilogues: [before, after],
    ...winogradMemory(spec, site.target),
  });
}

function pooledConvolution(
  site: Site,
  geometry: Omit<ConvGeometry, 'output'>,
  weights: readonly number[],
  name: string,
): BareCall {
  const { before, after, map, operation, windows } = poolingParts(site);
  invariant(map && operation && windows, 'the group has no pooling');
  const conv = { ...geometry, output: map };
  const spec: ConvPoolSpec = {
    conv,
    epilogue: before.epilogue,
    operation,
    windows,
    output: site.output,
    then: after.epilogue,
  };
  return site.call(`conv_pool_${name}`, spec, convPool, {
    weights,
    epilogues: [before, after],
    scratch: convPoolScratch(spec, site.target),
  });
}

/** A convolution of the input spread over a grid of zeros, with the filters flipped. */
export function transposedConvolution(site: Site): BareCall {
  const { attributes, input, output, packer } = site;
  const [kh, kw] = numbersOf(attributes, 'kernel') as [number, number];
  const [sh, sw] = numbersOf(attributes, 'stride') as [number, number];
  const [dh, dw] = numbersOf(attributes, 'dilation') as [number, number];
  const [top, left] = numbersOf(attributes, 'padding') as [number, number];
  const { weight, bias, layout } = spreadingFilters(site, [kh, kw]);
  const groups = layout.groups.count;
  const spec = {
    input,
    output,
    groups,
    kernel: [kh, kw] as const,
    stride: [1, 1] as const,
    padding: [(kh - 1) * dh - top, (kw - 1) * dw - left] as const,
    dilation: [dh, dw] as const,
    inputDilation: [sh, sw] as const,
    bias: bias !== undefined,
    weights: 'f32',
  } as const;
  const biases = bias === undefined ? [] : [site.vector(bias)];
  const bound = site.bindEpilogue(site.group.steps);
  const phased = { ...spec, epilogue: bound.epilogue };
  if (phasesPay(phased)) {
    const phases = phasesOf(phased);
    const filters = phases.flatMap((phase) =>
      hasTaps(phase) ? [packer.matrix(weight, tapsOfPhase(layout, phase, [sh, sw]))] : [],
    );
    return site.call(`conv_transpose_${kh}x${kw}_s${sh}_${output.channels}`, phased, convPhases, {
      weights: [...filters, ...biases],
      epilogues: [bound],
      ...phasesMemory(phased, site.target),
    });
  }
  const weights = [packer.matrix(weight, layout), ...biases];
  return site.call(`conv_transpose_${kh}x${kw}_${output.channels}`, { ...spec, epilogue: bound.epilogue }, conv, {
    weights,
    epilogues: [bound],
    ...gatherMemory(site, spec),
  });
}

/** Every stride-th tap of the filters, from the phase's first one on. */
function tapsOfPhase({ depth, ...layout }: MatrixLayout, { kernel, first }: Phase, stride: Kernel): MatrixLayout {
  const [rows, columns, channels] = depth as readonly [Axis, Axis, Axis];
  const every = (axis: Axis, at: 0 | 1): Axis => ({ count: kernel[at], stride: axis.stride * stride[at] });
  const origin = layout.origin + first[0] * rows.stride + first[1] * columns.stride;
  return { ...layout, depth: [every(rows, 0), every(columns, 1), channels], origin };
}

type Axis = MatrixLayout['columns'];
