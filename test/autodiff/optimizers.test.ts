// Optimisers, clipping and averages over several steps, against formulas as PyTorch's documentation has them, written here anew.

import { expect, test } from 'vitest';
import type { Optimizer, Recipe } from '../../compiler/autodiff/recipe.ts';
import { stepInputs } from '../../runtime/step-border.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Feed } from '../support/step.ts';
import { feedsOf, runStep } from '../support/step.ts';

const loss = { kind: 'cross_entropy', labelSmoothing: 0 } as const;
const plain: Recipe = { loss, optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' } };
const batch = 4;
const rates = [0.1, 0.05, 0.2, 0.01];

function network(): Graph {
  const g = graphBuilder('Net', operators, 'train');
  let v = g.input('x', [2, 3, 3]);
  for (const [op, attributes] of [
    ['conv', { channels: 3, kernel: 2 }],
    ['layer_norm', { over: 'map' }],
    ['batch_norm', {}],
    ['tanh', {}],
    ['flatten', {}],
    ['dense', { features: 3 }],
  ] as const)
    [v] = g.node({ op, inputs: [v], attributes });
  g.output('scores', v);
  return g.finish();
}

type Weights = ReadonlyMap<string, readonly number[]>;

/** The next weight from weight, gradient and rate of one element; `memory` is kept from step to step. */
type Rule = (w: number, g: number, rate: number, memory: Map<string, number>, isMatrix: boolean) => number;

interface Trace {
  readonly weights: readonly Weights[];
  readonly feeds: Feed;
  readonly step: Graph;
}

/** Weights after each of some steps, as the step's graph computes them. */
function train(recipe: Recipe, steps: number): Trace {
  const step = trainingStep(network(), operators, recipe);
  expect(verifyGraph(step, operators)).toEqual([]);
  let feeds: Feed = feedsOf(step, { batch, rate: 0, seed: 3, classes: 3 });
  const weights: Weights[] = [];
  for (let at = 0; at < steps; at += 1) {
    const now: Feed = new Map([...feeds, [stepInputs.learningRate, { data: Float64Array.of(rates[at]!) }]]);
    const results = runStep(step, now, batch);
    feeds = new Map(
      [...now].map(([name, old]) => [name, results.has(name) ? { data: results.get(name)! } : old] as const),
    );
    weights.push(new Map([...results].map(([name, data]) => [name, [...data]])));
  }
  return { weights, feeds, step };
}

/** The same by a rule, from gradients that a plain step gives; `clip` is applied to them before. */
function expected(rule: Rule, steps: number, norm = Infinity): readonly Weights[] {
  const step = trainingStep(network(), operators, plain);
  let feeds = feedsOf(step, { batch, rate: 1, seed: 3, classes: 3 });
  const memories = new Map<string, Map<string, number>>();
  return Array.from({ length: steps }, (_, at) => {
    const results = runStep(step, feeds, batch);
    const gradients = new Map(
      step.inputs
        .filter(({ state }) => state?.role === 'parameter')
        .map(({ name }) => [name, [...feeds.get(name)!.data].map((w, i) => w - results.get(name)![i]!)] as const),
    );
    const length = Math.sqrt([...gradients.values()].flat().reduce((sum, g) => sum + g * g, 0));
    const factor = Math.min(1, norm / (length + 1e-6));
    const next = new Map(
      [...feeds].map(([name, { data }]) => {
        const gradient = gradients.get(name);
        if (!gradient) return [name, [...(results.get(name) ?? data)]] as const;
        const isMatrix = /(conv|dense)\d+\.weight/.test(name);
        return [
          name,
          [...data].map((w, i) => {
            const key = `${name}[${i}]`;
            const memory = memories.get(key) ?? new Map<string, number>();
            memories.set(key, memory);
            return rule(w, gradient[i]! * factor, rates[at]!, memory, isMatrix);
          }),
        ] as const;
      }),
    );
    feeds = new Map([...next].map(([name, data]) => [name, { data: Float64Array.from(data) }]));
    return next;
  });
}

function agree(found: readonly Weights[], wanted: readonly Weights[]): void {
  const names = [...wanted[0]!.keys()].filter((name) => !name.startsWith('@') && name !== 'x');
  expect(names.length).toBe(10);
  wanted.forEach((weights, step) => {
    for (const name of names) {
      weights.get(name)!.forEach((value, i) => {
        expect(found[step]!.get(name)![i], `step ${step}: ${name}[${i}]`).toBeCloseTo(value, 11);
      });
    }
  });
}

const sgd =
  (momentum: number, nesterov: boolean, decay: number, all = true): Rule =>
  (w, g, rate, memory, isMatrix) => {
    const d = g + (all || isMatrix ? decay : 0) * w;
    const v = memory.has('v') ? momentum * memory.get('v')! + d : d;
    memory.set('v', v);
    return w - rate * (nesterov ? d + momentum * v : momentum === 0 ? d : v);
  };

const adam =
  (beta1: number, beta2: number, epsilon: number, decay: number, isApart: boolean, amsgrad = false): Rule =>
  (w, g, rate, memory, isMatrix) => {
    const pull = isMatrix ? decay : 0;
    const t = (memory.get('t') ?? 0) + 1;
    const d = isApart ? g : g + pull * w;
    const m = beta1 * (memory.get('m') ?? 0) + (1 - beta1) * d;
    const v = beta2 * (memory.get('v') ?? 0) + (1 - beta2) * d * d;
    const largest = amsgrad ? Math.max(memory.get('largest') ?? 0, v) : v;
    memory.set('t', t).set('m', m).set('v', v).set('largest', largest);
    const kept = isApart ? w - rate * pull * w : w;
    return kept - ((rate / (1 - beta1 ** t)) * m) / (Math.sqrt(largest) / Math.sqrt(1 - beta2 ** t) + epsilon);
  };

/** https://pytorch.org/docs/1.13/generated/torch.optim.RMSprop.html, Adagrad, Adadelta. */
const rmsprop =
  (alpha: number, momentum: number, epsilon: number, decay: number): Rule =>
  (w, g, rate, memory) => {
    const d = g + decay * w;
    const v = alpha * (memory.get('v') ?? 0) + (1 - alpha) * d * d;
    const b = momentum * (memory.get('b') ?? 0) + d / (Math.sqrt(v) + epsilon);
    memory.set('v', v).set('b', b);
    return w - rate * b;
  };

const adagrad =
  (epsilon: number, decay: number): Rule =>
  (w, g, rate, memory) => {
    const d = g + decay * w;
    const sum = (memory.get('sum') ?? 0) + d * d;
    memory.set('sum', sum);
    return w - (rate * d) / (Math.sqrt(sum) + epsilon);
  };

const adadelta =
  (rho: number, epsilon: number, decay: number): Rule =>
  (w, g, rate, memory) => {
    const d = g + decay * w;
    const v = (memory.get('v') ?? 0) * rho + d * d * (1 - rho);
    const u = memory.get('u') ?? 0;
    const delta = (Math.sqrt(u + epsilon) / Math.sqrt(v + epsilon)) * d;
    memory.set('v', v).set('u', u * rho + delta * delta * (1 - rho));
    return w - rate * delta;
  };

const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, decay: 0.1, decays: 'weights' } as const;

const rules: readonly (readonly [string, Optimizer, Rule])[] = [
  ['SGD', { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'all' }, sgd(0, false, 0)],
  ['decay', { kind: 'sgd', momentum: 0, nesterov: false, decay: 0.1, decays: 'weights' }, sgd(0, false, 0.1, false)],
  ['momentum', { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.1, decays: 'all' }, sgd(0.9, false, 0.1)],
  [
    'Nesterov',
    { kind: 'sgd', momentum: 0.9, nesterov: true, decay: 0.1, decays: 'weights' },
    sgd(0.9, true, 0.1, false),
  ],
  ['Adam', { kind: 'adam', ...moments }, adam(0.9, 0.99, 1e-3, 0.1, false)],
  [
    'RMSProp',
    { kind: 'rmsprop', alpha: 0.9, momentum: 0, epsilon: 1e-3, decay: 0, decays: 'all' },
    rmsprop(0.9, 0, 1e-3, 0),
  ],
  [
    'RMSProp with momentum',
    { kind: 'rmsprop', alpha: 0.9, momentum: 0.5, epsilon: 1e-3, decay: 0.1, decays: 'all' },
    rmsprop(0.9, 0.5, 1e-3, 0.1),
  ],
  ['Adagrad', { kind: 'adagrad', epsilon: 1e-3, decay: 0.1, decays: 'all' }, adagrad(1e-3, 0.1)],
  ['Adadelta', { kind: 'adadelta', rho: 0.9, epsilon: 1e-3, decay: 0.1, decays: 'all' }, adadelta(0.9, 1e-3, 0.1)],
  ['AdamW', { kind: 'adamw', ...moments }, adam(0.9, 0.99, 1e-3, 0.1, true)],
  ['AMSGrad', { kind: 'adam', ...moments, beta2: 0.2, amsgrad: true }, adam(0.9, 0.2, 1e-3, 0.1, false, true)],
  ['AMSGrad of AdamW', { kind: 'adamw', ...moments, beta2: 0.2, amsgrad: true }, adam(0.9, 0.2, 1e-3, 0.1, true, true)],
];

test.each(rules)('%s, four steps', (_, optimizer, rule) => {
  agree(train({ loss, optimizer }, 4).weights, expected(rule, 4));
});

test.each([0.1, 1e6])('gradients are clipped to a norm of %d', (clipNorm) => {
  const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.1, decays: 'all' } as const;
  agree(train({ loss, optimizer, clipNorm }, 3).weights, expected(sgd(0.9, false, 0.1), 3, clipNorm));
});

test('averages begin with the first weights and follow them', () => {
  const decay = 0.9;
  const { weights } = train({ ...plain, average: decay }, 4);
  for (const name of ['conv1.weight', 'batch_norm1.running_var']) {
    weights.forEach((found, step) => {
      found.get(`average/${name}`)!.forEach((average, i) => {
        let [sum, share] = [0, 0];
        for (let past = 0; past <= step; past += 1) {
          sum += decay ** (step - past) * weights[past]!.get(name)![i]!;
          share += decay ** (step - past);
        }
        expect(average).toBeCloseTo(sum / share, 12);
      });
    });
  }
});

test('running statistics move towards the mean and the unbiased variance of the batch', () => {
  const g = graphBuilder('Net', operators, 'train');
  const [y] = g.node({ op: 'batch_norm', inputs: [g.input('z', [2])], attributes: { momentum: 0.25 } });
  g.output('y', y);
  const step = trainingStep(g.finish(), operators, {
    ...plain,
    loss: { kind: 'mean_squared_error', reduction: 'mean' },
  });
  const feeds = new Map([
    ...feedsOf(step, { batch: 3, rate: 0, seed: 1 }),
    ['z', { data: Float64Array.of(1, -2, 2, 0, 6, 5) }],
    ['batch_norm1.running_mean', { data: Float64Array.of(4, 8) }],
    ['batch_norm1.running_var', { data: Float64Array.of(1, 2) }],
  ]);
  const results = runStep(step, feeds, 3);
  // Means 3 and 1; Σ (x − mean)² is 14 and 26, of two degrees of freedom.
  expect([...results.get('batch_norm1.running_mean')!]).toEqual([3.75, 6.25]);
  expect([...results.get('batch_norm1.running_var')!]).toEqual([0.75 + 0.25 * 7, 1.5 + 0.25 * 13]);
});
