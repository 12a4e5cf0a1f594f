// From a group of nodes to the kernel calls that compute it: which template, with which geometry, on which memory.

import type { Attributes, Graph, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { OperatorTable, Window } from '../ir/operator.ts';
import { dataCount, dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import { sameShape } from '../ir/tensor-type.ts';
import { bilinear } from '../templates/bilinear.ts';
import type { ConvGeometry, ConvSpec } from '../templates/conv.ts';
import { conv, gatherScratch } from '../templates/conv.ts';
import type { ConvPoolSpec } from '../templates/conv-pool.ts';
import { convPool, convPoolScratch } from '../templates/conv-pool.ts';
import { dense } from '../templates/dense.ts';
import { depthwise } from '../templates/depthwise.ts';
import type { ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise, pointwiseSteps } from '../templates/elementwise.ts';
import type { EpilogueStep } from '../templates/epilogue.ts';
import type { Slice } from '../templates/geometry.ts';
import { localResponseNorm } from '../templates/local-response-norm.ts';
import { pad } from '../templates/pad.ts';
import { globalPool, pool } from '../templates/pool.ts';
import { reshape } from '../templates/reshape.ts';
import { softmax } from '../templates/softmax.ts';
import type { Group, GroupStep } from './group.ts';
import type { KernelSet } from './kernel-set.ts';
import type { Place } from './place.ts';
import { extentsOf } from './place.ts';
import type { Packer } from './prepare.ts';
import type { CallArgument, MemoryRef, SliceRef } from './program.ts';

/** A call without its description for readers. */
export interface BareCall {
  readonly kernel: string;
  readonly memories: ReadonlyMap<string, MemoryRef>;
  readonly arguments: readonly CallArgument[];
  readonly reads: readonly SliceRef[];
  readonly writes: readonly SliceRef[];
  /** Elements. */
  readonly scratch: number;
}

export interface ChooseContext {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly kernels: KernelSet;
  readonly packer: Packer;
  placeOf(value: ValueId): Place;
}

export function chooseKernels(group: Group, context: ChooseContext): readonly BareCall[] {
  const { anchor } = group;
  const { graph, operators, packer } = context;
  const operator = operatorOf(operators, anchor.op);
  const { attributes } = anchor;
  const inputTypes = dataTypes(graph, anchor, operator);
  const data = anchor.operands.slice(0, inputTypes.length);
  const parameters = anchor.operands.slice(inputTypes.length);
  /** Arithmetic may have parameters before it. */
  const source = context.placeOf(data.find((value) => typeOf(graph, value).batched)!);
  const target = context.placeOf(group.results[0]!);
  const [input, output] = [source.slice, target.slice];

  switch (anchor.op) {
    case 'conv':
    case 'depthwise_conv':
      return [convolution(operator.window!(attributes, inputTypes))];
    case 'conv_transpose':
      return [transposedConvolution()];
    case 'dense':
      return [denseLayer()];
    case 'max_pool':
    case 'avg_pool':
    case 'adaptive_avg_pool':
    case 'global_max_pool':
    case 'global_avg_pool':
      return [pooling()];
    case 'softmax':
    case 'log_softmax':
      return [plain('softmax', { input, output, logarithm: anchor.op === 'log_softmax' }, softmax)];
    case 'local_response_norm': {
      const [size, alpha, beta, k] = ['size', 'alpha', 'beta', 'k'].map((name) => number(attributes, name));
      const spec = { input, output, size: size!, alpha: alpha!, beta: beta!, k: k! };
      return [plain('local_response_norm', spec, localResponseNorm)];
    }
    case 'pad': {
      const [top, left] = numbers(attributes, 'padding');
      const mode = attributes['mode'] as 'constant' | 'reflect' | 'replicate';
      return [plain('pad', { input, output, padding: [top!, left!], mode, value: number(attributes, 'value') }, pad)];
    }
    case 'upsample':
      if (attributes['mode'] === 'bilinear') return [plain('bilinear', { input, output }, bilinear)];
      return [nearest()];
    case 'flatten':
    case 'reshape':
      return [plain('reshape', { input, output }, reshape)];
    case 'channel_shuffle':
      return [shuffle(number(attributes, 'groups'))];
    case 'concat':
      return concatCopies();
    case 'add':
    case 'mul':
    case 'sub':
    case 'div':
      return [arithmetic(anchor.op)];
    default:
      return [pointwise()];
  }

  // Anchors with a full epilogue.

  function withEpilogue<Spec extends { epilogue: readonly EpilogueStep[] }>(
    base: string,
    spec: Omit<Spec, 'epilogue'>,
    template: Parameters<typeof context.kernels.use<Spec>>[2],
    own: { readonly weights: readonly number[]; readonly scratch?: number },
  ): BareCall {
    const { epilogue, extra, reads } = epilogueOf(group.steps, output.channels);
    const full = { ...spec, epilogue } as unknown as Spec;
    const kernel = context.kernels.use(base, full, template);
    return {
      kernel,
      memories: bind(kernel),
      arguments: [argumentOf(source), ...own.weights.map(constant), argumentOf(target), ...extra, { kind: 'images' }],
      reads: [sliceRef(source), ...reads],
      writes: [sliceRef(target)],
      scratch: own.scratch ?? 0,
    };
  }

  /** The steps as templates take them, with the arguments and slices they read. */
  function epilogueOf(steps: readonly GroupStep[], channels: number) {
    const epilogue: EpilogueStep[] = [];
    const extra: CallArgument[] = [];
    const reads: SliceRef[] = [];
    for (const step of steps) {
      if (step.kind === 'combine') {
        const place = context.placeOf(step.operand);
        const { imageStride, pixelStride } = place.slice;
        epilogue.push({ kind: 'combine', operation: step.operation, imageStride, pixelStride });
        extra.push(argumentOf(place));
        reads.push(sliceRef(place));
        continue;
      }
      const stepOperator = operatorOf(operators, step.node.op);
      const vectors = step.node.operands.slice(dataCount(stepOperator, step.node.operands.length));
      const expression = stepOperator.pointwise!(step.node.attributes);
      epilogue.push({ kind: 'pointwise', expression, vectors: vectors.length });
      for (const value of vectors) extra.push(constant(vector(value, channels)));
    }
    return { epilogue, extra, reads };
  }

  function convolution(window: Window): BareCall {
    const [weight, bias] = parameters as unknown as readonly [ValueId, ValueId?];
    const [kh, kw] = window.kernel;
    const [columns, depth] = [output.channels, typeOf(graph, weight).shape[1]!];
    const groups = input.channels / depth;
    const flip = attributes['mode'] === 'convolution';
    const origin = flip ? kh * kw - 1 : 0;
    const taps = [
      { count: kh, stride: flip ? -kw : kw },
      { count: kw, stride: flip ? -1 : 1 },
    ];
    const padding = [window.padding[0], window.padding[1]] as const;
    const geometry = {
      input,
      output,
      kernel: window.kernel,
      stride: window.stride,
      padding,
      dilation: window.dilation,
    };
    const name = `${kh}x${kw}_s${window.stride[0]}_${input.channels}x${input.height}x${input.width}_${columns}`;
    const biases = bias === undefined ? [] : [vector(bias, columns)];
    if (groups === input.channels && columns === groups && groups > 1 && !group.pooling) {
      const filters = packer.strided(weight, [...taps, { count: columns, stride: kh * kw }], origin);
      const spec = { ...geometry, bias: bias !== undefined };
      return withEpilogue(`depthwise_${name}`, spec, depthwise, { weights: [filters, ...biases] });
    }
    const layout = {
      groups: { count: groups, stride: (columns / groups) * depth * kh * kw },
      columns: { count: columns / groups, stride: depth * kh * kw },
      depth: [...taps, { count: depth, stride: kh * kw }],
      origin,
    };
    const spec = { ...geometry, groups, inputDilation: [1, 1] as const, bias: bias !== undefined };
    if (group.pooling) return pooledConvolution(group.pooling, spec, [packer.matrix(weight, layout), ...biases], name);
    const own = {
      weights: [packer.matrix(weight, layout), ...biases],
      scratch: gatherScratch(spec),
    };
    return withEpilogue<ConvSpec>(`conv_${name}`, spec, conv, own);
  }

  function pooledConvolution(
    pooling: NonNullable<Group['pooling']>,
    geometry: Omit<ConvGeometry, 'output'>,
    weights: readonly number[],
    name: string,
  ): BareCall {
    const before = epilogueOf(group.steps, output.channels);
    const after = epilogueOf(pooling.steps, output.channels);
    const { node } = pooling;
    const mapShape = typeOf(graph, node.operands[0]!);
    const { kernel, stride, padding } = operatorOf(operators, node.op).window!(node.attributes, [mapShape]);
    const countPadding = node.attributes['count_padding'] === true;
    const spec: ConvPoolSpec = {
      conv: { ...geometry, output: extentsOf(mapShape.shape) },
      epilogue: before.epilogue,
      operation: node.op === 'max_pool' ? 'max' : 'avg',
      windows: { kind: 'sliding', kernel, stride, padding, countPadding },
      output,
      then: after.epilogue,
    };
    const chosen = context.kernels.use(`conv_pool_${name}`, spec, convPool);
    const extra = [...before.extra, ...after.extra];
    return {
      kernel: chosen,
      memories: bind(chosen),
      arguments: [argumentOf(source), ...weights.map(constant), argumentOf(target), ...extra, { kind: 'images' }],
      reads: [sliceRef(source), ...before.reads, ...after.reads],
      writes: [sliceRef(target)],
      scratch: convPoolScratch(spec),
    };
  }

  /** Gathers from the input spread over a grid of zeros, with the filters flipped. */
  function transposedConvolution(): BareCall {
    const [weight, bias] = parameters as unknown as readonly [ValueId, ValueId?];
    const [kh, kw] = numbers(attributes, 'kernel') as [number, number];
    const [sh, sw] = numbers(attributes, 'stride') as [number, number];
    const [dh, dw] = numbers(attributes, 'dilation') as [number, number];
    const [top, left] = numbers(attributes, 'padding') as [number, number];
    const groups = number(attributes, 'groups');
    const [depth, columns] = [input.channels / groups, output.channels / groups];
    const layout = {
      groups: { count: groups, stride: depth * columns * kh * kw },
      columns: { count: columns, stride: kh * kw },
      depth: [
        { count: kh, stride: -kw },
        { count: kw, stride: -1 },
        { count: depth, stride: columns * kh * kw },
      ],
      origin: kh * kw - 1,
    };
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
    };
    const weights = [packer.matrix(weight, layout), ...(bias === undefined ? [] : [vector(bias, output.channels)])];
    const own = { weights, scratch: gatherScratch(spec) };
    return withEpilogue<ConvSpec>(`conv_transpose_${kh}x${kw}_${output.channels}`, spec, conv, own);
  }

  function denseLayer(): BareCall {
    const [weight, bias] = parameters as unknown as readonly [ValueId, ValueId?];
    const features = input.channels;
    // A map that was not flattened: K runs over (h, w, c), its weights over (c, h, w).
    const area = source.map ? source.map.height * source.map.width : 1;
    const layout = {
      groups: { count: 1, stride: 0 },
      columns: { count: output.channels, stride: features },
      depth: [
        { count: area, stride: 1 },
        { count: features / area, stride: area },
      ],
      origin: 0,
    };
    const weights = [packer.matrix(weight, layout), ...(bias === undefined ? [] : [vector(bias, output.channels)])];
    const spec = { input, output, bias: bias !== undefined };
    return withEpilogue(`dense_${features}_${output.channels}`, spec, dense, { weights });
  }

  function pooling(): BareCall {
    const operation = anchor.op.includes('max') ? 'max' : 'avg';
    const size = `${input.channels}x${input.height}x${input.width}`;
    if (anchor.op.startsWith('global') || (output.height * output.width === 1 && anchor.op === 'adaptive_avg_pool')) {
      return withEpilogue(`global_${operation}_pool_${size}`, { operation, input, output }, globalPool, {
        weights: [],
      });
    }
    if (anchor.op === 'adaptive_avg_pool') {
      const spec = { operation, input, output, windows: { kind: 'adaptive' } } as const;
      return withEpilogue(`adaptive_pool_${size}`, spec, pool, { weights: [] });
    }
    const { kernel, stride, padding } = operator.window!(attributes, inputTypes);
    const countPadding = attributes['count_padding'] === true;
    const windows = { kind: 'sliding', kernel, stride, padding, countPadding } as const;
    return withEpilogue(`${operation}_pool_${kernel.join('x')}_${size}`, { operation, input, output, windows }, pool, {
      weights: [],
    });
  }

  // Kernels without an epilogue.

  function plain<Spec extends object>(
    base: string,
    spec: Spec,
    template: Parameters<typeof context.kernels.use<Spec>>[2],
  ): BareCall {
    const kernel = context.kernels.use(`${base}_${input.channels}x${input.height}x${input.width}`, spec, template);
    return {
      kernel,
      memories: bind(kernel),
      arguments: [argumentOf(source), argumentOf(target), { kind: 'images' }],
      reads: [sliceRef(source)],
      writes: [sliceRef(target)],
      scratch: 0,
    };
  }

  function copyOf(
    base: string,
    extents: readonly number[],
    from: ElementwiseOperand,
    to: ElementwiseOperand,
  ): BareCall {
    const spec: ElementwiseSpec = {
      extents,
      operands: [from],
      result: to,
      combination: { kind: 'copy' },
      then: [],
      batched: true,
    };
    return plain(base, spec, elementwise);
  }

  function nearest(): BareCall {
    const [fh, fw] = [output.height / input.height, output.width / input.width];
    const extents = [input.height, fh, input.width, fw, input.channels];
    const [ps, qs] = [input.pixelStride, output.pixelStride];
    const from = arenaOperand(input, [input.width * ps, 0, ps, 0, 1]);
    return copyOf(
      'upsample',
      extents,
      from,
      arenaOperand(output, [fh * output.width * qs, output.width * qs, fw * qs, qs, 1]),
    );
  }

  function shuffle(groups: number): BareCall {
    const size = input.channels / groups;
    const extents = [input.height * input.width, groups, size];
    const from = arenaOperand(input, [input.pixelStride, size, 1]);
    return copyOf('channel_shuffle', extents, from, arenaOperand(output, [output.pixelStride, 1, groups]));
  }

  /** Copies for the operands that could not be written into their part directly. */
  function concatCopies(): readonly BareCall[] {
    let channel = 0;
    return data.flatMap((value) => {
      const from = context.placeOf(value);
      const to = {
        ...target,
        within: target.within + channel,
        slice: { ...target.slice, channels: from.slice.channels },
      };
      channel += from.slice.channels;
      if (from.buffer === to.buffer && from.within === to.within) return [];
      return [copyBetween(from, to)];
    });
  }

  function copyBetween(from: Place, to: Place): BareCall {
    const { channels, height, width } = from.slice;
    const spec: ElementwiseSpec = {
      extents: [height * width, channels],
      operands: [arenaOperand(from.slice, [from.slice.pixelStride, 1])],
      result: arenaOperand(to.slice, [to.slice.pixelStride, 1]),
      combination: { kind: 'copy' },
      then: [],
      batched: true,
    };
    const kernel = context.kernels.use(`copy_${channels}x${height}x${width}`, spec, elementwise);
    return {
      kernel,
      memories: bind(kernel),
      arguments: [argumentOf(from), argumentOf(to), { kind: 'images' }],
      reads: [sliceRef(from)],
      writes: [sliceRef(to)],
      scratch: 0,
    };
  }

  function arithmetic(operation: 'add' | 'sub' | 'mul' | 'div'): BareCall {
    return elementwiseCall(anchor.op, data, { kind: 'fold', operation });
  }

  function pointwise(): BareCall {
    const expression = operator.pointwise?.(attributes);
    invariant(expression, `no kernel computes ${anchor.op}`);
    return elementwiseCall(anchor.op, [...data, ...parameters], { kind: 'scalar', expression });
  }

  function elementwiseCall(
    base: string,
    values: readonly ValueId[],
    combination: ElementwiseSpec['combination'],
  ): BareCall {
    const steps = pointwiseSteps(
      group.steps.map((step) => ({
        kind: 'pointwise',
        expression: operatorOf(operators, step.node.op).pointwise!(step.node.attributes),
        vectors: 0,
      })),
    );
    invariant(steps, `${base} cannot take this epilogue`);
    const operands = values.map((value) => elementwiseOperand(value));
    const spec: ElementwiseSpec = {
      extents: [output.height, output.width, output.channels],
      operands: operands.map(({ operand }) => operand),
      result: arenaOperand(output, [output.width * output.pixelStride, output.pixelStride, 1]),
      combination,
      then: steps,
      batched: true,
    };
    const kernel = context.kernels.use(
      `${base}_${output.channels}x${output.height}x${output.width}`,
      spec,
      elementwise,
    );
    return {
      kernel,
      memories: bind(kernel),
      arguments: [...operands.map(({ argument }) => argument), argumentOf(target), { kind: 'images' }],
      reads: values.filter((value) => typeOf(graph, value).batched).map((value) => sliceRef(context.placeOf(value))),
      writes: [sliceRef(target)],
      scratch: 0,
    };
  }

  /** An operand of an elementwise kernel: a map (repeated where its extent is 1), or packed parameters. */
  function elementwiseOperand(value: ValueId): { operand: ElementwiseOperand; argument: CallArgument } {
    const type = typeOf(graph, value);
    if (type.batched) {
      const place = context.placeOf(value);
      const { channels, height, width, pixelStride } = place.slice;
      const strides = [height === 1 ? 0 : width * pixelStride, width === 1 ? 0 : pixelStride, channels === 1 ? 0 : 1];
      return { operand: arenaOperand(place.slice, strides), argument: argumentOf(place) };
    }
    const perChannel = type.shape.length === 1 && !sameShape(type.shape, typeOf(graph, group.results[0]!).shape);
    const { channels, height, width } = perChannel
      ? { channels: type.shape[0]!, height: 1, width: 1 }
      : extentsOf(type.shape);
    const offset = packer.strided(value, [
      { count: height, stride: width },
      { count: width, stride: 1 },
      { count: channels, stride: height * width },
    ]);
    const strides = [height === 1 ? 0 : width * channels, width === 1 ? 0 : channels, channels === 1 ? 0 : 1];
    return { operand: { memory: 'weights', type: 'f32', strides, imageStride: 0 }, argument: constant(offset) };
  }

  /** A packed vector with an element per channel; a single element is repeated. */
  function vector(value: ValueId, channels: number): number {
    const length = typeOf(graph, value).shape.reduce((product, extent) => product * extent, 1);
    return packer.strided(value, [{ count: channels, stride: length === 1 ? 0 : 1 }]);
  }

  function bind(kernel: string): ReadonlyMap<string, MemoryRef> {
    const kinds = { arena: { kind: 'arena' }, weights: { kind: 'weights' }, scratch: { kind: 'scratch' } } as const;
    const { memories } = context.kernels.get(kernel);
    return new Map(memories.map(({ name }) => [name, kinds[name as keyof typeof kinds]]));
  }
}

const constant = (value: number): CallArgument => ({ kind: 'constant', value });

export const argumentOf = (place: Place): CallArgument => ({
  kind: 'slice',
  buffer: place.buffer,
  within: place.within,
});

export function sliceRef({ buffer, within, slice }: Place): SliceRef {
  const { channels, height, width, pixelStride } = slice;
  return { buffer, within, channels, pixels: height * width, pixelStride };
}

/** `strides` along the axes of an elementwise kernel's extents. */
export function arenaOperand(slice: Slice, strides: readonly number[]): ElementwiseOperand {
  return { memory: 'arena', type: 'f32', strides, imageStride: slice.imageStride };
}

const number = (attributes: Attributes, name: string): number => attributes[name] as number;
const numbers = (attributes: Attributes, name: string): readonly number[] => attributes[name] as readonly number[];
