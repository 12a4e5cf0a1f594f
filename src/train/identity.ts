// What makes a training the one that it is: two with the same identity take the same steps, bit by bit.

import type { TrainSettings } from '../../compiler/frontend/sections/train.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import type { Rates } from '../../compiler/autodiff/recipe.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import { bytesIn, hashOf, hashOfBlock } from './hash.ts';

/** By the words that name it: `network`, `data`, `batch`, … */
export type Identity = Readonly<Record<string, string>>;

/** Schedules that depend on where the training ends. */
const planned: ReadonlySet<string> = new Set(['cosine', 'one_cycle']);

/** What decides where numbers start, and how they are rounded. */
interface Arithmetic {
  readonly target: 'js' | 'wasm';
  readonly math: Mathematics;
  /** Absent where a step takes all its images at once. */
  readonly microBatch?: number;
  /** Weights that it starts from; absent where all are drawn. */
  readonly start?: ReadonlyMap<string, Float32Array>;
  /** The layers that learn; absent where all do. */
  readonly learns?: readonly string[];
  /** Of layers that learn faster or slower. */
  readonly rates?: Rates;
}

/** Epochs count only where the schedule depends on them: any other training may be made longer. */
export function identityOf(
  graph: Graph,
  settings: TrainSettings,
  { training, test }: { readonly training: LabelledImages; readonly test?: LabelledImages },
  { target, math, microBatch, start, learns, rates }: Arithmetic,
): Identity {
  const { span: _, outputs: __, epochs, ...others } = settings;
  const given = Object.entries(others).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return {
    network: hashOf(printGraph(graph, operators)),
    data: imagesText(training),
    [TEST]: test ? imagesText(test) : 'none',
    target,
    ...(math !== 'default' && { math }),
    ...(microBatch !== undefined && { 'micro-batch': String(microBatch) }),
    ...(start && { start: hashOf(...[...start].flatMap(([name, data]) => [name, bytesIn(data)])) }),
    ...(rates && { rate: JSON.stringify(rates) }),
    ...(learns && { learn: learns.toSorted().join(', ') }),
    ...(planned.has(settings.schedule.name) && { epochs: String(epochs) }),
    ...Object.fromEntries(given),
  };
}

/** Test images change no weights, but where those of the best epoch are the result, and are chosen by them. */
const TEST = 'test images';

function imagesText(images: LabelledImages): string {
  const { count, channels, height, width, labels, targets, numbers } = images;
  const sum = hashOf(bytesIn(labels), ...picturesOf(images), ...(targets ? [bytesIn(targets.values)] : []));
  return `${count} ${numbers ? `examples of ${numbers.shape[0]} numbers` : `images of ${channels}×${height}×${width}`}, ${sum}`;
}

const SAMPLES = 32;

/** All of them, or else images at even distances: all would have to be drawn. */
function picturesOf(images: LabelledImages): readonly (Uint8Array | string)[] {
  if (images.numbers) return [hashOfBlock(bytesIn(images.numbers.values))];
  const all = images.bytes?.();
  if (all) return [hashOfBlock(all)];
  const count = Math.min(SAMPLES, images.count);
  return Array.from({ length: count }, (_, at) => images.image(Math.floor((at * images.count) / count)));
}

/** What differs, a phrase each; values are shown where they are short. */
export function differences(stored: Identity, asked: Identity): readonly string[] {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(asked)])];
  return names.flatMap((name) => {
    const [before, now] = [stored[name], asked[name]];
    if (before === now || (name === TEST && !isChosenByTest(asked))) return [];
    if (name === 'network') return ['network'];
    return [`${name} (${shown(before)} then, ${shown(now)} now)`];
  });
}

/** Where a training is the same, but its epochs are measured on other images: a sentence without its end. */
export function otherTest(stored: Identity, asked: Identity): string | undefined {
  const [before, now] = [stored[TEST], asked[TEST]];
  if (before === undefined || before === now || asked['validation'] !== '0') return undefined;
  return `the ${TEST} are not those of the epochs before (${shown(before)} then, ${shown(now)} now), whose measurements stay as they are`;
}

const isChosenByTest = ({ weights, validation }: Identity): boolean => weights === '"best"' && validation === '0';

const MAX_SHOWN = 120;

function shown(value: string | undefined): string {
  if (value === undefined) return 'none';
  return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
}
