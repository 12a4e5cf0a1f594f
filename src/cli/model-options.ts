// What `--dim`, `--constant` and `--external-data` say, as the importer takes it. Files beside a model are read within its folder only.

import { basename } from 'node:path';
import { InputError, printable } from '../data/input-error.ts';
import { MOST } from './quantities.ts';
import { readNpy } from '../data/npy.ts';
import { UsageError, inFile } from './errors.ts';
import type { ImportFlags } from './import-options.ts';
import type { Io } from './io.ts';
import { folderOf, isInside, within } from './paths.ts';

/** What the importer takes. */
export interface ModelOptions {
  readonly fileName: string;
  readonly dims: ReadonlyMap<string, number>;
  readonly constants: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number> }>;
  readExternal?(path: string, offset: number, length: number): Uint8Array;
}

const MAX_CONSTANT_BYTES = 1 << 28;
const MAX_EXTERNAL_BYTES = 4 * 1024 ** 3;

/** The options as the importer takes them. Throws `UsageError`, `InputError`. */
export function modelOptions(
  { dim = [], constant = [], externalData }: ImportFlags,
  path: string,
  io: Io,
): ModelOptions {
  const dims = new Map(
    dim.map((text) => pair(text, '--dim', 'batch=1')).map(([name, extent]) => [name, extentOf(extent)]),
  );
  const constants = new Map(
    constant.map((text) => {
      const [name, file] = pair(text, '--constant', 'shape=shape.npy');
      return [name, inFile(file, () => readNpy(io.files.read(file, MAX_CONSTANT_BYTES)))] as const;
    }),
  );
  return {
    fileName: basename(path, '.onnx'),
    dims,
    constants,
    ...(externalData && { readExternal: externalReader(path, io) }),
  };
}

function pair(text: string, option: string, example: string): readonly [string, string] {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`${option} takes NAME=VALUE, such as ${option} ${example}; found ${printable(text)}`);
}

function extentOf(text: string): number {
  const extent = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (extent >= 1) return extent;
  throw new UsageError(
    `--dim takes a whole number from 1 to ${MOST}, such as --dim height=224; found ${printable(text)}`,
  );
}

/** Reads parts of files below the model's folder; where links lead elsewhere, they are refused. Each file is read once. */
function externalReader(model: string, { files }: Io): NonNullable<ModelOptions['readExternal']> {
  const folder = folderOf(model);
  const root = files.resolve(folder);
  const known = new Map<string, Uint8Array>();
  return (path, offset, length) => {
    const isPlain = path !== '' && !/^[/~]|\\|:|\0/.test(path) && !path.split('/').includes('..');
    const place = within(folder, path);
    if (!isPlain || !isInside(files.resolve(place), root))
      throw new InputError(`external data must lie in the model's folder; found the path ${printable(path)}`);
    const bytes = known.get(place) ?? files.read(place, MAX_EXTERNAL_BYTES);
    known.set(place, bytes);
    const end = offset + length;
    if (!(offset >= 0 && end >= offset && end <= bytes.length))
      throw new InputError(`${place} has ${bytes.length} bytes, and bytes ${offset} to ${end} are wanted`);
    return bytes.subarray(offset, end);
  };
}
