// `cnnc report --training`: what it prints, and what it refuses.

import { describe, expect, test } from 'vitest';
import type { TrainingReport } from '../../src/report/training-report.ts';
import { cnnc } from './harness.ts';

const body = `  input x: [1, 8, 8]
  conv(4, kernel: 3)
  relu
  flatten
  scores = dense(10)
  output scores
`;
const files = {
  'a.cnn': `network A {\n${body}}\ntrain A { optimizer: sgd(learning_rate: 0.1, momentum: 0.9)  batch: 32 }`,
  'plain.cnn': `network A {\n${body}}`,
  'map.cnn': 'network A { input x: [1, 8, 8] conv(4, kernel: 3) }',
  'nothing.cnn': 'network A { input x: [1, 8, 8] relu }',
};

async function json(...argv: readonly string[]) {
  const { code, stdout } = await cnnc(['report', ...argv, '--training', '--json'], { files });
  expect(code).toBe(0);
  return JSON.parse(stdout) as TrainingReport & { readonly settings: object };
}

test('the report of a step', async () => {
  const report = await json('a.cnn');
  // 4 × 9 + 4 weights and biases, 144 × 10 + 10; each with a velocity
  expect(report).toMatchObject({
    schemaVersion: 1,
    network: 'A',
    batch: 32,
    state: { parameters: 4 * 1490, buffers: 0, optimizer: 4 * 1490, gradients: 0 },
    macs: { forward: 36 * 36 + 1440, backward: 36 * 36 + 2 * 1440 },
    settings: { from: 'section', batch: 32, optimizer: { kind: 'sgd', momentum: 0.9 } },
  });
  const { stdout } = await cnnc(['report', 'a.cnn', '--training'], { files });
  expect(stdout).toMatch(
    /^A {2}32 images at once, 1 thread\ncross_entropy, sgd with momentum 0\.9, as its `train` section says\n/,
  );
  expect(stdout).toMatch(/^conv1 +1,296 +1,296( .*)?$/m);
  expect(stdout).toMatch(/^parameters 5\.8 KiB, optimizer state 5\.8 KiB$/m);
  expect(stdout).toMatch(/^at the peak, in the \w+/m);
});

test('the batch, micro-batches, threads and memory are those that are asked for', async () => {
  const [one, more] = [await json('a.cnn', '--batch', '64'), await json('a.cnn', '--batch', '64', '--threads', '3')];
  expect(one).toMatchObject({ batch: 64, threads: 1 });
  expect(more.memory.fixed).toBeGreaterThan(one.memory.fixed);
  const parts = await json('a.cnn', '--batch', '64', '--micro-batch', '16');
  expect(parts).toMatchObject({ batch: 16, settings: { batch: 64 }, state: { gradients: 4 * 1490 } });
  const { memory } = await json('a.cnn', '--memory', '1MiB');
  expect(memory.limit).toBe(2 ** 20);
  expect(memory.fixed + memory.largestBatch * memory.perImage).toBeLessThanOrEqual(2 ** 20);
  expect(memory.fixed + (memory.largestBatch + 1) * memory.perImage).toBeGreaterThan(2 ** 20);
  const { stdout } = await cnnc(['report', 'a.cnn', '--training', '--batch', '4096', '--memory', '1MiB'], { files });
  expect(stdout).toContain(`that does not fit into 1 MiB, where ${memory.largestBatch} images do`);
});

test('without a section it says what it assumes', async () => {
  expect(await json('plain.cnn')).toMatchObject({
    batch: 128,
    settings: { from: 'defaults', loss: { kind: 'cross_entropy' } },
  });
  expect(await json('map.cnn')).toMatchObject({ settings: { loss: { kind: 'mean_squared_error' } } });
  const { stdout } = await cnnc(['report', 'plain.cnn', '--training'], { files });
  expect(stdout).toContain('cross_entropy, sgd, because it has no `train` section');
});

describe('refused are', () => {
  test.each<[string[], number, string]>([
    [['nothing.cnn', '--training'], 1, 'A has no weights to train'],
    [
      ['a.cnn', '--training', '--memory', '2GB'],
      2,
      '--memory takes a size in KiB, MiB or GiB, as 2GiB, up to 8388608GiB; found 2GB',
    ],
    [['a.cnn', '--training', '--memory', '0KiB'], 2, '--memory takes a size'],
    [['a.cnn', '--training', '--batch', '0'], 2, '--batch takes a whole number from 1'],
    [['a.cnn', '--batch', '8'], 2, '--batch needs --training'],
    [['a.cnn', 'plain.cnn', '--training'], 2, '--training takes one network, not two'],
    [['a.cnn', '--training', '--md'], 2, '--training prints text or JSON only, without --md'],
  ])('%j', async (argv, code, message) => {
    const outcome = await cnnc(['report', ...argv], { files });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });
});
