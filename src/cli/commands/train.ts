// `cnnc train`: learns the weights of a network from labelled pictures, as its `train` section says.

import { Command, Option } from 'commander';
import type { Network, TrainSettings } from '../../../compiler/frontend/index.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Mathematics } from '../../../compiler/pipeline.ts';
import { InputError } from '../../data/input-error.ts';
import { networkFile } from '../../weights/network-file.ts';
import { grouped } from '../../text/format.ts';
import { durationText } from '../../text/measures.ts';
import { measuresOf } from '../../train/evaluation.ts';
import { prepare } from '../../train/prepare.ts';
import type { Prepared } from '../../train/prepare.ts';
import { run } from '../../train/run.ts';
import type { Outcome, Snapshot } from '../../train/run.ts';
import { checkpointPaths, openCheckpoints } from '../checkpoints.ts';
import type { Checkpoints } from '../checkpoints.ts';
import { Quit, UsageError, exitCodes } from '../errors.ts';
import { loopTurn } from '../held-signals.ts';
import type { Io } from '../io.ts';
import { openTrainingData } from '../labelled-data.ts';
import { byteSize, wholeNumber } from '../quantities.ts';
import { refuseModel } from '../model-file.ts';
import { namedNetwork, openNetwork, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';
import { startOf, withStartOptions } from '../starting-weights.ts';
import type { StartOptions } from '../starting-weights.ts';
import { mathOption, targetSettings, withThreadOption } from '../target-options.ts';
import type { ThreadOptions } from '../target-options.ts';
import { ignoredIn, trainSection } from '../train-section.ts';
import { trainingLog } from '../training-log.ts';
import type { TrainingPage } from '../training-page.ts';
import { curvesText, finalText, trainingReport, unseenText } from '../training-report.ts';
import type { TrainingReport } from '../training-report.ts';

interface TrainOptions extends NetworkOptions, ThreadOptions, StartOptions {
  readonly data: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly target: 'js' | 'wasm';
  readonly math?: Mathematics;
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly microBatch?: number;
  readonly microBatchNorm?: boolean;
  readonly memory?: number;
  readonly workers?: number;
  readonly checkpointEvery: number | 'epoch';
  readonly log?: string;
  readonly html?: string;
  readonly json?: boolean;
}

export function trainCommand(io: Io): Command {
  const command = withNetworkOptions(new Command('train'))
    .description('learn the weights of a network from labelled pictures, as its `train` section says')
    .argument('<file>', 'a .cnn file, FILE:NETWORK, or - for the standard input')
    .requiredOption('--data <data>', 'a folder of labelled pictures, or digits:COUNT for built-in ones')
    .option('--out <file>', 'where to write the weights, as safetensors; checkpoints appear beside it')
    .option('--resume', 'go on from the newest checkpoint of --out')
    .addOption(new Option('--target <target>', 'what computes the steps').choices(['js', 'wasm']).default('wasm'))
    .addOption(
      mathOption(
        "default: f32, Winograd's algorithm where it pays; strict: without it; fast: products and sums may be rounded once, which differs between processors",
      ),
    );
  return withThreadOption(withStartOptions(command))
    .option('--epochs <count>', 'number of epochs, instead of that of the section', wholeNumber('--epochs', 1, 1e6))
    .option('--batch <count>', 'images per step, instead of those of the section', wholeNumber('--batch', 1, 1e6))
    .option(
      '--seed <seed>',
      'seed of all random choices, instead of that of the section',
      wholeNumber('--seed', 0, 2 ** 32 - 1),
    )
    .option(
      '--micro-batch <count>',
      'images at once: a step takes its batch in such parts and adds up their gradients',
      wholeNumber('--micro-batch', 1, 1e6),
    )
    .option('--micro-batch-norm', 'batch norm may normalise each micro-batch by itself, which changes what is learnt')
    .option(
      '--memory <size>',
      'refuse steps that take more memory than this, such as 2GiB or 512MiB',
      byteSize('--memory'),
    )
    .option(
      '--workers <count>',
      'threads that prepare batches ahead of the steps; 0: none (default: 1, or 0 for a very short training)',
      wholeNumber('--workers', 0, 64),
    )
    .option('--checkpoint-every <steps>', 'steps between two checkpoints, or epoch', checkpointEvery, 'epoch')
    .option('--log <file>', 'write a line of JSON for each step and epoch')
    .option(
      '--html <file>',
      'write a page that shows the progress, anew after each epoch: curves, mistakes, filters, feature maps',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
DATA is a folder with MNIST's four IDX files (gzipped or not), CIFAR's binary batches, train-images.npy and train-labels.npy
(or train-targets.npy: the answer to each picture, or the class of each pixel; or train-targets.npz: the answers to the outputs that the
losses name), train-inputs.npy, .npz or .safetensors with numbers instead of pictures, a tensor for each input, folders train/CLASS/*.png,
or the folders train-images and train-targets, whose PNG files have the class of each pixel; test images beside them are measured after
each epoch, unless the section keeps a share for \`validation\`. digits:COUNT draws handwriting-like digits.

The same file, data, settings and target give the same weights, bit for bit, on any number of threads, even if the training
was interrupted. Ctrl-C, SIGTERM or the end of its terminal ends it after the current step, with exit code 130; the
same command with --resume goes on. Checkpoints are written beside FILE.safetensors of --out as FILE.checkpoint-1.safetensors and FILE.checkpoint-2.safetensors,
in turn. They stay when the training is complete, so that --resume with more --epochs goes on.

--weights starts from a file instead of random weights: from those of an imported model, or of an earlier training. A last layer for other classes
does not fit; --fresh lets it start at random, --learn lets it alone learn, and --rate LAYER=10 lets it learn ten times as fast as the others.
--resume needs the same --weights.

Examples:
  cnnc train lenet.cnn --data digits:100 --epochs 1 --batch 20 --out trained.safetensors
  cnnc train lenet.cnn --data digits:100 --epochs 2 --batch 20 --seed 7 --target js --json
  cnnc train lenet.cnn --data digits:100 --epochs 2 --batch 20 --html training.html

JSON: { schemaVersion: 1, network, images, epochs: [{ epoch, steps, images, loss, accuracy, rate, checked: { loss, accuracy,
meanIou, losses: [{ of, loss, accuracy, meanIou }] } }], checkedOn, final: { epoch, training, validation, test }, seconds, stopped: { epoch, step }, weights }; what does not apply is
left out, and so is accuracy where there are no classes, and meanIou where an image has one class. Of maps, accuracy is that of
pixels.`,
    )
    .action((path: string, options: TrainOptions) => train(path, options, io));
}

async function train(path: string, options: TrainOptions, io: Io): Promise<void> {
  checkPaths(path, options, io);
  // It is written when all is learnt.
  if (options.out !== undefined) io.files.checkPlace(options.out);
  const { network, readBeside, model } = await openNetwork(path, options, io);
  refuseModel('training', path, model);
  const settings = settingsOf(network, options);
  const input = network.graph.inputs[0];
  const shape = input ? typeOf(network.graph, input.value).shape : [];
  const data = openTrainingData(options.data, shape, io.files, input?.settings, ignoredIn(settings.loss));
  const { target, math, threads, workers, out, microBatch, microBatchNorm, memory } = options;
  targetSettings({ target, ...(math && { math }) });
  const start = startOf(options, network.graph, io);
  const prepared = prepare(network, settings, data, {
    target,
    ...(math && { math }),
    ...(threads !== undefined && { threads }),
    ...(microBatch !== undefined && { microBatch }),
    ...(microBatchNorm && { microBatchNorm }),
    ...(memory !== undefined && { memory }),
    ...(workers !== undefined && { workers }),
    ...start,
  });
  io.stderr.write(unseenText(network.graph, settings.loss));
  const checkpoints =
    out === undefined ? undefined : openCheckpoints(out, prepared.identity, options.resume === true, io);
  const from = checkpoints?.from ?? prepared.begin();
  const { epoch, step } = from.position;
  const done = epoch * prepared.stepsPerEpoch + step;
  const report = trainingReport({ ...settings, ...prepared, done }, io);
  const page =
    options.html === undefined
      ? undefined
      : (await import('../training-page.ts')).trainingPage(
          options.html,
          { network, settings, prepared, from, data, readBeside, chosen: options },
          io,
        );
  const outcome = await learn(prepared, from, { options, checkpoints, report, page }, io);
  const written = outcome.isComplete && out !== undefined;
  if (written) writeWeights(out, networkFile(network.graph, outcome.weights), checkpoints, io);
  await conclude(network, prepared, outcome, { options, seconds: report.elapsed() / 1000, page }, io);
  if (!outcome.isComplete) throw new Quit(exitCodes.interrupted);
}

function writeWeights(out: string, data: Uint8Array, checkpoints: Checkpoints | undefined, io: Io): void {
  try {
    io.files.write('.', [{ path: out, data }]);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const rest = checkpoints?.isWritten() === true ? 'writes them' : 'goes on from the last checkpoint';
    throw new InputError(`${error.message}; the training is complete, and the same command with --resume ${rest}`, {
      cause: error,
    });
  }
  io.stderr.write(`${out} is written; its checkpoints stay, from which --resume goes on with more --epochs\n`);
}

interface Company {
  readonly options: TrainOptions;
  readonly checkpoints: Checkpoints | undefined;
  readonly report: TrainingReport;
  readonly page: TrainingPage | undefined;
}

async function learn(prepared: Prepared, from: Snapshot, company: Company, io: Io): Promise<Outcome> {
  const { options, checkpoints, report, page } = company;
  const warn = (sentence: string): void => {
    report.end();
    io.stderr.write(`warning: ${sentence}; the training goes on\n`);
  };
  const log =
    options.log === undefined ? undefined : trainingLog(options.log, checkpoints?.from && from.position, warn, io);
  const course = await prepared.open();
  const { threads } = course.trainer;
  if (options.threads !== undefined && threads < options.threads)
    io.stderr.write(`note: only ${threads} of ${options.threads} threads: this system gives no more\n`);
  const stop = new AbortController();
  const ignore = io.process.onInterrupt?.(() => stop.abort());
  const every = options.checkpointEvery;
  let [epochStart, sinceCheckpoint] = [report.elapsed(), 0];
  try {
    // Whatever keeps a checkpoint from being written is known before anything is learnt.
    if (!checkpoints?.from) checkpoints?.write(from);
    const outcome = await run(course, from, {
      signal: stop.signal,
      async onStep(event, snapshot) {
        report.step(event);
        log?.step(event);
        page?.step(event);
        sinceCheckpoint += 1;
        if (sinceCheckpoint === every) {
          log?.flush();
          checkpoints?.tryWrite(snapshot(), warn);
          sinceCheckpoint = 0;
        }
        await loopTurn();
      },
      async onEpoch(result, snapshot, end) {
        report.epoch(result);
        log?.epoch(result, (report.elapsed() - epochStart) / 1000);
        await page?.epoch(result, end);
        epochStart = report.elapsed();
        if (every === 'epoch') checkpoints?.tryWrite(snapshot(), warn);
      },
    });
    report.end();
    const reason = course.workerReason();
    if (reason !== undefined) io.stderr.write(`note: batches were prepared between the steps: ${reason}\n`);
    log?.flush();
    const isAdvanced = outcome.snapshot.position !== from.position;
    if (isAdvanced && !outcome.isComplete) checkpoints?.write(outcome.snapshot);
    if (isAdvanced && outcome.isComplete && every !== 'epoch') checkpoints?.tryWrite(outcome.snapshot, warn);
    return outcome;
  } finally {
    report.end();
    log?.flush();
    ignore?.();
    course.close();
  }
}

interface Ending {
  readonly options: TrainOptions;
  readonly seconds: number;
  readonly page: TrainingPage | undefined;
}

/** Data to stdout, what else there is to say to stderr. */
async function conclude(
  network: Network,
  prepared: Prepared,
  outcome: Outcome,
  { options, seconds, page }: Ending,
  { stdout, stderr }: Io,
): Promise<void> {
  const { history, isComplete, bestEpoch, weights, snapshot } = outcome;
  const { checkedOn } = prepared;
  const { epoch, step } = snapshot.position;
  const chosen = history[bestEpoch ?? history.length - 1];
  const tested = isComplete && checkedOn === 'validation' ? await prepared.test?.(weights) : undefined;
  const test = tested && measuresOf(tested);
  const final = chosen && {
    epoch: chosen.epoch + 1,
    training: { loss: chosen.loss, ...(chosen.accuracy !== undefined && { accuracy: chosen.accuracy }) },
    ...(checkedOn && chosen.checked && { [checkedOn]: chosen.checked }),
    ...(test && { test }),
  };
  page?.end(isComplete ? 'complete' : 'stopped', test);
  stderr.write(curvesText(history, checkedOn));
  if (!isComplete) stderr.write(stoppedText(outcome, prepared, options));
  if (options.json) {
    const result = {
      schemaVersion: 1,
      network: network.name,
      images: prepared.images,
      epochs: history.map((one) => ({ ...one, epoch: one.epoch + 1 })),
      ...(checkedOn && { checkedOn }),
      ...(isComplete && final && { final }),
      seconds,
      ...(!isComplete && { stopped: { epoch: epoch + 1, step } }),
      ...(isComplete && options.out !== undefined && { weights: options.out }),
    };
    stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  if (!isComplete || !final) return;
  stdout.write(finalText(final));
  const images = prepared.images === 1 ? '1 image' : `${grouped(prepared.images)} images`;
  const epochs = history.length === 1 ? '1 epoch' : `${history.length} epochs`;
  const best = bestEpoch === undefined ? '' : `; the weights are those of epoch ${bestEpoch + 1}, the best`;
  stderr.write(`${epochs} of ${images}, ${durationText(1000 * seconds)}${best}\n`);
}

function stoppedText({ snapshot }: Outcome, { stepsPerEpoch }: Prepared, { out }: TrainOptions): string {
  const { epoch, step } = snapshot.position;
  const how =
    out === undefined
      ? 'nothing is kept, because there is no --out'
      : 'its checkpoint is written, and the same command with --resume goes on';
  return `stopped in epoch ${epoch + 1} after ${step} of ${stepsPerEpoch} steps; ${how}\n`;
}

function settingsOf(network: Network, { epochs, batch, seed }: TrainOptions): TrainSettings {
  return {
    ...trainSection(network),
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(seed !== undefined && { seed }),
  };
}

/** Throws `UsageError`, before anything is learnt that could not be written. */
function checkPaths(
  path: string,
  { out, resume, log, html, target, threads, weights, map }: TrainOptions,
  { files }: Io,
): void {
  if (resume && out === undefined) throw new UsageError('--resume needs --out, beside which the checkpoints are');
  if (threads !== undefined && target !== 'wasm')
    throw new UsageError('--threads needs --target wasm: JavaScript modules run on one thread');
  const others = [log, html].filter((output) => output !== undefined);
  const outputs = [...(out === undefined ? [] : [out, ...checkpointPaths(out)]), ...others];
  const inputs = [namedNetwork(path).path, weights, map].filter((input) => input !== undefined);
  const places = inputs.map((input) => files.identity(input));
  for (const output of outputs) {
    if (output === '' || output === '-') throw new UsageError('--out, --log and --html take the names of files');
    const place = files.identity(output);
    if (places.includes(place))
      throw new UsageError(
        `${output} would take the place of the network, of the weights to start from or of another output; choose another name`,
      );
    places.push(place);
  }
}

function checkpointEvery(text: string): number | 'epoch' {
  return text === 'epoch' ? text : wholeNumber('--checkpoint-every', 1, 1e9)(text);
}
