// A training in the running process: the step of a network as an emitted module, whose memory keeps the weights from step to step.

import type { Compilation } from '../../compiler/index.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { StateTensor } from '../../runtime/states.ts';
import { stepInputs } from '../../runtime/step-border.ts';
import {
  type Counting,
  type LoadedStep,
  type StepResult,
  countedImages,
  partCounts,
  stepRunner,
} from '../../runtime/trainer.ts';
import { importText } from '../network/module.ts';

export interface TrainerOptions {
  /** Images of a step at most; of its micro-batches, where the step was compiled for them. */
  readonly maxBatch: number;
  readonly threads?: number;
  /** Whole number below 2^32. */
  readonly seed: number;
  readonly counting?: Counting;
  /** Is told all outputs of each call, by name. */
  readonly observe?: (outputs: Readonly<Record<string, Float32Array>>) => void;
}

export type { StepResult };

export interface Trainer {
  /**
   * One step. `images` are [N, …] row-major, `targets` [N], the classes, or [N, …] for a regression, or for several losses; `number` counts the steps of the
   * training from 0. Throws RangeError where there are more images than `maxBatch`.
   */
  step(images: Float32Array, targets: Float32Array, rate: number, number: number): Promise<StepResult>;
  /** Weights, running statistics, and what the optimiser keeps. */
  readonly states: readonly StateTensor[];
  readonly threads: number;
  close(): void;
}

/** Loads the compiled step of a network with one input. The states are zeros; write them before the first step. */
export async function loadTrainer(step: Compilation, options: TrainerOptions): Promise<Trainer> {
  const { maxBatch, threads, seed, observe, counting } = options;
  const [script] = step.emit('js', { sourceName: 'step' });
  const module = await importText(script!.text);
  const net: unknown = await module.load({}, { maxBatch, ...(threads !== undefined && { threads }) });
  const loaded = net as LoadedStep;
  const specs = (shapes: Readonly<Record<string, readonly number[]>>) =>
    Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const run = stepRunner(
    observe ? observed(loaded, observe) : loaded,
    specs(module.inputs),
    specs(module.outputs),
    seed,
    maxBatch,
    counting,
  );
  return {
    // Sums of gradients begin anew in every step.
    states: loaded.states.filter(({ role }) => role !== 'gradient'),
    threads: loaded.threads ?? 1,
    close: () => loaded.close?.(),
    step: stepInputs.stepImages in module.inputs ? inMicroBatches(run, module.inputs, options) : run,
  };
}

/** The same step, whose outputs of all names are given to `observe`. */
function observed({ runAsync, run, ...rest }: LoadedStep, observe: NonNullable<TrainerOptions['observe']>): LoadedStep {
  const told = (outputs: unknown): void => observe(outputs as Readonly<Record<string, Float32Array>>);
  return {
    ...rest,
    ...(run && { run: (x, options) => told(run(x, options)) }),
    ...(runAsync && { runAsync: async (x, options) => told(await runAsync(x, options)) }),
  };
}

/** A step as calls of at most `maxBatch` images each, in their order. Losses and what is counted add up. */
function inMicroBatches(
  run: ReturnType<typeof stepRunner>,
  shapes: Readonly<Record<string, readonly number[]>>,
  { maxBatch, seed, counting = {} }: TrainerOptions,
): Trainer['step'] {
  const targetSize = sizeOf(shapes[stepInputs.target]!);
  return async (images, targets, rate, number) => {
    const count = targets.length / targetSize;
    const size = images.length / count;
    const { ignored } = counting;
    const counted = ignored === undefined ? {} : { counted: countedImages(targets, targetSize, { ignored }) };
    const divisor = stepInputs.counted in shapes ? countedImages(targets, targetSize, counting) || count : 0;
    let [loss, correct] = [0, 0];
    let tellsClasses = false;
    for (let first = 0; first < count; first += maxBatch) {
      const end = Math.min(count, first + maxBatch);
      const others = {
        [stepInputs.random]: Float32Array.of(...[seed, number, first].flatMap((word) => [word >>> 16, word & 0xffff])),
        [stepInputs.stepImages]: Float32Array.of(count),
        [stepInputs.counted]: Float32Array.of(divisor),
        [stepInputs.isFirst]: Float32Array.of(Number(first === 0)),
        [stepInputs.isLast]: Float32Array.of(Number(end === count)),
        ...(counting.parts && partCounts(targets, count, counting.parts)),
      };
      const [x, y] = [
        images.subarray(first * size, end * size),
        targets.subarray(first * targetSize, end * targetSize),
      ];
      const result = await run(x, y, rate, number, others);
      loss += result.loss;
      correct += result.correct ?? 0;
      tellsClasses = result.correct !== undefined;
    }
    return { loss, ...(tellsClasses && { correct }), ...counted };
  };
}
