// The `prepare` stage: what kernels read of the parameters is packed into their layouts, rounded once.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { Target } from '../templates/geometry.ts';
import { scalarTarget } from '../templates/geometry.ts';
import { packedLength, panelsOf, registerBlock } from '../templates/matmul.ts';
import type { WinogradFilterSpec } from '../templates/winograd-filter.ts';
import { winogradFilter, winogradFilterLength } from '../templates/winograd-filter.ts';
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
  readonly halvesLength: number;
}

export interface Packer {
  /** Packs a tensor in the order of `axes`; returns its offset in the weights. The same packing is done once. */
  strided(value: ValueId, axes: readonly Axis[], origin?: number): number;
  /** Packs a [groups][panels][depth][panel] matrix for `matrixProduct`; returns its offset in the memory of its type. */
  matrix(value: ValueId, layout: MatrixLayout, packing?: MatrixPacking): number;
  /** Transforms and packs the filters of a convolution for `winograd`. `origin` is the index of the first tap. */
  winograd(value: ValueId, filters: WinogradFilters): number;
  finish(): Preparation;
}

export interface MatrixPacking {
  /** Columns; default: those of the register block. */
  readonly panel: number;
  readonly type: 'f32' | 'bf16';
}

export type WinogradFilters = Omit<WinogradFilterSpec, 'type' | 'panel' | 'lanes'> & { readonly origin: number };

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
  { lanes }: Target,
): Packer {
  const calls: KernelCall[] = [];
  const { sourceOf, temporaries } = parameterArithmetic(graph, nodes, operators, kernels, calls);
  const packed = new Map<string, number>();
  const lengths = { f32: 0, bf16: 0 };
  const { columns: block } = registerBlock(lanes);

  /** One copy from the source tensor into the packed weights. */
  function copy(
    value: ValueId,
    axes: readonly (Axis & { readonly to: number })[],
    from: number,
    to: number,
    type: keyof typeof lengths = 'f32',
  ): void {
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
      result: { memory: memories[type], type, strides: axes.map((axis) => axis.to), imageStride: 0 },
      combination: { kind: 'copy' },
      then: [],
      batched: false,
    };
    const kernel = kernels.use(`pack_${spec.extents.join('x')}`, spec, elementwise, scalarTarget);
    pack(kernel, source.memory, from, to, spec.extents, type);
  }

  /** A call that fills a part of the packed weights from one source. */
  function pack(
    kernel: string,
    source: MemoryRef,
    from: number,
    to: number,
    shape: Shape,
    type: keyof typeof lengths = 'f32',
  ): void {
    calls.push({
      kernel,
      memories: new Map<string, MemoryRef>([
        ['source', source],
        [memories[type], { kind: memories[type] }],
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

  function once(
    key: unknown,
    length: number,
    fill: (offset: number) => void,
    type: keyof typeof lengths = 'f32',
  ): number {
    const name = JSON.stringify(key);
    const known = packed.get(name);
    if (known !== undefined) return known;
    const offset = lengths[type];
    packed.set(name, offset);
    lengths[type] += lanes === 1 ? length : aligned(length);
    fill(offset);
    return offset;
  }

  return {
    strided(value, axes, origin = 0) {
      const length = axes.reduce((product, { count }) => product * count, 1);
      return once(['strided', value, axes, origin], length, (offset) => copy(value, dense(axes), origin, offset));
    },
    matrix(value, layout, { panel = block, type = 'f32' } = { panel: block, type: 'f32' }) {
      const { groups, columns, depth, origin } = layout;
      const rows = depth.reduce((product, { count }) => product * count, 1);
      const { full, lastWidth } = panelsOf(columns.count, panel, lanes);
      const done = full * panel;
      const size = packedLength(rows, columns.count, panel, lanes);
      const fill = (offset: number): void => {
        const perGroup = { ...groups, to: size };
        if (full > 0) {
          const side = { count: panel, stride: columns.stride, to: 1 };
          const panels = { count: full, stride: panel * columns.stride, to: rows * panel };
          copy(value, [perGroup, panels, ...dense(depth, panel), side], origin, offset, type);
        }
        if (done < columns.count) {
          const side = { count: columns.count - done, stride: columns.stride, to: 1 };
          const from = origin + done * columns.stride;
          copy(value, [perGroup, ...dense(depth, lastWidth), side], from, offset + done * rows, type);
        }
      };
      return once(['matrix', value, layout, panel, type], groups.count * size, fill, type);
    },
    winograd(value, { origin, ...filters }) {
      const layout = { ...filters, panel: block, lanes };
      const length = winogradFilterLength(layout);
      return once(['winograd', value, filters, origin], length, (offset) => {
        const { memory, type } = sourceOf(value);
        const { columns, depth } = filters;
        const spec = { ...layout, type };
        const kernel = kernels.use(`winograd_filter_${columns}x${depth}`, spec, winogradFilter, scalarTarget);
        pack(kernel, memory, origin, offset, [length]);
      });
    },
    finish: () => ({
      ...shareTemporaries(calls, temporaries),
      weightsLength: lengths.f32,
      halvesLength: lengths.bf16,
    }),
  };
}

const memories = { f32: 'weights', bf16: 'halves' } as const;

/** Elements up to the next cache line, so that vectors do not straddle two. */
export const aligned = (length: number): number => Math.ceil(length / 16) * 16;

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
