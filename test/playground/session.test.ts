// What the Run tab's worker answers, without a page: against the interpreter in f64, and where it refuses.

import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { initialise } from '../../src/train/initialise.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { runSession } from '../../src/playground/run/session.ts';
import type { Opened, PictureData } from '../../src/playground/run/protocol.ts';

const lenet = readFileSync(new URL('../../examples/lenet-bn/lenet-bn.cnn', import.meta.url), 'utf8');

/** A grey ramp, RGBA. */
const picture: PictureData = {
  width: 28,
  height: 28,
  data: Uint8ClampedArray.from({ length: 28 * 28 * 4 }, (_, at) => (at % 4 === 3 ? 255 : ((at >> 2) * 7) % 256)),
};

describe('LeNetBN', () => {
  const session = runSession(() => 0);
  let opened: Opened;
  beforeAll(async () => {
    opened = session.open({ text: lenet });
    await session.load({ kind: 'random', seed: 7 });
    await session.see({ picture });
  });

  test('every number of every layer is that of its arithmetic, and of the interpreter', () => {
    const { graph, train } = buildNetworks({ path: 'lenet.cnn', text: lenet }).networks[0]!;
    const input = Float32Array.from({ length: 784 }, (_, at) => ((at * 7) % 256) / 255);
    const parameters = initialise(graph, { kind: train!.init.name as 'default' }, 7);
    const { values } = interpret(graph, operators, {
      inputs: new Map([['image', { data: input }]]),
      parameters: new Map([...parameters].map(([name, data]) => [name, { data }])),
      batch: 1,
    });
    expect(opened.layers.map(({ what }) => what)).toContain('conv 5×5');
    for (const { id, name, shape } of opened.layers.slice(1)) {
      const size = sizeOf(shape);
      for (const at of new Set([0, Math.floor(size / 3), size - 1])) {
        const { arithmetic, computed } = session.arithmetic(id, at);
        const expected = values.get(id)!.data[at]!;
        expect({ name, at, kind: arithmetic.kind }).not.toMatchObject({ kind: 'unshown' });
        expect(Math.abs(arithmetic.value - computed), `${name} ${at}`).toBeLessThan(1e-4);
        expect(Math.abs(computed - expected), `${name} ${at}`).toBeLessThan(1e-4);
      }
    }
  });

  test('scores become probabilities', async () => {
    const { outputs } = await session.see({ picture });
    expect(outputs[0]).toHaveLength(10);
    expect(outputs[0]!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test('a layer comes with the run', async () => {
    const { id, shape } = opened.layers.find(({ what }) => what === 'conv 5×5')!;
    const { layer } = await session.see({ picture, layer: id });
    expect(layer).toMatchObject({ id });
    expect(layer!.values).toHaveLength(sizeOf(shape));
  });

  test('weights of a file, and a sentence for those of another network', async () => {
    const graph = buildNetworks({ path: 'lenet.cnn', text: lenet }).networks[0]!.graph;
    const tensors = [...initialise(graph, { kind: 'default' }, 1)].map(([name, data]) => {
      const { value } = graph.parameters.find((one) => one.name === name)!;
      return { name, shape: graph.types.get(value)!.shape, data };
    });
    const bytes = Uint8Array.from(writeSafetensors(tensors));
    expect(await session.load({ kind: 'file', name: 'a.safetensors', bytes })).toEqual({ note: '' });
    const few = Uint8Array.from(writeSafetensors(tensors.slice(1)));
    await expect(session.load({ kind: 'file', name: 'b.safetensors', bytes: few })).rejects.toThrow(
      /^b.safetensors lacks 1 tensor of LeNetBN: .*weight/,
    );
    const noise = Uint8Array.from({ length: 4000 }, (_, at) => (at * 31) % 251);
    await expect(session.load({ kind: 'file', name: 'c.pt', bytes: noise })).rejects.toThrow(/^[^\n]{10,200}$/);
  });
});

test.each(['fashion', 'tour', 'edges'])('the numbers of %s equal their arithmetic', async (name) => {
  const folder = new URL(`../../examples/${name}/`, import.meta.url);
  const names = readdirSync(folder).filter((file) => file.endsWith('.cnn'));
  const files = Object.fromEntries(names.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]));
  const session = runSession(() => 0);
  const { layers } = session.open({ text: files[`${name}.cnn`]!, files });
  await session.load({ kind: 'random', seed: 1 });
  await session.see({});
  const wrong = layers
    .filter(({ inputs }) => inputs.length > 0)
    .flatMap(({ id, name: layer, shape }) => {
      const { arithmetic, computed } = session.arithmetic(id, Math.floor(0.4 * sizeOf(shape)));
      const isRight = Math.abs(arithmetic.value - computed) <= 1e-4 * Math.max(1, Math.abs(computed));
      return isRight || arithmetic.kind === 'unshown' ? [] : [`${layer}: ${arithmetic.value} instead of ${computed}`];
    });
  expect(layers.length).toBeGreaterThan(1);
  expect(wrong).toEqual([]);
});

describe('other networks', () => {
  const session = runSession(() => 0);

  test('of some numbers', async () => {
    const { inputs, outputs } = session.open({
      text: 'network Sum { input x: [2]\n s = dense(1, bias: false, weight: [[1, 1]])\n output s }',
    });
    expect(inputs).toEqual([{ name: 'x', shape: [2] }]);
    expect(outputs[0]).not.toHaveProperty('scores');
    await session.load({ kind: 'random', seed: 1 });
    expect([...(await session.see({ numbers: { x: [2, 3] } })).outputs[0]!]).toEqual([5]);
    await expect(session.see({ numbers: { x: [2] } })).rejects.toThrow('x takes 2 numbers, found 1');
  });

  test.each([
    ['', true],
    ['train A { optimizer: adam }', true],
    ['train A { loss: 2 * cross_entropy(of: s)  optimizer: adam }', true],
    ['train A { loss: huber  optimizer: adam }', false],
    ['train A { loss: binary_cross_entropy  optimizer: adam }', false],
  ])('of pictures, with %j: whether numbers are classes, as `run` has it', (section, isClasses) => {
    const text = `network A { input x: [1, 4, 4]  flatten  s = dense(3)  output s } ${section}`;
    expect('scores' in session.open({ text }).outputs[0]!).toBe(isClasses);
  });

  test('of two inputs and two outputs', async () => {
    session.open({
      text: 'network Two { input a: [1, 8, 8]\n input b: [1, 8, 8]\n s = add(a, b)\n t = s -> relu\n output s, t }',
    });
    await session.load({ kind: 'random', seed: 1 });
    const { outputs } = await session.see({ picture });
    expect(outputs.map(({ length }) => length)).toEqual([64, 64]);
  });

  test.each([
    ['network A { input x: [4] tahn }', /the text has mistakes/],
    ['', /the text has no network yet/],
    ['network A(n: int) { input x: [n]\n relu }', /A has parameters without values/],
    ['network Huge { input x: [20000]\n dense(20000) }', /Huge has 400,020,000 weights/],
  ])('refused: %s', (text, message) => {
    expect(() => session.open({ text })).toThrow(message);
  });

  test('of more values than memory allows', async () => {
    session.open({ text: 'network Wide { input x: [1, 8192, 8192]\n conv(8, kernel: 1)\n conv(1, kernel: 1) }' });
    await session.load({ kind: 'random', seed: 1 });
    await expect(session.see({})).rejects.toThrow(/Wide would take [\d.]+ GiB/);
  });

  test('a layer of a network too large to keep all is compiled when it is looked at', async () => {
    const { layers } = session.open({
      text: 'network Large { input x: [1, 512, 512]\n conv(16, kernel: 3) -> relu\n max_pool(2)\n conv(2, kernel: 3) }',
    });
    await session.load({ kind: 'random', seed: 1 });
    const [, first] = layers;
    const { layer } = await session.see({ layer: first!.id });
    expect(layer!.values).toHaveLength(sizeOf(first!.shape));
    const { arithmetic, computed } = session.arithmetic(first!.id, 1000);
    expect(Math.abs(arithmetic.value - computed)).toBeLessThan(1e-4);
    const { layer: pooled } = await session.see({ layer: layers[3]!.id });
    expect(pooled!.values).toHaveLength(sizeOf(layers[3]!.shape));
  });
});
