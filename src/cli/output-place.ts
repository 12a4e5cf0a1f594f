// Where `compile -o` writes: into a folder under fixed names, or as files of one name; and whether Node would load them.

import { InputError, printable } from '../data/input-error.ts';
import type { Io } from './io.ts';
import { isInside, withoutSlashes } from './paths.ts';

const WEIGHTS_FILE = 'weights.safetensors';
const QUANTIZED_FILE = 'net.q8.safetensors';

export interface OutputPlace {
  /** Ends with a slash; empty for the working folder. */
  readonly folder: string;
  /** The name of a file that is emitted as `net.js`, `net.d.ts` or `net.ts`. */
  nameOf(emitted: string): string;
  readonly weights: string;
  /** The file of `--wasm-file`. */
  readonly wasm: string;
}

/** The extension of a module's file; undefined for a folder. */
export function moduleExtension(output: string): 'js' | 'mjs' | 'ts' | undefined {
  return /[^/]\.(js|mjs|ts)$/.exec(output)?.[1] as 'js' | 'mjs' | 'ts' | undefined;
}

/** Where the files of `-o OUTPUT` go; weights that are quantised have a name of their own. */
export function outputPlace(output: string, isQuantized = false): OutputPlace {
  const extension = moduleExtension(output);
  if (extension === undefined)
    return {
      folder: `${withoutSlashes(output)}/`,
      nameOf: (emitted) => emitted,
      weights: isQuantized ? QUANTIZED_FILE : WEIGHTS_FILE,
      wasm: 'net.wasm',
    };
  const slash = output.lastIndexOf('/') + 1;
  const name = output.slice(slash, -extension.length - 1);
  const nameOf = (emitted: string): string => {
    if (!emitted.endsWith('.d.ts')) return `${name}.${extension}`;
    return `${name}.d.${extension === 'mjs' ? 'mts' : 'ts'}`;
  };
  return {
    folder: output.slice(0, slash),
    nameOf,
    weights: `${name}${isQuantized ? '.q8' : ''}.safetensors`,
    wasm: `${name}.wasm`,
  };
}

const MAX_PACKAGE_BYTES = 1 << 20;

/** Says so where Node would take a written `.js` file for CommonJS, which it is not. */
export function tellModuleType(folder: string, name: string, { files, stderr }: Io): void {
  if (!name.endsWith('.js')) return;
  const found = nearestPackage(files.resolve(folder === '' ? '.' : folder), files);
  if (!found) return;
  const { path, type } = found;
  if (type !== undefined && type !== 'commonjs') return;
  const { workingFolder } = files;
  const isOwn = workingFolder !== undefined && isInside(path, workingFolder);
  const shown = isOwn ? path.slice(withoutSlashes(workingFolder).length + 1) : path;
  const why =
    type === undefined
      ? 'has no "type": "module", so that Node before 20.19 does not load'
      : 'says "type": "commonjs", so that Node does not load';
  stderr.write(
    `note: ${printable(shown)} ${why} ${printable(`${folder}${name}`)} as a module; name it -o ${printable(`${folder}${name.slice(0, -3)}.mjs`)}, or set "type": "module"\n`,
  );
}

/** `type` of the nearest `package.json`, in the folder or above it; undefined where there is none that can be read. */
function nearestPackage(
  folder: string,
  files: Io['files'],
): { readonly path: string; readonly type: unknown } | undefined {
  for (let at = withoutSlashes(folder); ; at = at.slice(0, at.lastIndexOf('/'))) {
    const path = `${at}/package.json`;
    const bytes = readIfThere(path, files);
    if (bytes) return { path, type: typeIn(bytes) };
    if (!at.includes('/')) return undefined;
  }
}

function readIfThere(path: string, files: Io['files']): Uint8Array | undefined {
  try {
    return files.read(path, MAX_PACKAGE_BYTES);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Null where it is no JSON. */
function typeIn(bytes: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly type?: unknown } | null)?.type;
  } catch {
    return null;
  }
}
