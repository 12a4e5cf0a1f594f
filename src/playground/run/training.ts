// The worker's side of the Train tab: a training on drawn digits that goes on only while it is asked to. It has no page.

import type { Network, TrainSettings } from '../../../compiler/frontend/index.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { formatShape, sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { digits } from '../../data/digits/digits.ts';
import { InputError } from '../../data/input-error.ts';
import { prepare } from '../../train/prepare.ts';
import type { EpochResult, Outcome, Snapshot, StepEvent } from '../../train/run.ts';
import { run } from '../../train/run.ts';
import type { OpenCourse } from '../../train/prepare.ts';
import { networkFile } from '../../weights/network-file.ts';
import { networkOf } from './network.ts';
import type { ProgramText } from '../protocol.ts';
import type { Advanced, TrainCalls, TrainPlan, TrainRequest } from './protocol.ts';

/** Digits that the network is measured on after each epoch; none of them is learnt from. */
const TEST_IMAGES = 1000;

/** Bytes of the memory of a step, at most. */
const MAX_MEMORY = 2 ** 30;

/** A network with the settings by which it is trained. */
interface Trainable {
  readonly network: Network;
  readonly settings: TrainSettings;
  readonly isWritten: boolean;
}

/** `now` tells milliseconds. */
export function trainSession(now: () => number): TrainCalls {
  let going: Going | undefined;
  return {
    plan: (program) => planOf(trainable(program)),
    async start(request) {
      going?.close();
      going = undefined;
      going = await begin(request, now);
      return going.started;
    },
    advance: (milliseconds) => currentOf(going).advance(milliseconds),
    weights: () => currentOf(going).weights(),
  };
}

function currentOf(going: Going | undefined): Going {
  if (!going) throw new InputError('no training is under way');
  return going;
}

/** Throws `InputError` where it cannot learn digits, with a way to mend it. */
function trainable(program: ProgramText): Trainable {
  const network = networkOf(program);
  checkFits(network);
  if (network.train) return { network, settings: network.train, isWritten: true };
  const text = `${program.text}\ntrain ${network.name} {\n  loss: cross_entropy\n  optimizer: adam\n  batch: 64\n  epochs: 5\n}\n`;
  const completed = networkOf({ ...program, text });
  return { network: completed, settings: completed.train!, isWritten: false };
}

/** One sentence with the mend: digits are small pictures of ten classes. */
function checkFits({ name, graph, train }: Network): void {
  const mend = 'the examples LeNet and LeNetBN learn them';
  if (train?.loss.parts)
    throw new InputError(
      `the losses of ${name} name outputs, and digits are one class each, without answers by names; cnnc train takes these, or try a loss without \`of\``,
    );
  const [input, other] = graph.inputs;
  const shape = input ? typeOf(graph, input.value).shape : [];
  const [channels, height = 0, width = 0] = shape;
  if (!input || other)
    throw new InputError(`${name} has ${graph.inputs.length} inputs, and digits are one picture; ${mend}`);
  if (shape.length !== 3 || (channels !== 1 && channels !== 3) || Math.min(height, width) < 8)
    throw new InputError(
      `${name} takes ${formatShape(shape)}, and digits are pictures [1, height, width] of at least 8×8 pixels; ${mend}`,
    );
  const output = typeOf(graph, graph.outputs[0]!.value).shape;
  if (sizeOf(output) !== output[0] || output[0] < 10)
    throw new InputError(
      `${name} gives ${formatShape(output)}, and digits have 10 classes; end it in \`dense(10)\`, or try ${mend.replace(' learn them', '')}`,
    );
  if (height * width > 224 * 224)
    throw new InputError(`${name} takes ${height}×${width} pixels, too many to learn in a page; ${mend}`);
}

function planOf({ network, settings, isWritten }: Trainable): TrainPlan {
  return {
    network: network.name,
    epochs: settings.epochs,
    batch: settings.batch,
    learningRate: settings.optimizer.arguments['learning_rate'] as number,
    recipe: `${settings.loss.name}, ${settings.optimizer.name}`,
    isWritten,
  };
}

interface Going {
  readonly started: Awaited<ReturnType<TrainCalls['start']>>;
  advance(milliseconds: number): Promise<Advanced>;
  weights(): Uint8Array;
  close(): void;
}

async function begin(request: TrainRequest, now: () => number): Promise<Going> {
  const { network, settings: written } = trainable(request);
  const settings = overridden(written, request);
  const [channels, height, width] = typeOf(network.graph, network.graph.inputs[0]!.value).shape;
  if (channels === undefined) throw new InputError(`${network.name} takes no pictures`);
  const size = { height: height!, width: width! };
  const data = {
    training: digits({ count: request.images, ...size }),
    test: digits({ count: TEST_IMAGES, split: 'test', ...size }),
  };
  const prepared = prepare(network, settings, data, {
    target: 'wasm',
    threads: request.threads,
    memory: MAX_MEMORY,
    workers: 0,
  });
  const course = await prepared.open();
  const started = {
    stepsPerEpoch: prepared.stepsPerEpoch,
    images: prepared.images,
    epochs: settings.epochs,
    threads: course.trainer.threads,
  };
  return { started, ...steered(network, course, prepared.begin(), now) };
}

/** What the form says, in the limits of a `train` section. */
function overridden(settings: TrainSettings, { epochs, batch, learningRate, images }: TrainRequest): TrainSettings {
  const whole = (name: string, value: number | undefined, most: number): void => {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most))
      throw new InputError(`${name} is a whole number from 1 to ${most.toLocaleString('en-US')}; found ${value}`);
  };
  whole('epochs', epochs, 1000);
  whole('batch', batch, 4096);
  whole('pictures', images, 60_000);
  if (learningRate !== undefined && !(learningRate > 0 && learningRate <= 100))
    throw new InputError(`the learning rate is a number above 0 and at most 100; found ${learningRate}`);
  const { optimizer } = settings;
  return {
    ...settings,
    ...(epochs !== undefined && { epochs }),
    ...(batch !== undefined && { batch }),
    ...(learningRate !== undefined && {
      optimizer: { ...optimizer, arguments: { ...optimizer.arguments, learning_rate: learningRate } },
    }),
  };
}

/** The loop of a training that waits at the end of each `advance` for the next one: the steps are the same however often it waits. */
function steered(network: Network, course: OpenCourse, from: Snapshot, now: () => number): Omit<Going, 'started'> {
  const stop = new AbortController();
  const news = newsOf(course);
  let { states } = from;
  let deadline = 0;
  let resume = (): void => {};
  let reached = (): void => {};
  let end: { readonly outcome: Outcome } | { readonly error: unknown } | undefined;
  let training: Promise<void> | undefined;

  const pause = (snapshot: () => Snapshot): Promise<void> =>
    new Promise((resolve) => {
      ({ states } = snapshot());
      resume = resolve;
      reached();
    });
  const train = async (): Promise<void> => {
    try {
      const outcome = await run(course, from, {
        signal: stop.signal,
        onStep: (event, snapshot) => {
          news.step(event);
          return now() < deadline ? undefined : pause(snapshot);
        },
        onEpoch: (result, snapshot) => {
          news.epoch(result);
          return pause(snapshot);
        },
      });
      end = { outcome };
    } catch (error) {
      end = { error };
    }
    reached();
  };

  return {
    async advance(milliseconds) {
      deadline = now() + milliseconds;
      if (!end) {
        const paused = new Promise<void>((resolve) => (reached = resolve));
        resume();
        training ??= train();
        await paused;
      }
      if (end && 'error' in end) throw end.error;
      return { ...news.told(), isDone: end !== undefined };
    },
    weights() {
      const found = end && 'outcome' in end ? end.outcome.weights : weightsIn(states, course);
      return networkFile(network.graph, found);
    },
    close() {
      stop.abort();
      resume();
      course.close();
    },
  };
}

/** What happens in a training, gathered until somebody asks. */
function newsOf(course: OpenCourse) {
  let [steps, images] = [0, 0];
  let losses: number[] = [];
  let accuracy: number | undefined;
  let history: readonly EpochResult[] = [];
  const rates = ratesOf(course);
  return {
    step(event: StepEvent): void {
      steps += 1;
      images += event.images;
      losses.push(course.isMean ? event.loss : event.loss / event.images);
      accuracy = event.epochAccuracy;
    },
    epoch(result: EpochResult): void {
      history = [...history, result];
    },
    told(): Omit<Advanced, 'isDone'> {
      const newest = losses;
      losses = [];
      return { steps, images, losses: newest, history, rates, ...(accuracy !== undefined && { accuracy }) };
    },
  };
}

/** Those of the network, or their averages where it learns these. */
function weightsIn(states: Snapshot['states'], { weightNames, isAveraged }: OpenCourse): Snapshot['states'] {
  const of = (name: string): Float32Array => (isAveraged && states.get(`average/${name}`)) || states.get(name)!;
  return new Map(weightNames.map((name) => [name, of(name)]));
}

function ratesOf({ epochs, stepsPerEpoch, rateAt }: OpenCourse): readonly number[] {
  const total = epochs * stepsPerEpoch;
  const count = Math.min(total, 200);
  return Array.from({ length: count }, (_, at) => rateAt(Math.round((at * (total - 1)) / Math.max(1, count - 1))));
}
