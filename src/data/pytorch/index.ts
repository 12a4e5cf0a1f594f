// Files that torch.save writes since PyTorch 1.6: a zip archive with a pickle, `NAME/data.pkl`, and the bytes of each storage as they
// lie in memory, `NAME/data/KEY` (https://pytorch.org/docs/stable/notes/serialization.html, "Serialized file format for torch.save").

import { InputError, printable } from '../input-error.ts';
import { asFloat32, bytesOf, gatherFloat32 } from '../numeric.ts';
import { type WeightTensor, type WeightsFile, lazyTensor, weightTypes } from '../weight-tensor.ts';
import type { ZipEntry } from '../zip-directory.ts';
import type { ZipArchive } from '../zip.ts';
import { readPickle } from './pickle.ts';
import { findStateDict } from './state-dict.ts';
import { type StoredTensor, tensorOf } from './tensor.ts';

/** A tensor takes about 200 bytes. */
const MAX_PICKLE_BYTES = 16 << 20;
const PICKLE = /^(?:[^/]+\/)?data\.pkl$/;

/** The name of the archive's pickle; undefined where it is no file of PyTorch. */
export const pickleIn = ({ entries }: ZipArchive): string | undefined =>
  [...entries.keys()].find((name) => PICKLE.test(name));

/** The tensors of the state dict in the archive whose pickle is `pickle`, converted when first read. Throws `InputError`. */
export function readPyTorch(archive: ZipArchive, pickle: string): WeightsFile {
  const folder = pickle.slice(0, -'data.pkl'.length);
  const entry = (name: string): ZipEntry | undefined => archive.entries.get(`${folder}${name}`);
  if (entry('constants.pkl'))
    throw new InputError(
      'the PyTorch file holds a TorchScript program: torch.save(torch.jit.load(path).state_dict(), other_path) writes its weights',
    );
  // PyTorch may leave checksums out, and compares none.
  const read = (found: ZipEntry, maxBytes: number): Uint8Array => archive.read(found, maxBytes, 'ignored');
  const littleEndian = isLittleEndian(entry('byteorder'), read);
  const dictionary = findStateDict(readPickle(read(entry('data.pkl')!, MAX_PICKLE_BYTES)));
  const tensors = [...dictionary].map(([name, value]) => {
    const tensor = tensorOf(name, value);
    const storage = checkStorage(tensor, entry(`data/${tensor.storage.key}`));
    return weightTensor(tensor, littleEndian, () => read(storage, storage.sizeBytes));
  });
  return { tensors, metadata: new Map() };
}

/** Files from before PyTorch 2.1 do not say it; the machines that wrote them were little-endian. */
function isLittleEndian(entry: ZipEntry | undefined, read: (entry: ZipEntry, maxBytes: number) => Uint8Array): boolean {
  if (!entry) return true;
  const order = new TextDecoder().decode(read(entry, 64)).trim();
  if (order === 'little' || order === 'big') return order === 'little';
  throw new InputError(`damaged PyTorch file: its byteorder is ${printable(order)}, expected little or big`);
}

/** Its bytes are as many as the pickle says, and are not compressed, so that a small file cannot fill the memory. */
function checkStorage(
  { name, storage: { key, dtype, elements } }: StoredTensor,
  entry: ZipEntry | undefined,
): ZipEntry {
  const where = `data/${printable(key)}, where ${printable(name)} is stored,`;
  if (!entry) throw new InputError(`damaged PyTorch file: ${where} is not in it`);
  const type = weightTypes.get(dtype);
  const needed = type ? elements * bytesOf(type) : entry.sizeBytes;
  if (entry.sizeBytes !== needed)
    throw new InputError(
      `damaged PyTorch file: ${where} has ${entry.sizeBytes} bytes, but ${elements} elements of ${dtype} need ${needed}`,
    );
  if (entry.method !== 0)
    throw new InputError(
      `${where} is compressed, which PyTorch does not do: torch.save(torch.load(path), path) writes the file anew`,
    );
  return entry;
}

function weightTensor(tensor: StoredTensor, littleEndian: boolean, read: () => Uint8Array): WeightTensor {
  const { name, shape, storage, start, elements } = tensor;
  return lazyTensor(name, shape, storage.dtype, (type) => {
    if (!isDense(tensor)) return gatherFloat32(read(), type, tensor, littleEndian);
    const size = bytesOf(type);
    return asFloat32(read().subarray(start * size, (start + elements) * size), type, elements, littleEndian);
  });
}

/** Row-major without gaps. The strides of axes of one element do not matter. */
function isDense({ shape, strides }: StoredTensor): boolean {
  let stride = 1;
  return shape.toReversed().every((extent, i) => {
    const isNext = extent === 1 || strides[shape.length - 1 - i] === stride;
    stride *= extent;
    return isNext;
  });
}
