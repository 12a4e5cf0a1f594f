// `cnnc merge`: one file of the shards that `cnnc predict` or `cnnc eval` wrote.

import { Command } from 'commander';
import { InputError } from '../../data/input-error.ts';
import { npyLayout, writeNpy, readNpy } from '../../data/npy.ts';
import { grouped, percent } from '../../text/format.ts';
import { inFile } from '../errors.ts';
import type { Files, Io, WrittenFile } from '../io.ts';
import { within } from '../paths.ts';
import { MANIFEST, exists, readManifest } from '../predict/manifest.ts';
import type { Manifest } from '../predict/manifest.ts';
import { allShards, shardFile } from '../predict/shards.ts';

interface MergeOptions {
  readonly out?: string;
  readonly json?: boolean;
}

const MAX_BYTES = 1 << 30;
const SHOWN = 8;

export function mergeCommand(io: Io): Command {
  return new Command('merge')
    .description('join the shards that `cnnc predict` or `cnnc eval` wrote, in their order')
    .argument('<folder>', 'the folder of --out')
    .option('--out <folder>', 'where the joined files are written (default: the same folder)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Of predictions it writes predictions.jsonl, or NAME.npy of each output: the same bytes, in however many shards they were computed. Of
accuracy it prints what \`cnnc eval\` prints. A shard that is missing is an error that names it.

Examples:
  cnnc merge predictions
  cnnc merge accuracy --json

JSON: { schemaVersion: 1, network, images, files: [path] }, or { schemaVersion: 1, network, correct, total, accuracy }.`,
    )
    .action((folder: string, options: MergeOptions) => merge(folder, options, io));
}

function merge(folder: string, { out = folder, json }: MergeOptions, io: Io): void {
  const { files } = io;
  const manifest = readManifest(folder, files);
  if (!manifest)
    throw new InputError(`${folder} has no ${MANIFEST}: \`cnnc predict\` and \`cnnc eval --shard\` write it`);
  const shards = allShards(manifest.shards);
  const missing = shards.filter((shard) =>
    manifest.names.some((name) => !exists(folder, shardFile(name, shard, manifest.ending), files)),
  );
  if (missing.length > 0) {
    const some = missing.slice(0, SHOWN).map(({ index, count }) => `${index}/${count}`);
    throw new InputError(
      `${missing.length} of ${manifest.shards} shards are missing: --shard ${some.join(', ')}${missing.length > SHOWN ? ', …' : ''}`,
    );
  }
  const print = (data: object, text: string): void =>
    io.stdout.write(
      `${json ? JSON.stringify({ schemaVersion: 1, network: manifest.network, ...data }, null, 2) : text}\n`,
    );
  if (manifest.kind === 'accuracy') {
    const { correct, total } = counted(folder, manifest, files);
    return print(
      { correct, total, accuracy: correct / total },
      `accuracy ${percent(correct, total)}  ${grouped(correct)} of ${grouped(total)}`,
    );
  }
  const joined = manifest.names.map((name) => joinedFile(folder, name, manifest, files));
  files.write(out, joined);
  const paths = joined.map(({ path }) => within(out, path));
  print({ images: manifest.images, files: paths }, paths.join('\n'));
}

/** The bytes of all shards one after the other. */
function partsOf(
  folder: string,
  name: string,
  manifest: Manifest,
  files: Files,
): readonly (readonly [string, Uint8Array])[] {
  let left = MAX_BYTES;
  return allShards(manifest.shards).map((shard) => {
    const path = within(folder, shardFile(name, shard, manifest.ending));
    const bytes = files.read(path, left);
    left -= bytes.length;
    return [path, bytes] as const;
  });
}

function joinedFile(folder: string, name: string, manifest: Manifest, files: Files): WrittenFile {
  const parts = partsOf(folder, name, manifest, files);
  const path = `${name}.${manifest.ending}`;
  if (manifest.ending === 'jsonl') return { path, data: Buffer.concat(parts.map(([, bytes]) => bytes)) };
  const arrays = parts.map(([from, bytes]) =>
    inFile(from, () => ({ ...readNpy(bytes), rows: npyLayout(bytes, bytes.length).shape[0]! })),
  );
  const data = new Float32Array(arrays.reduce((sum, array) => sum + array.data.length, 0));
  let at = 0;
  for (const array of arrays) {
    data.set(array.data, at);
    at += array.data.length;
  }
  const rows = arrays.reduce((sum, array) => sum + array.rows, 0);
  return { path, data: writeNpy({ shape: [rows, ...arrays[0]!.shape.slice(1)], data }) };
}

function counted(
  folder: string,
  manifest: Manifest,
  files: Files,
): { readonly correct: number; readonly total: number } {
  let [correct, total] = [0, 0];
  for (const [path, bytes] of partsOf(folder, 'accuracy', manifest, files)) {
    const part = inFile(path, () => countsOf(bytes));
    correct += part.correct;
    total += part.total;
  }
  return { correct, total };
}

function countsOf(bytes: Uint8Array): { readonly correct: number; readonly total: number } {
  try {
    const { correct, total } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (Number.isSafeInteger(correct) && Number.isSafeInteger(total))
      return { correct: correct as number, total: total as number };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InputError('it is not what `cnnc eval --shard` writes; remove it and compute the shard again');
}
