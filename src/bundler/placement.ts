// Where the weights and the WebAssembly of an import go. A host that imports them has their paths in the script, which are known
// when the bundle is written: until then a key stands in their place.

import { posix } from 'node:path';

/**
 * Where the weights go that are not asked to be embedded. `imported`: the host, which compiles no bytes at run time, imports them and
 * the WebAssembly from files.
 */
export type Placement = 'beside' | 'inside' | 'imported';

/** Conditions of hosts that compile no WebAssembly at run time, but what is imported: Cloudflare's `workerd`. */
const forbidding = ['workerd'];

/** Those hosts import modules; a script of another format runs elsewhere, whatever the conditions say. */
export function placementOf(conditions: readonly string[], isModule: boolean, otherwise: Placement): Placement {
  return isModule && conditions.some((name) => forbidding.includes(name)) ? 'imported' : otherwise;
}

/** The ending of the weights' file. Cloudflare's tools import `.bin` as bytes, unless they are told otherwise. */
export const weightsEnding = (placement: Placement): string => (placement === 'imported' ? 'bin' : 'safetensors');

/** The name of a written file without its ending, of those signs alone that an address has as they are. */
export const plainStem = (sourceName: string): string => sourceName.replace(/\.cnn$/, '').replaceAll(/[^\w.-]+/g, '-');

/** What a module imports until the file's path is known. `key` has letters, digits and `_$.-`. */
export const fileSpecifier = (key: string): string => `cnnc-file:${key}`;

/** Matches those of `fileSpecifier`. */
export const filePattern: RegExp = /^cnnc-file:[\w$.-]+$/;

export interface FileImport {
  /** Where the specifier stands, with its quotes. */
  readonly start: number;
  readonly end: number;
  readonly key: string;
}

/** Of a script that is written, in their order. */
export function fileImports(script: string): readonly FileImport[] {
  return [...script.matchAll(/\bfrom ?(["']cnnc-file:([\w$.-]+)["'])/g)].map(
    ({ index, 0: { length }, 1: quoted, 2: key }) => {
      const end = index + length;
      return { start: end - quoted!.length, end, key: key! };
    },
  );
}

/** The specifier of `file` in `script`, with quotes; both are relative to the folder of the bundle. */
export function pathFrom(script: string, file: string): string {
  const path = posix.relative(posix.dirname(script), file);
  return JSON.stringify(path.startsWith('.') ? path : `./${path}`);
}
