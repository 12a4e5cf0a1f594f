// The main job on real images: networks that PyTorch trained on Fashion-MNIST, from their text to answers, against what PyTorch
// answered itself. Needs ../shared; the demo and the drawn pictures do not.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../src/data/dataset.ts';
import { load, matchWeights } from '../../src/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = join(root, '../shared/data/fashion-mnist');
const hasData = existsSync(data);
const node = (...command: readonly string[]) => promisify(execFile)(process.execPath, command, { cwd: root });

interface Trained {
  readonly test_correct: number;
  readonly test_total: number;
  readonly logits_first_64: readonly (readonly number[])[];
}

const cases = [
  { example: 'lenet', network: 'LeNet', file: 'lenet-fashion-mnist', correct: 7906 },
  { example: 'lenet-bn', network: 'LeNetBN', file: 'lenet_bn-fashion-mnist', correct: 8552 },
] as const;

describe.each(cases)('$network', { timeout: 180_000 }, ({ example, network, file, correct }) => {
  const source = `examples/${example}/${example}.cnn`;
  const weights = `examples/${example}/${file}.safetensors`;
  const trained = JSON.parse(readFileSync(join(root, `examples/${example}/${file}.json`), 'utf8')) as Trained;

  test('was trained to what the example says', () => {
    expect([trained.test_correct, trained.test_total]).toEqual([correct, 10_000]);
  });

  test.skipIf(!hasData)('classifies the test images as PyTorch does (needs ../shared/data)', async () => {
    const options = ['--weights', weights, '--match', 'order', '--data', '../shared/data/fashion-mnist', '--json'];
    const { stdout } = await node('src/cli/main.ts', 'eval', source, '--network', network, ...options);
    const result = JSON.parse(stdout) as { correct: number; total: number; accuracy: number };
    expect(result.total).toBe(10_000);
    expect(Math.abs(result.correct - correct)).toBeLessThanOrEqual(2);
    expect(result.accuracy).toBe(result.correct / 10_000);
  });

  test.skipIf(!hasData)('gives the logits of PyTorch (needs ../shared/data)', async () => {
    const text = readFileSync(join(root, source), 'utf8');
    const named = matchWeights(text, readFileSync(join(root, weights)), { match: 'order' });
    const { pixels } = readDataset(
      readFileSync(join(data, 't10k-images-idx3-ubyte.gz')),
      readFileSync(join(data, 't10k-labels-idx1-ubyte.gz')),
    );
    const net = await load(text, named, { maxBatch: 16 });
    const logits = net.run(Float32Array.from(pixels.subarray(0, 64 * 784), (byte) => byte / 255)) as Float32Array;
    const expected = trained.logits_first_64.flat();
    expect(logits).toHaveLength(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, at) => Math.abs(value - logits[at]!)));
    expect(difference / largest).toBeLessThan(2e-5);
  });
});

describe('the demo', () => {
  test('shows the report and recognises its pictures', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'cnnc-demo-test-'));
    const { stdout } = await promisify(execFile)(process.execPath, ['examples/demo.ts'], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', TMPDIR: temporary },
    });
    rmSync(temporary, { recursive: true });
    expect(stdout).toMatch(/^total +61,706 +416,520$/m);
    expect(stdout).toContain('7 of 8 drawings are recognised.');
    if (hasData) expect(stdout).toMatch(/^Fashion-MNIST: 7,90[4-8] of 10,000 test images/m);
    else expect(stdout).toContain('are not here');
  });
});
