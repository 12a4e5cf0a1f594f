// Packs weights into the layouts in which kernels read them: parameters in the `prepare` stage, rounded once; what is computed in a
// pass, as the weights of a training, in the pass itself, before the kernel that reads it.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Stages } from '../ir/stage.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { PackSpec } from '../templates/pack.ts';
import { pack, packedMemory } from '../templates/pack.ts';
import { packedLength, registerBlock, panelsOf } from '../templates/register-block.ts';
import type { Target } from '../templates/target.ts';
import { aligned, scalarTarget } from '../templates/target.ts';
import type { WinogradFilters } from '../templates/winograd-filter.ts';
import { winogradFilter, winogradFilterArguments, winogradFilterLength } from '../templates/winograd-filter.ts';
import type { KernelSet } from './kernel-set.ts';
import { parameterArithmetic } from './parameter-arithmetic.ts';
import type { KernelCall, MemoryRef } from '../program/program.ts';
import type { Place } from './place.ts';
import { shareTemporaries } from './share-temporaries.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, constant, sliceRef } from './bare-call.ts';

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
  winograd(value: ValueId, filters: Omit<WinogradFilters, 'panel' | 'lanes'> & { readonly origin: number }): number;
  /** Calls that pack what is computed in a pass, since this was asked last. */
  waiting(): readonly BareCall[];
  finish(): Preparation;
}

export interface MatrixPacking {
  /** Columns; default: those of the register block. */
  readonly panel?: number;
  /** Default f32. */
  readonly type?: 'f32' | 'bf16';
}

export interface Axis {
  readonly count: number;
  readonly stride: number;
}

/** Where values are computed, and where those of a pass lie. */
export interface PackedValues {
  /** Those of the prepare stage, in order. Each is computed right before the first packing that needs it. */
  readonly nodes: readonly Node[];
  readonly stages: Stages;
  placeOf(value: ValueId): Place;
}

/** Packs for the kernels of a program. */
export function createPacker(
  graph: Graph,
  { nodes, stages, placeOf }: PackedValues,
  operators: OperatorTable,
  kernels: KernelSet,
  target: Target,
): Packer {
  const { lanes } = target;
  const calls: KernelCall[] = [];
  let waiting: BareCall[] = [];
  const { sourceOf, temporaries } = parameterArithmetic(graph, nodes, operators, kernels, calls);
  const packed = new Map<string, number>();
  const lengths = { f32: 0, bf16: 0 };
  const block = registerBlock(target).columns;

  /** One copy from the source tensor into the packed weights. */
  function copy(value: ValueId, axes: readonly PackedAxis[], from: number, to: number, type: PackSpec['target']): void {
    if (stages.get(value) === 'run') return copyInPass(value, axes, from, to);
    const source = sourceOf(value);
    const loops = simplified(axes);
    const spec: PackSpec = { axes: loops.length, source: source.type, target: type };
    const kernel = kernels.use(`pack_${loops.length}`, spec, pack, scalarTarget);
    const shape = axes.map(({ count }) => count);
    push(
      kernel,
      source.memory,
      [from, to, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])],
      shape,
      type,
    );
  }

  /** The same from a value that is computed in a pass, whose first axis lies last. */
  function copyInPass(value: ValueId, axes: readonly PackedAxis[], from: number, to: number): void {
    const { place, strideOf, first } = storedIn(value, from);
    const loops = simplified(axes.map((axis) => ({ ...axis, stride: strideOf(axis.stride) })));
    const spec: PackSpec = { axes: loops.length, source: 'f32', target: 'f32', shifted: true };
    const kernel = kernels.use(`pack_${loops.length}`, spec, pack, target);
    wait(kernel, place, [to, first, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])]);
  }

  /** Where a value of a pass lies, its first axis last; `first` elements behind it is what row-major order has at `from`. */
  function storedIn(value: ValueId, from: number) {
    const place = placeOf(value);
    const { channels, height, width } = place.slice;
    const rest = height * width;
    const strideOf = (stride: number): number => (stride % rest === 0 ? stride / rest : stride * channels);
    return { place, strideOf, first: Math.floor(from / rest) + (from % rest) * channels };
  }

  /** A call that fills a part of the packed weights from a place in the arena. */
  function wait(kernel: string, place: Place, numbers: readonly number[]): void {
    waiting.push({
      kernel,
      memories: new Map<string, MemoryRef>([
        ['source', { kind: 'section', name: 'arena' }],
        ['weights', { kind: 'section', name: 'weights' }],
      ]),
      arguments: [argumentOf(place), ...numbers.map(constant)],
      reads: [sliceRef(place)],
      writes: [],
      scratch: 0,
      shared: 0,
    });
  }

  /** A call that fills a part of the packed weights from one source. */
  function push(
    kernel: string,
    source: MemoryRef,
    numbers: readonly number[],
    shape: Shape,
    type: PackSpec['target'],
  ): void {
    const memory = packedMemory[type];
    calls.push({
      kernel,
      memories: new Map<string, MemoryRef>([
        ['source', source],
        [memory, { kind: 'section', name: memory }],
      ]),
      arguments: numbers.map((number) => ({ kind: 'constant', value: number })),
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
    type: PackSpec['target'] = 'f32',
  ): number {
    const name = JSON.stringify(key);
    const known = packed.get(name);
    if (known !== undefined) return known;
    const offset = lengths[type];
    packed.set(name, offset);
    lengths[type] += aligned(length, target);
    fill(offset);
    return offset;
  }

  return {
    strided(value, axes, origin = 0) {
      const length = axes.reduce((product, { count }) => product * count, 1);
      return once(['strided', value, axes, origin], length, (offset) =>
        copy(value, dense(axes), origin, offset, 'f32'),
      );
    },
    matrix(value, layout, { panel = block, type = 'f32' } = {}) {
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
        const { form } = filters;
        const base = `winograd_filter_${form.results}_${form.filter}x${form.filter}`;
        if (stages.get(value) === 'run') {
          const { place, strideOf, first } = storedIn(value, origin);
          const [o, c, row, column] = filters.strides.map(strideOf) as [number, number, number, number];
          const numbers = winogradFilterArguments({ ...layout, strides: [o, c, row, column] });
          const kernel = kernels.use(base, { form, type: 'f32', shifted: true }, winogradFilter, target);
          return wait(kernel, place, [offset, ...numbers, first]);
        }
        const { memory, type } = sourceOf(value);
        const kernel = kernels.use(base, { form, type }, winogradFilter, scalarTarget);
        push(kernel, memory, [origin, offset, ...winogradFilterArguments(layout)], [length], 'f32');
      });
    },
    waiting() {
      const made = waiting;
      waiting = [];
      return made;
    },
    finish: () => ({
      ...shareTemporaries(calls, temporaries),
      weightsLength: lengths.f32,
      halvesLength: lengths.bf16,
    }),
  };
}

interface PackedAxis extends Axis {
  /** Stride in the target. */
  readonly to: number;
}

/** Without axes of one element, neighbours joined where one continues the other. */
function simplified(axes: readonly PackedAxis[]): readonly PackedAxis[] {
  const result: PackedAxis[] = [];
  for (const axis of axes) {
    if (axis.count === 1) continue;
    const outer = result.at(-1);
    if (outer && outer.stride === axis.stride * axis.count && outer.to === axis.to * axis.count)
      result[result.length - 1] = { ...axis, count: outer.count * axis.count };
    else result.push(axis);
  }
  return result;
}

/** The axes with the strides of a dense target whose elements are `size` wide. */
function dense(axes: readonly Axis[], size = 1): readonly PackedAxis[] {
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
