// A training beyond one process: from a `.cnn` file to PyTorch, in two processes of torchrun that talk by gloo, and back.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
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

/** The arguments of Python for what docs/pytorch.md calls `torchrun --nproc_per_node COUNT`, as Debian 12 needs it. */
async function torchrun(count: number): Promise<readonly string[]> {
  // Its usual port is always the same: another training on this machine may have it.
  const port = `${await freePort()}`;
  return ['-m', 'torch.distributed.run', '-r', '1', '-t', '1', '--master_port', port, '--nproc_per_node', `${count}`];
}

/** Of those that systems give to nobody who does not ask for them. */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(12_000 * Math.random());
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return freePort();
  }
  await once(server.close(), 'close');
  return port;
}

/**
 * Runs a script, and says what holds its group when that is ended. The last who holds it ends its threads: where that was the module of PyTorch
 * 1.13, it kept Python's lock meanwhile, for which a thread of gloo may wait to drop a tensor, and now and then a process never ended.
 */
const held = `import gc, os, runpy, sys
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

end = dist.destroy_process_group

def destroy_process_group():
    print(f"held by {sum(isinstance(one, DistributedDataParallel) for one in gc.get_objects())}")
    end()

dist.destroy_process_group = destroy_process_group
del sys.argv[0]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
`;

const PATIENCE = 120_000;

/** Rejects where it takes too long, with what all its processes printed, and where they are. */
async function runPython(
  argv: readonly string[],
  cwd: string,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  // Gloo would ask for the address of this machine's name, which may wait for a network.
  const env = { ...process.env, OMP_NUM_THREADS: '1', GLOO_SOCKET_IFNAME: loopback, PYTHONFAULTHANDLER: '1', LOGLEVEL: 'INFO', TMPDIR: cwd }; // prettier-ignore
  const child = spawn(python, argv, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr, isLate] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
  const end = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // All have ended.
    }
  };
  const closed = once(child, 'close') as Promise<[number | null]>;
  // Python then writes where each of its threads is.
  const late = setTimeout(() => {
    isLate = true;
    end('SIGABRT');
    setTimeout(end, 5000, 'SIGKILL').unref();
  }, PATIENCE);
  const [status] = await closed;
  clearTimeout(late);
  end('SIGKILL');
  if (isLate) throw new Error(`no end within ${PATIENCE} ms\n${stdout}\n${stderr}`);
  return { status, stdout, stderr };
}

const loopback = Object.entries(networkInterfaces()).find(([, all]) => all?.some(({ internal }) => internal))?.[0];

const reason = 'needs /usr/bin/python3 with python3-torch, which is too big for CI to install';
describe.skipIf(!hasTorch)(`torchrun (${reason})`, { timeout: 300_000 }, () => {
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
  async function trained(
    launcher: readonly string[],
    output: string,
  ): Promise<{ readonly losses: readonly number[]; readonly right: number }> {
    const argv = [...launcher, 'digits-pytorch/train.py', '--data', '.', '-o', output];
    const { status, stdout, stderr } = await runPython(argv, folder);
    expect(status, stderr).toBe(0);
    const epochs = [...stdout.matchAll(/epoch \d\/3 {2}loss ([\d.]+) {2}accuracy [\d.]+% {2}(\d+) of 400/g)];
    return { losses: epochs.map(([, loss]) => Number(loss)), right: Number(epochs.at(-1)?.[2]) };
  }

  const tensorsOf = (file: string) => readSafetensors(new Uint8Array(readFileSync(join(folder, file)))).tensors;

  test('two processes learn what one does, and cnnc eval finds the accuracy that they print', async () => {
    const one = await trained([], 'one.safetensors');
    const two = await trained(await torchrun(2), 'two.safetensors');
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

  test('nothing holds the group of processes when it is ended', async () => {
    writeFileSync(join(folder, 'held.py'), held);
    const argv = [...(await torchrun(2)), 'held.py', 'digits-pytorch/train.py', '--data', '.', '--epochs', '1'];
    const { status, stdout, stderr } = await runPython(argv, folder);
    expect(status, stderr).toBe(0);
    expect(stdout.match(/held by \d+/g)).toEqual(['held by 0', 'held by 0']);
  });

  test('processes that cannot share a batch say so', async () => {
    const argv = [...(await torchrun(3)), 'digits-pytorch/train.py', '--data', '.'];
    const { status, stdout, stderr } = await runPython(argv, folder);
    expect(status).not.toBe(0);
    expect(stdout + stderr).toContain('3 processes cannot share batches of 40 images');
  });
});
