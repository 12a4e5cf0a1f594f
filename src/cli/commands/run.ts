// `cnnc run`: one pass of a network over the images of a file.

import { Command } from 'commander';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import type { Scores } from '../../../runtime/abi.ts';
import { InputError } from '../../data/input-error.ts';
import { runHtml } from '../../report/html/run-html.ts';
import { guessScores, showsClasses } from '../../network/classes.ts';
import { byName } from '../../network/module.ts';
import type { Values } from '../../network/module.ts';
import { UsageError } from '../errors.ts';
import { checkSaved, saveKind, savedFiles } from '../saved.ts';
import type { Saved } from '../saved.ts';
import { filtersOf, seenImages } from '../seen.ts';
import { writeOutputs } from '../write-file.ts';
import { isStdout } from '../guard.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import { withPictureOptions } from '../picture-options.ts';
import { MOST, wholeNumber } from '../quantities.ts';
import { INPUT_FILES, collectInput, readInputs } from '../read-inputs.ts';
import type { ReadImages } from '../read-inputs.ts';
import { openRunnable } from '../runnable.ts';
import type { Runnable, RunnableOptions, RunnableOutput } from '../runnable.ts';
import { rank, rankedLines, scoresText, valueLines } from '../show.ts';
import { RUNNABLE_ARGUMENT, withOpenOptions } from '../source.ts';
import { runTargets, withAutoThreadOption, withTargetOptions } from '../target-options.ts';
import { withQuantizeOptions } from '../quantized.ts';
import { withWeightsOptions } from '../weights.ts';

interface RunOptions extends RunnableOptions {
  readonly input: readonly string[];
  readonly top?: number;
  readonly labels?: string;
  readonly tap?: readonly string[];
  readonly save?: string;
  readonly json?: boolean;
  readonly html?: string;
}

/** Images per pass; more only cost memory. */
const MAX_BATCH = 8;

export function runCommand(io: Io): Command {
  const command = withOpenOptions(new Command('run'))
    .description('run a network on pictures or arrays and print what comes out')
    .argument('<file>', RUNNABLE_ARGUMENT);
  withAutoThreadOption(withTargetOptions(withPassOptions(withQuantizeOptions(withWeightsOptions(command))), runTargets))
    .requiredOption('--input <file>', INPUT_FILES, collectInput)
    .option('--top <count>', 'print this many of the likeliest classes (default: 5)', wholeNumber('--top', 1, MOST))
    .option('--labels <file>', 'file with the names of the classes, one per line, in UTF-8')
    .option('--tap <names>', 'also print inner values: names of layers, blocks or paths, separated by commas', (text) =>
      text.split(','),
    )
    .option(
      '--save <path>',
      'write outputs and taps instead of printing their numbers: FILE.png writes pictures, FILE.npy arrays, any other path is a folder of arrays, with taps as pictures, too',
    )
    .option(
      '--html <file>',
      'write a page: picture, classes or masks, feature maps of the taps, or of all outer layers',
    )
    .option('--json', 'print everything as JSON');
  return withPictureOptions(command)
    .addHelpText(
      'after',
      `
Pictures are turned upright as their EXIF orientation says, and become tensors by the input settings of the file, or by the
options. --preset gives only what the file leaves open; the other options override both. A flat output is shown as classes where its labels, its loss, a
softmax, --labels or --top say so, or where nothing does and the input is a picture; the probabilities are those of softmax, unless the network's last step is one.

Examples:
  cnnc run lenet.cnn --weights random:1 --input sneaker.png
  cnnc run lenet.cnn --weights lenet.safetensors --match order --input sneaker.png --top 3
  cnnc run lenet.cnn --weights random:1 --input sneaker.png --tap conv1 --save maps
  cnnc run lenet.cnn --weights random:1 --input sneaker.png --target wasm --threads 2
  cnnc run mobilenet.onnx --input cat.png --preset imagenet --labels synset.txt
  cnnc run out/net.js --weights out/weights.safetensors --input sneaker.png

JSON: { schemaVersion: 1, network, images: [{ outputs: [{ name, shape, isTap, values, scores, top: [{ index, label,
probability, value }] }] }] }; scores says what the network did itself: raw, softmax or log_softmax; with --save, the
values of what is in files are left out and files: [path] is added.`,
    )
    .action((path: string, options: RunOptions) => run(path, options, io));
}

async function run(path: string, options: RunOptions, io: Io): Promise<void> {
  if (options.save !== undefined) saveKind(options.save);
  const runnable = await openRunnable(
    path,
    { ...options, taps: options.tap ?? (options.html === undefined ? [] : 'maps') },
    io,
  );
  if (options.save !== undefined) checkSaved(options.save, runnable);
  const images = readInputs(runnable, options, io);
  const net = await runnable.load(Math.min(images.count, MAX_BATCH));
  try {
    const { values } = images;
    const x = runnable.inputs.length === 1 ? values.values().next().value! : Object.fromEntries(values);
    show(runnable, images, net.run(x), options, io);
  } finally {
    net.close?.();
  }
}

function show(runnable: Runnable, given: ReadImages, result: Values, options: RunOptions, io: Io): void {
  const { values, count } = given;
  const results = byName(
    result,
    runnable.outputs.map(({ name }) => name),
  );
  const saved =
    options.save === undefined ? undefined : savedFiles(options.save, runnable, results, given, options, io);
  const images = Array.from({ length: count }, (_, image) =>
    runnable.outputs.map((output) =>
      present(output, partOf(results.get(output.name)!, output, image), options, given.pictures.length > 0),
    ),
  );
  const page =
    options.html === undefined
      ? []
      : [
          {
            path: options.html,
            data: runHtml(runnable.name, seenImages(runnable, images, values), filtersOf(runnable)),
          },
        ];
  if (isStdout(options.html ?? '') && options.json)
    throw new UsageError('--json prints to the standard output, too; write the page to a file');
  writeOutputs(page, io, saved?.files);
  if (isStdout(options.html ?? '')) return;
  if (options.json) {
    const data = {
      schemaVersion: 1,
      network: runnable.name,
      images: images.map((outputs) => ({ outputs: outputs.map((one) => resultJson(one, saved)) })),
      ...(saved && { files: saved.files.map(({ path }) => path) }),
    };
    io.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  for (const [image, outputs] of images.entries()) {
    if (count > 1) io.stdout.write(`image ${image + 1} of ${count}\n`);
    const printed = options.tap ? outputs : outputs.filter(({ output }) => !output.isTap);
    for (const output of printed) io.stdout.write(resultText(output, printed.length > 1, saved, io.stdout));
  }
  for (const { path } of saved?.files ?? []) io.stdout.write(`${escapeControls(path)}\n`);
}

interface Result {
  readonly output: RunnableOutput;
  readonly values: Float32Array;
  /** Present for outputs that are scores of classes. */
  readonly scores?: Scores;
  readonly top?: ReturnType<typeof rank>;
}

function present(output: RunnableOutput, values: Float32Array, options: RunOptions, ofPictures: boolean): Result {
  const { shape, isTap, name, labels } = output;
  if (isTap || !showsClasses(output, values, { isAsked: options.top !== undefined, ofPictures }))
    return { output, values };
  if (labels && labels.length !== shape[0]) {
    throw new InputError(`there are ${labels.length} labels, but ${name} has ${shape[0]} classes`);
  }
  const scores = output.scores ?? guessScores(values);
  return { output, values, scores, top: rank(values, options.top ?? 5, scores, labels) };
}

function resultText(
  { output, values, scores, top }: Result,
  named: boolean,
  saved: Saved | undefined,
  { columns, isTerminal }: Io['stdout'],
): string {
  const { name, shape } = output;
  const title = named || !top ? [`${name}  ${shape.join('×')}`] : [];
  if (top && scores)
    return `${[...title, ...rankedLines(top, isTerminal ? columns : Infinity), `  (${scoresText(scores, top)})`].join('\n')}\n`;
  return saved?.outputs.has(name) ? '' : `${[...title, ...valueLines(values, shape, columns)].join('\n')}\n`;
}

function resultJson({ output: { name, shape, isTap }, values, scores, top }: Result, saved: Saved | undefined) {
  return { name, shape, isTap, ...(!saved?.outputs.has(name) && { values: [...values] }), ...(top && { scores, top }) };
}

function partOf(values: Float32Array, { shape }: RunnableOutput, image: number): Float32Array {
  const size = sizeOf(shape);
  return values.subarray(image * size, (image + 1) * size);
}
