// `cnnc train --html`: gathers what the page of a training shows, and replaces the file after each epoch.

import type { Choice, Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sameShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { InputError } from '../data/input-error.ts';
import { targetsAt } from '../data/labelled-images.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import type { Raster } from '../report/feature-maps.ts';
import type { Seen } from '../report/html/pictures.ts';
import { trainingHtml } from '../report/html/training-html.ts';
import type { TrainingPage as PageData, TrainingResult } from '../report/html/training-html.ts';
import { grouped } from '../text/format.ts';
import type { Weights } from '../train/evaluate.ts';
import type { Answers } from '../train/evaluation.ts';
import { inspector } from '../train/inspect.ts';
import type { Inspect } from '../train/inspect.ts';
import { bestOf } from '../train/map-score.ts';
import { confusionsOf, worstMistakes } from '../train/mistakes.ts';
import type { Prepared, TrainingData } from '../train/prepare.ts';
import type { EpochEnd, EpochResult, Snapshot, StepEvent } from '../train/run.ts';
import { rateAt } from '../train/schedule.ts';
import { weightSpecs } from '../weights/specs.ts';
import { augmentedImages } from './augmented.ts';
import type { Io } from './io.ts';
import { labelsIfThere } from './labels.ts';
import type { ReadBeside } from './labels.ts';
import { ignoredIn } from './train-section.ts';

export interface TrainingPage {
  step(event: StepEvent): void;
  /** Replaces the file; where that fails, a note says so, and the training goes on. */
  epoch(result: EpochResult, end: EpochEnd): Promise<void>;
  /** Replaces it for the last time. */
  end(state: 'stopped' | 'complete', test?: PageData['test']): void;
}

export interface PageSubject {
  readonly network: Network;
  readonly settings: TrainSettings;
  readonly prepared: Prepared;
  readonly from: Snapshot;
  readonly data: TrainingData;
  /** Reads a file of class names. */
  readonly readBeside: ReadBeside;
  readonly chosen: Chosen;
}

/** What the user chose besides the section. */
interface Chosen {
  readonly data: string;
  readonly target: string;
  readonly math?: string;
  readonly threads?: number;
  readonly set?: ReadonlyMap<string, string>;
  readonly out?: string;
}

/** Mistakes and examples that the page shows. */
const [MAX_MISTAKES, MAX_EXAMPLES] = [24, 3];

/** What is gathered on the way. */
interface Gathered {
  readonly subject: PageSubject;
  readonly measured: Measured;
  /** Of a class. */
  readonly nameOf: (index: number) => string;
  readonly inspect: Inspect;
  /** The weights of the first convolution before the first step. */
  readonly filters: Seen | undefined;
  readonly augmented: PageData['augmented'];
  readonly started: number;
  readonly stepLosses: number[];
  readonly seconds: Map<number, number>;
  history: readonly EpochResult[];
  epochStarted: number;
  /** In this run, and how long their steps took. */
  images: number;
  stepMilliseconds: number;
  lastStep: number;
  result?: TrainingResult;
  after?: Weights;
}

/** Images whose answers the page shows. */
interface Measured {
  readonly images: LabelledImages;
  readonly indices: Uint32Array;
  /** Places among `indices` of those that stand as examples. */
  readonly examples: readonly number[];
}

/** Writes the page as it is before the first step, so that a path where nothing can be written is known by then: throws `InputError`. */
export function trainingPage(path: string, subject: PageSubject, io: Io): TrainingPage {
  const { network, prepared, from } = subject;
  const now = io.process.now();
  const measured = measuredOf(subject);
  const gathered: Gathered = {
    subject,
    measured,
    nameOf: namesOf(subject, measured.images, io),
    inspect: measured.images.inputs
      ? async () => []
      : inspector(
          network,
          measured.images,
          Uint32Array.from(measured.examples, (at) => measured.indices[at]!),
        ),
    filters: filtersIn(network, prepared.begin().states),
    augmented: augmentedImages(network, subject.settings, subject.data.training),
    started: now,
    stepLosses: [],
    seconds: new Map(),
    history: from.history,
    epochStarted: now,
    images: 0,
    stepMilliseconds: 0,
    lastStep: now,
  };
  const write = (state: PageData['state'], test?: PageData['test']): void =>
    io.files.replace(path, trainingHtml(pageOf(gathered, state, io.process.now(), test)));
  const rewrite = (...given: Parameters<typeof write>): void => {
    try {
      write(...given);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      io.stderr.write(`note: ${error.message}; the page stays as it was\n`);
    }
  };
  write('running');
  return {
    step: ({ loss, images }) => {
      const time = io.process.now();
      gathered.images += images;
      gathered.stepMilliseconds += time - gathered.lastStep;
      gathered.lastStep = time;
      gathered.stepLosses.push(isMean(subject.settings) ? loss : loss / images);
    },
    async epoch(result, end) {
      const { now: time } = io.process;
      gathered.history = [...gathered.history, result];
      gathered.seconds.set(result.epoch, (time() - gathered.epochStarted) / 1000);
      if (end.isResult || !gathered.result) await look(gathered, result, end);
      rewrite(result.epoch + 1 === subject.settings.epochs ? 'complete' : 'running');
      gathered.epochStarted = time();
      gathered.lastStep = gathered.epochStarted;
    },
    end: rewrite,
  };
}

const isMean = ({ loss }: TrainSettings): boolean => loss.arguments['reduction'] !== 'sum';

function measuredOf({ prepared, data: { training } }: PageSubject): Measured {
  const all = (): Uint32Array => Uint32Array.from({ length: training.count }, (_, at) => at);
  const { images, indices } = prepared.checked ?? { images: training, indices: all() };
  // Numbers are no pictures that could be shown.
  if (images.inputs) return { images, indices, examples: [] };
  // Where pixels have classes, images have none.
  if (images.targets) return { images, indices, examples: [...indices.keys()].slice(0, MAX_EXAMPLES) };
  // The first of each of some classes.
  const examples = new Map<number, number>();
  for (let at = 0; at < indices.length && examples.size < MAX_EXAMPLES; at += 1) {
    const label = images.labels[indices[at]!]!;
    if (!examples.has(label)) examples.set(label, at);
  }
  return { images, indices, examples: [...examples.values()] };
}

async function look(gathered: Gathered, { epoch }: EpochResult, { weights, evaluation }: EpochEnd): Promise<void> {
  const { subject, measured, nameOf, inspect } = gathered;
  const { images, indices, examples } = measured;
  const maps = await inspect(weights);
  const answers = evaluation?.answers;
  const labels = Uint16Array.from(indices, (index) => images.labels[index]!);
  gathered.after = weights;
  gathered.result = {
    epoch: epoch + 1,
    images: indices.length,
    broken: answers?.predicted.reduce((count, said) => count + (said < 0 ? 1 : 0), 0) ?? 0,
    isProbable: subject.settings.loss.name === 'cross_entropy',
    ...(answers && { confusion: { classes: classesOf(subject), confusions: confusionsOf(answers, labels), nameOf } }),
    mistakes: answers ? mistakesOf(answers, labels, measured, nameOf) : [],
    examples: examples.map((at, example) => ({
      picture: rasterOf(images, indices[at]!),
      name: images.targets ? `image ${indices[at]}` : exampleName(nameOf, labels[at]!, answers?.predicted[at]),
      maps: maps[example]!,
      ...classesIn(subject, images, indices[at]!, maps[example]!),
    })),
  };
}

/** The colour of pixels that do not count. */
const uncounted = [217, 100, 10];

/** Where pixels have classes: those that they have, and those that they get by the scores, which are the last of the maps. */
function classesIn(
  { network: { graph }, settings }: PageSubject,
  { targets }: LabelledImages,
  index: number,
  maps: readonly Seen[],
) {
  const shape = typeOf(graph, graph.outputs[0]!.value).shape;
  const scores = maps.at(-1);
  if (!targets || settings.loss.name !== 'cross_entropy' || !scores || !sameShape(scores.shape, shape)) return {};
  const [classes, height, width] = shape as readonly [number, number, number];
  const pixels = height * width;
  const ignored = ignoredIn(settings.loss);
  const raster = (channels: 1 | 3, colours: readonly (readonly number[])[]): Raster => ({
    ...{ width, height, channels },
    data: Uint8Array.from(colours.flat()),
  });
  const grey = (class_: number): number => (255 * Math.max(0, class_)) / (classes - 1);
  const asked = [...targetsAt(targets, [index])];
  const said = asked.map((_, pixel) => bestOf(scores.values, pixel, pixels, classes));
  const hasUncounted = ignored !== undefined && asked.includes(ignored);
  const shown = hasUncounted
    ? raster(
        3,
        asked.map((class_) => (class_ === ignored ? uncounted : [1, 1, 1].map(() => grey(class_)))),
      )
    : raster(
        1,
        asked.map((class_) => [grey(class_)]),
      );
  const answers = said.map((class_) => [grey(class_)]);
  return { classes: { asked: shown, said: raster(1, answers), hasUncounted } };
}

function exampleName(nameOf: (index: number) => string, label: number, said: number | undefined): string {
  return said === undefined || said === label || said < 0
    ? nameOf(label)
    : `${nameOf(label)}, taken for ${nameOf(said)}`;
}

function mistakesOf(
  answers: Answers,
  labels: Uint16Array,
  { images, indices }: Measured,
  nameOf: (index: number) => string,
): TrainingResult['mistakes'] {
  if (images.inputs) return [];
  return worstMistakes(answers, labels, MAX_MISTAKES).map(({ at, label, predicted, confidence }) => ({
    picture: rasterOf(images, indices[at]!),
    index: indices[at]!,
    label: nameOf(label),
    predicted: nameOf(predicted),
    confidence,
  }));
}

function rasterOf({ width, height, channels, image }: LabelledImages, index: number): Raster {
  return { width, height, channels, data: image(index) };
}

/** As the network names its classes, or else as the data do. */
function namesOf({ network, readBeside }: PageSubject, { classes }: LabelledImages, io: Io): (index: number) => string {
  const named = network.graph.outputs[0]?.labels;
  const labels = named && labelsIfThere(named, readBeside, io);
  return (index) => labels?.[index] ?? classes[index] ?? String(index);
}

function classesOf({ network: { graph } }: PageSubject): number {
  return sizeOf(typeOf(graph, graph.outputs[0]!.value).shape);
}

function pageOf(gathered: Gathered, state: PageData['state'], now: number, test: PageData['test']): PageData {
  const { subject, history, started, images, stepMilliseconds, stepLosses, seconds, result } = gathered;
  const { filters, augmented, after } = gathered;
  const { network, settings, prepared, from } = subject;
  const { stepsPerEpoch, checkedOn } = prepared;
  const first = from.position.epoch * stepsPerEpoch + from.position.step;
  const steps = stepLosses.length;
  const elapsed = now - started;
  return {
    network: network.name,
    ...(network.doc !== undefined && { doc: network.doc }),
    state,
    epochs: settings.epochs,
    stepsPerEpoch,
    history,
    ...(checkedOn && { checkedOn }),
    elapsed,
    ...(steps > 0 && {
      left: (elapsed / steps) * (settings.epochs * stepsPerEpoch - first - steps),
      imagesPerSecond: (1000 * images) / stepMilliseconds,
    }),
    ...(test && { test }),
    ...(result && { result }),
    ...(filters && { filters: { before: filters, ...(after && { after: filtersIn(network, after)! }) } }),
    augmented,
    seconds,
    stepLosses: { first, values: stepLosses },
    rateAt: (step) => rateAt(settings, step, stepsPerEpoch),
    settings: [...settingsText(settings), ['images', imagesText(gathered)], ...chosenText(subject.chosen)],
  };
}

function imagesText({ subject: { prepared }, measured }: Gathered): string {
  const { checkedOn, images } = prepared;
  const other = checkedOn ? `, measured on ${grouped(measured.indices.length)} (${checkedOn})` : '';
  return `${grouped(images)} to learn from${other}`;
}

/** The weights of the first convolution. */
function filtersIn({ graph }: Network, weights: Weights): Seen | undefined {
  const first = weightSpecs(graph).find(({ shape }) => shape.length === 4);
  return first && { name: first.name, shape: first.shape, values: weights.get(first.name)!.slice() };
}

function chosenText({ data, target, math, threads, set, out }: Chosen): PageData['settings'] {
  const given = { data, target, math, threads, weights: out };
  return [
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const])),
    ...[...(set ?? [])].map(([name, value]) => [`set ${name}`, value] as const),
  ];
}

/** As the language writes them. */
function settingsText(settings: TrainSettings): PageData['settings'] {
  return Object.entries(settings).flatMap(([name, value]) =>
    name === 'span' || name === 'outputs' ? [] : [[name, valueText(value as Value)] as const],
  );
}

type Value = number | string | TrainSettings['loss'] | readonly Choice[];

function valueText(value: Value): string {
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(' -> ');
  const { name, arguments: given, parts } = value as TrainSettings['loss'];
  if (parts)
    return parts
      .map(({ of, factor, loss }) => `${factor === 1 ? '' : `${factor} * `}${valueText(loss)} of ${of}`)
      .join(' + ');
  const all = Object.entries(given).map(([key, one]) => `${key}: ${Array.isArray(one) ? `[${one.join(', ')}]` : one}`);
  return all.length === 0 ? name : `${name}(${all.join(', ')})`;
}
