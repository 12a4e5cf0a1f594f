// The main job on real images: networks trained on Fashion-MNIST, from their text to answers, against what PyTorch answers with the same
// weights. Needs ../shared; the demo and the drawn pictures do not.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../src/data/dataset.ts';
import { load } from '../../src/index.ts';
import { program } from '../support/command-line.ts';
import { trainedExamples, trainedInput, trainedWeights, trainedWeightsPath } from '../support/trained-examples.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const data = join(root, '../shared/data/fashion-mnist');
const hasData = existsSync(data);
const node = (...command: readonly string[]) => promisify(execFile)(process.execPath, command, { cwd: root });

describe.each(trainedExamples)('%s', { timeout: 180_000 }, (example, trained) => {
  const source = `examples/${example}/${example}.cnn`;
  const weights = trainedWeightsPath(example);
  // The first one of the file, where there are several.
  const [, network] = /^network (\w+)/m.exec(readFileSync(join(root, source), 'utf8'))!;

  test.skipIf(!hasData)('classifies the test images as PyTorch does (needs ../shared/data)', async () => {
    const options = ['--weights', weights, '--data', '../shared/data/fashion-mnist', '--json'];
    const { stdout } = await node(program, 'eval', `${source}:${network}`, ...options);
    const result = JSON.parse(stdout) as { correct: number; total: number; accuracy: number };
    expect(result.total).toBe(trained.total);
    expect(Math.abs(result.correct - trained.correct)).toBeLessThanOrEqual(2);
    expect(result.accuracy).toBe(result.correct / 10_000);
  });

  test.skipIf(!hasData)('gives the logits of PyTorch (needs ../shared/data)', async () => {
    const text = readFileSync(join(root, source), 'utf8');
    const { pixels } = readDataset(
      readFileSync(join(data, 't10k-images-idx3-ubyte.gz')),
      readFileSync(join(data, 't10k-labels-idx1-ubyte.gz')),
    );
    const net = await load(text, trainedWeights(example), { maxBatch: 16, network: network! });
    const logits = net.run(trainedInput(example, pixels.subarray(0, 64 * 784))) as Float32Array;
    const expected = trained.logits.flat();
    expect(logits).toHaveLength(expected.length);
    const largest = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((value, at) => Math.abs(value - logits[at]!)));
    expect(difference / largest).toBeLessThan(2e-5);
  });
});

describe('the demo', { timeout: 180_000 }, () => {
  test('learns digits, shows the report and recognises its pictures', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'cnnc-demo-test-'));
    const { stdout } = await promisify(execFile)(process.execPath, ['examples/demo.ts'], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', TMPDIR: temporary },
    });
    rmSync(temporary, { recursive: true });
    // It learns: from 10 % to nearly all, in eight epochs.
    const right = [...stdout.matchAll(/^epoch \d .* (\d+\.\d)% of 500/gm)].map(([, share]) => Number(share));
    expect(right).toHaveLength(8);
    expect(right.at(-1)).toBeGreaterThan(90);
    expect(stdout).toMatch(/^total +61,706 +416,520$/m);
    const [, { correct, drawings }] = trainedExamples.find(([name]) => name === 'lenet')!;
    const clothes = [
      't-shirt',
      'trouser',
      'pullover',
      'dress',
      'coat',
      'sandal',
      'shirt',
      'sneaker',
      'bag',
      'ankle-boot',
    ];
    const recognised = Object.entries(drawings).filter(
      ([drawing, logits]) => clothes[logits.indexOf(Math.max(...logits))] === drawing,
    );
    expect(stdout).toContain(`${recognised.length} of 8 drawings are recognised.`);
    const told = /^Fashion-MNIST: (\S+) of 10,000 test images/m.exec(stdout)?.[1];
    if (hasData) expect(Math.abs(Number(told!.replace(',', '')) - correct)).toBeLessThanOrEqual(2);
    else expect(stdout).toContain('are not here');
  });
});
