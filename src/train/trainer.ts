// A training in the running process: the step of a network as an emitted module, whose memory keeps the weights from step to step.

import type { Compilation } from '../../compiler/index.ts';
import type { StateTensor } from '../../runtime/states.ts';
import { type LoadedStep, type StepResult, stepRunner } from '../../runtime/trainer.ts';
import { importText } from '../network/module.ts';

export interface TrainerOptions {
  /** Images of a step at most. */
  readonly maxBatch: number;
  readonly threads?: number;
  /** Whole number below 2^32. */
  readonly seed: number;
}

export type { StepResult };

export interface Trainer {
  /**
   * One step. `images` are [N, …] row-major, `targets` [N], the classes, or [N, …] for a regression; `number` counts the steps of the
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
  const { maxBatch, threads, seed } = options;
  const [script] = step.emit('js', { sourceName: 'step' });
  const module = await importText(script!.text);
  const net: unknown = await module.load({}, { maxBatch, ...(threads !== undefined && { threads }) });
  const loaded = net as LoadedStep;
  const specs = (shapes: Readonly<Record<string, readonly number[]>>) =>
    Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  return {
    states: loaded.states,
    threads: loaded.threads ?? 1,
    close: () => loaded.close?.(),
    step: stepRunner(loaded, specs(module.inputs), specs(module.outputs), seed, maxBatch),
  };
}
