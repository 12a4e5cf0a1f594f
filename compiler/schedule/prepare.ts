// The `prepare` stage: what kernels read of the parameters is packed into their layouts, rounded once.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import { columnBlock } from '../templates/matmul.ts';
import type { WinogradFilterSpec } from '../templates/winograd.ts';
import { winogradFilter } from '../templates/winograd.ts';
import type { KernelSet } from './kernel-set.ts';
import { operandOf, parameterArithmetic } from './parameter-arithmetic.ts';
import type { KernelCall, MemoryRef } from './program.ts';
import { shareTemporaries } from './share-temporaries.ts';

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
  /** Transforms and packs the filters of a convolution for `winograd`. `origin` is the index of the first tap. */
  winograd(value: ValueId, filters: Omit<WinogradFilterSpec, 'type'> & { readonly origin: number }): number;
  finish(): Preparation;
}

export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/** `nodes` are those of the prepare stage, in order. Each is computed right before the first packing that needs it. */
export function createPacker(
  graph: Graph,
  nodes: readonly Node[],
  operators: OperatorTable,
  kernels: KernelSet,
): Packer {
  const calls: KernelCall[] = [];
  const { sourceOf, temporaries } = parameterArithmetic(graph, nodes, operators, kernels, calls);
  const packed = new Map<string, number>();
  let weightsLength = 0;

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
    const kernel = kernels.use(`pack_${spec.extents.join('x')}`, spec, elementwise);
    pack(kernel, source.memory, from, to, spec.extents);
  }

  /** A call that fills a part of the packed weights from one source. */
  function pack(kernel: string, source: MemoryRef, from: number, to: number, shape: Shape): void {
    calls.push({
      kernel,
      memories: new Map<string, MemoryRef>([
        ['source', source],
        ['weights', { kind: 'weights' }],
      ]),
      arguments: [
        { kind: 'constant', value: from },
        { kind: 'constant', value: to },
      ],
      nodes: [],
      shape,
      reads: [],
      writes: [],
    });
  }

  function once(key: unknown, length: number, fill: (offset: number) => void): number {
    const name = JSON.stringify(key);
    const known = packed.get(name);
    if (known !== undefined) return known;
    const offset = weightsLength;
    packed.set(name, offset);
    weightsLength += length;
    fill(offset);
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
    winograd(value, { origin, ...filters }) {
      const { columns, depth } = filters;
      return once(['winograd', value, filters, origin], 16 * columns * depth, (offset) => {
        const { memory, type } = sourceOf(value);
        const kernel = kernels.use(`winograd_filter_${columns}x${depth}`, { ...filters, type }, winogradFilter);
        pack(kernel, memory, origin, offset, [16, columns, depth]);
      });
    },
    finish: () => ({ ...shareTemporaries(calls, temporaries), weightsLength }),
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
