// A training in the running process: the step of a network as an emitted module, whose memory keeps the weights from step to step.

import type { Compilation } from '../../compiler/index.ts';
import { stepInputs, stepOutputs } from '../../compiler/autodiff/step-border.ts';
import type { StateTensor } from '../../runtime/states.ts';
import { importText } from '../network/module.ts';
import type { Net } from '../network/module.ts';

export interface TrainerOptions {
  /** Images of a step at most. */
  readonly maxBatch: number;
  readonly threads?: number;
  /** Whole number below 2^32. */
  readonly seed: number;
}

export interface StepResult {
  /** Mean (or sum, as the loss says) over the images of the step, before its update. */
  readonly loss: number;
  /** How many images got their class; absent for a regression. */
  readonly correct?: number;
}

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

interface StepNet extends Net {
  readonly states: readonly StateTensor[];
}

/** Loads the compiled step of a network with one input. The states are zeros; write them before the first step. */
export async function loadTrainer(step: Compilation, options: TrainerOptions): Promise<Trainer> {
  const { maxBatch, threads, seed } = options;
  const [script] = step.emit('js', { sourceName: 'step' });
  const module = await importText(script!.text);
  const net = (await module.load({}, { maxBatch, ...(threads !== undefined && { threads }) })) as StepNet;
  const names = Object.keys(module.inputs);
  const own = new Set<string>(Object.values(stepInputs));
  const input = names.find((name) => !own.has(name))!;
  const size = (module.inputs[input] ?? []).reduce((product, extent) => product * extent, 1);
  const outputs = Object.keys(module.outputs);
  const results = Object.fromEntries(outputs.map((name) => [name, new Float32Array(1)]));
  const { runAsync = async (x, into) => net.run(x, into) } = net;
  return {
    states: net.states,
    threads: net.threads ?? 1,
    close: () => net.close?.(),
    async step(images, targets, rate, number) {
      const count = images.length / size;
      if (count > maxBatch) throw new RangeError(`the step has ${count} images; it was loaded for up to ${maxBatch}`);
      const values = {
        [input]: images,
        [stepInputs.target]: targets,
        [stepInputs.images]: Float32Array.of(count),
        [stepInputs.learningRate]: Float32Array.of(rate),
        [stepInputs.random]: Float32Array.of(seed >>> 16, seed & 0xffff, number >>> 16, number & 0xffff),
      };
      await runAsync(Object.fromEntries(names.map((name) => [name, values[name]!])), {
        into: outputs.length === 1 ? results[outputs[0]!]! : results,
      });
      const correct = results[stepOutputs.correct]?.[0];
      return { loss: results[stepOutputs.loss]![0]!, ...(correct !== undefined && { correct }) };
    },
  };
}
