// train.py of a network with auxiliary outputs: it learns step by step what `cnnc train` does, and leaves the weights of the network.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { pytorchPackage } from '../../src/export/pytorch/index.ts';
import { initialise } from '../../src/train/initialise.ts';
import { initOf } from '../../src/train/recipe.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { hasTorch, python } from './pytorch-runs.ts';

const [images, height, width] = [6, 4, 6];

/** A network with two auxiliary outputs, the first of them before the result, and one output that no loss sees. */
const textOf = (loss: string, [early, late, result]: readonly [string, string, string]): string => `network Net {
  input image: [1, ${height}, ${width}] { scale: 1/255 }
  stem = conv(3, kernel: 3, padding: 1) -> batch_norm -> relu
  early = stem -> ${early}
  middle = stem -> conv(2, kernel: 1) -> relu
  late = middle -> conv(3, kernel: 1) -> ${late}
  scores = middle -> ${result}
  output early { auxiliary: 0.3 }
  output scores, middle
  output late { auxiliary: 0.5 }
}
train Net { loss: ${loss}  optimizer: sgd(learning_rate: 0.3, momentum: 0.9, weight_decay: 0.01)  clip: 2  batch: ${images}  epochs: 5 }
`;

const bytes = Uint8Array.from({ length: images * height * width }, (_, at) => (at * 97) % 256);
const classOf = Uint8Array.from({ length: images }, (_, at) => at % 4);
const bright = bytes.map((value, at) => (at % 29 < 11 ? 255 : Number(value > 127)));
const numbers = Float32Array.from({ length: images * 2 }, (_, at) => ((at * 37) % 11) / 10);
const labels = { 'train-labels.npy': npy('|u1', [images], classOf), 'test-labels.npy': npy('|u1', [images], classOf) };
const maps = npy('|u1', [images, height, width], bright);
const targets = npy('<f4', [images, 2], new Uint8Array(numbers.buffer));
const dense = (count: number): string => `flatten -> dense(${count})`;

const cases = {
  'classes of images, one by probabilities': [
    textOf('cross_entropy(label_smoothing: 0.1)', [dense(4), `${dense(4)} -> softmax`, dense(4)]),
    labels,
  ],
  // Of 100 below the last score, f32 has 0 as probability.
  'a result in probabilities, most of them too small for f32': [
    textOf('cross_entropy', [dense(4), dense(4), dense(3)])
      .replace('scores =', 'near =')
      .replace(
        'output early',
        'far = near -> dense(1)\n  scores = near -> concat(far + 100) -> softmax\n  output early',
      ),
    labels,
  ],
  'classes of pixels, some of which do not count': [
    textOf('cross_entropy(ignore: 255)', [
      'conv(2, kernel: 1)',
      'conv(2, kernel: 3, padding: 1)',
      'conv(2, kernel: 1)',
    ]),
    { 'train-targets.npy': maps, 'test-targets.npy': maps },
  ],
  'squared errors': [
    textOf('mean_squared_error', [dense(2), dense(2), dense(2)]),
    { 'train-targets.npy': targets, 'test-targets.npy': targets },
  ],
} as const;

test.skipIf(!hasTorch).each(Object.entries(cases))(
  'learns as cnnc train does: %s (needs python3-torch)',
  { timeout: 120_000 },
  async (_, [text, answers]) => {
    const { networks } = frontend({ path: 'net.cnn', text }, { operators });
    const network = networks[0]!;
    const graph = network.trainingGraph!;
    const given = initialise(graph, initOf(network.train!.init), network.train!.seed);
    const start = graph.parameters.map(({ name, value }) => ({
      name,
      shape: typeOf(graph, value).shape,
      data: given.get(name)!,
    }));
    const data = {
      'train-images.npy': npy('|u1', [images, height, width], bytes),
      'test-images.npy': npy('|u1', [images, height, width], bytes),
      ...answers,
    };
    const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
    try {
      const made = pytorchPackage(network, operators, undefined).files;
      for (const { path, data: file } of made) writeFileSync(join(folder, path), file);
      for (const [name, file] of Object.entries(data)) writeFileSync(join(folder, name), file);
      writeFileSync(join(folder, 'start.safetensors'), writeSafetensors(start));
      const argv = ['train.py', '--data', '.', '--weights', 'start.safetensors'];
      const trained = spawnSync(python, argv, { cwd: folder, encoding: 'utf8' });
      expect(trained).toMatchObject({ status: 0, stderr: '' });
      const told = [...trained.stdout.matchAll(/epoch .* {2}loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
      // By chance, from the same seed.
      const { stdout, files } = await cnnc(['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors', '--json'], {
        files: {
          'net.cnn': text,
          ...Object.fromEntries(Object.entries(data).map(([name, file]) => [`d/${name}`, file])),
        },
      });
      const { epochs } = JSON.parse(stdout) as { epochs: readonly { loss: number }[] };
      expect(told).toEqual(epochs.map(({ loss }) => expect.closeTo(loss, 4)));
      const [theirs, ours] = [
        new Uint8Array(readFileSync(join(folder, 'trained.safetensors'))),
        files.get('/project/w.safetensors')!,
      ].map((file) => readSafetensors(file).tensors);
      expect(theirs!.map(({ name }) => name)).toEqual(ours!.map(({ name }) => name));
      for (const [at, { data: found }] of theirs!.entries())
        found.forEach((value, index) => expect(value).toBeCloseTo(ours![at]!.data[index]!, 5));
      // The network's own weights are enough to start from.
      writeFileSync(join(folder, 'own.safetensors'), writeSafetensors(theirs!));
      const again = ['train.py', '--data', '.', '--weights', 'own.safetensors', '--epochs', '1'];
      expect(spawnSync(python, again, { cwd: folder, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('an auxiliary output of another shape: no train.py, and why', () => {
  const text = textOf('cross_entropy', [dense(4), dense(5), dense(4)]);
  const { networks } = frontend({ path: 'net.cnn', text }, { operators });
  const { files, untrainable } = pytorchPackage(networks[0]!, operators, undefined);
  expect(files.map(({ path }) => path)).toEqual(['model.py']);
  expect(untrainable).toBe('its auxiliary output late gives [5], and the result [4]');
});
