// What a pickle describes, as plain data. Nothing is looked up and nothing is called: a function stays a name, and a call stays a
// record of what would have been called.

import { printable } from '../input-error.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent;

/** A tuple or a frozen set. */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A list or a set. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

export type PickleEntry = readonly [key: PickleValue, value: PickleValue];

/** A dictionary, ordered or not, as it was filled: a key may come twice. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: PickleEntry[];
}

/** A function or class, by its name. */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
}

/** What a call of a function or class would give. Its state is not kept, but what is put into it by keys is. */
export interface PickleCall {
  readonly kind: 'call';
  readonly callee: PickleValue;
  readonly args: readonly PickleValue[];
  readonly entries: PickleEntry[];
}

/** Something that the pickle's writer keeps elsewhere: a storage, for PyTorch. */
export interface PicklePersistent {
  readonly kind: 'persistent';
  readonly id: PickleValue;
}

/** Dictionaries, and objects of other classes that are filled as those. */
export function entriesOf(value: PickleValue | undefined): readonly PickleEntry[] | undefined {
  if (!isKind(value, 'dict') && !isKind(value, 'call')) return undefined;
  return value.kind === 'dict' || value.entries.length > 0 ? value.entries : undefined;
}

type Kinds = Extract<PickleValue, { readonly kind: string }>;

/** Whether the value is of this kind. */
export function isKind<K extends Kinds['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Kinds, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** `torch._utils._rebuild_tensor_v2`; undefined for what is not called by a name. */
export function calleeOf(value: PickleValue | undefined): string | undefined {
  return isKind(value, 'call') && isKind(value.callee, 'global') ? nameOf(value.callee) : undefined;
}

/** `torch.FloatStorage` */
export const nameOf = ({ module, name }: PickleGlobal): string => `${module}.${name}`;

/** For messages: `the number 3`, `a call of os.system`. */
export function described(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return `the text ${printable(value)}`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return `the number ${String(value).slice(0, 40)}`;
  if (value instanceof Uint8Array) return 'bytes';
  switch (value.kind) {
    case 'tuple':
      return `a tuple of ${value.items.length}`;
    case 'list':
      return 'a list';
    case 'dict':
      return 'a dictionary';
    case 'global':
      return printable(nameOf(value));
    case 'call': {
      const name = calleeOf(value);
      return name === undefined ? 'a call of what is not a function' : `a call of ${printable(name)}`;
    }
    case 'persistent':
      return 'a storage';
    default:
      return value satisfies never;
  }
}
