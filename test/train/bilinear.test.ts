// `init: …(transposed: bilinear)`: transposed convolutions begin as a bilinear enlargement, as Dive into Deep Learning has it (14.11).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { pytorchPackage } from '../../src/export/pytorch/index.ts';
import { importText } from '../../src/network/module.ts';
import { compiledTraining } from '../../src/train/compiled.ts';
import { initialise } from '../../src/train/initialise.ts';
import { initOf } from '../../src/train/recipe.ts';
import { cnnc } from '../cli/harness.ts';
import { hasTorch, python } from '../export/pytorch-runs.ts';
import { runOracle } from '../support/executors.ts';

const textOf = (steps: string, init: string): string => `network Net {
  input image: [4, 5, 6]
  ${steps}
  flatten
  scores = dense(3)
  output scores
}
train Net { optimizer: sgd(learning_rate: 0.1)  init: ${init}  batch: 2 }
`;
const built = (steps: string, init: string): Network => {
  const { networks, diagnostics } = frontend({ path: 'net.cnn', text: textOf(steps, init) }, { operators });
  expect(diagnostics).toEqual([]);
  return networks[0]!;
};
const startOf = ({ graph, train }: Network, seed = 5) => initialise(graph, initOf(train!.init), seed);

/** What the book's `bilinear_kernel` gives along an axis. */
const ramps = {
  1: [1],
  2: [0.5, 0.5],
  3: [0.5, 1, 0.5],
  4: [0.25, 0.75, 0.75, 0.25],
  5: [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3],
} as const;
type Extent = keyof typeof ramps;

test.each<[Extent, Extent, number]>([
  [4, 4, 1],
  [3, 3, 1],
  [2, 5, 1],
  [1, 4, 2],
  [5, 3, 4],
])('a window of %i×%i in %i groups is that of the book', (height, width, groups) => {
  const up = `up = conv_transpose(4, kernel: ${height}x${width}, groups: ${groups})`;
  const weight = startOf(built(up, 'normal(deviation: 3, transposed: bilinear)')).get('up.weight')!;
  const share = 4 / groups;
  const expected = Array.from({ length: 4 }, (_, c) =>
    Array.from({ length: share }, (__, o) =>
      ramps[height].map((y) => ramps[width].map((x) => (o === c % share ? y * x : 0))),
    ),
  );
  expect([...weight]).toEqual(expected.flat(3).map((value) => expect.closeTo(value, 7)));
});

test('every other tensor begins as the word before says', () => {
  const steps = 'up = conv_transpose(4, kernel: 4)\n  conv(8, kernel: 3)\n  fewer = conv_transpose(6, kernel: 4)';
  const [plain, bilinear] = ['xavier_normal', 'xavier_normal(transposed: bilinear)'].map((init) =>
    startOf(built(steps, init)),
  );
  for (const [name, data] of bilinear!)
    if (name === 'up.weight') expect(data).not.toEqual(plain!.get(name));
    else expect(data, name).toEqual(plain!.get(name));
});

// Whose numbers are compared with PyTorch's.
test.each([2, 3, 4])('inside an image, it enlarges %i times as `resize` does', (factor) => {
  const kernel = 2 * factor - (factor % 2);
  const padding = Math.floor(factor / 2);
  const text = `network Up {
    input image: [4, 5, 6]
    up = image -> conv_transpose(4, kernel: ${kernel}, stride: ${factor}, padding: ${padding}, bias: false)
    resized = image -> resize(factor: ${factor}, mode: bilinear)
    output up, resized
  }
  train Up { optimizer: sgd(learning_rate: 0.1)  init: default(transposed: bilinear) }`;
  const { networks } = frontend({ path: 'net.cnn', text }, { operators });
  const { graph } = networks[0]!;
  const image = Float32Array.from({ length: 120 }, (_, at) => ((at * 37) % 101) / 50 - 1);
  const { outputs } = runOracle(graph, {
    inputs: new Map([['image', image]]),
    parameters: startOf(networks[0]!),
    batch: 1,
  });
  const [up, resized] = [outputs.get('up')!, outputs.get('resized')!];
  const [rows, columns] = [5 * factor, 6 * factor];
  expect(up.length).toBe(resized.length);
  for (let c = 0; c < 4; c += 1)
    for (let y = factor; y < rows - factor; y += 1)
      for (let x = factor; x < columns - factor; x += 1)
        expect(up[(c * rows + y) * columns + x]).toBeCloseTo(resized[(c * rows + y) * columns + x]!, 6);
});

describe('in', () => {
  const steps = 'up = conv_transpose(4, kernel: 5x4, stride: 2, groups: 2)\n  fewer = conv_transpose(2, kernel: 4)';

  test.each(['js', 'wasm'] as const)('a module that trains: %s', async (target) => {
    const network = built(steps, 'kaiming_uniform(transposed: bilinear)');
    const [file] = compiledTraining(network, network.train!, { target }).emit({ sourceName: 'net.cnn' });
    const module = (await importText(file!.text)) as unknown as {
      loadTrainer(options: object): Promise<{ weights(): Promise<Record<string, Float32Array>>; close(): void }>;
    };
    const trainer = await module.loadTrainer({ seed: 5 });
    expect(new Map(Object.entries(await trainer.weights()))).toEqual(startOf(network));
    trainer.close();
  });

  test.skipIf(!hasTorch).each(['default', 'xavier_normal'])('train.py, with %s (needs python3-torch)', (word) => {
    const network = built(steps, `${word}(transposed: bilinear)`);
    const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
    try {
      for (const { path, data } of pytorchPackage(network, operators, undefined).files)
        writeFileSync(join(folder, path), data);
      const code = `import json, train
model = train.Net()
before = model.fewer.weight.detach().clone()
train.initialise(model)
print(json.dumps([model.up.weight.flatten().tolist(), bool((model.fewer.weight == before).all())]))`;
      const { stdout, stderr } = spawnSync(python, ['-c', code], { cwd: folder, encoding: 'utf8' });
      expect(stderr).toBe('');
      const [weight, isKept] = JSON.parse(stdout) as [number[], boolean];
      expect(weight).toEqual([...startOf(network).get('up.weight')!].map((value) => expect.closeTo(value, 6)));
      expect(isKept).toBe(word === 'default');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('another word is refused', async () => {
  const files = { 'net.cnn': textOf('relu', 'default(transposed: bicubic)') };
  const { code, stderr } = await cnnc(['check', 'net.cnn'], { files });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('`transposed` has no `bicubic`') });
});
