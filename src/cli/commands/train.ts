// `cnnc train`: learns the weights of a network from labelled pictures, as its `train` section says.

import { Command, Option } from 'commander';
import type { Network, TrainSettings } from '../../../compiler/frontend/index.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Mathematics } from '../../../compiler/pipeline.ts';
import { InputError } from '../../data/input-error.ts';
import { networkFile } from '../../weights/network-file.ts';
import { grouped, percent } from '../../text/format.ts';
import { prepare } from '../../train/prepare.ts';
import type { Prepared } from '../../train/prepare.ts';
import { run } from '../../train/run.ts';
import type { Outcome, Snapshot } from '../../train/run.ts';
import { checkpointPaths, openCheckpoints } from '../checkpoints.ts';
import type { Checkpoints } from '../checkpoints.ts';
import { Quit, UsageError, exitCodes } from '../errors.ts';
import type { Io } from '../io.ts';
import { openTrainingData } from '../labelled-data.ts';
import { namedNetwork, openNetwork, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';
import { mathOption, targetSettings, withThreadOption } from '../target-options.ts';
import type { ThreadOptions } from '../target-options.ts';
import { trainingLog } from '../training-log.ts';
import { curvesText, durationText, trainingReport } from '../training-report.ts';
import type { TrainingReport } from '../training-report.ts';

interface TrainOptions extends NetworkOptions, ThreadOptions {
  readonly data: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly target: 'js' | 'wasm';
  readonly math?: Mathematics;
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly checkpointEvery: number | 'epoch';
  readonly log?: string;
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
  return withThreadOption(command)
    .option('--epochs <count>', 'instead of those of the section', whole('--epochs', 1, 1e6))
    .option('--batch <count>', 'images per step, instead of those of the section', whole('--batch', 1, 1e6))
    .option('--seed <seed>', 'of all random choices, instead of that of the section', whole('--seed', 0, 2 ** 32 - 1))
    .option('--checkpoint-every <steps>', 'steps between two checkpoints, or epoch', checkpointEvery, 'epoch')
    .option('--log <file>', 'a line of JSON for each step and epoch')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
DATA is a folder with MNIST's four IDX files (gzipped or not), CIFAR's binary batches, train-images.npy and train-labels.npy
(or train-targets.npy: what the network is to answer to each picture), or folders train/CLASS/*.png; test images beside them are measured after each epoch, unless the section keeps a share for
\`validation\`. digits:COUNT draws handwriting-like digits.

The same file, data, settings and target give the same weights, bit for bit, on any number of threads, also where the training
was interrupted: Ctrl-C ends it after the step that is under way, with exit code 130, and the same command with --resume goes
on. Checkpoints are written beside FILE.safetensors of --out as FILE.checkpoint-1.safetensors and FILE.checkpoint-2.safetensors,
in turn.

Examples:
  cnnc train lenet.cnn --data digits:100 --epochs 1 --batch 20 --out trained.safetensors
  cnnc train lenet.cnn --data digits:100 --epochs 2 --batch 20 --seed 7 --target js --json

JSON: { schemaVersion: 1, network, images, epochs: [{ epoch, steps, images, loss, accuracy, rate, checked: { loss, accuracy } }],
checkedOn, final: { epoch, training, validation, test }, seconds, stopped: { epoch, step }, weights }; what does not apply is
left out, and so is accuracy where there are no classes.`,
    )
    .action((path: string, options: TrainOptions) => train(path, options, io));
}

async function train(path: string, options: TrainOptions, io: Io): Promise<void> {
  checkPaths(path, options, io);
  const { network } = openNetwork(path, options, io);
  const settings = settingsOf(network, options);
  const input = network.graph.inputs[0];
  const data = openTrainingData(options.data, input ? typeOf(network.graph, input.value).shape : [], io.files);
  const { target, math, threads, out } = options;
  targetSettings({ target, ...(math && { math }) });
  const prepared = prepare(network, settings, data, {
    target,
    ...(math && { math }),
    ...(threads !== undefined && { threads }),
  });
  const checkpoints =
    out === undefined ? undefined : openCheckpoints(out, prepared.identity, options.resume === true, io);
  const from = checkpoints?.from ?? prepared.begin();
  const { epoch, step } = from.position;
  const done = epoch * prepared.stepsPerEpoch + step;
  const report = trainingReport({ ...settings, ...prepared, done }, io);
  const outcome = await learn(prepared, from, { options, checkpoints, report }, io);
  const written = outcome.isComplete && out !== undefined;
  if (written) {
    io.files.write('.', [{ path: out, data: networkFile(network.graph, outcome.weights) }]);
    io.stderr.write(`${out} is written\n`);
  }
  await conclude(network, prepared, outcome, { options, seconds: report.elapsed() / 1000 }, io);
  if (!outcome.isComplete) throw new Quit(exitCodes.interrupted);
}

interface Company {
  readonly options: TrainOptions;
  readonly checkpoints: Checkpoints | undefined;
  readonly report: TrainingReport;
}

async function learn(prepared: Prepared, from: Snapshot, company: Company, io: Io): Promise<Outcome> {
  const { options, checkpoints, report } = company;
  const log = options.log === undefined ? undefined : trainingLog(options.log, checkpoints?.from && from.position, io);
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
        sinceCheckpoint += 1;
        if (sinceCheckpoint === every) {
          checkpoints?.write(snapshot());
          sinceCheckpoint = 0;
        }
        await pause();
      },
      onEpoch(result, snapshot) {
        report.epoch(result);
        log?.epoch(result, (report.elapsed() - epochStart) / 1000);
        epochStart = report.elapsed();
        log?.write();
        if (every === 'epoch') checkpoints?.write(snapshot());
      },
    });
    report.end();
    const isAdvanced = outcome.snapshot.position !== from.position;
    if (isAdvanced && !(outcome.isComplete && every === 'epoch')) checkpoints?.write(outcome.snapshot);
    log?.write();
    return outcome;
  } finally {
    report.end();
    ignore?.();
    course.trainer.close();
  }
}

interface Ending {
  readonly options: TrainOptions;
  readonly seconds: number;
}

/** Data to stdout, what else there is to say to stderr. */
async function conclude(
  network: Network,
  prepared: Prepared,
  outcome: Outcome,
  { options, seconds }: Ending,
  { stdout, stderr }: Io,
): Promise<void> {
  const { history, isComplete, bestEpoch, weights, snapshot } = outcome;
  const { checkedOn } = prepared;
  const { epoch, step } = snapshot.position;
  const chosen = history[bestEpoch ?? history.length - 1];
  const tested = isComplete && checkedOn === 'validation' ? await prepared.test?.(weights) : undefined;
  const test = tested && {
    loss: tested.loss,
    ...(tested.correct !== undefined && { accuracy: tested.correct / tested.count }),
  };
  const final = chosen && {
    epoch: chosen.epoch + 1,
    training: { loss: chosen.loss, ...(chosen.accuracy !== undefined && { accuracy: chosen.accuracy }) },
    ...(checkedOn && chosen.checked && { [checkedOn]: chosen.checked }),
    ...(test && { test }),
  };
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
  const rows = (['training', 'validation', 'test'] as const).flatMap((name) => {
    const one = (final as Partial<Record<typeof name, { readonly loss: number; readonly accuracy?: number }>>)[name];
    if (!one) return [];
    return [
      `${name.padEnd(10)}  loss ${one.loss.toFixed(4)}${one.accuracy === undefined ? '' : `  accuracy ${percent(one.accuracy, 1)}`}`,
    ];
  });
  stdout.write(`${rows.join('\n')}\n`);
  const images = prepared.images === 1 ? '1 image' : `${grouped(prepared.images)} images`;
  stderr.write(
    `${history.length === 1 ? '1 epoch' : `${history.length} epochs`} of ${images}, ${durationText(1000 * seconds)}\n`,
  );
}

function stoppedText({ snapshot }: Outcome, { stepsPerEpoch }: Prepared, { out }: TrainOptions): string {
  const { epoch, step } = snapshot.position;
  const how =
    out === undefined
      ? 'nothing is kept, because there is no --out'
      : 'its checkpoint is written, and the same command with --resume goes on';
  return `stopped in epoch ${epoch + 1} after ${step} of ${stepsPerEpoch} steps; ${how}\n`;
}

function settingsOf({ name, train: section }: Network, { epochs, batch, seed }: TrainOptions): TrainSettings {
  if (!section)
    throw new InputError(
      `${name} has no \`train\` section, which says how it learns; the shortest is: train ${name} { optimizer: adam }`,
    );
  return {
    ...section,
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(seed !== undefined && { seed }),
  };
}

/** Throws `UsageError`, before anything is learnt that could not be written. */
function checkPaths(path: string, { out, resume, log, target, threads }: TrainOptions, { files }: Io): void {
  if (resume && out === undefined) throw new UsageError('--resume needs --out, beside which the checkpoints are');
  if (threads !== undefined && target !== 'wasm')
    throw new UsageError('--threads needs --target wasm: JavaScript modules run on one thread');
  const outputs = [...(out === undefined ? [] : [out, ...checkpointPaths(out)]), ...(log === undefined ? [] : [log])];
  const places = [files.identity(namedNetwork(path).path)];
  for (const output of outputs) {
    if (output === '' || output === '-') throw new UsageError('--out and --log take the names of files');
    const place = files.identity(output);
    if (places.includes(place))
      throw new UsageError(`${output} would take the place of the network or of another output; choose another name`);
    places.push(place);
  }
}

function whole(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(value >= least && value <= most))
      throw new UsageError(`${option} takes a whole number from ${least} to ${most}; found ${text}`);
    return value;
  };
}

function checkpointEvery(text: string): number | 'epoch' {
  return text === 'epoch' ? text : whole('--checkpoint-every', 1, 1e9)(text);
}

/** Lets the streams and signals have their turn. */
function pause(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
