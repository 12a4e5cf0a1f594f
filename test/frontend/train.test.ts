// Settings of `train` besides augmentation: their defaults, and what is said of wrong ones.

import { describe, expect, test } from 'vitest';
import { compile, networkOf } from './support.ts';

const source = (settings: string): string => `network A {\n  input x: [4]\n  dense(3)\n}\ntrain A { ${settings} }\n`;
const settings = (text: string) => networkOf(source(text)).train!;
const report = (text: string): readonly string[] =>
  compile(source(text)).diagnostics.map(({ code, found, expected }) => `${code}: ${found}; ${expected}`);

test('what need not be said', () => {
  const found = settings('optimizer: adam');
  expect(found).toMatchObject({
    validation: 0,
    last: 'keep',
    weights: 'last',
    evaluate: 'plain',
    seed: 0,
    batch: 128,
    epochs: 10,
  });
  expect(found).not.toHaveProperty('clip');
  expect(found).not.toHaveProperty('average');
  expect(found.optimizer.arguments).toMatchObject({ beta1: 0.9, beta2: 0.999, weight_decay: 0, decay: 'weights' });
  expect(settings('optimizer: adamw').optimizer.arguments).toMatchObject({ weight_decay: 0.01 });
});

test('what can be said', () => {
  const text =
    'optimizer: sgd(learning_rate: 0.1, decay: weights)  loss: mean_squared_error(reduction: sum)  validation: 0.1  last: drop  weights: best  clip: 2  average: 0.99  schedule: one_cycle(peak: 1, warmup: 2)';
  expect(settings(text)).toMatchObject({
    loss: { name: 'mean_squared_error', arguments: { reduction: 'sum' } },
    optimizer: { arguments: { decay: 'weights' } },
    validation: 0.1,
    last: 'drop',
    weights: 'best',
    clip: 2,
    average: 0.99,
    schedule: { name: 'one_cycle', arguments: { peak: 1, warmup: 2 } },
  });
});

describe('refused is', () => {
  test.each([
    ['last: throw', 'setting/value: throw; keep, drop'],
    ['weights: first', 'setting/value: first; last, best'],
    ['loss: mean_squared_error(reduction: max)', 'setting/value: max; mean, sum'],
    ['evaluate: both', 'setting/value: both; plain, flip'],
    ['evaluate: flip(1)', 'setting/value: flip(1); plain, flip'],
    ['evaluate: [flip]', 'setting/value: [flip]; plain, flip'],
    ['evaluate: true', 'type/mismatch: true, a bool; plain, flip'],
    ['epochs: 2 * n', 'name/unknown: n; the name of a constant'],
    ['epochs: round(3)', 'name/unknown: round; the name of a function'],
    ['clip: -high', 'name/unknown: high; the name of a constant'],
  ])('%s', (text, expected) => expect(report(`optimizer: adam  ${text}`)).toContain(expected));

  // As in PyTorch.
  test.each([
    ['adam(beta1: 1)', 'argument/range: 1; at most 0.9999999'],
    ['adamw(beta2: 1)', 'argument/range: 1; at most 0.9999999'],
    ['sgd(0.1, nesterov: true)', 'setting/value: sgd(0.1, nesterov: true); a momentum above 0'],
  ])('%s', (text, expected) => expect(report(`optimizer: ${text}`)).toEqual([expected]));

  test.each(['validation: 0.95', 'validation: -0.1', 'clip: 0', 'average: 1', 'clip: high'])('%s', (text) =>
    expect(report(`optimizer: adam  ${text}`)).toHaveLength(1),
  );
});

test('what stops early elsewhere: the best epoch', () => {
  const [first] = compile(source('optimizer: adam  early_stopping: 3')).diagnostics;
  expect(first!.fixes).toMatchObject([{ message: expect.stringContaining('with weights: best') }]);
});

test.each([
  ['loss: mse', 'mean_squared_error'],
  ['loss: MSELoss', 'mean_squared_error'],
  ['loss: l1', 'mean_absolute_error'],
  ['loss: L1Loss(reduction: sum)', 'mean_absolute_error'],
  ['loss: mae', 'mean_absolute_error'],
  ['loss: HuberLoss(delta: 2)', 'huber'],
  ['loss: smooth_l1(beta: 0.1)', 'huber'],
  ['loss: SmoothL1Loss', 'huber'],
  ['loss: bce', 'binary_cross_entropy'],
  ['loss: BCEWithLogitsLoss(pos_weight: 2)', 'binary_cross_entropy'],
  ['loss: binary_crossentropy', 'binary_cross_entropy'],
  ['loss: nll', 'cross_entropy'],
  ['loss: NLLLoss', 'cross_entropy'],
  ['loss: sparse_categorical_crossentropy', 'cross_entropy'],
  ['schedule: MultiStepLR(at: [15, 30])', 'multi_step'],
  ['tta: flip', 'evaluate'],
  ['test_time_augmentation: flip', 'evaluate'],
  ['evaluate: tta', 'flip'],
  ['evaluate: mirror', 'flip'],
  ['evaluate: horizontal_flip', 'flip'],
  ['evaluate: flips', 'flip'],
  ['evaluate: none', 'plain'],
])('%s: did you mean %s', (text, meant) => {
  const [first, ...others] = compile(source(`optimizer: adam  ${text}`)).diagnostics;
  expect(others).toEqual([]);
  expect(first!.fixes).toMatchObject([{ message: `did you mean \`${meant}\`?` }]);
});

test('losses and what they take', () => {
  const loss = (text: string) => settings(`optimizer: adam  loss: ${text}`).loss;
  expect(loss('huber')).toEqual({ name: 'huber', arguments: { delta: 1, reduction: 'mean' } });
  expect(loss('huber(0.3, reduction: sum)').arguments).toEqual({ delta: 0.3, reduction: 'sum' });
  expect(loss('mean_absolute_error').arguments).toEqual({ reduction: 'mean' });
  expect(loss('binary_cross_entropy(reduction: sum)').arguments).toEqual({ reduction: 'sum' });
  expect(loss('cross_entropy(weights: [0.5, 3])').arguments).toEqual({ label_smoothing: 0, weights: [0.5, 3] });
  expect(report('optimizer: adam  loss: cross_entropy(weights: [1, -1])')).toEqual([
    expect.stringMatching(/^argument\/range: /),
  ]);
  expect(report('optimizer: adam  loss: cross_entropy(weights: 2)')).toHaveLength(1);
  expect(report('optimizer: adam  loss: cross_entropy(weight: [1, 2, 3])')).toEqual([
    expect.stringMatching(/^argument\/unknown: weight: /),
  ]);
  expect(report('optimizer: adam  loss: huber(delta: 0)')).toEqual([expect.stringMatching(/^argument\/range: 0;/)]);
});

test('smooth L1 is another scale of huber', () => {
  const [first] = compile(source('optimizer: adam  loss: smooth_l1(beta: 0.1)')).diagnostics;
  expect(first!.notes).toEqual(['huber(delta: b) is b times smooth_l1(beta: b)']);
});

test("Keras's words in quotes", () => {
  const { diagnostics } = compile(source('optimizer: adam  loss: "mse"'));
  expect(diagnostics.map(({ fixes }) => fixes)).toMatchObject([[{ message: 'loss: mean_squared_error' }]]);
});

describe('losses of outputs', () => {
  const several = (loss: string): string =>
    `const half = 0.5\nnetwork A {\n  input x: [4]\n  a = x -> dense(3)\n  b = x -> dense(2)\n  output a, b\n}\ntrain A { optimizer: adam  loss: ${loss} }\n`;

  test('have factors that are calculated, as all numbers of sections', () => {
    const { networks, diagnostics } = compile(
      several('1/3 * huber(of: a) + half * (1 - half) * huber(of: b, delta: half)'),
    );
    expect(networks[0]!.train!.loss.parts).toMatchObject([
      { of: 'a', factor: 1 / 3 },
      { of: 'b', factor: 0.25, loss: { arguments: { delta: 0.5 } } },
    ]);
    // A constant that a section alone uses is used.
    expect(diagnostics).toEqual([]);
  });

  const sum = 'cross_entropy(of: scores) + 0.5 * huber(of: boxes)';
  test.each([
    ['half * huber(of: a, of: b)', 'setting/value: of: b; a loss for each output'],
    // 0 in steps.
    ['1e-60 * half * huber(of: a)', `setting/value: 1e-60 * half * huber(of: a); ${sum}`],
    ['(half - 1) * huber(of: a)', `setting/value: (half - 1) * huber(of: a); ${sum}`],
    ['half * huber(of: a) * huber(of: b)', `setting/value: half * huber(of: a) * huber(of: b); ${sum}`],
    ['hlf * huber(of: a)', 'name/unknown: hlf; the name of a constant'],
    ['"half" * huber(of: a)', 'type/mismatch: "half", a string; float'],
  ])('of %s there is one error', (loss, expected) => {
    const errors = compile(several(loss)).diagnostics.filter(({ severity }) => severity !== 'warning');
    expect(errors.map(({ code, found, expected: asked }) => `${code}: ${found}; ${asked}`)).toEqual([expected]);
  });
});
