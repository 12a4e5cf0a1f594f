// `run` prepares a network for the images that it gets, and for fewer where memory is short.

import { expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';

/** Runs `count` images through a module that can be loaded for so many at most; what `load` was asked for. */
async function batches(count: number, most: number) {
  const asked: unknown[] = [];
  const module = {
    inputs: { x: [2] },
    outputs: { y: [2] },
    settings: {},
    labels: {},
    weightTensors: [],
    async load(_: unknown, { maxBatch }: { readonly maxBatch: number }) {
      asked.push(maxBatch);
      if (maxBatch > most) throw new RangeError(`maxBatch is ${maxBatch}; expected a whole number from 1 to ${most}`);
      return { run: (x: Float32Array) => x };
    },
  };
  const outcome = await cnnc(['run', 'net.js', '--weights', 'w.safetensors', '--input', 'x.csv', '--json'], {
    files: { 'net.js': 'x', 'w.safetensors': writeSafetensors([]), 'x.csv': '1,2\n'.repeat(count) },
    import: () => Promise.resolve(module),
  });
  return { asked, code: outcome.code, stderr: outcome.stderr };
}

test.each([
  [1, 100, [1]],
  [3, 100, [3]],
  [20, 100, [8]],
  [20, 3, [8, 4, 2]],
  [5, 1, [5, 3, 2, 1]],
])('%i images where memory is for %i', async (count, most, asked) => {
  expect(await batches(count, most)).toEqual({ asked, code: 0, stderr: '' });
});

test('where not even one fits, that is said of one', async () => {
  const { code, stderr } = await batches(4, 0);
  expect(code).toBe(1);
  expect(stderr).toBe('error: w.safetensors: maxBatch is 1; expected a whole number from 1 to 0\n');
});
