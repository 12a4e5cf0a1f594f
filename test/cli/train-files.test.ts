// The files that `cnnc train` writes on the way: the log, which grows; checkpoints that were cut off; disks that are full.

import { describe, expect, test } from 'vitest';
import { checkpointPaths, openCheckpoints } from '../../src/cli/checkpoints.ts';
import type { Io } from '../../src/cli/io.ts';
import { InputError } from '../../src/data/input-error.ts';
import { decodeCheckpoint } from '../../src/train/checkpoint.ts';
import { cnnc } from './harness.ts';
import type { Outcome, World } from './harness.ts';

const files = {
  'a.cnn': `network Net { input image: [1, 8, 8] { scale: 1/255 }\n flatten -> dropout(0.2)\n dense(10) }
train Net { optimizer: adam(learning_rate: 0.01)  batch: 8  epochs: 3 }`,
};
const argv = ['train', 'a.cnn', '--data', 'digits:30', '--target', 'js', '--out', 'w.safetensors'] as const;
const log = ['--log', 'log.jsonl'] as const;
const often = ['--checkpoint-every', '2'] as const;
const STEPS = 4;
const [first, second] = checkpointPaths('w.safetensors');

const whole = cnnc([...argv, ...log, ...often], { files });
const filesOf = ({ files: after }: Outcome): Record<string, Uint8Array> => Object.fromEntries(after);
const weightsOf = ({ files: after }: Outcome): Uint8Array | undefined => after.get('/project/w.safetensors');
const linesOf = ({ files: after }: Outcome): readonly unknown[] =>
  new TextDecoder()
    .decode(after.get('/project/log.jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));

/** Runs until the file of the network has been read and so many checkpoints were written, and then as if it was killed. */
async function killedAfter(checkpoints: number): Promise<Record<string, Uint8Array>> {
  let count = 0;
  const kept = await cnnc([...argv, ...log, ...often], {
    files,
    onWrite(path) {
      if (!path.includes('checkpoint')) return;
      count += 1;
      if (count > checkpoints) throw new Error('killed');
    },
  });
  return filesOf(kept);
}

describe('the log', () => {
  test('has the lines of all steps before a checkpoint, when that is written', async () => {
    const written: string[] = [];
    await cnnc([...argv, ...log, ...often], { files, onWrite: (path) => void written.push(path) });
    expect(written.slice(0, 2)).toEqual(['log.jsonl', first]);
    written.slice(2).forEach((path, at, all) => {
      if (path.includes('checkpoint')) expect(all[at - 1]).toBe('log.jsonl');
    });
    expect(linesOf(await whole)).toHaveLength(3 * (STEPS + 1));
  });

  test.each([1, 2, 3, 4, 5])('has each step once after a resume from checkpoint %i', async (checkpoints) => {
    const after = await killedAfter(checkpoints);
    // Steps after the checkpoint had their lines, and the last one was torn.
    const text = `${new TextDecoder().decode((await whole).files.get('/project/log.jsonl'))}{"epoch":3,"st`;
    after['/project/log.jsonl'] = new TextEncoder().encode(text);
    const rest = await cnnc([...argv, ...log, ...often, '--resume'], { files: after });
    expect(rest.code).toBe(0);
    expect(linesOf(rest)).toEqual(linesOf(await whole));
    expect(weightsOf(rest)).toEqual(weightsOf(await whole));
  });

  test('has all lines that were written before a kill', async () => {
    const after = await killedAfter(3);
    const rest = await cnnc([...argv, ...log, ...often, '--resume'], { files: after });
    expect(linesOf(rest)).toEqual(linesOf(await whole));
  });

  test('of a training that began anew begins anew', async () => {
    const again = await cnnc([...argv, ...log, ...often, '--epochs', '1'], { files: filesOf(await whole) });
    expect(linesOf(again)).toHaveLength(STEPS + 1);
  });
});

test('a checkpoint that was cut off at any byte is not used, and the one before is', async () => {
  const after = await killedAfter(3);
  const open = (changes: Record<string, Uint8Array>) => {
    const all: Record<string, Uint8Array> = { ...after, ...changes };
    const text: string[] = [];
    const io = {
      stderr: { write: (part: string) => void text.push(part) },
      files: { read: (path: string) => all[`/project/${path}`], list: () => [first, second] },
    } as unknown as Io;
    return openCheckpoints('w.safetensors', identity, true, io);
  };
  const [older, newer] = [second, first].map((path) => after[`/project/${path}`]!);
  const { identity, snapshot } = decodeCheckpoint(newer!);
  expect(open({}).from).toEqual(snapshot);
  const before = decodeCheckpoint(older!).snapshot;
  expect(before.position).toEqual({ epoch: 0, step: 2 });
  for (let length = 0; length < newer!.length; length += 1) {
    const cut = newer!.subarray(0, length);
    expect(open({ [`/project/${first}`]: cut }).from?.position).toEqual(before.position);
  }
  expect(() => open({ [`/project/${first}`]: newer!.subarray(1), [`/project/${second}`]: older!.subarray(1) })).toThrow(
    'there is no other checkpoint to go on from',
  );
});

describe('a disk that is full', () => {
  const full = (isFull: (path: string, count: number) => boolean): World => {
    let count = 0;
    return {
      files,
      onWrite(path) {
        count += 1;
        if (isFull(path, count)) throw new InputError(`cannot write ${path}: no space is left on the disk`);
      },
    };
  };
  const warnings = ({ stderr }: Outcome): readonly string[] => stderr.match(/^(?:warning|error): .*$/gm) ?? [];

  test('is said before anything is learnt', async () => {
    const outcome = await cnnc(
      [...argv],
      full(() => true),
    );
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(warnings(outcome)).toEqual([`error: cannot write ${first}: no space is left on the disk`]);
  });

  test('is said once, and the training goes on', async () => {
    const tried: string[] = [];
    const outcome = await cnnc(
      [...argv, ...often],
      full((path, count) => {
        if (path.includes('checkpoint')) tried.push(path);
        return count > 1 && path.includes('checkpoint');
      }),
    );
    // The one that is whole is never written over.
    expect(tried).toEqual([first, ...tried.slice(1).map(() => second)]);
    expect(outcome.code).toBe(0);
    expect(warnings(outcome)).toEqual([
      `warning: cannot write ${second}: no space is left on the disk; the checkpoint before remains; the training goes on`,
    ]);
    expect(weightsOf(outcome)).toEqual(weightsOf(await whole));
  });

  test('keeps the lines of the log until there is space', async () => {
    const outcome = await cnnc(
      [...argv, ...log, ...often],
      full((path, count) => path === 'log.jsonl' && count > 1 && count < 8),
    );
    expect(outcome.code).toBe(0);
    expect(warnings(outcome)).toEqual([
      'warning: cannot write log.jsonl: no space is left on the disk; the training goes on',
    ]);
    expect(linesOf(outcome)).toEqual(linesOf(await whole));
  });

  test('at the end loses nothing: the last checkpoint has the weights', async () => {
    const outcome = await cnnc(
      [...argv, ...often],
      full((path) => path === 'w.safetensors'),
    );
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(warnings(outcome)).toEqual([
      'error: cannot write w.safetensors: no space is left on the disk; the training is complete, and the same command with --resume writes them',
    ]);
    const rest = await cnnc([...argv, ...often, '--resume'], { files: filesOf(outcome) });
    expect(rest.code).toBe(0);
    expect(weightsOf(rest)).toEqual(weightsOf(await whole));
  });

  test('when it is interrupted leaves the checkpoint before', async () => {
    let count = 0;
    const outcome = await cnnc([...argv], {
      ...full((_, written) => written > 1),
      onInterrupt(action) {
        const timer = setInterval(() => {
          count += 1;
          if (count === 2) action();
        }, 0);
        return () => clearInterval(timer);
      },
    });
    expect(outcome.code).toBe(1);
    expect(warnings(outcome).at(-1)).toBe(
      `error: cannot write ${second}: no space is left on the disk; the checkpoint before remains`,
    );
    const rest = await cnnc([...argv, '--resume'], { files: filesOf(outcome) });
    expect(weightsOf(rest)).toEqual(weightsOf(await whole));
  });
});
