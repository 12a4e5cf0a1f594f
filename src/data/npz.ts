// NumPy's archives of arrays, as `numpy.savez` and `numpy.savez_compressed` write them: a zip archive with an npy file for each array
// (https://numpy.org/doc/stable/reference/generated/numpy.savez.html).

import { InputError, printable } from './input-error.ts';
import { MAX_NPY_HEADER_BYTES, npyData, npyDescription, npyLayout, realType } from './npy.ts';
import { type WeightTensor, type WeightsFile, lazyTensor, weightTypes } from './weight-tensor.ts';
import type { ZipArchive } from './zip.ts';
import type { ZipEntry } from './zip-directory.ts';

/** What the headers of all arrays may take when inflated; that of one takes 128 bytes. */
const MAX_HEADERS_BYTES = 128 << 20;

/** The arrays by the names under which they were saved; an array is inflated when it is first read. Throws `InputError`. */
export function readNpz(archive: ZipArchive): WeightsFile {
  let inflatedBytes = 0;
  const tensors: WeightTensor[] = [];
  for (const entry of archive.entries.values()) {
    if (!entry.name.endsWith('.npy')) continue;
    const start = archive.start(entry, MAX_NPY_HEADER_BYTES);
    if (entry.method !== 0) inflatedBytes += start.length;
    if (inflatedBytes > MAX_HEADERS_BYTES)
      throw new InputError(`the headers of its arrays take more than ${MAX_HEADERS_BYTES} bytes`, { limit: true });
    tensors.push(named(entry, () => tensorOf(archive, entry, start)));
  }
  return { tensors, metadata: new Map() };
}

function tensorOf(archive: ZipArchive, entry: ZipEntry, start: Uint8Array): WeightTensor {
  const name = entry.name.slice(0, -'.npy'.length);
  const { descr, shape } = npyDescription(start);
  const type = realType(descr);
  // What is not a real number may still be of no use to the network.
  if (!type) return lazyTensor(name, shape, descr ?? 'structured', () => new Float32Array());
  const layout = npyLayout(start, entry.sizeBytes);
  const dtype = descr!.endsWith('b1') ? 'BOOL' : [...weightTypes].find(([, other]) => other === type)![0];
  return lazyTensor(name, shape, dtype, () =>
    named(entry, () => npyData(archive.read(entry, entry.sizeBytes, 'checked'), layout)),
  );
}

/** Puts the name of the entry before what the reader of its array says. */
function named<T>({ name }: ZipEntry, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${printable(name)}: ${error.message}`, { limit: error.limit, cause: error });
  }
}
