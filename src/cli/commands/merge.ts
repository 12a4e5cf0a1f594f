// `cnnc merge`: one file of the shards that `cnnc predict` or `cnnc eval` wrote.

import { Command } from 'commander';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { InputError } from '../../data/input-error.ts';
import { npyLayout, writeNpy, readNpy } from '../../data/npy.ts';
import { grouped, percent } from '../../text/format.ts';
import { inFile } from '../errors.ts';
import type { Files, Io, WrittenFile } from '../io.ts';
import { shareOf } from '../../train/map-score.ts';
import type { ClassCount } from '../../train/map-score.ts';
import { within } from '../paths.ts';
import { MANIFEST, namesIn, readManifest } from '../predict/manifest.ts';
import type { Manifest } from '../predict/manifest.ts';
import { allShards, imagesOf, shardFile } from '../predict/shards.ts';
import type { Shard } from '../predict/shards.ts';

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
From predictions it writes predictions.jsonl, or NAME.npy for each output: the same bytes, in however many shards they were computed. From
accuracy it prints what \`cnnc eval\` prints. If a shard is missing, the error names it.

Examples:
  cnnc merge predictions
  cnnc merge accuracy --json

JSON: { schemaVersion: 1, network, images, files: [path] }, or { schemaVersion: 1, network, correct, total, accuracy,
meanIou }, meanIou where pixels were counted.`,
    )
    .action((folder: string, options: MergeOptions) => merge(folder, options, io));
}

function merge(folder: string, { out = folder, json }: MergeOptions, io: Io): void {
  const { files } = io;
  const manifest = readManifest(folder, files);
  if (!manifest)
    throw new InputError(`${folder} has no ${MANIFEST}: \`cnnc predict\` and \`cnnc eval --shard\` write it`);
  const shards = allShards(manifest.shards);
  const there = namesIn(folder, files);
  const missing = shards.filter((shard) =>
    manifest.names.some((name) => !there.has(shardFile(name, shard, manifest.ending))),
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
    const { correct, total, meanIou } = counted(folder, manifest, files);
    const pixels = meanIou === undefined ? '' : ` pixels  mean IoU ${meanIou.toFixed(3)}`;
    return print(
      { correct, total, accuracy: correct / total, ...(meanIou !== undefined && { meanIou }) },
      `accuracy ${percent(correct, total)}  ${grouped(correct)} of ${grouped(total)}${pixels}`,
    );
  }
  const joined = manifest.names.map((name) => joinedFile(folder, name, manifest, files));
  files.write(out, joined);
  const paths = joined.map(({ path }) => within(out, path));
  print({ images: manifest.images, files: paths }, paths.join('\n'));
}

/** A shard's file, which has been read. */
interface Part {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The numbers of its images: from `first` up to, but without, `end`. */
  readonly first: number;
  readonly end: number;
}

function partsOf(folder: string, name: string, manifest: Manifest, files: Files): readonly Part[] {
  let left = MAX_BYTES;
  return allShards(manifest.shards).map((shard: Shard) => {
    const path = within(folder, shardFile(name, shard, manifest.ending));
    const bytes = files.read(path, left);
    left -= bytes.length;
    return { path, bytes, ...imagesOf(shard, manifest.images) };
  });
}

const damaged = (reason: string): InputError => new InputError(`${reason}; remove it and compute the shard again`);

function joinedFile(folder: string, name: string, manifest: Manifest, files: Files): WrittenFile {
  const parts = partsOf(folder, name, manifest, files);
  const path = `${name}.${manifest.ending}`;
  if (manifest.ending === 'jsonl') {
    for (const part of parts) inFile(part.path, () => checkLines(part));
    return { path, data: Buffer.concat(parts.map(({ bytes }) => bytes)) };
  }
  const arrays = parts.map((part) => inFile(part.path, () => rowsOf(part)));
  const [, ...row] = arrays[0]!.shape;
  const data = new Float32Array(manifest.images * sizeOf(row));
  for (const [at, { shape, data: own }] of arrays.entries()) {
    if (shape.slice(1).join() !== row.join())
      throw damaged(`the rows of ${parts[at]!.path} have the shape [${shape.slice(1).join(', ')}], others [${row.join(', ')}]`); // prettier-ignore
    data.set(own, parts[at]!.first * sizeOf(row));
  }
  return { path, data: writeNpy({ shape: [manifest.images, ...row], data }) };
}

/** A line for each image, in their order. */
function checkLines({ bytes, first, end }: Part): void {
  let at = 0;
  for (let image = first; image < end; image += 1) {
    const stop = bytes.indexOf(NEWLINE, at);
    if (stop < 0 || indexIn(bytes.subarray(at, stop)) !== image)
      throw damaged(`line ${image - first + 1} is not that of image ${image}`);
    at = stop + 1;
  }
  if (at < bytes.length) throw damaged(`it has more than the ${end - first} lines of its shard`);
}

const NEWLINE = 0x0a;

function indexIn(line: Uint8Array): unknown {
  try {
    return (JSON.parse(new TextDecoder().decode(line)) as { readonly index?: unknown } | null)?.index;
  } catch {
    return undefined;
  }
}

function rowsOf({ bytes, first, end }: Part): { readonly shape: readonly number[]; readonly data: Float32Array } {
  const { shape } = npyLayout(bytes, bytes.length);
  if (shape[0] !== end - first) throw damaged(`it has ${shape[0] ?? 'no'} rows, and its shard has ${end - first}`);
  return { shape, data: readNpy(bytes).data };
}

/** Of images, or of the pixels of maps, which alone have a mean IoU. */
interface Sums {
  readonly correct: number;
  readonly total: number;
  readonly meanIou?: number;
}

function counted(folder: string, manifest: Manifest, files: Files): Sums {
  const parts = partsOf(folder, 'accuracy', manifest, files);
  const counts = parts.map((part) => inFile(part.path, () => countsIn(part)));
  const [first] = counts;
  for (const [at, { classes }] of counts.entries())
    if (classes?.length !== first!.classes?.length)
      throw damaged(`${parts[at]!.path} counts ${unitOf(classes)}, ${parts[0]!.path} ${unitOf(first!.classes)}`);
  const total = counts.reduce((sum, one) => sum + one.total, 0);
  if (!first!.classes) return { correct: counts.reduce((sum, one) => sum + one.correct, 0), total };
  const sums = first!.classes.map((_, at) => addedUp(counts.map(({ classes }) => classes![at]!)));
  return { ...shareOf(sums), total };
}

const addedUp = (counts: readonly ClassCount[]): ClassCount =>
  counts.reduce((sum, one) => [sum[0] + one[0], sum[1] + one[1], sum[2] + one[2]], [0, 0, 0]);

const unitOf = (classes: readonly ClassCount[] | undefined): string =>
  classes ? `pixels of ${classes.length} classes` : 'images';

interface PartCounts {
  readonly correct: number;
  readonly total: number;
  readonly classes?: readonly ClassCount[];
}

function countsIn({ bytes, first, end }: Part): PartCounts {
  try {
    const found = JSON.parse(new TextDecoder().decode(bytes)) as PartCounts;
    const { correct, total, classes } = found;
    const isRight = classes === undefined ? total === end - first : agree(classes, found);
    if (isRight && Number.isSafeInteger(correct) && correct >= 0 && correct <= total) return found;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw damaged(`it is not what \`cnnc eval --shard\` writes of ${end - first} images`);
}

/** Whether classes make up these numbers. */
function agree(classes: readonly ClassCount[], { correct, total }: PartCounts): boolean {
  const areCounts = classes.every(
    (one) =>
      one.length === 3 &&
      one.every((count) => Number.isSafeInteger(count) && count >= 0) &&
      one[0] <= Math.min(one[1], one[2]),
  );
  const [both, labelled, said] = addedUp(classes);
  return areCounts && both === correct && labelled === total && said <= total;
}
