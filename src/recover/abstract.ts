// Parameters are the numbers in which repetitions differ: those that differ alike are one, and channels that are a multiple of others
// in every repetition are written as that.

import { valueKey } from './encode.ts';
import type { Slot, Value, Variable } from './tree.ts';

export interface Abstraction {
  readonly variables: readonly Variable[];
  /** What stands in the common text, slot by slot. */
  readonly values: readonly Value[];
  /** Repetition → the values of its variables. */
  readonly rows: readonly (readonly Slot[])[];
}

let last = 0;

/**
 * `instances`: the slots of every repetition. `keepsVariables`: whether a variable from around may stay in the common text, as in
 * a loop; a block sees none. Undefined where lists of different forms would need one type.
 */
export function abstracted(instances: readonly (readonly Slot[])[], keepsVariables: boolean): Abstraction | undefined {
  const [first] = instances;
  const variables: Variable[] = [];
  const columns: Slot[][] = [];
  const values: Value[] = [];
  const known = new Map<string, number>();
  const bases = basesOf(instances);
  for (const [at, slot] of first!.entries()) {
    const column = instances.map((slots) => slots[at]!);
    const base = bases.get(at) ?? { at, factor: 1 };
    if (isConstant(column, keepsVariables)) {
      values.push(slot.value);
      continue;
    }
    const source = instances.map((slots) => slots[base.at]!);
    const key = columnKey(source);
    let place = known.get(key);
    if (place === undefined) {
      const uniform = ofOneType(source);
      if (!uniform) return undefined;
      place = variables.length;
      known.set(key, place);
      last += 1;
      variables.push({ id: last, about: source[0]!.about, type: source[0]!.type });
      columns.push([...uniform]);
    }
    values.push({ variable: variables[place]!, factor: base.factor });
  }
  return { variables, values, rows: instances.map((_, row) => columns.map((column) => column[row]!)) };
}

function columnKey(column: readonly Slot[]): string {
  const [{ type }] = column as readonly [Slot];
  const kind = type === 'size' || type === 'padding' ? 'size' : type;
  return `${kind}:${column.map(({ value }) => valueKey(value)).join(';')}`;
}

function isConstant(column: readonly Slot[], keepsVariables: boolean): boolean {
  const [first] = column as readonly [Slot];
  const key = valueKey(first.value);
  if (!keepsVariables && typeof first.value === 'object' && 'variable' in first.value) return false;
  return column.every(({ value }) => valueKey(value) === key);
}

/** Numbers and `[h, w]` are both sizes; where four numbers are among them, all are written so. */
function ofOneType(column: readonly Slot[]): readonly Slot[] | undefined {
  const isFour = ({ value }: Slot): boolean => Array.isArray(value) && value.length === 4;
  const [{ type }] = column as readonly [Slot];
  if (type !== 'padding' || !column.some(isFour)) return column;
  if (column.some(({ value }) => typeof value === 'object' && 'variable' in value)) return undefined;
  return column.map((slot) => ({ ...slot, value: fourOf(slot.value as number | readonly number[]) }));
}

function fourOf(value: number | readonly number[]): readonly number[] {
  if (typeof value === 'number') return [value, value, value, value];
  return value.length === 2 ? [...value, ...value] : value;
}

interface Column {
  readonly at: number;
  readonly values: readonly number[];
}

/** Counts of channels that are more than so many times others are a whole, of which the others are a part. */
const LARGEST_FACTOR = 8;

/** Slot → the slot of which it is a whole multiple, or a whole part, in every instance. */
function basesOf(instances: readonly (readonly Slot[])[]): ReadonlyMap<number, { at: number; factor: number }> {
  const found = new Map<number, { at: number; factor: number }>();
  for (const alike of proportional(counted(instances))) {
    const [first] = alike as readonly [Column];
    const sorted = alike.toSorted((a, b) => a.values[0]! - b.values[0]!);
    const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
    const base = largest.values[0]! / smallest.values[0]! > LARGEST_FACTOR ? first : smallest;
    for (const { at, values } of alike) {
      const factor = values[0]! / base.values[0]!;
      if (Number.isInteger(factor) || Number.isInteger(1 / factor)) found.set(at, { at: base.at, factor });
    }
  }
  return found;
}

/** Numbers of channels and groups that are not the same everywhere. */
function counted(instances: readonly (readonly Slot[])[]): readonly Column[] {
  return instances[0]!.flatMap(({ about }, at) => {
    const values = instances.map((slots) => slots[at]!.value);
    if (!/^(?:channels|features|groups|c\d|f\d)/.test(about)) return [];
    if (!values.every((value) => typeof value === 'number')) return [];
    return new Set(values).size > 1 ? [{ at, values }] : [];
  });
}

/** Groups of columns that differ by a factor. */
function proportional(columns: readonly Column[]): readonly (readonly Column[])[] {
  const groups: Column[][] = [];
  for (const column of columns) {
    const group = groups.find(([first]) => {
      const factor = column.values[0]! / first!.values[0]!;
      return column.values.every((value, row) => value === first!.values[row]! * factor);
    });
    if (group) group.push(column);
    else groups.push([column]);
  }
  return groups;
}
