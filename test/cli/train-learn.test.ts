// `cnnc train --learn`: only the layers that are named change. What they become is compared with the loss written down in f64, and its
// derivative by differences.

import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { npy } from '../support/npy.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const RATE = 0.1;
const source = (settings = ''): string => `network Net {
  input x: [1, 1, 2] { scale: 1 }
  c = conv(2, kernel: 1)
  batch_norm(0.5) -> dropout(0)
  flatten
  head = dense(2)
  output head
}
train Net { optimizer: sgd(learning_rate: ${RATE})  batch: 2  epochs: 1  ${settings} }
`;
const tensors: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  'c.weight': [
    [2, 1, 1, 1],
    [0.25, -0.5],
  ],
  'c.bias': [[2], [0.5, 0.125]],
  'batch_norm1.weight': [[2], [1.5, 0.5]],
  'batch_norm1.bias': [[2], [-0.25, 1]],
  'batch_norm1.running_mean': [[2], [1, -2]],
  'batch_norm1.running_var': [[2], [3.5, 1.5]],
  'head.weight': [
    [2, 4],
    [0.5, -0.25, 0.125, 0.75, -0.5, 0.25, 1, -1],
  ],
  'head.bias': [[2], [0.25, -0.125]],
};
const start: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.entries(tensors).map(([name, [, data]]) => [name, data]),
);
const images = [
  [3, 8],
  [6, 1],
];
const labels = [0, 1];
const files = {
  'a.cnn': source(),
  'averaged.cnn': source('average: 0.9'),
  'slow.cnn': source().replace(/sgd.*?\)/, 'adamw(learning_rate: 0.125, weight_decay: 0.5)'),
  'fast.cnn': source().replace(/sgd.*?\)/, 'adamw(learning_rate: 0.5, weight_decay: 0.5)'),
  'w.safetensors': writeSafetensors(
    Object.entries(tensors).map(([name, [shape, data]]) => ({ name, shape, data: Float32Array.from(data) })),
  ),
  'd/train-images.npy': npy('|u1', [2, 1, 1, 2], images.flat()),
  'd/train-labels.npy': npy('|u1', [2], labels),
};
const train = (file: string, ...more: readonly string[]): Promise<Outcome> =>
  cnnc(
    ['train', file, '--data', 'd', '--weights', 'w.safetensors', '--target', 'js', '--out', 'o.safetensors', ...more],
    { files },
  );
const learnt = ({ files: after }: Outcome): ReadonlyMap<string, readonly number[]> =>
  new Map(
    readSafetensors(after.get('/project/o.safetensors')!).tensors.map(({ name, data }) => [name, Array.from(data)]),
  );

/** The mean of −log softmax, where batch norm goes by its running statistics. */
function loss(w: Readonly<Record<string, readonly number[]>>): number {
  const at = (name: string, index: number): number => w[name]![index]!;
  const each = images.map((image, n) => {
    const flat = [0, 1].flatMap((c) =>
      image.map((pixel) => {
        const value = pixel * at('c.weight', c) + at('c.bias', c);
        const normal = (value - at('batch_norm1.running_mean', c)) / Math.sqrt(at('batch_norm1.running_var', c) + 0.5);
        return normal * at('batch_norm1.weight', c) + at('batch_norm1.bias', c);
      }),
    );
    const scores = [0, 1].map((k) =>
      flat.reduce((sum, value, i) => sum + value * at('head.weight', 4 * k + i), at('head.bias', k)),
    );
    return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[labels[n]!]!;
  });
  return each.reduce((sum, one) => sum + one, 0) / each.length;
}

/** A tensor after a step down the slope. */
function stepped(name: string): readonly number[] {
  return start[name]!.map((value, index) => {
    const moved = (by: number): number => loss({ ...start, [name]: start[name]!.with(index, value + by) });
    return value - (RATE * (moved(1e-5) - moved(-1e-5))) / 2e-5;
  });
}

describe('--learn', { timeout: 30_000 }, () => {
  test.each([
    ['a.cnn', ['head'], ['head.weight', 'head.bias']],
    ['a.cnn', ['c'], ['c.weight', 'c.bias']],
    ['a.cnn', ['c', 'head'], ['c.weight', 'c.bias', 'head.weight', 'head.bias']],
  ])('in %s, %j learn and nothing else changes by a bit', async (file, layers, changed) => {
    const trained = await train(file, ...layers.flatMap((layer) => ['--learn', layer]));
    expect(trained).toMatchObject({ code: 0 });
    const after = learnt(trained);
    for (const [name, values] of after) {
      if (!changed.includes(name)) expect({ name, values }).toEqual({ name, values: start[name] });
      else for (const [index, value] of stepped(name).entries()) expect(values[index]).toBeCloseTo(value, 5);
    }
  });

  test('averages of what does not learn are no others, after many steps either', async () => {
    const after = learnt(await train('averaged.cnn', '--learn', 'c', '--epochs', '30'));
    for (const [name, values] of after)
      if (!name.startsWith('c.')) expect({ name, values }).toEqual({ name, values: start[name] });
    expect(after.get('c.weight')).not.toEqual(start['c.weight']);
  });

  test('without it, batch norm goes by the batch, and its statistics move', async () => {
    const after = learnt(await train('a.cnn'));
    expect(after.get('batch_norm1.running_mean')).not.toEqual(start['batch_norm1.running_mean']);
    expect(after.get('c.weight')![0]).not.toBeCloseTo(stepped('c.weight')[0]!, 5);
  });

  test('is part of what a training is that goes on', async () => {
    const { files: after } = await train('a.cnn', '--learn', 'head');
    const more = ['--learn', 'c', '--epochs', '2', '--resume', '--out', 'o.safetensors'];
    const other = await cnnc(
      ['train', 'a.cnn', '--data', 'd', '--weights', 'w.safetensors', '--target', 'js', ...more],
      {
        files: { ...files, ...Object.fromEntries(after) },
      },
    );
    expect(other.stderr).toContain('what differs: learn (head then, c now)');
  });

  test.each([
    [['--learn', 'haed'], '--learn haed: no layer of that name has weights; did you mean head?'],
    [
      ['--learn', 'c', '--fresh', 'head'],
      '--fresh head starts by chance and would never learn: --learn does not name it',
    ],
  ])('%j is refused', async (options, message) => {
    expect(await train('a.cnn', ...options)).toMatchObject({ code: 2, stderr: `error: ${message}\n` });
  });
});

describe('--rate', () => {
  // As a group of parameters in PyTorch, whose `lr` counts for its decay, too.
  test('a layer learns with its own rate, and the others with theirs', async () => {
    const [slow, fast] = [learnt(await train('slow.cnn')), learnt(await train('fast.cnn'))];
    const own = learnt(await train('slow.cnn', '--rate', 'c=2', '--rate', 'head=4', '--rate', 'c=1'));
    for (const [name, values] of own) expect(values, name).toEqual((name.startsWith('head') ? fast : slow).get(name));
    expect(own.get('head.weight')).not.toEqual(slow.get('head.weight'));
  });

  test.each([
    [['--rate', 'head'], 'takes a layer and a factor above 0, such as scores=10; found head'],
    [['--rate', 'head=0'], 'found head=0'],
    [['--rate', 'head='], 'found head='],
    [['--rate', 'heads=2'], 'did you mean head?'],
    [['--rate', 'head=2', '--learn', 'c'], '--rate head has no effect: --learn does not name it'],
  ])('%j is refused', async (options, message) => {
    expect(await train('a.cnn', ...options)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('a resumed training has the same', async () => {
    const begun = await train('a.cnn', '--rate', 'head=2');
    const again = { files: Object.fromEntries(begun.files) };
    const argv = [
      'train',
      'a.cnn',
      '--data',
      'd',
      '--weights',
      'w.safetensors',
      '--target',
      'js',
      '--out',
      'o.safetensors',
    ];
    const { code, stderr } = await cnnc([...argv, '--resume', '--epochs', '2'], again);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('what differs: rate ({"head":2} then, none now)'),
    });
    expect(await cnnc([...argv, '--resume', '--epochs', '2', '--rate', 'head=2'], again)).toMatchObject({ code: 0 });
  });
});
