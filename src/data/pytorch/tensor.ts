// What a pickle of PyTorch says of a tensor: a storage, and where in it which element lies
// (https://github.com/pytorch/pytorch/blob/main/torch/_utils.py, `_rebuild_tensor_v2`).

import { InputError, printable } from '../input-error.ts';
import { elementsOf } from '../numeric.ts';
import type { Strided } from '../numeric.ts';
import { type PickleValue, calleeOf, described, entriesOf, isKind } from './pickle-values.ts';

export interface StoredTensor extends Strided {
  readonly name: string;
  readonly storage: Storage;
  readonly elements: number;
}

export interface Storage {
  /** The name of its file in the archive's folder `data`. */
  readonly key: string;
  /** As safetensors names it, or the name of the class of storages where safetensors has none. */
  readonly dtype: string;
  readonly elements: number;
}

/** Functions that make a tensor of `(storage, offset, shape, strides, requires_grad, hooks, metadata)`. */
const plain: ReadonlySet<string> = new Set(['torch._utils._rebuild_tensor', 'torch._utils._rebuild_tensor_v2']);
/** Functions that wrap the tensor that is their first argument. */
const wrappers: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
]);
/** It calls its first argument with its third. */
const FROM_TYPE = 'torch._tensor._rebuild_from_type_v2';
const MAX_WRAPPERS = 8;
const MAX_RANK = 32;

const dtypes: ReadonlyMap<string, string> = new Map([
  ['DoubleStorage', 'F64'],
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
]);

/** Whether PyTorch would make a tensor of the value: a plain one, or one of the kinds that are not read. */
export const isTensor = (value: PickleValue): boolean => /^torch\._\w+\._rebuild_/.test(calleeOf(value) ?? '');

/** The tensor that `isTensor` has found, checked as far as the pickle tells. Throws `InputError`. */
export function tensorOf(name: string, value: PickleValue): StoredTensor {
  const label = printable(name);
  const [storageOf, start, sizes, strideList, , , metadata] = rebuilt(label, value);
  if (entriesOf(metadata)?.some(([, isSet]) => isSet === true))
    throw new InputError(
      `${label} is stored with another sign than it has; save tensor.resolve_conj().resolve_neg() instead`,
    );
  const storage = readStorage(label, storageOf);
  const shape = naturals(label, 'shape', sizes);
  const strides = naturals(label, 'strides', strideList);
  const elements = elementsOf(shape);
  if (elements === undefined) throw broken(label, `its shape [${shape.slice(0, 8).join(', ')}] is too large`);
  if (strides.length !== shape.length) throw broken(label, `it has ${shape.length} axes and ${strides.length} strides`);
  if (!isNatural(start)) throw broken(label, `its offset is ${described(start)}, expected a whole number from 0 on`);
  const last = start + shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis]!, 0);
  if (elements > 0 && last >= storage.elements)
    throw broken(label, `its last element is number ${last} of a storage of ${storage.elements}`);
  return { name, storage, shape, strides, start, elements };
}

/** The arguments of the plain function that makes the tensor. */
function rebuilt(label: string, value: PickleValue): readonly PickleValue[] {
  let inner: PickleValue | undefined = value;
  for (let depth = 0; depth < MAX_WRAPPERS && isKind(inner, 'call'); depth++) {
    const callee = calleeOf(inner) ?? '';
    if (plain.has(callee)) return inner.args;
    if (wrappers.has(callee)) inner = inner.args[0];
    else if (callee === FROM_TYPE && isKind(inner.args[2], 'tuple'))
      inner = { kind: 'call', callee: inner.args[0]!, args: inner.args[2].items, entries: [] };
    else break;
  }
  throw new InputError(
    `${label} is ${described(inner)}, and only plain tensors can be read; make it one before it is saved, such as by .float(), .dequantize() or .to_dense()`,
  );
}

/** `('storage', torch.FloatStorage, '0', 'cpu', 18)` */
function readStorage(label: string, value: PickleValue | undefined): Storage {
  const id = isKind(value, 'persistent') && isKind(value.id, 'tuple') ? value.id.items : [];
  const [word, kind, key, , elements] = id;
  if (word !== 'storage' || typeof key !== 'string')
    throw broken(label, `its storage is ${described(value)}, expected one of this file`);
  const isStorage = isKind(kind, 'global') && /^torch(?:\.cuda)?$/.test(kind.module) && kind.name.endsWith('Storage');
  if (!isStorage)
    throw broken(label, `its storage is of the type ${described(kind)}, expected one such as torch.FloatStorage`);
  if (!isNatural(elements)) throw broken(label, `its storage has ${described(elements)} elements`);
  return { key, dtype: dtypes.get(kind.name) ?? kind.name, elements };
}

function naturals(label: string, what: string, value: PickleValue | undefined): readonly number[] {
  const [inner] = calleeOf(value) === 'torch.Size' && isKind(value, 'call') ? value.args : [value];
  const items = isKind(inner, 'tuple') || isKind(inner, 'list') ? inner.items : undefined;
  if (!items) throw broken(label, `its ${what} is ${described(value)}, expected a tuple`);
  if (items.length > MAX_RANK) throw broken(label, `it has ${items.length} axes`);
  return items.map((item) => {
    if (!isNatural(item)) throw broken(label, `its ${what} has ${described(item)}, expected a whole number from 0 on`);
    return item;
  });
}

const isNatural = (value: PickleValue | undefined): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

function broken(label: string, what: string): InputError {
  return new InputError(`damaged PyTorch file: ${label} cannot be read: ${what}`);
}
