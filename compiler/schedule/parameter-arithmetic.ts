// Arithmetic on parameters when a module loads, in f64: each value is computed right before it is first needed, in a
// temporary that other values use again afterwards.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import { isWholeView } from '../ir/lowering.ts';
import type { Box, OperatorTable } from '../ir/operator.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { alignedShapes } from '../ops/aligned-shapes.ts';
import { alongAxis } from '../ops/axes.ts';
import type { ContractionSpec } from '../templates/contraction.ts';
import { contraction } from '../templates/contraction.ts';
import type { ArithmeticSpec } from '../templates/arithmetic.ts';
import { arithmetic } from '../templates/arithmetic.ts';
import type { Combination, ElementwiseOperand } from '../templates/elementwise.ts';
import { simplifyAxes } from '../templates/elementwise.ts';
import { scalarTarget } from '../templates/target.ts';
import type { KernelSet } from './kernel-set.ts';
import { broadcastStrides, factorsOf, rowMajor } from './parameter-factors.ts';
import type { KernelCall, MemoryRef } from '../program/program.ts';

/** Where the elements of a value are while a module loads, row-major. */
export interface Source {
  readonly memory: MemoryRef;
  readonly type: 'f32' | 'f64' | 'i8' | 'u8' | 'i32';
  /** Where the elements are those of a product: its other factors, one for each `every` elements, `count` in all. */
  readonly factors?: {
    readonly memory: MemoryRef;
    readonly type: 'f32' | 'f64';
    readonly every: number;
    readonly count: number;
  };
}

export interface Arithmetic {
  /** Pushes the calls that compute the value, unless it is known. */
  sourceOf(value: ValueId): Source;
  /**
   * A value that was not computed yet as its factors, where it is the product of a tensor with a number for each index of the first
   * axis, and whoever reads it can multiply: `fits` is told how many elements have one of these.
   */
  productOf(value: ValueId, fits: (every: number) => boolean): Source | undefined;
  /** Lengths of the temporaries, one per computed value. */
  readonly temporaries: readonly number[];
}

/** The arithmetic so far. */
interface Computing {
  readonly graph: Graph;
  readonly nodes: readonly Node[];
  readonly operators: OperatorTable;
  readonly kernels: KernelSet;
  readonly calls: KernelCall[];
  /** What is known. */
  readonly sources: Map<ValueId, Source>;
  readonly temporaries: number[];
  /** Value → the index of the node that makes it. */
  readonly producers: ReadonlyMap<ValueId, number>;
}

/** `nodes` are those of the prepare stage, in order; calls are pushed to `calls`. */
export function parameterArithmetic(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  kernels: KernelSet,
  calls: KernelCall[],
): Arithmetic {
  const sources = new Map<ValueId, Source>();
  graph.parameters.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'parameter', index }, type: parameterMemory(typeOf(graph, value)) }),
  );
  graph.constants.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'constant', index }, type: 'f64' }),
  );
  const temporaries: number[] = [];
  const producers = new Map(nodes.flatMap((node, at) => node.results.map((value) => [value, at] as const)));
  const computing = { graph, nodes, operators, kernels, calls, sources, temporaries, producers };
  return {
    sourceOf: (value) => sourceOf(computing, value),
    productOf: (value, fits) => productOf(computing, value, fits),
    temporaries,
  };
}

/** What a parameter is read as. */
function parameterMemory({ element }: TensorType): Source['type'] {
  invariant(element !== 'f16' && element !== 'bf16', () => `a parameter is of ${element}`);
  return element;
}

/** The source of what is computed with. */
export function floats(source: Source): Source & { readonly type: 'f32' | 'f64' } {
  const { memory, type } = source;
  invariant(type === 'f32' || type === 'f64', () => `f32 is expected, found ${type}`);
  return { memory, type };
}

function sourceOf(computing: Computing, value: ValueId): Source {
  const { nodes, sources } = computing;
  if (!sources.has(value)) for (const at of missingFor(computing, value)) compute(computing, nodes[at]!);
  const source = sources.get(value);
  invariant(source, `%${value} is not known when the module loads`);
  return source;
}

function productOf(computing: Computing, value: ValueId, fits: (every: number) => boolean): Source | undefined {
  const { graph, nodes, operators, producers, sources } = computing;
  const at = producers.get(value);
  const factors = at === undefined || sources.has(value) ? undefined : factorsOf(graph, nodes[at]!, operators);
  if (!factors || !fits(factors.every)) return undefined;
  const { whole, factor, every, count } = factors;
  const [source, numbers] = [whole, factor].map((one) => floats(sourceOf(computing, one)));
  return { ...source!, factors: { ...numbers!, every, count } };
}

/** Indices of the nodes that the value depends on and that were not computed yet, in order. */
function missingFor({ nodes, sources, producers }: Computing, value: ValueId): readonly number[] {
  const needed = new Set<number>();
  for (const open = [value]; open.length > 0;) {
    const next = open.pop()!;
    const at = producers.get(next);
    if (at === undefined || sources.has(next) || needed.has(at)) continue;
    needed.add(at);
    open.push(...nodes[at]!.operands);
  }
  return [...needed].toSorted((a, b) => a - b);
}

/** A node that is computed into a temporary. */
interface Step {
  readonly node: Node;
  readonly inputs: readonly Source[];
  readonly target: Source;
  /** Of the result. */
  readonly shape: Shape;
}

function compute(computing: Computing, node: Node): void {
  const { graph, operators, sources, temporaries } = computing;
  const result = node.results[0]!;
  const inputs = node.operands.map((value) => sources.get(value)!);
  const { lowering } = operatorOf(operators, node.op);
  if (isWholeView(lowering)) return void sources.set(result, inputs[0]!);
  if (lowering?.kind === 'view' && lowering.of === 'parts') return cutParts(computing, node);
  const { shape } = typeOf(graph, result);
  const shapes = node.operands.map((value) => typeOf(graph, value).shape);
  temporaries.push(sizeOf(shape));
  const target: Source = { memory: { kind: 'temporary', index: temporaries.length - 1 }, type: 'f64' };
  sources.set(result, target);
  const step: Step = { node, inputs, target, shape };
  const copy = { combination: { kind: 'copy' }, to: 0 } as const;
  switch (lowering?.kind) {
    case 'weight-matmul':
      return contract(computing, step, product(shapes, shape, node.attributes['transpose'] === true));
    case 'reduce-sum':
      return contract(computing, step, sumOver(node.attributes['axes'] as readonly number[], shapes[0]!, shape));
    case 'weight-slice': {
      const start = node.attributes['start'] as readonly number[];
      return cutBox(computing, step, shapes[0]!, { start, step: start.map(() => 1) });
    }
    case 'view': {
      if (lowering.of === 'box') {
        const box = operatorOf(operators, node.op).box!(node.attributes, [typeOf(graph, node.operands[0]!)]);
        return cutBox(computing, step, shapes[0]!, box);
      }
      const pixels = transposed(shapes[0]!, shape);
      return combine(computing, step, { ...copy, ...pixels, from: inputs, bases: [0] });
    }
    case 'concat': {
      const axis = alongAxis(typeOf(graph, result), node.attributes)!;
      const toStrides = rowMajor(shape);
      let to = 0;
      return shapes.forEach((extents, at) => {
        const part = { extents, from: [inputs[at]!], strides: [rowMajor(extents)], bases: [0], to, toStrides };
        combine(computing, step, { ...copy, ...part });
        to += extents[axis]! * toStrides[axis]!;
      });
    }
    default:
      return combine(computing, step, {
        combination: combinationOf(computing, node),
        extents: shape,
        from: inputs,
        strides: alignedShapes([...shapes, shape])
          .slice(0, -1)
          .map((operand) => broadcastStrides(operand, shape)),
        bases: shapes.map(() => 0),
        to: 0,
      });
  }
}

/** The parts of a value along an axis, each in a temporary of its own. */
function cutParts(computing: Computing, node: Node): void {
  const { graph, sources, temporaries } = computing;
  const type = typeOf(graph, node.operands[0]!);
  const axis = alongAxis(type, node.attributes)!;
  let first = 0;
  for (const value of node.results) {
    const { shape } = typeOf(graph, value);
    temporaries.push(sizeOf(shape));
    const target: Source = { memory: { kind: 'temporary', index: temporaries.length - 1 }, type: 'f64' };
    sources.set(value, target);
    const start = shape.map(() => 0).with(axis, first);
    const step: Step = { node, inputs: [sources.get(node.operands[0]!)!], target, shape };
    cutBox(computing, step, type.shape, { start, step: shape.map(() => 1) });
    first += shape[axis]!;
  }
}

/** A box of a value of the shape `whole`. */
function cutBox(computing: Computing, step: Step, whole: Shape, box: Box): void {
  const strides = rowMajor(whole);
  combine(computing, step, {
    combination: { kind: 'copy' },
    extents: step.shape,
    from: step.inputs,
    strides: [strides.map((stride, axis) => stride * box.step[axis]!)],
    bases: [box.start.reduce((sum, first, axis) => sum + first * strides[axis]!, 0)],
    to: 0,
  });
}

/** A walk through operands, element by element, and through a part of the target. */
interface ElementwisePart {
  readonly combination: Combination;
  readonly extents: Shape;
  readonly from: readonly Source[];
  /** Per operand. */
  readonly strides: readonly (readonly number[])[];
  /** Per operand, the first element's index. */
  readonly bases: readonly number[];
  /** The first element's index in the target. */
  readonly to: number;
  /** In the target; those of a dense tensor of these extents if they are not given. */
  readonly toStrides?: readonly number[];
}

function combine(computing: Computing, step: Step, part: ElementwisePart): void {
  const { combination, extents, from, strides, bases, to, toStrides = rowMajor(extents) } = part;
  const walked = simplifyAxes({
    extents,
    operands: from.map((source, at) => operandOf(`s${at}`, source, strides[at]!)),
    result: operandOf('target', step.target, toStrides),
  });
  const spec: ArithmeticSpec = {
    axes: walked.extents.length,
    operands: from.map(({ type }) => type),
    result: step.target.type,
    combination,
  };
  const all = [...walked.operands, walked.result];
  const loops = walked.extents.flatMap((extent, axis) => [extent, ...all.map((operand) => operand.strides[axis]!)]);
  const kernel = computing.kernels.use(`prepare_${nameOf(step.node)}`, spec, arithmetic, scalarTarget);
  push(computing, step, kernel, from, [...bases, to, ...loops]);
}

function contract(computing: Computing, step: Step, { extents, summed, strides }: Contraction): void {
  const { node, inputs } = step;
  const operands = inputs.map((input, at) => ({ memory: `s${at}`, type: floats(input).type, strides: strides[at]! }));
  const spec: ContractionSpec = { extents, summed, operands };
  const kernel = computing.kernels.use(`prepare_${nameOf(node)}`, spec, contraction, scalarTarget);
  push(computing, step, kernel, inputs, [...inputs.map(() => 0), 0]);
}

/** In the name of a kernel it goes without saying that it works on weights. */
const nameOf = ({ op }: Node): string => op.replace('weight_', '');

function push(
  { calls }: Computing,
  { node, target, shape }: Step,
  kernel: string,
  from: readonly Source[],
  bases: readonly number[],
): void {
  calls.push({
    kernel,
    memories: new Map([...from.map(({ memory }, at) => [`s${at}`, memory] as const), ['target', target.memory]]),
    arguments: bases.map((value) => ({ kind: 'constant', value })),
    nodes: [node.name],
    shape,
    reads: [],
    writes: [],
  });
}

function combinationOf({ operators }: Computing, node: Node): Combination {
  const { lowering, pointwise } = operatorOf(operators, node.op);
  if (lowering?.kind === 'arithmetic') return { kind: 'fold', operation: lowering.operation };
  const expression = pointwise?.(node.attributes);
  invariant(expression, `${node.op} cannot be computed when a module loads`);
  return { kind: 'scalar', expression };
}

interface Contraction extends Pick<ContractionSpec, 'extents' | 'summed'> {
  /** Per operand. */
  readonly strides: readonly (readonly number[])[];
}

/** [B, M, K] · [B, K, N] → [B, M, N], the first transposed or not, either repeated. */
function product([left, right]: readonly Shape[], extents: Shape, transpose: boolean): Contraction {
  const [stack, rows, columns] = extents as [number, number, number];
  const depth = right![1]!;
  const first = left![0] === 1 ? 0 : rows * depth;
  const second = right![0] === 1 ? 0 : depth * columns;
  const [alongRows, alongDepth] = transpose ? [1, rows] : [depth, 1];
  return {
    extents: [stack, rows, columns],
    summed: [depth],
    strides: [
      [first, alongRows, 0, alongDepth],
      [second, 0, 1, columns],
    ],
  };
}

/** Along the axes, which become 1. */
function sumOver(axes: readonly number[], from: Shape, extents: Shape): Contraction {
  const strides = rowMajor(from);
  const kept = strides.map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  return {
    extents,
    summed: axes.map((axis) => from[axis]!),
    strides: [[...kept, ...axes.map((axis) => strides[axis]!)]],
  };
}

/** Tokens [L, C] of an image [C, H, W], or the reverse. */
function transposed(from: Shape, to: Shape): Pick<ElementwisePart, 'extents' | 'strides'> {
  const rows = to[0]!;
  const columns = sizeOf(from) / rows;
  return { extents: [rows, columns], strides: [[1, rows]] };
}

export function operandOf(memory: string, source: Source, strides: readonly number[]): ElementwiseOperand {
  return { memory, type: source.type, strides, imageStride: 0 };
}
