// Packs weights into the layouts in which kernels read them: parameters in the `prepare` stage, rounded once; what is computed in a
// pass, as the weights of a training, in the pass itself, before the kernel that reads it.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Stages } from '../ir/stage.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { PackSpec } from '../templates/pack.ts';
import { pack, packBytes, packedMemory } from '../templates/pack.ts';
import { packedLength, registerBlock, panelsOf } from '../templates/register-block.ts';
import type { Target } from '../templates/target.ts';
import { aligned, scalarTarget } from '../templates/target.ts';
import type { WinogradFilters } from '../templates/winograd-filter.ts';
import {
  winogradFilter,
  winogradFilterArguments,
  winogradFilterLength,
  winogradFilterShared,
} from '../templates/winograd-filter.ts';
import type { KernelSet } from './kernel-set.ts';
import type { Source } from './parameter-arithmetic.ts';
import { floats, parameterArithmetic } from './parameter-arithmetic.ts';
import type { KernelCall, MemoryRef } from '../program/program.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, constant, sliceRef } from './bare-call.ts';
import type { Axis, PackedAxis } from './packed-axes.ts';
import type { BytesFilling, BytesPacking, MatrixPacking } from './packings.ts';
import { dense, hasRuns, inReadingOrder, inTiles, simplified } from './packed-axes.ts';
import type { Place } from './place.ts';
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

/** Of a matrix that is not cut into groups. */
export const oneGroup: MatrixLayout['groups'] = { count: 1, stride: 0 };

export interface Preparation {
  readonly calls: readonly KernelCall[];
  readonly temporaries: readonly number[];
  /** Elements of each type that are packed. */
  readonly packed: Readonly<Record<PackSpec['target'], number>>;
}

export interface Packer {
  /** Packs a tensor in the order of `axes`; returns its offset in the weights. The same packing is done once. */
  strided(value: ValueId, axes: readonly Axis[], origin?: number, type?: PackSpec['target']): number;
  /** Packs a [groups][panels][depth][panel] matrix for `matrixProduct`; returns its offset in the memory of its type. */
  matrix(value: ValueId, layout: MatrixLayout, packing?: MatrixPacking): number;
  /** Packs a matrix of i8 for dot products of bytes, [groups][panels][depth/4][panel][4]; returns its offset in the bytes. */
  bytes(value: ValueId, layout: MatrixLayout, packing: BytesPacking): number;
  /** Transforms and packs the filters of a convolution for `winograd`. `origin` is the index of the first tap. */
  winograd(value: ValueId, filters: Omit<WinogradFilters, 'panel' | 'lanes'> & { readonly origin: number }): number;
  /** What a kernel of its own makes of a whole parameter; returns its offset in the bytes. */
  filled<Spec extends object>(value: ValueId, filling: BytesFilling<Spec>): number;
  /** Calls that pack what is computed in a pass, since this was asked last. */
  waiting(): readonly BareCall[];
  finish(): Preparation;
}

/** Where values are computed, and where those of a pass lie. */
export interface PackedValues {
  /** Those of the prepare stage, in order. Each is computed right before the first packing that needs it. */
  readonly nodes: readonly Node[];
  readonly stages: Stages;
  placeOf(value: ValueId): Place;
}

/** What is packed so far. */
interface Packing extends Omit<PackedValues, 'nodes'> {
  readonly target: Target;
  readonly kernels: KernelSet;
  readonly calls: KernelCall[];
  /** Calls of a pass that were not asked for yet. */
  readonly waiting: BareCall[];
  readonly sourceOf: (value: ValueId) => Source;
  /** What was packed, and how, as text → its offset. */
  readonly packed: Map<string, number>;
  readonly lengths: Readonly<Record<PackSpec['target'], Lengths>>;
  /** What was packed in the pass since `waiting` was asked last. */
  readonly passing: Set<string>;
}

/** Elements of packed weights: those that stay, with those of the next kernel of a pass, and the most that there ever are. */
interface Lengths {
  kept: number;
  used: number;
  most: number;
}

/** Packs for the kernels of a program. */
export function createPacker(
  graph: Graph,
  { nodes, stages, placeOf }: PackedValues,
  operators: OperatorTable,
  kernels: KernelSet,
  target: Target,
): Packer {
  const calls: KernelCall[] = [];
  const { sourceOf, temporaries } = parameterArithmetic(graph, nodes, operators, kernels, calls);
  const none = { kept: 0, used: 0, most: 0 };
  const lengths = { f32: { ...none }, bf16: { ...none }, i8: { ...none }, i32: { ...none } };
  const known = { target, kernels, stages, placeOf, sourceOf };
  const packing: Packing = { ...known, calls, waiting: [], packed: new Map(), lengths, passing: new Set() };
  return {
    strided(value, axes, origin = 0, type = 'f32') {
      const length = axes.reduce((product, { count }) => product * count, 1);
      return once(packing, value, ['strided', axes, origin, type], { length, type }, (offset) =>
        copy(packing, value, dense(axes), { from: origin, to: offset, type }),
      );
    },
    matrix: (value, layout, options) => packMatrix(packing, value, layout, options),
    bytes: (value, layout, options) => packBytesOf(packing, value, layout, options),
    winograd: (value, filters) => packWinograd(packing, value, filters),
    filled(value, { base, template, spec, numbers, length }) {
      return once(packing, value, [base, spec, numbers], { length, type: 'i8' }, (offset) => {
        const { memory, type } = sourceOf(value);
        const kernel = kernels.use(base, { ...spec, source: type }, template, scalarTarget);
        push(packing, kernel, memory, [0, offset, ...numbers], { shape: [length], type: 'i8' });
      });
    },
    waiting: () => waitingCalls(packing),
    finish: () => ({
      ...shareTemporaries(calls, temporaries),
      packed: { f32: lengths.f32.most, bf16: lengths.bf16.most, i8: lengths.i8.most, i32: lengths.i32.most },
    }),
  };
}

function packMatrix(packing: Packing, value: ValueId, layout: MatrixLayout, options: MatrixPacking = {}): number {
  const { lanes } = packing.target;
  const { panel = registerBlock(packing.target).panel, type = 'f32' } = options;
  const { groups, columns, depth, origin } = layout;
  const rows = depth.reduce((product, { count }) => product * count, 1);
  const { full, lastWidth } = panelsOf(columns.count, panel, lanes);
  const done = full * panel;
  const size = packedLength(rows, columns.count, panel, lanes);
  return once(packing, value, ['matrix', layout, panel, type], { length: groups.count * size, type }, (offset) => {
    const perGroup = { ...groups, to: size };
    if (full > 0) {
      const side = { count: panel, stride: columns.stride, to: 1 };
      const panels = { count: full, stride: panel * columns.stride, to: rows * panel };
      copy(packing, value, [perGroup, panels, ...dense(depth, panel), side], { from: origin, to: offset, type });
    }
    if (done < columns.count) {
      const side = { count: columns.count - done, stride: columns.stride, to: 1 };
      const from = origin + done * columns.stride;
      copy(packing, value, [perGroup, ...dense(depth, lastWidth), side], { from, to: offset + done * rows, type });
    }
  });
}

/** An axis of one element. */
const none: Axis = { count: 1, stride: 0 };

function packBytesOf(packing: Packing, value: ValueId, layout: MatrixLayout, options: BytesPacking): number {
  const { kernels, sourceOf } = packing;
  const { groups, columns, depth, origin } = layout;
  const { panel, least } = options;
  const product = (axes: readonly Axis[]): number => axes.reduce((total, { count }) => total * count, 1);
  const { steps = depth.map((_, at) => product(depth.slice(at + 1))), rows = product(depth) } = options;
  const axes = [...depth, none, none].slice(0, 3).map((axis, at) => [axis.count, axis.stride, steps[at] ?? 0]);
  const perColumn = Math.ceil(rows / 4) * 4;
  const { whole = least } = options;
  const size = Math.ceil(columns.count / whole) * whole * perColumn;
  const form = ['bytes', layout, panel, whole, steps, rows];
  return once(packing, value, form, { length: groups.count * size, type: 'i8' }, (offset) => {
    const { memory, type } = sourceOf(value);
    const kernel = kernels.use('pack_bytes', { source: type }, packBytes, scalarTarget);
    for (let first = 0; first < columns.count;) {
      const rest = columns.count - first;
      const count = Math.min(panel, rest);
      const panels = rest < panel ? 1 : Math.floor(rest / panel);
      const width = Math.ceil(count / least) * least;
      const numbers = [
        ...[origin + first * columns.stride, offset + first * perColumn],
        ...[groups.count, groups.stride, size],
        ...[panels, panel * columns.stride, width * perColumn],
        ...[count, columns.stride, 4 * width],
        ...axes.flat(),
      ];
      push(packing, kernel, memory, numbers, { shape: [groups.count, panels, count, perColumn], type: 'i8' });
      first += panels * panel;
    }
  });
}

function packWinograd(
  packing: Packing,
  value: ValueId,
  { origin, ...filters }: Parameters<Packer['winograd']>[1],
): number {
  const { target, kernels, sourceOf } = packing;
  const layout = { ...filters, panel: registerBlock(target).panel, lanes: target.lanes };
  const length = winogradFilterLength(layout);
  return once(packing, value, ['winograd', filters, origin], { length, type: 'f32' }, (offset) => {
    const { form } = filters;
    const base = `winograd_filter_${form.results}_${form.filter}x${form.filter}`;
    if (packing.stages.get(value) === 'run') {
      const { place, strideOf, first } = storedIn(packing, value, origin);
      const [o, c, row, column] = filters.strides.map(strideOf) as [number, number, number, number];
      const numbers = winogradFilterArguments({ ...layout, strides: [o, c, row, column] }, offset);
      const kernel = kernels.use(base, { form, type: 'f32', shifted: true }, winogradFilter, target);
      return pushInPass(packing, kernel, place, [...numbers, first], winogradFilterShared(layout, target));
    }
    const { memory, type } = floats(sourceOf(value));
    const kernel = kernels.use(base, { form, type }, winogradFilter, scalarTarget);
    const apart = target.name === 'wasm' && filters.strides[0] === filters.depth * form.filter ** 2;
    const numbers = [origin, ...winogradFilterArguments(layout, offset)];
    push(packing, kernel, memory, numbers, { shape: [length], type: 'f32', apart });
  });
}

/**
 * Fills a part of the packed weights, unless the same was packed before; its offset. What is packed in the pass is for the next kernel
 * only: those parts lie in the same place, one kernel's after the other's.
 */
function once(
  { packed, lengths, passing, stages, target }: Packing,
  value: ValueId,
  form: readonly unknown[],
  { length, type }: { readonly length: number; readonly type: PackSpec['target'] },
  fill: (offset: number) => void,
): number {
  const name = JSON.stringify([value, ...form]);
  const known = packed.get(name);
  if (known !== undefined) return known;
  const own = lengths[type];
  const offset = own.used;
  packed.set(name, offset);
  own.used += aligned(length, target, type === 'i8' ? 1 : 4);
  own.most = Math.max(own.most, own.used);
  if (stages.get(value) === 'run') passing.add(name);
  else own.kept = own.used;
  fill(offset);
  return offset;
}

/** The calls that pack for the next kernel, whose place is free after it. */
function waitingCalls({ waiting, packed, passing, lengths }: Packing): readonly BareCall[] {
  for (const name of passing) packed.delete(name);
  passing.clear();
  for (const own of Object.values(lengths)) own.used = own.kept;
  return waiting.splice(0);
}

/** Indices of the first elements in the source and in the packed weights, and the type of these. */
interface Ends {
  readonly from: number;
  readonly to: number;
  readonly type: PackSpec['target'];
}

/** Loops of a packing when a module loads, of which the outer ones may have one iteration: engines compile one kernel. */
const commonLoops = 5;

/** One copy from the source tensor into the packed weights. */
function copy(packing: Packing, value: ValueId, axes: readonly PackedAxis[], { from, to, type }: Ends): void {
  if (packing.stages.get(value) === 'run') return copyInPass(packing, value, axes, { from, to });
  const source = packing.sourceOf(value);
  const needed = inTiles(simplified(axes));
  const loops = [
    ...Array.from({ length: Math.max(0, commonLoops - needed.length) }, () => ({ ...none, to: 0 })),
    ...needed,
  ];
  const spec: PackSpec = { axes: loops.length, source: source.type, target: type };
  const kernel = packing.kernels.use('pack', spec, pack, scalarTarget);
  const numbers = [from, to, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])];
  push(packing, kernel, source.memory, numbers, { shape: axes.map(({ count }) => count), type });
}

/** The same from a value that is computed in a pass. */
function copyInPass(
  packing: Packing,
  value: ValueId,
  axes: readonly PackedAxis[],
  { from, to }: Omit<Ends, 'type'>,
): void {
  const { place, strideOf, first } = storedIn(packing, value, from);
  const written = simplified(axes.map((axis) => ({ ...axis, stride: strideOf(axis.stride) })));
  const runs = hasRuns(written, packing.target);
  const loops = runs ? inReadingOrder(written) : inTiles(written);
  const spec: PackSpec = { axes: loops.length, source: 'f32', target: 'f32', shifted: true, ...(runs && { runs }) };
  const kernel = packing.kernels.use(`pack_${loops.length}`, spec, pack, packing.target);
  const numbers = [to, first, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])];
  pushInPass(packing, kernel, place, numbers);
}

/** Where a value of a pass lies, its first axis last; `first` elements behind it is what row-major order has at `from`. */
function storedIn({ placeOf }: Packing, value: ValueId, from: number) {
  const place = placeOf(value);
  const { channels, height, width } = place.slice;
  const rest = height * width;
  const strideOf = (stride: number): number => (stride % rest === 0 ? stride / rest : stride * channels);
  return { place, strideOf, first: Math.floor(from / rest) + (from % rest) * channels };
}

/** A call that fills a part of the packed weights from a place in the arena. */
function pushInPass({ waiting }: Packing, kernel: string, place: Place, numbers: readonly number[], shared = 0): void {
  waiting.push({
    kernel,
    memories: new Map<string, MemoryRef>([
      ['source', { kind: 'section', name: 'arena' }],
      ['weights', { kind: 'section', name: 'weights' }],
      ...(shared > 0 ? [['shared', { kind: 'section', name: 'shared' }] as const] : []),
    ]),
    arguments: [argumentOf(place), ...numbers.map(constant)],
    reads: [sliceRef(place)],
    writes: [],
    scratch: 0,
    shared,
  });
}

/** A call that fills a part of the packed weights from one source. */
function push(
  { calls }: Packing,
  kernel: string,
  source: MemoryRef,
  numbers: readonly number[],
  { shape, type, apart }: { readonly shape: Shape; readonly type: PackSpec['target']; readonly apart?: boolean },
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
    ...(apart && { apart }),
  });
}
