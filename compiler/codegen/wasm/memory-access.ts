// How elements are reached: the constant part of an index, which the instructions add by themselves, and the instructions that
// load or store fewer lanes than four.

import type { Expression, LaneCount, Memory } from '../../kernel/ir.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';

type Element = Memory['type'];

export const wholeLoads = { 1: 'v128.load32_zero', 2: 'v128.load64_zero', 4: 'v128.load' } as const;

/** Instructions for one element; undefined where kernels have none. */
export const scalarLoads: Readonly<Partial<Record<Element, Operation>>> = {
  f32: 'f32.load',
  f64: 'f64.load',
  i32: 'i32.load',
  i8: 'i32.load8_s',
  u8: 'i32.load8_u',
  u16: 'i32.load16_u',
};
export const scalarStores: Readonly<Partial<Record<Element, Operation>>> = {
  f32: 'f32.store',
  i32: 'i32.store',
  i8: 'i32.store8',
  u8: 'i32.store8',
  u16: 'i32.store16',
};

interface LaneStore {
  readonly operation: Operation;
  readonly lane: number;
  /** From the first one. */
  readonly element: number;
}

interface NarrowLoad {
  /** How often the same address is taken from the stack. */
  readonly addresses: number;
  readonly instructions: (offset: number) => readonly Instruction[];
}

/** Elements of one or two bytes as u32x4: four at once, fewer one by one, each to the lowest bytes of its lane. */
export function narrowLoad(type: 'u8' | 'u16', lanes: LaneCount): NarrowLoad {
  const widened = [instruction('i16x8.extend_low_i8x16_u'), instruction('i32x4.extend_low_i16x8_u')];
  const whole = (offset: number): readonly Instruction[] =>
    type === 'u8' ? [instruction('v128.load32_zero', offset), ...widened] : [instruction('v128.load16x4_u', offset)];
  if (lanes === 4) return { addresses: 1, instructions: whole };
  const [operation, size] = type === 'u8' ? (['v128.load8_lane', 1] as const) : (['v128.load16_lane', 2] as const);
  const instructions = (offset: number): readonly Instruction[] => [
    instruction('v128.const i32x4', 0, 0, 0, 0),
    ...Array.from({ length: lanes }, (_, at) => instruction(operation, offset + size * at, (4 / size) * at)),
  ];
  return { addresses: lanes, instructions };
}

/** How the first lanes of a vector are stored; undefined: all of it, by one instruction. */
export function laneStores(type: Element, lanes: LaneCount): readonly LaneStore[] | undefined {
  if (type !== 'u8' && type !== 'u16') return lanes === 4 ? undefined : partialStores[lanes];
  const operation = type === 'u8' ? 'v128.store8_lane' : 'v128.store16_lane';
  const lane = type === 'u8' ? 4 : 2;
  return Array.from({ length: lanes }, (_, element) => ({ operation, lane: lane * element, element }));
}

/** How the first so many of sixteen bytes are stored, in pieces of 8, 4, 2 and 1; undefined: all of them, by one instruction. */
export function byteStores(count: number): readonly LaneStore[] | undefined {
  if (count === 16) return undefined;
  const pieces = [
    { size: 8, operation: 'v128.store64_lane' },
    { size: 4, operation: 'v128.store32_lane' },
    { size: 2, operation: 'v128.store16_lane' },
    { size: 1, operation: 'v128.store8_lane' },
  ] as const;
  let element = 0;
  return pieces.flatMap(({ size, operation }) => {
    if ((count & size) === 0) return [];
    const store = { operation, lane: element / size, element };
    element += size;
    return [store];
  });
}

const partialStores: Readonly<Record<Exclude<LaneCount, 4>, readonly LaneStore[]>> = {
  1: [{ operation: 'v128.store32_lane', lane: 0, element: 0 }],
  2: [{ operation: 'v128.store64_lane', lane: 0, element: 0 }],
  3: [
    { operation: 'v128.store64_lane', lane: 0, element: 0 },
    { operation: 'v128.store32_lane', lane: 2, element: 2 },
  ],
};

/**
 * Adds the terms of a sum to `terms`; returns its constant. The terms of an index must not be negative together: an
 * instruction adds the constant without wrapping around.
 */
export function linear(index: Expression, terms: Expression[]): number {
  if (index.kind === 'constant') return index.value;
  if (index.kind === 'binary' && index.operation === 'add')
    return linear(index.left, terms) + linear(index.right, terms);
  if (index.kind === 'binary' && index.operation === 'sub' && index.right.kind === 'constant')
    return linear(index.left, terms) - index.right.value;
  terms.push(index);
  return 0;
}
