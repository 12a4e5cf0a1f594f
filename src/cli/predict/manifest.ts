// What the files of a folder of predictions are of, so that parts of different work are never mixed.

import { createHash } from 'node:crypto';
import { InputError } from '../../data/input-error.ts';
import type { Files } from '../io.ts';
import { within } from '../paths.ts';
import { MOST_SHARDS } from './shards.ts';

export interface Manifest {
  readonly schemaVersion: 1;
  readonly kind: 'predictions' | 'accuracy';
  readonly network: string;
  /** SHA-256 of the files of the model and of the options that change what it says. */
  readonly model: string;
  /** As it was given. */
  readonly data: string;
  readonly images: number;
  /** SHA-256 of what the images are known by: their files' names, or their bytes where one file has all. */
  readonly contents: string;
  readonly shards: number;
  /** Beginnings and ending of the names of the parts' files. */
  readonly names: readonly string[];
  readonly ending: string;
}

export const MANIFEST = 'shards.json';
const MAX_BYTES = 1 << 20;

/** SHA-256 of texts or bytes, each with its length. */
export function digestOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest('hex');
}

/** Files that also remember what has been read through them: `digest` is of all of it, in the order of their paths. */
export function remembering(files: Files): { readonly files: Files; digest(...more: readonly unknown[]): string } {
  const read = new Map<string, string>();
  return {
    files: {
      ...files,
      get workingFolder() {
        return files.workingFolder;
      },
      read(path, ...limits) {
        const bytes = files.read(path, ...limits);
        read.set(files.resolve(path), createHash('sha256').update(bytes).digest('hex'));
        return bytes;
      },
    },
    digest: (...more) =>
      createHash('sha256')
        .update(JSON.stringify([[...read.values()].toSorted(), ...more]))
        .digest('hex'),
  };
}

/** Writes it into a folder that has none. Throws `InputError` where the folder has the parts of something else. */
export function claimFolder(folder: string, manifest: Manifest, files: Files): void {
  if (files.create(within(folder, MANIFEST), textOf(manifest))) return;
  const before = readManifest(folder, files);
  if (!before) throw new InputError(`cannot write ${within(folder, MANIFEST)}: something of that name comes and goes`);
  const different = (Object.keys(manifest) as (keyof Manifest)[]).find(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(manifest[key]),
  );
  if (different !== undefined)
    throw new InputError(
      `${folder} has parts of other work: its ${MANIFEST} says that ${different} is ${show(before[different])}, and it would be ${show(manifest[different])}; choose another folder`,
    );
}

/** Undefined where there is none. Throws `InputError` for one that is damaged. */
export function readManifest(folder: string, files: Files): Manifest | undefined {
  if (!exists(folder, MANIFEST, files)) return undefined;
  const path = within(folder, MANIFEST);
  try {
    const value = JSON.parse(new TextDecoder().decode(files.read(path, MAX_BYTES))) as Partial<Manifest>;
    const isWhole =
      value.schemaVersion === 1 &&
      Number.isSafeInteger(value.shards) &&
      value.shards! >= 1 &&
      value.shards! <= MOST_SHARDS &&
      Number.isSafeInteger(value.images) &&
      value.images! >= 0 &&
      Array.isArray(value.names) &&
      value.names.every((name) => typeof name === 'string' && /^[\w.[\]-]+$/.test(name)) &&
      (value.ending === 'jsonl' || value.ending === 'npy' || value.ending === 'json');
    if (isWhole) return value as Manifest;
  } catch (error) {
    if (error instanceof InputError) throw error;
  }
  throw new InputError(`${path} is not what \`cnnc predict\` writes; remove it together with the parts beside it`);
}

/** Whether the folder has a file of this name. */
export const exists = (folder: string, name: string, files: Files): boolean => namesIn(folder, files).has(name);

/** Of the files in the folder; none where there is no folder. */
export function namesIn(folder: string, files: Files): ReadonlySet<string> {
  try {
    return new Set(files.list(folder));
  } catch (error) {
    if (error instanceof InputError) return new Set();
    throw error;
  }
}

const textOf = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';
