// Work in shards on a folder of results: opened once, then shard by shard; what is finished is not done again.

import type { InputSettings } from '../../../compiler/ir/graph.ts';
import { InputError } from '../../data/input-error.ts';
import type { Net } from '../../network/module.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { fileName } from '../paths.ts';
import { modelPictures, pictureSettings } from '../picture-options.ts';
import { progress } from '../progress.ts';
import { openRunnable } from '../runnable.ts';
import type { Runnable, RunnableOptions } from '../runnable.ts';
import { openItems } from './items.ts';
import type { Items } from './items.ts';
import { claimFolder, namesIn, remembering } from './manifest.ts';
import { BATCH, filesOf, predictShard } from './predict-shard.ts';
import type { Format } from './predict-shard.ts';
import type { Shard } from './shards.ts';

/** What a folder of predictions is made of. */
export interface Prediction {
  readonly path: string;
  readonly options: RunnableOptions;
  readonly data: string;
  /** As the user wrote it. */
  readonly givenData: string;
  readonly split: 'train' | 'test';
  readonly out: string;
  readonly shards: number;
  readonly format: Format;
  readonly top?: number | undefined;
}

/** A prediction whose network and images are there. To be closed. */
export interface OpenPrediction {
  readonly network: string;
  readonly images: number;
  /** Those of which a file is not there. */
  unfinished(among: readonly Shard[]): readonly Shard[];
  /** Computes a shard and writes its files, all or none. Returns how many images could not be read. */
  finish(shard: Shard): Promise<number>;
  close(): void;
}

/** Claims the folder. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export async function openPrediction(wanted: Prediction, io: Io): Promise<OpenPrediction> {
  const { path, options, data, givenData, split, out, shards, format, top } = wanted;
  const memory = remembering(io.files);
  const runnable = await openRunnable(path, options, { ...io, files: memory.files });
  const settings = settingsOf(runnable, options, io);
  const model = memory.digest(
    settings,
    format,
    top ?? 'default',
    options.math ?? 'default',
    options.target ?? 'js',
    options.quantize ?? false,
    split,
  );
  const items: Items = openItems(data, { shape: runnable.inputs[0]!.shape, settings, split }, io.files);
  if (items.count === 0) throw new InputError(`${data} has no images`);
  claimFolder(
    out,
    {
      schemaVersion: 1,
      kind: 'predictions',
      network: runnable.name,
      model,
      data: givenData,
      images: items.count,
      contents: items.contents,
      shards,
      names: format === 'jsonl' ? ['predictions'] : arrayNames(runnable),
      ending: format,
    },
    io.files,
  );
  let net: Net | undefined;
  return {
    network: runnable.name,
    images: items.count,
    unfinished(among) {
      const there = namesIn(out, io.files);
      return among.filter((shard) => !filesOf(runnable, shard, format).every((name) => there.has(name)));
    },
    async finish(shard) {
      net ??= await runnable.load(Math.min(items.count, BATCH));
      const bar = progress(io.stderr, `shard ${shard.index} of ${shard.count}`, Math.ceil(items.count / shard.count));
      try {
        const { files, unread } = await predictShard({ runnable, net, items, shard, format, top }, bar.update);
        io.files.write(out, files);
        return unread;
      } finally {
        bar.end();
      }
    },
    close: () => net?.close?.(),
  };
}

/** Throws `UsageError` where two outputs would have the same file. */
function arrayNames({ outputs }: Runnable): readonly string[] {
  const names = outputs.map(({ name }) => fileName(name));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice === undefined) return names;
  throw new UsageError(`two outputs would be written as ${twice}-….npy; --format jsonl has their names as they are`);
}

function settingsOf({ name, inputs, isModel }: Runnable, options: RunnableOptions, { stderr }: Io): InputSettings {
  const [input, ...others] = inputs;
  if (!input || others.length > 0)
    throw new UsageError(`${name} has ${inputs.length} inputs; images one by one need a network with one`);
  return pictureSettings(input.settings, isModel ? modelPictures(options) : options, input.shape, stderr);
}
