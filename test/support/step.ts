// Steps of a training for tests: their feeds, and gradients by central differences.

import { expect } from 'vitest';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';

export type Feed = ReadonlyMap<string, { readonly data: Float64Array }>;

/** Numbers between −1 and 1, the same for the same seed. */
export function numbersFrom(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    state = (state ^ (state >>> 12)) >>> 0;
    return (state / 2 ** 31 - 1) * 0.999;
  };
}

export interface FeedOptions {
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly classes?: number;
}

/** Inputs of a step: pictures and states at random, running variances at 1 or above, classes in turn. */
export function feedsOf(step: Graph, { batch, rate, seed, classes = 1 }: FeedOptions): Feed {
  const next = numbersFrom(seed);
  return new Map(
    step.inputs.map(({ name, value, state }) => {
      const { shape, batched } = typeOf(step, value);
      const data = new Float64Array(sizeOf(shape) * (batched ? batch : 1));
      if (name === stepInputs.images) data.fill(batch);
      else if (name === stepInputs.learningRate) data.fill(rate);
      else if (name === stepInputs.random) data.set([0, seed, 0, 7]);
      else if (name === stepInputs.target && shape.length === 1 && shape[0] === 1 && classes > 1)
        data.forEach((_, at) => (data[at] = (at * 7 + seed) % classes));
      else if (name.endsWith('running_var')) data.forEach((_, at) => (data[at] = 1.5 + 0.5 * next()));
      else if (state?.role === 'optimizer') data.fill(0);
      else data.forEach((_, at) => (data[at] = next()));
      return [name, { data }];
    }),
  );
}

/** The outputs of a step by the definition of its operators, in f64. */
export function runStep(step: Graph, inputs: Feed, batch: number): ReadonlyMap<string, Float64Array> {
  const { outputs } = interpret(step, operators, { inputs, parameters: new Map(), batch }, { keep: 'outputs' });
  return new Map([...outputs].map(([name, { data }]) => [name, data]));
}

/** Takes a step for each of the losses, which it must have; what a step leaves feeds the next one. Returns what the last one leaves. */
export function expectLosses(
  step: Graph,
  given: ReadonlyMap<string, readonly number[]>,
  batch: number,
  losses: readonly number[],
): Feed {
  let feeds: Feed = new Map([...given].map(([name, data]) => [name, { data: Float64Array.from(data) }]));
  for (const loss of losses) {
    const found = runStep(step, feeds, batch);
    expect(found.get(stepOutputs.loss)![0]).toBeCloseTo(loss, 12);
    feeds = new Map([...feeds, ...[...found].map(([name, data]) => [name, { data }] as const)]);
  }
  return feeds;
}

/** ∂loss/∂(element `at` of an input), by central differences. */
export function slopeOf(step: Graph, feeds: Feed, batch: number, name: string, at: number, size = 1e-5): number {
  const loss = (shift: number): number => {
    const data = feeds.get(name)!.data.slice();
    data[at]! += shift;
    return runStep(step, new Map([...feeds, [name, { data }]]), batch).get(stepOutputs.loss)![0]!;
  };
  return (loss(size) - loss(-size)) / (2 * size);
}
