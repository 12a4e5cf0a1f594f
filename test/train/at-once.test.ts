// Steps in micro-batches as a whole training, and what is refused before the first step: too much memory, batch norm that would see
// fewer images.

import { describe, expect, test } from 'vitest';
import { digits } from '../../src/data/digits/digits.ts';
import { InputError } from '../../src/data/input-error.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/train/checkpoint.ts';
import { differences } from '../../src/train/identity.ts';
import { prepare } from '../../src/train/prepare.ts';
import type { PrepareOptions } from '../../src/train/prepare.ts';
import { run } from '../../src/train/run.ts';
import type { Outcome, Snapshot } from '../../src/train/run.ts';

const data = digits({ count: 22, height: 8, width: 8 });
const plain = 'conv(4, kernel: 3) -> relu -> dropout(0.3) -> flatten -> dense(10)';
const normal = 'conv(4, kernel: 3) -> bn = batch_norm -> relu -> flatten -> dense(10)';

interface Options extends PrepareOptions {
  readonly batch?: number;
}

function prepared(steps: string, { batch = 8, ...options }: Options = {}) {
  const text = `network A {
  input x: [1, 8, 8] { scale: 1/255 }
  ${steps.replaceAll(' -> ', '\n  ')}
}
train A { optimizer: adam(learning_rate: 0.01)  batch: ${batch}  epochs: 2 }`;
  const { networks, diagnostics } = buildNetworks({ path: 'a.cnn', text });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return prepare(networks[0]!, networks[0]!.train!, { training: data }, options);
}

async function trained(
  training: ReturnType<typeof prepared>,
  from: Snapshot = training.begin(),
  steps = Infinity,
): Promise<Outcome> {
  const course = await training.open();
  const stop = new AbortController();
  let left = steps;
  try {
    return await run(course, from, {
      signal: stop.signal,
      onStep() {
        left -= 1;
        if (left === 0) stop.abort();
      },
    });
  } finally {
    course.trainer.close();
  }
}

const refusal = (steps: string, options: Options): unknown => {
  try {
    return prepared(steps, options);
  } catch (error) {
    return error;
  }
};

describe.each(['js', 'wasm'] as const)('micro-batches for %s', (target) => {
  test('end where whole batches do, up to rounding', async () => {
    const [whole, parts] = [
      await trained(prepared(plain, { target })),
      await trained(prepared(plain, { target, microBatch: 3 })),
    ];
    for (const [at, { loss, accuracy }] of whole.history.entries()) {
      expect(parts.history[at]!.loss).toBeCloseTo(loss, 4);
      expect(parts.history[at]!.accuracy).toBe(accuracy);
    }
    expect([...parts.weights.keys()]).toEqual([...whole.weights.keys()]);
    for (const [name, values] of whole.weights)
      values.forEach((value, i) =>
        expect(Math.abs(parts.weights.get(name)![i]! - value), `${name} ${i}`).toBeLessThan(1e-4),
      );
  });

  test('go on from a checkpoint with the same bits', async () => {
    const training = prepared(plain, { target, microBatch: 3 });
    const whole = await trained(training);
    const { snapshot } = await trained(training, undefined, 4);
    expect([...snapshot.states.keys()].filter((name) => name.startsWith('gradient/'))).toEqual([]);
    const stored = decodeCheckpoint(encodeCheckpoint({ identity: training.identity, snapshot, run: 1 }));
    const rest = await trained(training, stored.snapshot);
    expect(rest.history).toEqual(whole.history);
    expect(rest.weights).toEqual(whole.weights);
  });
});

test('a training knows its micro-batches, unless they hold the whole batch', () => {
  const { identity } = prepared(plain);
  expect(differences(identity, prepared(plain, { microBatch: 3 }).identity)).toEqual([
    'micro-batch (none then, 3 now)',
  ]);
  expect(prepared(plain, { microBatch: 8 }).identity).toEqual(identity);
  expect(prepared(plain, { memory: 2 ** 30 }).identity).toEqual(identity);
});

test('micro-batches of a batch norm need a word', async () => {
  const error = refusal(normal, { microBatch: 4 });
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(
    /^bn normalises by the statistics .* 4 of 8 in a micro-batch; allow that with --micro-batch-norm/,
  );
  const { history } = await trained(prepared(normal, { microBatch: 4, microBatchNorm: true }));
  expect(history[1]!.loss).toBeLessThan(history[0]!.loss);
  // 8 images are 7 and 1, of a layer with one value per channel.
  const single = 'flatten -> dense(10) -> batch_norm';
  expect((refusal(single, { microBatch: 7, microBatchNorm: true }) as Error).message).toMatch('can tell no variance');
});

describe.each(['js', 'wasm'] as const)('a batch norm that keeps its running statistics sees no batch: %s', (target) => {
  const learns = ['dense1'];
  const finish = async (steps: string, options: Options) => {
    const { snapshot, history } = await trained(prepared(steps, { target, learns, ...options }));
    return { states: snapshot.states, loss: history.at(-1)!.loss };
  };

  test('micro-batches learn the same', async () => {
    const [whole, parts] = [await finish(normal, {}), await finish(normal, { microBatch: 3 })];
    expect(parts.loss).toBeCloseTo(whole.loss, 5);
    expect([...parts.states.keys()]).toContain('bn.running_mean');
    for (const [name, data] of parts.states)
      data.forEach((value, at) => expect(value).toBeCloseTo(whole.states.get(name)![at]!, 4));
  });

  test('one image is enough, also where a channel has one value', async () => {
    const single = 'flatten -> dense(6) -> bn = batch_norm -> relu -> dense(10)';
    const recipe = { learns: ['dense2'], microBatch: 3, batch: 7 };
    expect((refusal(single, { batch: 7 }) as Error).message).toMatch('can tell no variance');
    expect((await finish(single, recipe)).loss).toBeLessThan(3);
  });

  test('one that learns does', () => {
    const { message } = refusal(normal, { target, microBatch: 4, learns: ['bn'] }) as Error;
    expect(message).toMatch(/^bn normalises by/);
  });
});

describe('memory', () => {
  const big = 'conv(64, kernel: 3) -> relu -> flatten -> dense(10)';
  test.each(['js', 'wasm'] as const)('of %s: the largest batch that fits is named, and fits', (target) => {
    // The least that is too little.
    const fits = (memory: number): boolean => !(refusal(big, { target, memory }) instanceof InputError);
    let memory = 65_536 - 1;
    while (!fits(memory + 65_536)) memory += 65_536;
    const error = refusal(big, { target, memory });
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ limit: true });
    const message =
      /^A with 8 images at once takes .* [KM]iB, more than the \d+ KiB of --memory; the largest that fits is (\d)/;
    const most = Number(message.exec((error as Error).message)![1]);
    expect(most).toBeGreaterThan(0);
    expect(prepared(big, { target, memory, batch: most })).toHaveProperty('identity');
    expect((refusal(big, { target, memory, batch: most + 1 }) as Error).message).toMatch(`fits is ${most}`);
  });

  test('what micro-batches would fit is said, where they do', () => {
    const memory = 2 ** 20;
    const wide = big.replace('64', '66');
    const message = (refusal(wide, { target: 'wasm', memory, batch: 22 }) as Error).message;
    const [, most] = /--micro-batch (\d+) takes 22 in parts, with the same result$/.exec(message)!;
    expect(prepared(wide, { target: 'wasm', memory, batch: 22, microBatch: Number(most) })).toHaveProperty('identity');
    const more = refusal(wide, { target: 'wasm', memory, batch: 22, microBatch: Number(most) + 1 });
    expect((more as Error).message).toMatch(
      new RegExp(`^A with .* at once takes .*; the largest that fits is ${most}$`),
    );
    expect((refusal(normal, { memory: 1024 }) as Error).message).not.toMatch('--micro-batch');
  });

  test('that not even one image fits in', () => {
    expect((refusal(big, { target: 'wasm', memory: 65_536 }) as Error).message).toMatch(
      /; one image alone takes \d+ KiB$/,
    );
  });
});
