// A kernel that runs: its memories, and where its variables are kept.

import type { Memory, Variable, VectorType } from './ir.ts';
import type { Lanes } from './interpret-narrow.ts';
import { isVector } from './walk.ts';

/** bf16 and u16 memories are Uint16Arrays. */
export type Binding = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** What a variable is; u32 are numbers from 0 to 2^32 − 1. */
export interface Cell {
  isSet: boolean;
  number: number;
  readonly lanes: Lanes;
}

/** A kernel that runs. */
export interface Machine {
  /** Of the kernel. */
  readonly name: string;
  readonly memories: ReadonlyMap<string, Binding>;
  readonly cells: Map<Variable, Cell>;
}

/** Where a variable is kept. */
export function cellOf({ cells }: Machine, variable: Variable): Cell {
  const known = cells.get(variable);
  if (known) return known;
  const cell = { isSet: false, number: NaN, lanes: isVector(variable.type) ? lanesOf(variable.type) : noLanes };
  cells.set(variable, cell);
  return cell;
}

/** The array of a memory. Throws RangeError where there is none, and on an access out of bounds when it is called. */
export function accessTo({ name, memories }: Machine, memory: Memory, count: number): (index: number) => Binding {
  const array = memories.get(memory.name);
  return (index) => {
    if (!array) throw new RangeError(`${name}: memory ${memory.name} is not bound`);
    if (!Number.isInteger(index) || index < 0 || index + count > array.length)
      throw new RangeError(`${name}: ${memory.name}[${index}] of ${array.length}`);
    return array;
  };
}

/** A variable that is read must have been set. */
export const notSet = ({ name }: Machine, variable: Variable): RangeError =>
  new RangeError(`${name}: ${variable.name} is not set`);

/** A variable and what is added to it, or multiplied by it: read here, it needs no call. */
export function ofVariable(
  machine: Machine,
  operation: 'add' | 'mul',
  variable: Variable,
  right: number | (() => number),
): () => number {
  const cell = cellOf(machine, variable);
  const read = (): number => {
    if (!cell.isSet) throw notSet(machine, variable);
    return cell.number;
  };
  if (typeof right === 'number') return operation === 'add' ? () => read() + right : () => read() * right;
  return operation === 'add' ? () => read() + right() : () => read() * right();
}

const noLanes: Lanes = new Uint8Array(0);

/** A vector of zeros. */
export const lanesOf = (type: VectorType): Lanes => emptyOf[type]();

const emptyOf = {
  f32x4: () => new Float32Array(4),
  u32x4: () => new Uint32Array(4),
  i16x8: () => new Int16Array(8),
  u8x16: () => new Uint8Array(16),
} as const satisfies Record<VectorType, () => Lanes>;
