// `cnnc eval`: how many pictures of a labelled data set a network gets right.

import { Command, Option } from 'commander';
import { ignorable } from '../../../compiler/frontend/sections/train-menu.ts';
import { formatShape, sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Split } from '../../data/dataset.ts';
import { InputError } from '../../data/input-error.ts';
import { targetsAt } from '../../data/labelled-images.ts';
import type { LabelledImages } from '../../data/labelled-images.ts';
import { byName } from '../../network/module.ts';
import { meanOf, mirrored } from '../../network/mirror.ts';
import type { Net } from '../../network/module.ts';
import { grouped, percent } from '../../text/format.ts';
import { batchesOf } from '../../train/batch.ts';
import type { Batches } from '../../train/batch.ts';
import { bytesIn } from '../../train/hash.ts';
import { mapCounter } from '../../train/map-score.ts';
import type { ClassCount } from '../../train/map-score.ts';
import { asTaken, valuesOf } from '../../train/inputs.ts';
import { checkClasses, checkCounted, checkLabels, mapOf } from '../../train/target.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { openLabelledImages } from '../labelled-data.ts';
import { withPassOptions } from '../pass-options.ts';
import { modelPictures, pictureSettings, withPictureOptions } from '../picture-options.ts';
import { claimFolder, digestOf, exists, remembering } from '../predict/manifest.ts';
import { imagesOf, shard, shardFile } from '../predict/shards.ts';
import type { Shard } from '../predict/shards.ts';
import { within } from '../paths.ts';
import { progress } from '../progress.ts';
import { wholeNumber } from '../quantities.ts';
import { openRunnable } from '../runnable.ts';
import type { Runnable, RunnableOptions } from '../runnable.ts';
import { RUNNABLE_ARGUMENT, withOpenOptions } from '../source.ts';
import { forMany, manyTargets, withAutoThreadOption, withTargetOptions } from '../target-options.ts';
import { withQuantizeOptions } from '../quantized.ts';
import { readText } from '../text.ts';
import { withWeightsOptions } from '../weights.ts';

export interface EvalOptions extends RunnableOptions {
  readonly data: string;
  readonly split: Split;
  readonly flip?: boolean;
  readonly ignore?: number;
  readonly shard?: Shard;
  readonly out?: string;
  readonly json?: boolean;
}

const MAX_COUNTS_BYTES = 1 << 23;
/** `--ignore` as a number. */
const ignoredClass = wholeNumber('--ignore', ignorable.minimum, ignorable.maximum);
/** Images per pass. */
const BATCH = 32;

export function evalCommand(io: Io): Command {
  const command = withOpenOptions(new Command('eval'))
    .description('measure accuracy on labelled pictures')
    .argument('<file>', RUNNABLE_ARGUMENT);
  withAutoThreadOption(
    withTargetOptions(withPassOptions(withQuantizeOptions(withWeightsOptions(command))), manyTargets),
  )
    .requiredOption('--data <data>', 'a folder of labelled pictures, or digits:COUNT for built-in ones')
    .addOption(new Option('--split <split>', 'which part of it').choices(['train', 'test']).default('test'))
    .option('--flip', 'use the mean of the scores of each picture and its mirror image')
    .option(
      '--ignore <class>',
      'the class of pixels that do not count (default: that of the `train` section)',
      ignoredClass,
    )
    .option('--shard <index/count>', 'count only this part, from 0/COUNT to COUNT-1/COUNT, into --out', shard)
    .option('--out <folder>', 'where the counts of shards are written; `cnnc merge` adds them up')
    .option('--json', 'print the result as JSON');
  return withPictureOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  cnnc eval lenet.cnn --weights lenet.safetensors --match order --data fashion-mnist
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist
  cnnc eval lenet.cnn --weights lenet.safetensors --match order --data fashion-mnist --flip
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist --json
  cnnc eval lenet.cnn --weights random:1 --data fashion-mnist --shard 0/4 --out accuracy

DATA is what \`cnnc train\` takes: a folder with MNIST's four IDX files (gzipped or not), CIFAR's binary batches, test-images.npy and
test-labels.npy, or folders test/CLASS/*.png; with --split train, the training images.

With --quantize, weights in f32 are first quantised with the images of --calibrate. Their accuracy in f32 is counted, too.

A network with scores for each pixel, [classes, H, W], is measured on test-images.npy and test-targets.npy, [count, H, W], the class of each
pixel. Pixels are counted, and the mean IoU over the classes is given: of the pixels that have a class or get it, the share that do both.
A network with \`loss: binary_cross_entropy\` and one number, or one for each pixel, tells the classes 0 and 1 apart.
A network whose losses name outputs is measured on test-images.npy and test-targets.npz: the loss of each output, and their sum.
Pixels of the class that \`loss: cross_entropy(ignore: 255)\` or --ignore leaves out are not counted.

JSON: { schemaVersion: 1, network, split, correct, total, accuracy, meanIou, f32: { correct, accuracy, meanIou } }; f32 where they were,
and meanIou where pixels are counted; of a shard, { schemaVersion: 1, network, split, correct, total, classes, shard: [index, count], file }, classes
where pixels are counted: of each, how many have it and get it, have it, and get it; of several losses, { schemaVersion: 1, network, split, total, loss, losses: [{ of, loss, accuracy, meanIou }],
f32: { loss, losses } }.`,
    )
    .action((path: string, options: EvalOptions) => evaluate(path, forMany(path, options), io));
}

async function evaluate(path: string, options: EvalOptions, io: Io): Promise<void> {
  if ((options.shard === undefined) !== (options.out === undefined))
    throw new UsageError('--shard and --out go together: the count of a shard is written into a folder');
  if (options.shard) return evaluateShard(path, options, options.shard, options.out!, io);
  const runnable = await openRunnable(path, options, io);
  // What was quantised now has weights in f32, too.
  const { quantize: _quantize, calibrate: _calibrate, calibrateMethod: _method, ...plain } = options;
  const openInFull = runnable.isQuantizedNow === true ? () => openRunnable(path, plain, io) : undefined;
  if (runnable.severalLosses)
    return (await import('./eval-losses.ts')).evaluateLosses(runnable, openInFull, options, io);
  const data = openDataset(runnable, options, io);
  const all = { first: 0, end: data.images.count };
  const found = await counted(runnable, data, all, options, io);
  const inFull = openInFull && (await counted(await openInFull(), data, all, options, io));
  const result = {
    schemaVersion: 1,
    network: runnable.name,
    split: options.split,
    correct: found.correct,
    total: found.total,
    ...sharesOf(found),
    ...(inFull !== undefined && { f32: { correct: inFull.correct, ...sharesOf(inFull) } }),
  };
  const line = (label: string, { correct, total, meanIou }: Counts): string =>
    `${label} ${percent(correct, total)}  ${grouped(correct)} of ${grouped(total)}${meanIou === undefined ? '' : ` pixels  mean IoU ${meanIou.toFixed(3)}`}`;
  const text =
    inFull === undefined
      ? line('accuracy', found)
      : [line('accuracy in f32 ', inFull), line('accuracy in int8', found)].join('\n');
  io.stdout.write(`${options.json ? JSON.stringify(result, null, 2) : text}\n`);
}

const sharesOf = ({ correct, total, meanIou }: Counts) => ({
  accuracy: correct / total,
  ...(meanIou !== undefined && { meanIou }),
});

/** Counts a part into a file of its own, unless that is there. */
async function evaluateShard(path: string, options: EvalOptions, part: Shard, out: string, io: Io): Promise<void> {
  const memory = remembering(io.files);
  const runnable = await openRunnable(path, options, { ...io, files: memory.files });
  if (runnable.severalLosses)
    throw new UsageError(`--shard counts classes; ${runnable.name} is measured by the losses of several outputs`);
  const dataset = openDataset(runnable, options, io);
  const { images, ignored } = dataset;
  const { target = 'js', math = 'default', quantize = false, split, flip = false, data } = options;
  const { preset, scale, mean, std, colors, resize, fit, filter, fill, crop } = options;
  const pictures = { preset, scale, mean, std, colors, resize, fit, filter, fill, crop };
  const model = memory.digest(target, math, quantize, split, flip, pictures, ...(images.targets ? [ignored] : []));
  const name = shardFile('accuracy', part, 'json');
  const answers = bytesIn(images.targets?.values ?? images.labels);
  claimFolder(
    out,
    {
      schemaVersion: 1,
      kind: 'accuracy',
      network: runnable.name,
      model,
      data,
      images: images.count,
      contents: digestOf([...examplesOf(images), answers]),
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
  const { first, end } = imagesOf(part, images.count);
  const { correct, total, classes } = await counted(runnable, dataset, { first, end }, options, io);
  const result = {
    schemaVersion: 1,
    network: runnable.name,
    split,
    correct,
    total,
    ...(classes && { classes }),
    shard: [part.index, part.count],
    file: within(out, name),
  };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  io.files.write(out, [{ path: name, data: text }]);
  io.stdout.write(
    options.json ? text : `${result.file}: ${grouped(correct)} of ${grouped(total)}${classes ? ' pixels' : ''}\n`,
  );
}

/** The bytes of all pictures, or of the numbers that the inputs get. */
const examplesOf = (images: LabelledImages): readonly Uint8Array[] =>
  images.numbers ? [bytesIn(images.numbers.values)] : Array.from({ length: images.count }, (_, at) => images.image(at));

interface Labelled {
  readonly images: LabelledImages;
  readonly batches: Batches;
  readonly classes: number;
  readonly ignored?: number | undefined;
  /** Where one number tells class 1 from class 0: what it has to be above. */
  readonly middle?: number | undefined;
}

/** Of images, or of the pixels of maps, which alone have a mean IoU. */
interface Counts {
  readonly correct: number;
  readonly total: number;
  readonly meanIou?: number;
  /** Of each class of pixels. */
  readonly classes?: readonly ClassCount[];
}

/** Images of a data set: from `first` to the one before `end`. */
interface Part {
  readonly first: number;
  readonly end: number;
}

/** How many are right. */
async function counted(runnable: Runnable, data: Labelled, part: Part, options: EvalOptions, io: Io): Promise<Counts> {
  const total = part.end - part.first;
  const noPixels = data.images.targets && mapCounter(data.classes).counts();
  if (total === 0) return { correct: 0, total, ...(noPixels && { classes: noPixels }) };
  const net = await runnable.load(Math.min(total, BATCH));
  const bar = progress(io.stderr, options.split, total);
  try {
    const { broken, ...counts } = await countCorrect(runnable, net, data, part, options, bar.update);
    bar.end();
    const unit = data.images.targets ? 'pixels' : 'images';
    if (broken > 0)
      io.stderr.write(`note: ${grouped(broken)} ${unit} have NaN among their scores and count as wrong\n`);
    return counts;
  } finally {
    bar.end();
    net.close?.();
  }
}

/** The data as the network takes them. Throws `InputError` where it does not. */
function openDataset(runnable: Runnable, options: EvalOptions, io: Io): Labelled {
  const input = runnable.inputs[0]!;
  const { shape } = input;
  const pictures = runnable.isModel ? modelPictures(options) : options;
  const settings = pictureSettings(input.settings, pictures, shape, io.stderr);
  const output = runnable.outputs[0]!;
  const isMap = output.shape.length === 3 && sizeOf(output.shape) !== output.shape[0];
  const ignored = options.ignore ?? runnable.ignored;
  const given = openLabelledImages(options.data, options.split, shape, io.files, settings, { maps: isMap, ignored });
  const images = asTaken(given, runnable, options.split);
  if (images.numbers && options.flip)
    throw new UsageError('--flip takes mirror images of pictures, but the inputs of the data set are numbers');
  const batches = batchesOf(images, { shape, settings });
  if (isMap) {
    const { name } = runnable;
    const given = images.targets?.shape;
    const map = mapOf({ name, output: output.shape, ...(given && { given }) }, options.split);
    const { split } = options;
    const { middle, classes } = asClasses(map.classes, runnable);
    checkClasses(images.targets!, { classes, ignored }, output.name, split, (value) => `--ignore ${value}`);
    checkCounted(images.targets!, ignored, split, [...Array(images.count).keys()]);
    if (options.flip)
      throw new InputError(`${name} has scores for each pixel, whose mirror image is another map; leave --flip out`);
    return { images, batches, classes, ignored, middle };
  }
  if (options.ignore !== undefined)
    throw new UsageError(
      `--ignore leaves out pixels; ${runnable.name} gives ${formatShape(output.shape)}, one class for a picture`,
    );
  const { middle, classes } = asClasses(sizeOf(output.shape), runnable);
  checkLabels(images, { classes, kind: 'number', isBinary: middle !== undefined }, output.name, options.split);
  return { images, batches, classes, middle };
}

/** One number tells two classes apart where it is trained to. Throws `InputError` where it is not. */
function asClasses(scores: number, { middle, outputs }: Runnable): Pick<Labelled, 'classes' | 'middle'> {
  if (scores > 1) return { classes: scores };
  if (middle !== undefined) return { classes: 2, middle };
  throw new InputError(
    `${outputs[0]!.name} gives one score; classes are told apart by one score for each, or by one number of a network whose \`train\` section has \`loss: binary_cross_entropy\``,
  );
}

async function countCorrect(
  runnable: Runnable,
  net: Net,
  { images: { targets }, batches, classes, ignored, middle }: Labelled,
  { first: begin, end }: Part,
  options: EvalOptions,
  update: (done: number) => void,
): Promise<Counts & { readonly broken: number }> {
  const [output] = runnable.outputs;
  const size = sizeOf(output!.shape);
  const map = targets && mapCounter(classes, ignored);
  const { elements } = batches;
  const most = Math.min(BATCH, end - begin);
  const [x, labels] = [new Float32Array(most * elements), new Int32Array(most)];
  const width = runnable.inputs[0]!.shape.at(-1)!;
  const names = runnable.outputs.map(({ name }) => name);
  const scoresOf = (values: Float32Array): Float32Array =>
    byName(net.run(valuesOf(values, runnable)), names).get(output!.name)!;
  let [correct, broken] = [0, 0];
  for (let first = begin; first < end; first += BATCH) {
    const count = Math.min(BATCH, end - first);
    const indices = Array.from({ length: count }, (_, at) => first + at);
    batches.fillPlain(indices, x, labels);
    const asked = targets && targetsAt(targets, indices);
    const batch = x.subarray(0, count * elements);
    const scores = options.flip ? meanOf(scoresOf(batch), scoresOf(mirrored(batch, width))) : scoresOf(batch);
    for (let at = 0; at < count; at += 1) {
      const given = scores.subarray(at * size, (at + 1) * size);
      const answer = middle === undefined ? given : asTwo(given, middle);
      const pixels = answer.length / classes;
      if (map) map.take(answer, asked!.subarray(at * pixels, (at + 1) * pixels));
      else if (answer.some(Number.isNaN)) broken += 1;
      else if (argmax(answer) === labels[at]) correct += 1;
    }
    update(first + count - begin);
    await pause();
  }
  if (!map) return { correct, total: end - begin, broken };
  const { pixels, ...score } = map.score();
  return { ...score, total: pixels, classes: map.counts() };
}

/** Scores of the classes 0 and 1, [2, …], of numbers that are above `middle` for 1. */
function asTwo(numbers: Float32Array, middle: number): Float32Array {
  const scores = new Float32Array(2 * numbers.length).fill(middle);
  scores.set(numbers, numbers.length);
  return scores;
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
