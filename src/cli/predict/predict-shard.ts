// One part of the images: what the network says of each, as the bytes of the part's files.

import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { InputError } from '../../data/input-error.ts';
import { writeNpy } from '../../data/npy.ts';
import { isPictureShape } from '../../data/preprocess.ts';
import { guessScores, showsClasses } from '../../network/classes.ts';
import { byName } from '../../network/module.ts';
import type { Net } from '../../network/module.ts';
import type { WrittenFile } from '../io.ts';
import { fileName } from '../paths.ts';
import type { Runnable, RunnableOutput } from '../runnable.ts';
import { rank } from '../show.ts';
import type { Items } from './items.ts';
import { imagesOf, shardFile } from './shards.ts';
import type { Shard } from './shards.ts';

/** How predictions are written. */
export type Format = 'jsonl' | 'npy';

export interface ShardWork {
  readonly runnable: Runnable;
  readonly net: Net;
  readonly items: Items;
  readonly shard: Shard;
  readonly format: Format;
  /** Classes of each image, of networks that give scores; where it is not given, 5 of networks that are known to. */
  readonly top: number | undefined;
}

export interface ShardResult {
  readonly files: readonly WrittenFile[];
  /** Images that could not be read: their lines say why, their rows are NaN. */
  readonly unread: number;
}

/** Images of a pass. */
export const BATCH = 16;

/** The files that a part has when it is finished, relative to their folder. */
export function filesOf({ outputs }: Pick<Runnable, 'outputs'>, shard: Shard, format: Format): readonly string[] {
  return format === 'jsonl'
    ? [shardFile('predictions', shard, 'jsonl')]
    : outputs.map(({ name }) => shardFile(fileName(name), shard, 'npy'));
}

/** `update` is told how many images are done. Never writes anything. */
export async function predictShard(work: ShardWork, update: (done: number) => void): Promise<ShardResult> {
  const { runnable, items, shard, format } = work;
  const { first, end } = imagesOf(shard, items.count);
  const lines: string[] = [];
  const rows = runnable.outputs.map(
    ({ shape }) => new Float32Array(format === 'npy' ? (end - first) * sizeOf(shape) : 0),
  );
  let unread = 0;
  for (let at = first; at < end; at += BATCH) {
    const batch = readBatch(work, at, Math.min(at + BATCH, end));
    unread += batch.problems.size;
    const names = runnable.outputs.map(({ name }) => name);
    const results = byName(work.net.run(batch.x), names);
    for (let image = at; image < Math.min(at + BATCH, end); image += 1) {
      const problem = batch.problems.get(image);
      const values = runnable.outputs.map((output) => valuesOf(results, output, image - at));
      if (format === 'jsonl') lines.push(lineOf(work, image, problem, values));
      else
        for (const [place, own] of values.entries())
          rows[place]!.set(problem === undefined ? own : own.fill(Number.NaN), (image - first) * own.length);
    }
    update(Math.min(at + BATCH, end) - first);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const paths = filesOf(runnable, shard, format);
  const files =
    format === 'jsonl'
      ? [{ path: paths[0]!, data: lines.join('') }]
      : runnable.outputs.map(({ shape }, place) => ({
          path: paths[place]!,
          data: writeNpy({ shape: [end - first, ...shape], data: rows[place]! }),
        }));
  return { files, unread };
}

interface Batch {
  readonly x: Float32Array;
  /** By the numbers of the images that could not be read, which are zeros in `x`. */
  readonly problems: ReadonlyMap<number, string>;
}

function readBatch({ runnable, items }: ShardWork, first: number, end: number): Batch {
  const size = sizeOf(runnable.inputs[0]!.shape);
  const x = new Float32Array((end - first) * size);
  const problems = new Map<number, string>();
  for (let image = first; image < end; image += 1) {
    try {
      x.set(items.tensor(image), (image - first) * size);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.set(image, error.message);
    }
  }
  return { x, problems };
}

function valuesOf(
  results: ReadonlyMap<string, Float32Array>,
  { name, shape }: RunnableOutput,
  at: number,
): Float32Array {
  const size = sizeOf(shape);
  return results.get(name)!.slice(at * size, (at + 1) * size);
}

/** An object on a line of its own. */
function lineOf(
  { runnable, items, top }: ShardWork,
  index: number,
  problem: string | undefined,
  values: readonly Float32Array[],
): string {
  const about = { index, ...items.about(index) };
  if (problem !== undefined) return `${JSON.stringify({ ...about, error: problem })}\n`;
  const how = { isAsked: top !== undefined, ofPictures: runnable.inputs.some(({ shape }) => isPictureShape(shape)) };
  const outputs = runnable.outputs.map((output, place) => {
    const own = values[place]!;
    const { name, shape, scores, labels } = output;
    return {
      name,
      ...(showsClasses(output, own, how)
        ? { classes: rank(own, top ?? 5, scores ?? guessScores(own), labels) }
        : { shape, values: [...own] }),
    };
  });
  return `${JSON.stringify({ ...about, outputs })}\n`;
}
