// `cnnc eval`: how many pictures of a labelled data set a network gets right.

import { Command, Option } from 'commander';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Dataset, Split } from '../../data/dataset.ts';
import { findDataset, pictureAt, readDataset } from '../../data/dataset.ts';
import { checkIdxFile } from '../../data/idx.ts';
import { InputError } from '../../data/input-error.ts';
import { pictureToTensor } from '../../data/preprocess.ts';
import { byName } from '../../network/module.ts';
import { meanOf, mirrored } from '../../network/mirror.ts';
import type { Net } from '../../network/module.ts';
import { grouped, percent } from '../../text/format.ts';
import { UsageError, inFile } from '../errors.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import { modelPictures, pictureSettings, withPictureOptions } from '../picture-options.ts';
import { claimFolder, digestOf, exists, remembering } from '../predict/manifest.ts';
import { imagesOf, shard, shardFile } from '../predict/shards.ts';
import type { Shard } from '../predict/shards.ts';
import { within } from '../paths.ts';
import { progress } from '../progress.ts';
import { openRunnable } from '../runnable.ts';
import type { Runnable, RunnableOptions } from '../runnable.ts';
import { RUNNABLE_ARGUMENT, withOpenOptions } from '../source.ts';
import { runTargets, withAutoThreadOption, withTargetOptions } from '../target-options.ts';
import { withQuantizeOptions } from '../quantized.ts';
import { readText } from '../text.ts';
import { withWeightsOptions } from '../weights.ts';

interface EvalOptions extends RunnableOptions {
  readonly data: string;
  readonly split: Split;
  readonly flip?: boolean;
  readonly shard?: Shard;
  readonly out?: string;
  readonly json?: boolean;
}

const MAX_DATA_BYTES = 1 << 30;
const MAX_COUNTS_BYTES = 1 << 20;
/** Images per pass. */
const BATCH = 32;

export function evalCommand(io: Io): Command {
  const command = withOpenOptions(new Command('eval'))
    .description("measure accuracy on a data set in MNIST's format")
    .argument('<file>', RUNNABLE_ARGUMENT);
  withAutoThreadOption(withTargetOptions(withPassOptions(withQuantizeOptions(withWeightsOptions(command))), runTargets))
    .requiredOption('--data <folder>', "a data set in IDX files, gzipped or not, named as MNIST's")
    .addOption(new Option('--split <split>', 'which part of it').choices(['train', 'test']).default('test'))
    .option('--flip', 'count what the mean of the scores of each picture and its mirror image says')
    .option('--shard <index/count>', 'only a part, from 0/COUNT to COUNT-1/COUNT, counted into --out', shard)
    .option('--out <folder>', 'where the counts of shards are written; `cnnc merge` adds them up')
    .option('--json', 'print the result as JSON');
  return withPictureOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  cnnc eval lenet.cnn --weights lenet.safetensors --match order --data fashion-mnist
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist --target wasm
  cnnc eval lenet.cnn --weights lenet.safetensors --match order --data fashion-mnist --flip
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist --json
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist --shard 0/4 --out accuracy

With --quantize, weights in f32 are quantised first, on --calibrate, and what they get right is counted, too.

JSON: { schemaVersion: 1, network, split, correct, total, accuracy, f32: { correct, accuracy } }; f32 where they were; of a shard,
{ schemaVersion: 1, network, split, correct, total, shard: [index, count], file }.`,
    )
    .action((path: string, options: EvalOptions) => evaluate(path, options, io));
}

async function evaluate(path: string, options: EvalOptions, io: Io): Promise<void> {
  if ((options.shard === undefined) !== (options.out === undefined))
    throw new UsageError('--shard and --out go together: the count of a shard is written into a folder');
  if (options.shard) return evaluateShard(path, options, options.shard, options.out!, io);
  const runnable = await openRunnable(path, options, io);
  const dataset = openDataset(options, io);
  const { count: total } = dataset;
  const correct = await counted(runnable, dataset, options, io);
  // What was quantised now has weights in f32, too.
  const { quantize: _quantize, calibrate: _calibrate, calibrateMethod: _method, ...plain } = options;
  const inFull =
    runnable.isQuantizedNow === true
      ? await counted(await openRunnable(path, plain, io), dataset, options, io)
      : undefined;
  const result = {
    schemaVersion: 1,
    network: runnable.name,
    split: options.split,
    correct,
    total,
    accuracy: correct / total,
    ...(inFull !== undefined && { f32: { correct: inFull, accuracy: inFull / total } }),
  };
  const line = (label: string, right: number): string =>
    `${label} ${percent(right, total)}  ${grouped(right)} of ${grouped(total)}`;
  const text =
    inFull === undefined
      ? line('accuracy', correct)
      : [line('accuracy in f32 ', inFull), line('accuracy in int8', correct)].join('\n');
  io.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : text}\n`);
}

/** Counts a part into a file of its own, unless that is there. */
async function evaluateShard(path: string, options: EvalOptions, part: Shard, out: string, io: Io): Promise<void> {
  const memory = remembering(io.files);
  const runnable = await openRunnable(path, options, { ...io, files: memory.files });
  const dataset = openDataset(options, io);
  const { target = 'js', math = 'default', quantize = false, split, flip = false, data } = options;
  const { preset, scale, mean, std, colors, resize, fit, filter, fill, crop } = options;
  const pictures = { preset, scale, mean, std, colors, resize, fit, filter, fill, crop };
  const model = memory.digest(target, math, quantize, split, flip, pictures);
  const name = shardFile('accuracy', part, 'json');
  const { count: images } = dataset;
  claimFolder(
    out,
    {
      schemaVersion: 1,
      kind: 'accuracy',
      network: runnable.name,
      model,
      data,
      images,
      contents: digestOf([dataset.pixels, dataset.labels]),
      shards: part.count,
      names: ['accuracy'],
      ending: 'json',
    },
    io.files,
  );
  if (exists(out, name, io.files)) {
    io.stdout.write(
      options.json ? readText(within(out, name), MAX_COUNTS_BYTES, io.files) : `${within(out, name)} was there\n`,
    );
    return;
  }
  const { first, end } = imagesOf(part, images);
  const correct = await counted(runnable, partOf(dataset, first, end), options, io);
  const result = {
    schemaVersion: 1,
    network: runnable.name,
    split,
    correct,
    total: end - first,
    shard: [part.index, part.count],
    file: within(out, name),
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  io.files.write(out, [{ path: name, data: text }]);
  io.stdout.write(options.json ? text : `${result.file}: ${grouped(correct)} of ${grouped(end - first)}\n`);
}

function partOf(dataset: Dataset, first: number, end: number): Dataset {
  const size = dataset.width * dataset.height;
  const { pixels, labels } = dataset;
  return {
    ...dataset,
    count: end - first,
    pixels: pixels.subarray(first * size, end * size),
    labels: labels.subarray(first, end),
  };
}

/** How many are right. */
async function counted(runnable: Runnable, dataset: Dataset, options: EvalOptions, io: Io): Promise<number> {
  if (dataset.count === 0) return 0;
  const net = await runnable.load(Math.min(dataset.count, BATCH));
  const bar = progress(io.stderr, options.split, dataset.count);
  try {
    const { correct, broken } = await countCorrect(runnable, net, dataset, options, bar.update, io);
    bar.end();
    if (broken > 0) io.stderr.write(`note: ${grouped(broken)} images have NaN among their scores and count as wrong\n`);
    return correct;
  } finally {
    bar.end();
    net.close?.();
  }
}

function openDataset({ data: folder, split }: EvalOptions, { files }: Io): Dataset {
  const names = files.list(folder);
  return inFile(folder, () => {
    const { images, labels } = findDataset(names, split);
    const read = (name: string): Uint8Array => files.read(`${folder}/${name}`, MAX_DATA_BYTES, checkIdxFile);
    const dataset = readDataset(read(images), read(labels), MAX_DATA_BYTES);
    if (dataset.count === 0) throw new InputError('the data set is empty');
    return dataset;
  });
}

async function countCorrect(
  runnable: Runnable,
  net: Net,
  dataset: Dataset,
  options: EvalOptions,
  update: (done: number) => void,
  io: Io,
): Promise<{ readonly correct: number; readonly broken: number }> {
  const [input, ...otherInputs] = runnable.inputs;
  const [output] = runnable.outputs;
  if (!input || otherInputs.length > 0)
    throw new InputError(`${runnable.name} has ${runnable.inputs.length} inputs; a data set of pictures needs one`);
  const classes = sizeOf(output!.shape);
  const largest = dataset.labels.reduce((a, b) => Math.max(a, b), 0);
  if (classes < 2 || largest >= classes) {
    throw new InputError(`the labels go up to ${largest}, but ${output!.name} has ${classes} classes`);
  }
  const settings = pictureSettings(
    input.settings,
    runnable.isModel ? modelPictures(options) : options,
    input.shape,
    io.stderr,
  );
  const size = sizeOf(input.shape);
  const x = new Float32Array(Math.min(BATCH, dataset.count) * size);
  const names = runnable.outputs.map(({ name }) => name);
  const scoresOf = (images: Float32Array): Float32Array => byName(net.run(images), names).get(output!.name)!;
  let [correct, broken] = [0, 0];
  for (let first = 0; first < dataset.count; first += BATCH) {
    const images = Math.min(BATCH, dataset.count - first);
    for (let at = 0; at < images; at += 1)
      x.set(pictureToTensor(pictureAt(dataset, first + at), settings, input.shape), at * size);
    const batch = x.subarray(0, images * size);
    const scores = options.flip
      ? meanOf(scoresOf(batch), scoresOf(mirrored(batch, input.shape.at(-1)!)))
      : scoresOf(batch);
    for (let at = 0; at < images; at += 1) {
      const answer = scores.subarray(at * classes, (at + 1) * classes);
      if (answer.some(Number.isNaN)) broken += 1;
      else if (argmax(answer) === dataset.labels[first + at]) correct += 1;
    }
    update(first + images);
    await pause();
  }
  return { correct, broken };
}

/** Lets the streams and signals have their turn. */
function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** The first of the largest. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (values[at]! > values[best]!) best = at;
  return best;
}
