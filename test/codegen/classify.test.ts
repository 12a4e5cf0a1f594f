// `classify` of emitted modules, and weights inside them.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { readPicture } from '../../src/data/picture.ts';
import type { Picture } from '../../src/data/picture.ts';
import { pictureToTensor } from '../../src/data/preprocess.ts';
import { importText } from '../../src/network/module.ts';
import type { Net } from '../../src/network/module.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { drawnProbabilities, trainedWeights } from '../support/trained-examples.ts';
import { emitted, hostileGraph, leNet } from './networks.ts';

const graphOf = (text: string): Graph => {
  const { networks, diagnostics } = buildNetworks({ path: 'test.cnn', text }, {});
  expect(diagnostics).toEqual([]);
  return networks[0]!.graph;
};

/** Weights by a formula. */
const weightsOf = (graph: Graph): Uint8Array =>
  writeSafetensors(
    graph.parameters.map(({ name, value }, seed) => {
      const { shape } = typeOf(graph, value);
      const length = shape.reduce((a, b) => a * b, 1);
      return { name, shape, data: Float32Array.from({ length }, (_, i) => (((i * 7 + seed * 3) % 11) - 5) / 40) };
    }),
  );

const textOf = (graph: Graph, weights?: Uint8Array): string =>
  compileNetwork({ graph }).emit('js', { sourceName: 'test.cnn', ...(weights && { weights }) })[0]!.text;

const netOf = async (graph: Graph): Promise<Net> => (await importText(textOf(graph))).load(weightsOf(graph));

const noise = (width: number, height: number, channels: 1 | 3): Picture => ({
  width,
  height,
  channels,
  data: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 97 + (i >> 3) * 31) % 256),
});

/** The same picture as ImageData has it. */
const rgba = ({ width, height, channels, data }: Picture) => ({
  width,
  height,
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    i % 4 === 3 ? 255 : data[Math.floor(i / 4) * channels + (channels === 1 ? 0 : i % 4)]!,
  ),
});

describe.each([
  [
    'colours, resized and cropped',
    '[3, 12, 14] { resize: 16  crop: 12x14  mean: [0.4, 0.5, 0.6]  std: [0.2, 0.3, 0.4] }',
  ],
  ['stretched', '[3, 12, 14] { resize: 12x14 }'],
  ['covered, then cropped', '[3, 12, 14] { resize: 15x16  fit: cover  filter: bicubic  crop: 12x14 }'],
  ['contained', '[3, 12, 14] { fit: contain  filter: nearest  fill: [9, 99, 200] }'],
  ['blue first', '[3, 12, 12] { resize: 12  crop: 12  colors: bgr  scale: 1 }'],
  ['gray', '[1, 12, 12] { resize: 13  crop: 12  mean: [0.3]  std: [0.6] }'],
])('a network that takes %s', async (_, input) => {
  const graph = graphOf(`network A { input image: ${input}\n flatten\n scores = dense(7)\n output scores }`);
  const net = await netOf(graph);
  const { settings, value } = graph.inputs[0]!;
  const { shape } = typeOf(graph, value);

  test.each([
    [40, 31, 3],
    [20, 55, 3],
    [16, 16, 1],
    [9, 14, 3],
  ] as const)(
    'sees in a picture of %i×%i with %i channels what the command line sees, to the bit',
    (width, height, channels) => {
      const picture = noise(width, height, channels);
      const scores = [...(net.run(pictureToTensor(picture, settings!, shape)) as Float32Array)];
      const sum = scores.reduce((total, score) => total + Math.exp(score - Math.max(...scores)), 0);
      const expected = scores
        .map((score, index) => ({ label: String(index), probability: Math.exp(score - Math.max(...scores)) / sum }))
        .toSorted((a, b) => b.probability - a.probability);
      expect(net.classify!(picture, { top: 7 })).toEqual(expected);
      expect(net.classify!(rgba(picture), { top: 3 })).toEqual(expected.slice(0, 3));
      expect(net.classify!(rgba(picture))).toHaveLength(5);
    },
  );
});

test('LeNet classifies a sneaker with the labels of its source', async () => {
  const graph = leNet();
  const example = (path: string): Uint8Array => readFileSync(new URL(`../../examples/${path}`, import.meta.url));
  const module = await importText(textOf(graph));
  const net = await module.load(trainedWeights('lenet'));
  const [best] = net.classify!(readPicture(example('pictures/sneaker.png')));
  expect(best!.label).toBe('sneaker');
  expect(best!.probability).toBeCloseTo(drawnProbabilities('lenet', 'sneaker')[7]!, 6);
});

describe('a picture of another size', async () => {
  const net = await netOf(
    graphOf('network A { input image: [1, 4, 6]\n flatten\n scores = dense(3)\n output scores }'),
  );
  const bars = (width: number, height: number): Picture => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) => (i % width) * 8),
  });

  test('is refused', () => {
    expect(() => net.classify!(bars(5, 4))).toThrow(
      new RangeError('the picture has 5×4 pixels, but the input 6×4; { fit: true } resizes it and cuts out the middle'),
    );
  });

  test('is covered by the input with `fit`: a margin is cut off on both sides', () => {
    const wide = bars(10, 4);
    const middle: Picture = { ...bars(6, 4), data: bars(6, 4).data.map((value) => value + 16) };
    expect(net.classify!(wide, { fit: true })).toEqual(net.classify!(middle));
    const tall: Picture = {
      width: 6,
      height: 8,
      channels: 1,
      data: Uint8Array.from([...bars(6, 2).data.fill(9), ...bars(6, 4).data, ...bars(6, 2).data.fill(9)]),
    };
    expect(net.classify!(tall, { fit: true })).toEqual(net.classify!(bars(6, 4)));
    const same = (value: number, width: number, height: number) => ({
      ...bars(width, height),
      data: bars(width, height).data.fill(value),
    });
    expect(net.classify!(same(77, 31, 17), { fit: true })).toEqual(net.classify!(same(77, 6, 4)));
    expect(net.classify!(same(77, 2, 50), { fit: true })).toEqual(net.classify!(same(77, 6, 4)));
  });

  test('bare bytes are a picture of the size of the input', () => {
    const { data } = bars(6, 4);
    expect(net.classify!(data)).toEqual(net.classify!(bars(6, 4)));
    expect(net.classify!(rgba(bars(6, 4)).data)).toEqual(net.classify!(bars(6, 4)));
  });

  test.each<[string, unknown, new (message: string) => Error, string]>([
    ['numbers', new Float32Array(24), TypeError, 'classify takes ImageData'],
    ['nothing', undefined, TypeError, 'classify takes ImageData'],
    ['null', null, TypeError, 'classify takes ImageData'],
    ['lists', { data: [1], width: 1, height: 1 }, TypeError, 'classify takes ImageData'],
    ['two bytes a pixel', new Uint8Array(48), RangeError, 'the picture has 48 bytes for 6×4 pixels; expected 1 (gray)'],
    [
      'no pixels',
      { data: new Uint8Array(0), width: 0, height: 0 },
      RangeError,
      'the picture has 0 bytes for 0×0 pixels',
    ],
    ['half pixels', { data: new Uint8Array(6), width: 1.5, height: 4 }, RangeError, 'the picture has 6 bytes'],
    ['negative sizes', { data: new Uint8Array(6), width: -2, height: -3 }, RangeError, 'the picture has 6 bytes'],
  ])('%s are no picture', (_, picture, kind, message) => {
    expect(() => net.classify!(picture as Uint8Array)).toThrow(kind);
    expect(() => net.classify!(picture as Uint8Array)).toThrow(message);
  });
});

test.each([
  ['softmax', (score: number) => score],
  ['log_softmax', Math.exp],
] as const)('the probabilities of a network that ends in %s are its own', async (last, probability) => {
  const graph = graphOf(
    `network A { input image: [1, 2, 2]\n flatten -> dense(3)\n scores = ${last}\n output scores { labels: ["a", "b", "c"] } }`,
  );
  const net = await netOf(graph);
  const picture = noise(2, 2, 1);
  const { settings } = graph.inputs[0]!;
  const scores = [...(net.run(pictureToTensor(picture, settings!, [1, 2, 2])) as Float32Array)];
  const classes = new Map(net.classify!(picture).map((one) => [one.label, one.probability]));
  expect(['a', 'b', 'c'].map((label) => classes.get(label))).toEqual(scores.map(probability));
  expect([...classes.values()].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
});

describe('there is no classify', () => {
  test.each([
    ['without a picture', 'network A { input x: [4]\n scores = dense(3)\n output scores }'],
    ['without scores', 'network A { input x: [1, 4, 4]\n map = conv(2, kernel: 3)\n output map }'],
    ['of a single class', 'network A { input x: [1, 4, 4]\n flatten\n scores = dense(1)\n output scores }'],
    ['with two outputs', 'network A { input x: [1, 4, 4]\n flatten\n a = dense(3)\n b = dense(3)\n output a, b }'],
  ])('%s', (_, text) => {
    expect(textOf(graphOf(text))).not.toMatch(/classify|pictureTensor/);
  });
  test('with two inputs', () => {
    expect(emitted(hostileGraph(), 'ts').get('net.ts')).not.toMatch(/classify|pictureTensor/);
  });
});

describe('weights inside the module', async () => {
  const graph = leNet();
  const weights = weightsOf(graph);
  const text = textOf(graph, weights);
  const module = await importText(text);
  const x = Float32Array.from({ length: 784 }, (_, i) => (i % 13) / 13);

  test('load needs none, and gives the same bits', async () => {
    const expected = (await (await importText(textOf(graph))).load(weights)).run(x);
    expect((await module.load()).run(x)).toEqual(expected);
    expect((await module.load(undefined, { maxBatch: 3 })).run(x)).toEqual(expected);
  });

  test('others can be loaded all the same', async () => {
    const zero = writeSafetensors(
      module.weightTensors.map(({ name, shape }) => ({
        name,
        shape,
        data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
      })),
    );
    expect(new Set((await module.load(zero)).run(x) as Float32Array)).toEqual(new Set([0]));
  });

  test('take four thirds of their bytes, in one literal without line breaks', () => {
    const [, literal = ''] = /fromBase64\("([^"]*)"\)/.exec(text) ?? [];
    expect(Buffer.from(literal, 'base64')).toEqual(Buffer.from(weights));
    expect(text.length - textOf(graph).length - literal.length).toBeLessThan(600);
  });
});
