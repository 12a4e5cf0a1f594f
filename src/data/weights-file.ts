// A file of weights of any kind that people have, told by its content: safetensors, an index of shards, NumPy's npz, or a state dict
// as torch.save writes it.

import { fileKind } from '../../runtime/magic.ts';
import { InputError, printable } from './input-error.ts';
import { readNpz } from './npz.ts';
import { pickleIn, readPyTorch } from './pytorch/index.ts';
import { checkSafetensors, readSafetensors } from './safetensors.ts';
import { isShardIndex, readShards } from './shards.ts';
import { endsOf, unreadOf } from './unread.ts';
import type { Unread } from './unread.ts';
import type { WeightsFile } from './weight-tensor.ts';
import { type ZipArchive, openZip } from './zip.ts';
import { isZip, zipDirectory } from './zip-directory.ts';

/** The tensors of one shard, a file by its name in the folder of the index. Throws `InputError`. */
export type ReadShard = (name: string) => WeightsFile;

/** The bytes must not change while the result is in use. Without `readShard`, an index of shards is refused. Throws `InputError`. */
export function readWeightsFile(bytes: Uint8Array, readShard?: ReadShard): WeightsFile {
  if (isZip(bytes)) return readArchive(openZip(bytes));
  if (readShard && isShardIndex(bytes)) return readShards(bytes, readShard);
  checkKind(unreadOf(bytes));
  return readSafetensors(bytes);
}

/** Some of the errors of `readWeightsFile`, of what a large file says of itself. Throws `InputError`. */
export function checkWeightsFile(file: Unread): void {
  if (isZip(file.part(0, 4))) return void zipDirectory(file);
  checkKind(file);
  checkSafetensors(file);
}

/** Whether the bytes are a safetensors file, as a module loads it. */
export const isSafetensors = (bytes: Uint8Array): boolean => !isZip(bytes) && !isShardIndex(bytes);

function readArchive(archive: ZipArchive): WeightsFile {
  const pickle = pickleIn(archive);
  if (pickle !== undefined) return readPyTorch(archive, pickle);
  const names = [...archive.entries.keys()];
  if (names.some((name) => name.endsWith('.npy'))) return readNpz(archive);
  if (names.includes('model.weights.h5')) throw keras('a Keras model');
  const shown = names.slice(0, 3).map(printable).join(', ');
  throw new InputError(
    `the zip archive holds neither arrays of NumPy nor tensors of PyTorch but ${shown}${names.length > 3 ? ', …' : ''}`,
  );
}

/** The kinds of files that hold weights all the same, and what to do with them. */
function checkKind(file: Unread): void {
  const start = String.fromCharCode(...file.part(0, 512));
  if (start.startsWith(LEGACY_MAGIC)) throw legacy('a PyTorch file of the format before version 1.6');
  if (start.slice(257, 262) === 'ustar') throw legacy('a tar archive, perhaps of the first versions of PyTorch');
  if (fileKind(endsOf(file))?.startsWith('an HDF5 file')) throw keras('an HDF5 file (Keras)');
}

/** A pickle of the number 0x1950a86a20f9469cfc6c, with which torch.save began a file before it wrote zip archives. */
const LEGACY_MAGIC = '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.';

const legacy = (what: string): InputError =>
  new InputError(
    `not a weights file that can be read but ${what}: torch.save(torch.load(path), path) in a later version writes it anew`,
  );

const keras = (what: string): InputError =>
  new InputError(
    `not a weights file that can be read but ${what}: model.export('model.onnx', format='onnx') in Keras, or tf2onnx, writes a model that \`cnnc import\` reads`,
  );
