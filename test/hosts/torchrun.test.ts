// A training beyond one process: from a `.cnn` file to PyTorch, in two processes of torchrun that talk by gloo, and back.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { hasTorch, python } from '../export/pytorch-runs.ts';
import { program } from '../support/command-line.ts';
import { digitFiles } from '../support/idx.ts';

/** Nothing in it is drawn by chance or counts over a batch, so that it does not matter how a batch is shared. */
const text = `network Digits {
  input image: [1, 12, 12] { scale: 1/255  mean: [0.2]  std: [0.4] }
  conv(4, kernel: 3) -> relu -> max_pool(2) -> flatten
  scores = dense(10)
  output scores
}
train Digits {
  loss: cross_entropy
  optimizer: adamw(learning_rate: 0.01)
  batch: 40
  epochs: 3
  init: kaiming_normal
}
`;
/** As Debian 12 needs them; on a port that is free. */
const torchrun = ['-m', 'torch.distributed.run', '--standalone', '-r', '1', '-t', '1'];

const reason = 'needs /usr/bin/python3 with python3-torch, which is too big for CI to install';
describe.skipIf(!hasTorch)(`torchrun (${reason})`, { timeout: 180_000 }, () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cnnc-torchrun-'));
    writeFileSync(join(folder, 'digits.cnn'), text);
    for (const [name, bytes] of Object.entries(digitFiles(400))) writeFileSync(join(folder, name), bytes);
    cnnc('export', 'digits.cnn', '--pytorch', '-o', 'digits-pytorch');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const cnnc = (...argv: readonly string[]): string =>
    execFileSync(process.execPath, [program, ...argv], { cwd: folder, encoding: 'utf8', timeout: 60_000 });

  /** The epochs' losses, and how many images are right after the last. */
  function trained(launcher: readonly string[], output: string): { readonly losses: readonly number[]; right: number } {
    const argv = [...launcher, 'digits-pytorch/train.py', '--data', '.', '-o', output];
    const env = { ...process.env, OMP_NUM_THREADS: '1' };
    const { status, stdout, stderr } = spawnSync(python, argv, {
      cwd: folder,
      encoding: 'utf8',
      env,
      timeout: 120_000,
    });
    expect(status, stderr).toBe(0);
    const epochs = [...stdout.matchAll(/epoch \d\/3 {2}loss ([\d.]+) {2}accuracy [\d.]+% {2}(\d+) of 400/g)];
    return { losses: epochs.map(([, loss]) => Number(loss)), right: Number(epochs.at(-1)?.[2]) };
  }

  const tensorsOf = (file: string) => readSafetensors(new Uint8Array(readFileSync(join(folder, file)))).tensors;

  test('two processes learn what one does, and cnnc eval finds the accuracy that they print', () => {
    const one = trained([], 'one.safetensors');
    const two = trained([...torchrun, '--nproc_per_node', '2'], 'two.safetensors');
    expect(two.losses).toHaveLength(3);
    for (const [epoch, loss] of two.losses.entries()) expect(loss).toBeCloseTo(one.losses[epoch]!, 3);
    expect(two.losses[2]).toBeLessThan(two.losses[0]! / 1.5);

    const [alone, shared] = [tensorsOf('one.safetensors'), tensorsOf('two.safetensors')];
    expect(shared.map(({ name }) => name)).toEqual(alone.map(({ name }) => name));
    for (const [at, { data }] of shared.entries())
      for (const [place, value] of (data as Float32Array).entries())
        expect(Math.abs(value - (alone[at]!.data as Float32Array)[place]!)).toBeLessThan(1e-4);

    const found = cnnc('eval', 'digits.cnn', '--weights', 'two.safetensors', '--data', '.', '--json');
    expect(JSON.parse(found)).toMatchObject({ correct: two.right, total: 400 });
  });

  test('processes that cannot share a batch say so', () => {
    const argv = [...torchrun, '--nproc_per_node', '3', 'digits-pytorch/train.py', '--data', '.'];
    const { status, stdout, stderr } = spawnSync(python, argv, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('3 processes cannot share batches of 40 images');
  });
});
