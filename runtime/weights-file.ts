// A file of weights on the disk whose parts are read as they are packed, straight to where that is done: in memory of its own the file would
// be touched but once, which takes the system as long as reading it.

import type { Fill } from './engine.ts';
import type { NodeFiles } from './address.ts';
import { atAddress } from './address.ts';
import { classOf } from './values.ts';
import type { GivenTensors, WeightData } from './weights.ts';
import { loadedWeights } from './weights.ts';

/** Numbers in f32 as they stand in a file. */
export interface StoredFloats {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  /** Puts numbers `from` to `end` at the start of an array. Throws RangeError where the file has become shorter. */
  copyTo(to: Float32Array, from: number, end: number): void;
}

export interface WeightsFile {
  /** Bytes. */
  readonly length: number;
  /** A copy of bytes `from` to `end`. Throws RangeError where the file has become shorter. */
  part(from: number, end: number): Uint8Array;
  /** Numbers from byte `at` on, which are read when they are needed. */
  floats(at: number, length: number): StoredFloats;
  /** Throws RangeError where the file was written to after it was opened. */
  requireSame(): void;
  close(): Promise<void>;
}

/**
 * As `loadedWeights`, also of a URL, or of a promise of one. `open` says what becomes of a file there; else its bytes come. Rejects as
 * `atAddress`, too.
 */
export async function openedWeights(
  given: unknown,
  open?: Parameters<typeof atAddress>[2],
): Promise<Uint8Array | GivenTensors | WeightsFile> {
  const source = await given;
  if (classOf(source) !== 'URL') return loadedWeights(source);
  const found = await atAddress(source as URL, 'the weights', open);
  return isFile(found) ? found : loadedWeights(found);
}

const isFile = (found: unknown): found is WeightsFile =>
  typeof (Object(found) as Partial<WeightsFile>).requireSame === 'function';

/** A regular file, open until `closeWeights`; of anything else, such as a pipe, the bytes. Rejects as `files` does. */
export async function openedFile(path: unknown, files: NodeFiles): Promise<WeightsFile | Uint8Array> {
  const handle = await files.promises.open(path);
  const { fd: file } = handle;
  const opened = files.fstatSync(file);
  if (!opened.isFile()) {
    const bytes = opened.isCharacterDevice() ? Promise.reject(new Error('it is a device')) : handle.readFile();
    return bytes.finally(() => handle.close());
  }
  const changed = (): RangeError => new RangeError('the weights file was changed while it was read; load it again');
  const read = (to: Uint8Array, from: number): void => {
    for (let at = 0; at < to.length;) {
      const count = files.readSync(file, to, at, to.length - at, from + at);
      if (count === 0) throw changed();
      at += count;
    }
  };
  return {
    length: opened.size,
    part(from, end) {
      const bytes = new Uint8Array(end - from);
      read(bytes, from);
      return bytes;
    },
    floats: (at, length) => ({
      length,
      BYTES_PER_ELEMENT: 4,
      copyTo: ({ buffer, byteOffset }, from, end) =>
        read(new Uint8Array(buffer, byteOffset, 4 * (end - from)), at + 4 * from),
    }),
    requireSame() {
      const now = files.fstatSync(file);
      if (now.size !== opened.size || now.mtimeMs !== opened.mtimeMs) throw changed();
    },
    close: () => handle.close(),
  };
}

/** A tensor in memory of its own. */
export function wholeTensor(tensor: WeightData | StoredFloats): WeightData {
  if (!('copyTo' in tensor)) return tensor;
  const floats = new Float32Array(tensor.length);
  tensor.copyTo(floats, 0, tensor.length);
  return floats;
}

/** `fill`, and throws RangeError where the file that it read, if it was one, is no longer what it was. */
export function unchanged(source: object, fill: Fill): Fill {
  return (memory, exports) => {
    fill(memory, exports);
    if (isFile(source)) source.requireSame();
  };
}

/** Where it is a file. */
export async function closeWeights(source: Promise<object>): Promise<void> {
  const opened = await source.catch(() => undefined);
  if (isFile(opened)) await opened.close();
}
