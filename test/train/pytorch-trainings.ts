// Random trainings by the definition of their steps, in f64, and by PyTorch, which runs what an export of them writes: losses and all
// tensors after several steps. `node test/train/pytorch-trainings.ts --count N --seed S` runs many, with --compiled
// also as they are compiled, with --large larger ones, as they are compiled only.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { compileStep, trainedGraph } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import { countedImages } from '../../runtime/trainer.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { pytorchPackage } from '../../src/export/pytorch/index.ts';
import { initialise } from '../../src/train/initialise.ts';
import { initOf, recipeOf } from '../../src/train/recipe.ts';
import { rateAt } from '../../src/train/schedule.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { numbersFrom, runStep } from '../support/step.ts';
import type { Feed } from '../support/step.ts';
import { trainingDraft } from '../support/training-drafts.ts';
import type { DraftSize, TrainingDraft } from '../support/training-drafts.ts';
import { python } from '../export/pytorch-runs.ts';

const STEPS = 6;

interface Batch {
  readonly images: Float32Array;
  readonly answers: Float32Array;
  readonly count: number;
}

/** A draft with its numbers. */
interface Training {
  readonly seed: number;
  readonly draft: TrainingDraft;
  readonly start: ReadonlyMap<string, Float32Array>;
  readonly batches: readonly Batch[];
  readonly isClass: boolean;
  readonly ignored: number | undefined;
  /** Of an image. */
  readonly answer: Shape;
  /** The layers that learn; absent where all do. */
  readonly learns?: readonly string[];
  /** Images at a time, in which batch norms normalise; absent where a step takes all at once. */
  readonly microBatch?: number;
}

/** Losses, and the tensors by name. */
export interface Course {
  readonly losses: readonly number[];
  readonly tensors: ReadonlyMap<string, ArrayLike<number>>;
}

/** What PyTorch found, how far its f32 is from that, and how far it is where weights start a trifle elsewhere. */
export interface Found {
  readonly problem?: string;
  /** Its numbers grow beyond what can be compared. */
  readonly diverges?: boolean;
  readonly losses: readonly number[];
  readonly errors: readonly number[];
  readonly noises: readonly number[];
  readonly tensors: Readonly<
    Record<string, { readonly values: readonly number[]; readonly error: number; readonly noise: number }>
  >;
}

/** The training of a seed; undefined where there is none. */
export function trainingOf(seed: number, size: DraftSize = 'small'): Training | undefined {
  const draft = trainingDraft(seed, size);
  if (!draft) return undefined;
  const { network, images } = draft;
  const graph = trainedGraph(network);
  const train = network.train!;
  const isClass = train.loss.name === 'cross_entropy';
  const { shape } = typeOf(network.graph, network.graph.outputs[0]!.value);
  const answer: Shape = isClass ? (shape.length === 3 ? shape.slice(1) : []) : shape;
  const ignored = train.loss.arguments['ignore'] as number | undefined;
  const next = numbersFrom(seed + 1000);
  const input = sizeOf(typeOf(graph, graph.inputs[0]!.value).shape);
  const answerOf = (): number => {
    if (!isClass) return train.loss.name === 'binary_cross_entropy' ? Math.abs(next()) : next();
    const u = (next() + 1) / 2;
    return ignored !== undefined && u < 0.2
      ? ignored
      : Math.min(shape[0]! - 1, Math.floor(Math.abs(next()) * shape[0]!));
  };
  const batches = Array.from({ length: STEPS }, (_, at): Batch => {
    const count = at === STEPS - 1 ? 2 : images;
    return {
      count,
      images: Float32Array.from({ length: count * input }, next),
      answers: Float32Array.from({ length: count * sizeOf(answer) }, answerOf),
    };
  });
  const initial = initialise(graph, initOf(train.init), seed);
  // Norms that begin with constants would hide which of their tensors is which.
  const start = new Map(
    [...initial].map(([name, data]) => [
      name,
      data.every((value) => value === data[0])
        ? data.map((value) => value + 0.3 * (next() + (name.endsWith('var') ? 1 : 0)))
        : data,
    ]),
  );
  const layers = [...new Set(graph.parameters.map(({ name }) => name.split('.')[0]!))];
  const some = layers.filter((layer) => layer === 'scores' || next() > 0);
  const microBatch = next() > 0.4 ? { 4: 2, 5: 3 }[images] : undefined;
  return {
    ...{ seed, draft, start, batches, isClass, ignored, answer },
    ...(next() > 0.5 && { learns: some }),
    ...(microBatch !== undefined && { microBatch }),
  };
}

/** Its course by definition, in f64; of one that takes all images of a step at once. */
export function defined({ draft: { network }, start, batches, answer, ignored, learns }: Training): Course {
  const train = network.train!;
  const recipe = { ...recipeOf(train), ...(learns && { learns }) };
  const step = trainingStep(trainedGraph(network), operators, recipe);
  let feeds: Feed = new Map(
    step.inputs.flatMap(({ name, value, state }) => {
      if (!state) return [];
      const size = sizeOf(typeOf(step, value).shape);
      return [[name, { data: Float64Array.from(start.get(name) ?? new Float64Array(size)) }] as const];
    }),
  );
  const [image] = step.inputs;
  const losses = batches.map(({ images, answers, count }, number) => {
    const counted = ignored === undefined ? count : countedImages(answers, sizeOf(answer), { ignored }) || count;
    const given: Feed = new Map(
      Object.entries({
        [image!.name]: images,
        [stepInputs.target]: answers,
        [stepInputs.images]: [count],
        [stepInputs.counted]: [counted],
        [stepInputs.learningRate]: [rateAt(train, number, 1)],
        [stepInputs.random]: [0, 0, 0, 0],
      }).map(([name, data]) => [name, { data: Float64Array.from(data) }]),
    );
    const wanted = new Set(step.inputs.map(({ name }) => name));
    const found = runStep(step, new Map([...feeds, ...given].filter(([name]) => wanted.has(name))), count);
    feeds = new Map([...feeds].map(([name]) => [name, { data: found.get(name)! }]));
    return found.get(stepOutputs.loss)![0]!;
  });
  return { losses, tensors: new Map([...feeds].map(([name, { data }]) => [name, data])) };
}

/** How a step is compiled. */
export interface Compiled {
  readonly target: 'js' | 'wasm';
  readonly threads?: number;
  readonly math?: 'fast' | 'strict';
  /** As in `Training`. */
  readonly microBatch?: number;
}

/** Its course as it is compiled, in f32. */
export async function compiled(
  { draft: { network, images: most }, start, batches, ignored, learns, microBatch: own }: Training,
  { target, threads, math, microBatch = own }: Compiled,
): Promise<Course> {
  const train = network.train!;
  const recipe = {
    ...recipeOf(train),
    ...(learns && { learns }),
    ...(microBatch !== undefined && { hasMicroBatches: true }),
  };
  const step = compileStep(network, recipe, { target, ...(math && { math }) });
  const trainer = await loadTrainer(step, {
    maxBatch: microBatch ?? most,
    seed: 0,
    counting: ignored === undefined ? {} : { ignored },
    ...(threads !== undefined && { threads }),
  });
  try {
    for (const { name, write, read } of trainer.states) write(Float32Array.from(start.get(name) ?? read().fill(0)));
    const losses: number[] = [];
    for (const [number, { images, answers }] of batches.entries())
      losses.push((await trainer.step(images, answers, rateAt(train, number, 1), number)).loss);
    return { losses, tensors: new Map(trainer.states.map(({ name, read }) => [name, read()])) };
  } finally {
    trainer.close();
  }
}

/** Their courses in PyTorch. */
export function inPytorch(trainings: readonly Training[]): readonly Found[] {
  const root = mkdtempSync(join(tmpdir(), 'trainings-'));
  try {
    const folders = trainings.map((training) => written(root, training));
    const script = fileURLToPath(new URL('pytorch-trainings.py', import.meta.url));
    const { stdout, stderr, status } = spawnSync(python, [script, ...folders], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Found);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function written(root: string, training: Training): string {
  const { seed, draft, start, batches, isClass, answer, ignored, learns, microBatch } = training;
  const { network } = draft;
  const folder = join(root, String(seed));
  mkdirSync(folder);
  const graph = trainedGraph(network);
  const { files, className, untrainable } = pytorchPackage(network, operators, undefined);
  if (untrainable !== undefined) throw new Error(untrainable);
  for (const { path, data } of files) writeFileSync(join(folder, path), data);
  const shapeOf = (value: number): Shape => typeOf(graph, value).shape;
  const tensors = graph.parameters.map(({ name, value }) => ({ name, shape: shapeOf(value), data: start.get(name)! }));
  writeFileSync(join(folder, 'start.safetensors'), writeSafetensors(tensors));
  const data = batches.flatMap(({ images, answers, count }, at) => [
    { name: `images.${at}`, shape: [count, ...shapeOf(graph.inputs[0]!.value)], data: images },
    { name: `answers.${at}`, shape: [count, ...answer], data: answers },
  ]);
  writeFileSync(join(folder, 'data.safetensors'), writeSafetensors(data));
  const { trainingGraph, train } = network;
  const about = {
    module: files.some(({ path }) => path === 'training_model.py') ? 'training_model' : 'model',
    className,
    steps: batches.length,
    isClass,
    hasAuxiliary: trainingGraph !== undefined,
    clip: train!.clip ?? null,
    average: train!.average ?? null,
    learns: learns ?? null,
    microBatch: microBatch ?? null,
    ignored: ignored ?? null,
    isSum: train!.loss.arguments['reduction'] === 'sum',
  };
  writeFileSync(join(folder, 'case.json'), JSON.stringify(about));
  return folder;
}

/** Where a course is further from PyTorch's in f64 than `allowed` of its numbers and of the error of PyTorch's f32. */
type Allowed = (size: number, error: number, noise: number) => number;

export function deviations({ losses, tensors }: Course, expected: Found, allowed: Allowed): readonly string[] {
  if (expected.diverges) return [];
  if (expected.problem !== undefined) return [expected.problem];
  const off = (what: string, found: number, value: number, limit: number): readonly string[] =>
    Math.abs(found - value) <= limit || Object.is(found, value) ? [] : [`${what}: ${found}, expected ${value}`];
  return [
    ...losses.flatMap((loss, at) =>
      off(
        `loss ${at}`,
        loss,
        expected.losses[at]!,
        allowed(Math.abs(expected.losses[at]!), expected.errors[at]!, expected.noises[at]!),
      ),
    ),
    ...Object.entries(expected.tensors).flatMap(([name, { values, error, noise }]) => {
      const data = tensors.get(name)!;
      const size = Math.max(...values.map(Math.abs));
      return values
        .flatMap((value, at) => off(`${name}[${at}]`, data[at]!, value, allowed(size, error, noise)))
        .slice(0, 2);
    }),
  ];
}

/** In f32, where PyTorch's own errors say how much these steps enlarge them. */
export const compiledTolerance: Allowed = (size, error) => 64 * error + 1e-5 * Math.max(size, 0.01);

/** In f64. */
export const exact: Allowed = (size, _, noise) => 1e-10 * Math.max(1, size) + 1000 * noise;

const GROUP = 20;
const ways: readonly Compiled[] = [
  { target: 'js' },
  { target: 'wasm' },
  { target: 'wasm', threads: 2 },
  { target: 'wasm', math: 'fast' },
  { target: 'wasm', microBatch: 2 },
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      compiled: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
    },
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  for (let first = seed; first < seed + count; first += GROUP) {
    const trainings = Array.from({ length: Math.min(GROUP, seed + count - first) }, (_, at) =>
      trainingOf(first + at, values.large ? 'large' : 'small'),
    ).filter((one) => one !== undefined);
    const found = inPytorch(trainings);
    for (const [at, training] of trainings.entries()) {
      if (found[at]!.diverges) continue;
      const report = (how: string, lines: readonly string[]): void => {
        if (lines.length > 0) console.log(`seed ${training.seed}, ${how}:\n  ${lines.slice(0, 6).join('\n  ')}`);
      };
      try {
        const isDefined = !values.large && training.microBatch === undefined;
        const off = isDefined ? deviations(defined(training), found[at]!, exact) : [];
        report('by definition', off);
        if (off.length > 0 || !(values.compiled || values.large)) continue;
        const hasNorm = training.draft.text.includes('batch_norm');
        for (const way of ways) {
          if (way.microBatch !== undefined && (hasNorm || training.microBatch !== undefined)) continue;
          report(JSON.stringify(way), deviations(await compiled(training, way), found[at]!, compiledTolerance));
        }
      } catch (cause) {
        report('thrown', [String((cause as Error).stack).slice(0, 800)]);
      }
    }
    console.log(`${first} to ${first + trainings.length - 1}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
