// Weights in the packing: what is packed where, and the calls that do so, when a module loads or in a pass.

import type { Node, ValueId } from '../ir/graph.ts';
import type { Stages } from '../ir/stage.ts';
import type { Shape } from '../ir/tensor-type.ts';
import type { KernelCall, Magnitude, MemoryRef } from '../program/program.ts';
import type { PackSpec } from '../templates/pack.ts';
import { packedMemory } from '../templates/pack.ts';
import type { Target } from '../templates/target.ts';
import { aligned } from '../templates/target.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, constant, sliceRef } from './bare-call.ts';
import type { KernelSet } from './kernel-set.ts';
import type { Arithmetic, Source } from './parameter-arithmetic.ts';
import type { Place } from './place.ts';

/** Where values are computed, and where those of a pass lie. */
export interface PackedValues {
  /** Those of the prepare stage, in order. Each is computed right before the first packing that needs it. */
  readonly nodes: readonly Node[];
  readonly stages: Stages;
  placeOf(value: ValueId): Place;
}

/** What is packed so far. */
export interface Packing extends Omit<PackedValues, 'nodes'> {
  readonly target: Target;
  readonly kernels: KernelSet;
  readonly calls: KernelCall[];
  /** Calls of a pass that were not asked for yet. */
  readonly waiting: BareCall[];
  readonly sourceOf: Arithmetic['sourceOf'];
  readonly productOf: Arithmetic['productOf'];
  /** What was packed, and how, as text → its offset. */
  readonly packed: Map<string, number>;
  readonly lengths: Readonly<Record<PackSpec['target'], Lengths>>;
  /** What was packed in the pass since `waiting` was asked last. */
  readonly passing: Set<string>;
  readonly magnitudes: Magnitude[];
}

/** Of packed weights, in elements: where those that stay lie, how far those of the next kernel of a pass reach, and the most ever. */
export interface Lengths {
  readonly kept: { readonly start: number; readonly end: number }[];
  used: number;
  most: number;
}

/**
 * Fills a part of the packed weights, unless the same was packed before; its offset. What is packed in the pass is for the next kernel
 * only: those parts lie in the same place, one kernel's after the other's. Every pass writes there, so nothing that stays may lie there.
 */
export function once(
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
  const room = aligned(length, target, type === 'i8' ? 1 : 4);
  const inPass = stages.get(value) === 'run';
  const offset = inPass ? besideKept(own, room) : own.most;
  const end = offset + room;
  packed.set(name, offset);
  own.most = Math.max(own.most, end);
  if (inPass) {
    own.used = end;
    passing.add(name);
  } else own.kept.push({ start: offset, end });
  fill(offset);
  return offset;
}

/** Where there is room for a part that is packed in the pass, behind those of the same kernel. */
function besideKept({ kept, used }: Lengths, room: number): number {
  return kept.reduce((offset, { start, end }) => (offset < end && start < offset + room ? end : offset), used);
}

/** Where a value of a pass lies, its first axis last; `first` elements behind it is what row-major order has at `from`. */
export function storedIn({ placeOf }: Packing, value: ValueId, from: number) {
  const place = placeOf(value);
  const { channels, height, width } = place.slice;
  const rest = height * width;
  const strideOf = (stride: number): number => (stride % rest === 0 ? stride / rest : stride * channels);
  return { place, strideOf, first: Math.floor(from / rest) + (from % rest) * channels };
}

/** That WebAssembly packs it, where the source is of bytes. */
export const ofBytes = ({ target }: Packing, { type }: Pick<Source, 'type'>): Pick<Packed, 'apart'> =>
  target.name === 'wasm' && type === 'i8' ? { apart: { kind: 'packed' } } : {};

/** A call that fills a part of the packed weights from a place in the arena. */
export function pushInPass(
  { waiting }: Packing,
  kernel: string,
  place: Place,
  numbers: readonly number[],
  shared = 0,
): void {
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

/** What a call packs: its shape for the reader, its type, and whether WebAssembly does so. */
interface Packed {
  readonly shape: Shape;
  readonly type: PackSpec['target'];
  readonly apart?: KernelCall['apart'];
}

/**
 * A call that fills a part of the packed weights from one source, or from its products with factors, or without one from weights that were
 * packed before.
 */
export function push(
  { calls }: Pick<Packing, 'calls'>,
  kernel: string,
  source: Pick<Source, 'memory' | 'factors'> | undefined,
  numbers: readonly number[],
  { shape, type, apart }: Packed,
): void {
  const memory = packedMemory[type];
  calls.push({
    kernel,
    memories: new Map<string, MemoryRef>([
      ...(source ? [['source', source.memory] as const] : []),
      ...(source?.factors ? [['factors', source.factors.memory] as const] : []),
      [memory, { kind: 'section', name: memory }],
    ]),
    arguments: numbers.map(constant),
    nodes: [],
    shape,
    reads: [],
    writes: [],
    ...(apart && { apart }),
  });
}
