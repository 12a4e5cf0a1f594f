// `cnnc train --weights`: what is learnt further is what the file holds; a rate that moves nothing shows it bit for bit.

import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';
import type { Outcome, World } from './harness.ts';

const source = (classes: number, rate: number): string => `network Net {
  input image: [1, 12, 12] { scale: 1/255 }
  conv(4, kernel: 3) -> relu
  flatten
  head = dense(${classes})
  output head
}

train Net {
  optimizer: sgd(learning_rate: ${rate})
  batch: 16
  epochs: 1
}
`;
const argv = (file: string, ...rest: readonly string[]): readonly string[] => [
  ...['train', file, '--data', 'digits:32', '--target', 'js', ...rest],
];
const files: NonNullable<World['files']> = {
  'learnt.cnn': source(10, 0.1),
  'still.cnn': source(10, 1e-30),
  'wider.cnn': source(12, 1e-30),
};
const out = ['--out', 'w.safetensors'] as const;

const written = ({ files: after }: Outcome): Uint8Array => after.get('/project/w.safetensors')!;
const tensorsOf = (bytes: Uint8Array) =>
  new Map(readSafetensors(bytes).tensors.map(({ name, data }) => [name, Array.from(data)]));

describe('a training from weights', { timeout: 30_000 }, async () => {
  const start = written(await cnnc(argv('learnt.cnn', ...out), { files }));
  const world: World = { files: { ...files, 'start.safetensors': start } };
  const given = ['--weights', 'start.safetensors'] as const;

  test('begins with those of the file', async () => {
    const still = await cnnc(argv('still.cnn', ...given, ...out), world);
    expect(still).toMatchObject({ code: 0 });
    expect(tensorsOf(written(still))).toEqual(tensorsOf(start));
  });

  test('begins by chance in layers that are fresh', async () => {
    const refused = await cnnc(argv('wider.cnn', ...given, ...out), world);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('head.weight');
    expect(refused.stderr).toContain('fix: --fresh head lets it begin by chance');
    const wider = await cnnc(argv('wider.cnn', ...given, '--fresh', 'head', ...out), world);
    expect(wider).toMatchObject({ code: 0 });
    expect(wider.stderr).not.toContain('warning');
    const [before, after] = [tensorsOf(start), tensorsOf(written(wider))];
    expect(after.get('conv1.weight')).toEqual(before.get('conv1.weight'));
    expect(after.get('head.weight')).toHaveLength(12 * 400);
    expect(after.get('head.weight')!.slice(0, 400)).not.toEqual(before.get('head.weight')!.slice(0, 400));
  });

  test.each([
    ['all four tensors', 4],
    ['those of the convolution only', 2],
  ])('finds the layers that are not fresh by their order in a file with %s', async (_, count) => {
    const all = readSafetensors(start).tensors.slice(0, count);
    const renamed = all.map(({ data, shape, name }, at) => ({
      name: `${at >> 1}.${name.split('.')[1]!}`,
      shape,
      data: Float32Array.from(data),
    }));
    const files = { ...world.files, 'torch.safetensors': writeSafetensors(renamed) };
    const byOrder = ['--weights', 'torch.safetensors', '--match', 'order', '--fresh', 'head'] as const;
    const wider = await cnnc(argv('wider.cnn', ...byOrder, ...out), { files });
    expect(wider).toMatchObject({ code: 0 });
    const [before, after] = [tensorsOf(start), tensorsOf(written(wider))];
    expect(after.get('conv1.weight')).toEqual(before.get('conv1.weight'));
    expect(after.get('conv1.bias')).toEqual(before.get('conv1.bias'));
    expect(after.get('head.weight')).toHaveLength(12 * 400);
  });

  test('goes on with the same weights to start from only', async () => {
    const once = await cnnc(argv('learnt.cnn', ...given, ...out), world);
    const later: World = { files: { ...world.files, ...Object.fromEntries(once.files) } };
    const more = ['--epochs', '2', '--resume', ...out] as const;
    expect((await cnnc(argv('learnt.cnn', ...more), later)).stderr).toMatch(/what differs: start \([0-9a-f]{16} then/);
    expect(await cnnc(argv('learnt.cnn', ...given, ...more), later)).toMatchObject({ code: 0 });
  });

  test.each([
    [['--fresh', 'head'], /--fresh say how to read --weights, which is not given/],
    [[...given, '--fresh', 'haed'], /--fresh haed: no layer of that name has weights; did you mean head\?/],
    [['--weights', 'random:1'], /takes a file; without it, it starts by chance/],
    [[...given, '--out', 'start.safetensors'], /start\.safetensors would take the place of/],
  ])('%j is refused', async (options, message) => {
    const refused = await cnnc(argv('still.cnn', ...options), world);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toMatch(message);
  });
});
