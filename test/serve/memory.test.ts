// Memory of tensors and answers: counted before it is there, by threads together, and given back.

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { answerAll } from '../../src/serve/answer.ts';
import { giveBack, hold, openCount, openShare, take, takenBytes } from '../../src/serve/memory.ts';
import type { ServedNetwork, Work } from '../../src/serve/protocol.ts';

const MIB = 2 ** 20;

test('what is taken and held is there for nobody else', () => {
  const count = openCount(10 * MIB);
  const [one, other] = [openShare(count), openShare(count)];
  take(one, 6 * MIB);
  expect(() => take(other, 5 * MIB)).toThrow(expect.objectContaining({ status: 429 }));
  take(other, 4 * MIB);
  expect(takenBytes(count)).toBe(10 * MIB);
  expect(() => take(other, 1)).toThrow(/try again/);
  // The thread has answered, or died.
  giveBack(one);
  const release = hold(count, 3 * MIB);
  expect(takenBytes(count)).toBe(7 * MIB);
  release();
  giveBack(other);
  giveBack(other);
  expect(takenBytes(count)).toBe(0);
});

test.each([11 * MIB, 2 ** 53])('what never fits, %d bytes, is refused for good', (bytes) => {
  const count = openCount(10 * MIB);
  expect(() => take(openShare(count), bytes)).toThrow(expect.objectContaining({ status: 413 }));
  expect(takenBytes(count)).toBe(0);
  // As much as anybody may ask for.
  const large = openCount(2 ** 60);
  expect(() => take(openShare(large), bytes)).not.toThrow(expect.objectContaining({ status: 429 }));
});

test('threads count together', async () => {
  const count = openCount(1024 * MIB);
  const text = `
    const { workerData: { taken } } = require('node:worker_threads');
    for (let time = 0; time < 1024; time += 1) Atomics.add(taken, 0, 256);`;
  await Promise.all(
    Array.from({ length: 4 }, () => new Promise((resolve) => new Worker(text, { eval: true, workerData: count }).once('exit', resolve))),
  ); // prettier-ignore
  expect(takenBytes(count)).toBe(1024 * MIB);
});

const network: ServedNetwork = {
  name: 'net',
  version: '1',
  inputs: [{ name: 'x', shape: [1] }],
  outputs: [{ name: 'y', shape: [256 * 1024] }],
};
const ask = (isBinary: boolean): Work => ({
  kind: 'infer',
  body: new TextEncoder().encode(
    `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[1]}],"parameters":{"binary_data_output":${isBinary}}}`,
  ),
});

test('of a batch, as many are computed as there is memory for; the others are asked to come again', () => {
  const count = openCount(10 * MIB);
  const memory = openShare(count);
  const runs: number[] = [];
  const net = {
    run: (x: unknown) => {
      // Before the outputs are there.
      expect(takenBytes(count)).toBeGreaterThanOrEqual(3 * MIB * (x as Float32Array).length);
      runs.push((x as Float32Array).length);
      return new Float32Array(256 * 1024 * (x as Float32Array).length);
    },
  };
  // Each has 1 MiB of outputs, and as much for the answer and for its parts.
  const answers = answerAll({ network, net, maxAnswer: 100 * MIB, memory }, Array.from({ length: 5 }, () => ask(true))); // prettier-ignore
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  expect(runs).toEqual([3]);
  giveBack(memory);
  // As JSON, the answer may have 24 characters for each number: 6 MiB, twice.
  const [json] = answerAll({ network, net, maxAnswer: 100 * MIB, memory }, [ask(false)]);
  expect([json!.status, new TextDecoder().decode(json!.body)]).toEqual([413, expect.stringMatching(/--max-memory is 10240 KiB/)]); // prettier-ignore
});
