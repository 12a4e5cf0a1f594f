// Gradients of every operator, and steps of small networks, against PyTorch in f64 (test/fixtures/pytorch/gradients.py).

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Optimizer, Recipe } from '../../compiler/autodiff/recipe.ts';
import { stepInputs, stepOutputs } from '../../runtime/step-border.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { withNumberOperators } from '../../compiler/ops/with-number.ts';
import { operandsOf } from '../support/arbitrary-operator.ts';
import { formulaWeights, inputOf, unit } from '../support/formula.ts';
import { gradientGraph, runWith } from '../support/gradient-check.ts';
import { deviations, operatorCase } from '../support/pytorch.ts';
import type { PytorchCase } from '../support/pytorch.ts';
import type { Feed } from '../support/step.ts';
import { runStep } from '../support/step.ts';

const folder = new URL('../fixtures/pytorch/gradients/', import.meta.url);
const fileOf = (op: string): URL => new URL(`${op}.jsonl`, folder);
const tolerance = 1e-9;
const language = [...operators.values()].filter(({ internal }) => !internal).map(({ name }) => name);

describe.each([...language, 'inverse_sqrt', ...withNumberOperators.map(({ name }) => name)])('%s', (op) => {
  test('has the gradients of PyTorch', () => {
    expect(existsSync(fileOf(op)), 'run test/fixtures/pytorch/gradients.py').toBe(true);
    const lines = readFileSync(fileOf(op), 'utf8').trimEnd().split('\n');
    const problems = lines.flatMap((line) => {
      const one = JSON.parse(line) as PytorchCase;
      const candidate = operatorCase(op, one);
      const operands = operandsOf(candidate, one.batch, one.seed);
      const made = gradientGraph(candidate, op === 'batch_norm');
      const values = runWith(made, operands, one.batch, (name, length) => {
        const bits = unit(8000 + Number(name.slice(2)), length);
        return Float64Array.from(bits, (u) => (u - 0.5) * 2);
      });
      const gradients = one.results.map(({ shape }, at) => ({
        shape,
        data: values.get(`d${at}`) ?? new Float64Array(sizeOf(shape)),
      }));
      return deviations(gradients, one.results, tolerance).map((text) => `${line.slice(0, 300)}: ${text}`);
    });
    expect(problems.slice(0, 3)).toEqual([]);
    expect(lines.length).toBe(20);
  });
});

interface Training {
  readonly name: string;
  readonly input: readonly [number, number, number];
  readonly batch: number;
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly ValueId[];
    readonly attributes: Attributes;
  }[];
  readonly optimizer: keyof typeof optimizers;
  readonly smoothing: number;
  readonly clip?: number;
  readonly losses: readonly number[];
  /** Of each parameter and buffer after the last step. */
  readonly tensors: PytorchCase['results'];
}

const sgd = { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' } as const;
const momentum = { ...sgd, momentum: 0.9, decay: 0.01 } as const;
const moments = { beta1: 0.8, beta2: 0.99, epsilon: 1e-4, decay: 0.01, decays: 'all' } as const;
const optimizers = {
  sgd: [sgd, 0.1],
  momentum: [momentum, 0.1],
  nesterov: [{ ...momentum, nesterov: true }, 0.1],
  adam: [{ kind: 'adam', ...moments }, 0.01],
  adamw: [{ kind: 'adamw', ...moments }, 0.01],
} as const satisfies Record<string, readonly [Optimizer, number]>;

function networkOf({ name, input, nodes }: Training): Graph {
  const builder = graphBuilder(name, operators, 'train');
  const values = [builder.input('x', input)];
  for (const { op, inputs, attributes } of nodes)
    values.push(builder.node({ op, inputs: inputs.map((at) => values[at]!), attributes })[0]);
  builder.output('scores', values.at(-1)!);
  return builder.finish();
}

const trainings = JSON.parse(readFileSync(new URL('networks.json', folder), 'utf8')) as readonly Training[];

test.each(trainings.map((one) => [one.name, one.losses.length, one.optimizer, one] as const))(
  '%s, %i steps of %s',
  (_, steps, __, one) => {
    const graph = networkOf(one);
    const [optimizer, rate] = optimizers[one.optimizer];
    const recipe: Recipe = {
      loss: { kind: 'cross_entropy', labelSmoothing: one.smoothing },
      optimizer,
      ...(one.clip !== undefined && { clipNorm: one.clip }),
    };
    const step = trainingStep(graph, operators, recipe);
    expect(verifyGraph(step, operators)).toEqual([]);
    const weights = formulaWeights(graph);
    let feeds: Feed = new Map(
      step.inputs.map(({ name, value }) => {
        const { shape, batched } = typeOf(step, value);
        const length = sizeOf(shape) * (batched ? one.batch : 1);
        const given = weights.get(name) ?? (name === 'x' ? inputOf(length) : undefined);
        if (given) return [name, { data: Float64Array.from(given) }] as const;
        const labels = (at: number): number => (3 * at + 1) % 10;
        const fill: Readonly<Record<string, (at: number) => number>> = {
          [stepInputs.target]: labels,
          [stepInputs.images]: () => one.batch,
          [stepInputs.learningRate]: () => rate,
        };
        return [name, { data: Float64Array.from({ length }, (_none, at) => fill[name]?.(at) ?? 0) }] as const;
      }),
    );
    for (let at = 0; at < steps; at += 1) {
      const results = runStep(step, feeds, one.batch);
      expect(results.get(stepOutputs.loss)![0]).toBeCloseTo(one.losses[at]!, 11);
      feeds = new Map([...feeds, ...[...results].map(([name, data]) => [name, { data }] as const)]);
    }
    const tensors = graph.parameters.map(({ name, value }) => ({
      shape: typeOf(graph, value).shape,
      data: feeds.get(name)!.data,
    }));
    expect(deviations(tensors, one.tensors, tolerance)).toEqual([]);
  },
);
