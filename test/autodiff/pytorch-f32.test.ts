// One step of each example network, with its dropout, on both targets: gradients and running statistics are about as near to
// PyTorch's in f64 as PyTorch's own in f32 are, in norm (test/fixtures/pytorch/steps.py).

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { compileStep } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { exampleSteps, seed } from '../support/example-steps.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';

interface Golden {
  readonly name: string;
  readonly loss: number;
  /** Of each parameter in order: its gradient; of each buffer: its new value. Elements at even distances. */
  readonly tensors: readonly { readonly values: readonly number[]; readonly error: number }[];
}

const goldens = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch/steps.json', import.meta.url), 'utf8'),
) as readonly Golden[];

/** So large that the weights of before do not round the update, and a power of two, which rounds nothing itself. */
const rate = 2 ** 20;
const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
};
/** Of a tensor's norm: one rounding, where PyTorch had luck. */
const least = 2 ** -22;
/** Tensors whose gradients are below this part of the largest are zero but for rounding, and compared absolutely. */
const nothing = 1e-9;

const quick = new Set(['LeNet', 'LeNetBN', 'NiN']);
const cells = [
  { target: 'js', math: 'default', networks: exampleSteps.filter(({ name }) => quick.has(name)) },
  { target: 'wasm', math: 'strict', networks: exampleSteps },
  { target: 'wasm', math: 'default', networks: exampleSteps },
] as const;
/**
 * How many times as far as PyTorch a tensor may be, and all gradients together. NiN has four layers of Winograd's algorithm on top of
 * each other, whose rounded filters are off by the same in every tile: what is summed over pixels does not average that out.
 */
const factorsOf = (name: string, mathematics: string): readonly [number, number] =>
  name === 'NiN' && mathematics === 'default' ? [12, 5] : [3, 3];
/** Tensors of a network that may be farther: a relu at zero flips in one computation and not in the other. */
const flipped = 0.03;

describe.each(cells)('on $target with $math mathematics', ({ target, math, networks }) => {
  const mathematics = target === 'js' ? 'strict' : math;
  test.each(networks.map((one) => [one.name, one] as const))('%s is as exact as f32 allows', async (name, one) => {
    const graph = one.graph();
    const golden = goldens.find((other) => other.name === name)!;
    const { loss, tensors } = await stepOf(graph, one.batch, { target, math }, golden);
    expect(Math.abs(loss - golden.loss) / golden.loss).toBeLessThan(1e-5);
    const [factor, together] = factorsOf(name, mathematics);
    const largest = Math.max(...golden.tensors.map(({ values }) => norm(values)));
    const far = golden.tensors.flatMap(({ values, error }, at) => {
      const ours = norm(tensors[at]!.map((value, index) => value - values[index]!));
      const size = norm(values);
      const allowed = factor * error + least * (size < nothing * largest ? largest : size);
      return ours <= allowed ? [] : [`${graph.parameters[at]!.name}: ${ours} where PyTorch has ${error} of ${size}`];
    });
    const gradients = golden.tensors.map((_, at) => at).filter((at) => graph.parameters[at]!.role === 'parameter');
    const ours = gradients.flatMap((at) =>
      tensors[at]!.map((value, index) => value - golden.tensors[at]!.values[index]!),
    );
    const theirs = norm(gradients.map((at) => golden.tensors[at]!.error));
    expect(norm(ours), 'all gradients together').toBeLessThan(together * theirs);
    expect(far.slice(Math.floor(flipped * tensors.length))).toEqual([]);
  });
});

/** The loss; gradients of parameters and new values of buffers, in order, where the golden has them. */
async function stepOf(graph: Graph, batch: number, options: PipelineOptions, golden: Golden) {
  const trainer = await loadTrainer(compileStep({ graph }, recipe, options), { maxBatch: batch, seed });
  const weights = formulaWeights(graph);
  const states = new Map(trainer.states.map((state) => [state.name, state]));
  for (const { name } of graph.parameters) states.get(name)!.write(weights.get(name)!);
  const classes = Float32Array.from({ length: batch }, (_, at) => (3 * at + 1) % 10);
  const { loss } = await trainer.step(formulaInput(graph, batch), classes, rate, 0);
  const tensors = graph.parameters.map(({ name, role }, at) => {
    const [before, after] = [weights.get(name)!, states.get(name)!.read()];
    const count = golden.tensors[at]!.values.length;
    return Array.from({ length: count }, (_, sample) => {
      const place = Math.floor(((2 * sample + 1) * after.length) / (2 * count));
      return role === 'buffer' ? after[place]! : (before[place]! - after[place]!) / rate;
    });
  });
  trainer.close();
  return { loss, tensors };
}

const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
