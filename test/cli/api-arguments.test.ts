// What the package's functions are given without a type checker: each is told in a sentence, and `null` options are none.

import { describe, expect, test } from 'vitest';
import { check, compile, digits, load, matchWeights, parse, quantize, report, run, train } from '../../src/index.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { importText } from '../../src/network/module.ts';

const text =
  'network Linear { input x: [2]\n h = dense(2)\n y = dense(2)\n output y }\ntrain Linear { optimizer: adam }';
const tensor = (name: string, shape: number[]): Parameters<typeof writeSafetensors>[0][number] => ({
  ...{ name, shape },
  data: new Float32Array(shape.reduce((a, b) => a * b)),
});
const weights = writeSafetensors([
  ...[tensor('h.weight', [2, 2]), tensor('h.bias', [2])],
  ...[tensor('y.weight', [2, 2]), tensor('y.bias', [2])],
]);
const x = Float32Array.of(1, 1);

// Cast as a caller in JavaScript would not need to.
const none = null as unknown as undefined;
const wrong = 5 as unknown as undefined;

test('no options', async () => {
  expect(parse(text, none).diagnostics).toEqual([]);
  expect(check(text, none)).toEqual([]);
  expect(report(text, none).totals.parameters).toBe(12);
  expect(compile(text, none).network).toBe('Linear');
  expect(matchWeights(text, weights, none).length).toBeGreaterThan(0);
  expect((await load(text, weights, none)).run(x)).toEqual(Float32Array.of(0, 0));
  expect(await run(text, weights, x, none)).toEqual(Float32Array.of(0, 0));
  expect((await quantize(text, weights, x, none)).files.length).toBeGreaterThan(0);
});

test.each<readonly [string, () => unknown]>([
  ['parse', () => parse(text, wrong)],
  ['check', () => check(text, wrong)],
  ['report', () => report(text, wrong)],
  ['compile', () => compile(text, wrong)],
  ['matchWeights', () => matchWeights(text, weights, wrong)],
  ['load', () => load(text, weights, wrong)],
  ['run', () => run(text, weights, x, wrong)],
  ['quantize', () => quantize(text, weights, x, wrong)],
  ['train', () => train(text, wrong as never)],
])('%s refuses options that are a number', async (_, call) => {
  const called = async (): Promise<unknown> => call();
  await expect(called()).rejects.toThrow(
    new TypeError("the options are an object, such as { network: 'Net' }; found number"),
  );
});

test('a text that is none', () => {
  const bytes = new TextEncoder().encode(text) as unknown as string;
  expect(() => check(bytes)).toThrow(
    new TypeError(
      "the text of a network is a string; found Uint8Array: readFileSync(path, 'utf8') reads a file as one",
    ),
  );
  expect(() => parse(undefined as unknown as string)).toThrow('the text of a network is a string; found undefined');
  // Without a constructor, or with one that is none.
  for (const odd of [Object.create(null), { constructor: null }] as string[])
    expect(() => parse(odd)).toThrow('the text of a network is a string; found Object');
});

test.each([
  [undefined, 'undefined'],
  [{ data: [] }, 'Array'],
  [{ data: { training: 3 } }, '{ training: number }'],
])('no data to learn from: %j', async (options, found) => {
  await expect(train(text, options as never)).rejects.toThrow(`test may be left out; found ${found}`);
});

test('layers that learn', async () => {
  const classes = 'network Net { input x: [1, 28, 28]\n flatten\n h = dense(4)\n y = dense(10)\n output y }';
  const file = `${classes}\ntrain Net { optimizer: adam  epochs: 1 }`;
  const start = new Map([
    ['h.weight', new Float32Array(4 * 784).fill(0.5)],
    ['h.bias', new Float32Array(4)],
  ]);
  const data = { training: digits({ count: 20 }) };
  const { weights: learnt } = await train(file, { data, start, learns: ['y'] });
  const tensors = new Map(readSafetensors(learnt).tensors.map(({ name, data: values }) => [name, values]));
  expect(tensors.get('h.weight')).toEqual(new Float32Array(4 * 784).fill(0.5));
  expect(tensors.get('y.bias')).not.toEqual(new Float32Array(10));
  await expect(train(file, { data, learns: ['yy'] })).rejects.toThrow(
    'learns: yy: no layer of that name has weights; did you mean y?',
  );
});

describe.each(['js', 'wasm'] as const)('an emitted module, %s', (target) => {
  test('options in the place of weights', async () => {
    const module = await importText(compile(text, { target }).files[0]!.text);
    await expect(module.load({ maxBatch: 2 } as never)).rejects.toThrow(
      'found an Object: options come second, as in load(undefined, { maxBatch: 2 })',
    );
  });

  test('memory that was transferred', async () => {
    const module = await importText(compile(text, { target }).files[0]!.text);
    const gone = 'the memory of the weights was transferred or shrunk';
    for (const view of [weights.slice(), new DataView(weights.slice().buffer), weights.slice().buffer]) {
      const buffer = view instanceof ArrayBuffer ? view : (view.buffer as ArrayBuffer);
      structuredClone(buffer, { transfer: [buffer] });
      await expect(module.load(view)).rejects.toThrow(new TypeError(gone));
    }
  });

  test('no options of classify', async () => {
    const picture = 'network Net { input image: [1, 2, 2]\n flatten -> softmax }';
    const module = await importText(compile(picture, { target }).files[0]!.text);
    const net = await module.load({});
    expect(net.classify!(new Uint8Array(4), none)).toHaveLength(4);
    net.close?.();
  });

  test('a state without tensors', async () => {
    const module = await importText(compile(text, { target, training: true }).files[0]!.text);
    const { loadTrainer } = module as unknown as { loadTrainer(options: unknown): Promise<unknown> };
    await expect(loadTrainer({ state: { step: 0, seed: 0, tensors: null } })).rejects.toThrow(
      'the state must be what state() of a training gave; found an Object',
    );
  });

  test('weights in the place of the options of a training', async () => {
    const module = await importText(compile(text, { target, training: true }).files[0]!.text);
    const { loadTrainer } = module as unknown as { loadTrainer(options: unknown): Promise<unknown> };
    await expect(loadTrainer(weights)).rejects.toThrow('loadTrainer takes { weights, … }; found a Uint8Array');
  });
});

test('a device in the place of a file of weights', async () => {
  const module = await importText(compile(text, { target: 'wasm' }).files[0]!.text);
  await expect(module.load(new URL('file:///dev/zero'))).rejects.toThrow(
    'the weights could not be read from file:///dev/zero: it is a device',
  );
});
