// The `prepare` stage: arithmetic on parameters in f64, and packing into the layouts that kernels read, rounded once.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Combination, ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import { columnBlock } from '../templates/matmul.ts';
import type { KernelSet } from './kernel-set.ts';
import type { KernelCall, MemoryRef } from './program.ts';

/** How a matrix's elements lie in its source tensor; strides in elements, negative where an axis is flipped. */
export interface MatrixLayout {
  readonly groups: { readonly count: number; readonly stride: number };
  readonly columns: { readonly count: number; readonly stride: number };
  /** The axes along the depth K, outermost first. */
  readonly depth: readonly { readonly count: number; readonly stride: number }[];
  /** Index of the first element. */
  readonly origin: number;
}

export interface Preparation {
  readonly calls: readonly KernelCall[];
  readonly temporaries: readonly number[];
  readonly weightsLength: number;
}

export interface Packer {
  /** Packs a tensor in the order of `axes`; returns its offset in the weights. The same packing is done once. */
  strided(value: ValueId, axes: readonly Axis[], origin?: number): number;
  /** Packs a [groups][column blocks][depth][block] matrix for `matrixProduct`. */
  matrix(value: ValueId, layout: MatrixLayout): number;
  finish(): Preparation;
}

export interface Axis {
  readonly count: number;
  readonly stride: number;
}

interface Source {
  readonly memory: MemoryRef;
  readonly type: 'f32' | 'f64';
}

/** `nodes` are those of the prepare stage, in order. */
export function createPacker(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  kernels: KernelSet,
): Packer {
  const sources = new Map<ValueId, Source>();
  graph.parameters.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'parameter', index }, type: 'f32' }),
  );
  graph.constants.forEach(({ value }, index) =>
    sources.set(value, { memory: { kind: 'constant', index }, type: 'f64' }),
  );
  const calls: KernelCall[] = [];
  const temporaries: number[] = [];
  const packed = new Map<string, number>();
  let weightsLength = 0;

  for (const node of nodes) compute(node);

  const sourceOf = (value: ValueId): Source => {
    const source = sources.get(value);
    invariant(source, `%${value} is not known when the module loads`);
    return source;
  };

  function compute(node: Node): void {
    const result = node.results[0]!;
    if (node.op === 'reshape' || node.op === 'flatten') {
      sources.set(result, sources.get(node.operands[0]!)!);
      return;
    }
    const { shape } = typeOf(graph, result);
    const inputs = node.operands.map((value) => sources.get(value)!);
    const operands = node.operands.map((value, at) =>
      operandOf(`s${at}`, inputs[at]!, broadcastStrides(typeOf(graph, value).shape, shape)),
    );
    temporaries.push(sizeOf(shape));
    const target: Source = { memory: { kind: 'temporary', index: temporaries.length - 1 }, type: 'f64' };
    const spec: ElementwiseSpec = {
      extents: shape,
      operands,
      result: operandOf('target', target, broadcastStrides(shape, shape)),
      combination: combinationOf(node),
      then: [],
      batched: false,
    };
    calls.push({
      kernel: kernels.use(`prepare_${node.op}`, spec, elementwise),
      memories: new Map([
        ...operands.map(({ memory }, at) => [memory, inputs[at]!.memory] as const),
        ['target', target.memory],
      ]),
      arguments: Array.from({ length: operands.length + 1 }, () => ({ kind: 'constant', value: 0 })),
      nodes: [node.name],
      shape,
      reads: [],
      writes: [],
    });
    sources.set(result, target);
  }

  function combinationOf(node: Node): Combination {
    if (node.op === 'add' || node.op === 'mul' || node.op === 'sub' || node.op === 'div') {
      return { kind: 'fold', operation: node.op };
    }
    const expression = operatorOf(operators, node.op).pointwise?.(node.attributes);
    invariant(expression, `${node.op} cannot be computed when a module loads`);
    return { kind: 'scalar', expression };
  }

  /** One copy from the source tensor into the packed weights. */
  function copy(value: ValueId, axes: readonly (Axis & { readonly to: number })[], from: number, to: number): void {
    const source = sourceOf(value);
    const spec: ElementwiseSpec = {
      extents: axes.map(({ count }) => count),
      operands: [
        operandOf(
          'source',
          source,
          axes.map(({ stride }) => stride),
        ),
      ],
      result: { memory: 'weights', type: 'f32', strides: axes.map((axis) => axis.to), imageStride: 0 },
      combination: { kind: 'copy' },
      then: [],
      batched: false,
    };
    calls.push({
      kernel: kernels.use(`pack_${axes.map(({ count }) => count).join('x')}`, spec, elementwise),
      memories: new Map([
        ['source', source.memory],
        ['weights', { kind: 'weights' }],
      ]),
      arguments: [
        { kind: 'constant', value: from },
        { kind: 'constant', value: to },
      ],
      nodes: [],
      shape: spec.extents,
      reads: [],
      writes: [],
    });
  }

  function once(key: unknown, length: number, pack: (offset: number) => void): number {
    const name = JSON.stringify(key);
    const known = packed.get(name);
    if (known !== undefined) return known;
    const offset = weightsLength;
    packed.set(name, offset);
    weightsLength += length;
    pack(offset);
    return offset;
  }

  return {
    strided(value, axes, origin = 0) {
      const length = axes.reduce((product, { count }) => product * count, 1);
      return once(['strided', value, axes, origin], length, (offset) => copy(value, dense(axes), origin, offset));
    },
    matrix(value, layout) {
      const { groups, columns, depth, origin } = layout;
      const rows = depth.reduce((product, { count }) => product * count, 1);
      const blocks = Math.floor(columns.count / columnBlock);
      const rest = columns.count - blocks * columnBlock;
      return once(['matrix', value, layout], groups.count * rows * columns.count, (offset) => {
        const perGroup = { ...groups, to: rows * columns.count };
        if (blocks > 0) {
          const lanes = { count: columnBlock, stride: columns.stride, to: 1 };
          const blockAxis = { count: blocks, stride: columnBlock * columns.stride, to: rows * columnBlock };
          copy(value, [perGroup, blockAxis, ...dense(depth, columnBlock), lanes], origin, offset);
        }
        if (rest > 0) {
          const lanes = { count: rest, stride: columns.stride, to: 1 };
          const done = blocks * columnBlock;
          copy(value, [perGroup, ...dense(depth, rest), lanes], origin + done * columns.stride, offset + done * rows);
        }
      });
    },
    finish: () => ({ calls, temporaries, weightsLength }),
  };
}

/** The axes with the strides of a dense target whose elements are `size` wide. */
function dense(axes: readonly Axis[], size = 1): readonly (Axis & { readonly to: number })[] {
  let to = size;
  return axes
    .toReversed()
    .map((axis) => {
      const own = { ...axis, to };
      to *= axis.count;
      return own;
    })
    .toReversed();
}

function operandOf(memory: string, source: Source, strides: readonly number[]): ElementwiseOperand {
  return { memory, type: source.type, strides, imageStride: 0 };
}

/** Row-major strides of `shape`, 0 along the axes in which it is repeated to fill `full`. */
function broadcastStrides(shape: Shape, full: Shape): readonly number[] {
  let step = 1;
  const strides = full.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const at = axis + full.length - shape.length;
    strides[at] = shape[axis] === 1 ? 0 : step;
    step *= shape[axis]!;
  }
  return strides;
}
