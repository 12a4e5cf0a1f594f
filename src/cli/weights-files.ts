// The files that `--weights` names: one, or an index with its shards, which lie beside it.

import { InputError, printable } from '../data/input-error.ts';
import type { WeightsFile } from '../data/weight-tensor.ts';
import { checkWeightsFile, isSafetensors, readWeightsFile } from '../data/weights-file.ts';
import { inFile } from './errors.ts';
import { isStdin } from './guard.ts';
import type { Io } from './io.ts';
import { besides, folderOf, isInside } from './paths.ts';

/** Of a file, or of all shards together. */
const MAX_WEIGHTS_BYTES = 4 * 1024 ** 3;

export interface ReadWeights {
  readonly file: WeightsFile;
  /** Those of a safetensors file, which a module can load as they are. */
  readonly bytes?: Uint8Array;
}

/** Throws `InputError`, which names the file. */
export function readWeights(path: string, io: Io): ReadWeights {
  let leftBytes = MAX_WEIGHTS_BYTES;
  const read = (place: string): Uint8Array => {
    const bytes = io.files.read(place, leftBytes, (unread) => inFile(place, () => checkWeightsFile(unread)));
    leftBytes -= bytes.length;
    return bytes;
  };
  const bytes = read(path);
  const file = inFile(path, () =>
    readWeightsFile(bytes, (name) => {
      const place = shardPlace(path, name, io);
      const shard = read(place);
      return inFile(place, () => readWeightsFile(shard));
    }),
  );
  return { file, ...(isSafetensors(bytes) && { bytes }) };
}

/**
 * A shard lies in the folder of its index, and links must not lead out of it, or of the folder to which a link leads that is the
 * index itself, as in the caches of the Hugging Face Hub.
 */
function shardPlace(index: string, name: string, { files }: Io): string {
  if (isStdin(index))
    throw new InputError('an index of shards must be a file, so that the shards can be found beside it');
  const folder = folderOf(index);
  const place = besides(index, name);
  const target = files.resolve(place);
  if (isInside(target, files.resolve(folder)) || isInside(target, folderOf(files.resolve(index)))) return place;
  throw new InputError(`the shard ${printable(name)} is a link that leads out of the folder of the index`);
}
