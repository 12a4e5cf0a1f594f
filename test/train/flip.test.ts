// `evaluate: flip`: what is measured is the mean of the scores of a picture and of its mirror image, here of a network that is computed
// in plain numbers beside it.

import { describe, expect, test } from 'vitest';
import { digits } from '../../src/data/digits/digits.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { mirrored } from '../../src/network/mirror.ts';
import { prepare } from '../../src/train/prepare.ts';

const SIDE = 8;
const CLASSES = 10;
const data = digits({ count: 150, height: SIDE, width: SIDE });

function prepared(last: string, settings: string, target: 'js' | 'wasm' = 'js') {
  const text = `network A {
  input x: [1, ${SIDE}, ${SIDE}] { scale: 1/255 }
  flatten
  hidden = dense(12) -> relu
  dense(${CLASSES})${last}
}
train A { optimizer: adam  batch: 10  ${settings} }`;
  const { networks, diagnostics } = buildNetworks({ path: 'a.cnn', text });
  expect(diagnostics).toEqual([]);
  return prepare(networks[0]!, networks[0]!.train!, { training: data, test: data }, { target });
}

/** Two dense layers with a relu between them. */
function logits(pixels: readonly number[], weights: ReadonlyMap<string, Float32Array>): readonly number[] {
  const [w1, b1, w2, b2] = [...weights.values()] as [Float32Array, Float32Array, Float32Array, Float32Array];
  const dense = (x: readonly number[], w: Float32Array, b: Float32Array): readonly number[] =>
    [...b].map((bias, row) => x.reduce((sum, value, at) => sum + value * w[row * x.length + at]!, bias));
  return dense(
    dense(pixels, w1, b1).map((value) => Math.max(0, value)),
    w2,
    b2,
  );
}

const softmax = (values: readonly number[]): readonly number[] => {
  const powers = values.map((value) => Math.exp(value));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
};

/** Of both views of every picture; `mean` says of what the mean is taken. */
function directly(weights: ReadonlyMap<string, Float32Array>, mean: 'logits' | 'probabilities' | 'plain') {
  let [loss, correct] = [0, 0];
  const predicted: number[] = [];
  const confidence: number[] = [];
  for (let image = 0; image < data.count; image += 1) {
    const pixels = [...data.image(image)].map((byte) => byte / 255);
    const turned = pixels.map((_, at) => pixels[at - (at % SIDE) + SIDE - 1 - (at % SIDE)]!);
    const views = [logits(pixels, weights), logits(mean === 'plain' ? pixels : turned, weights)];
    const [a, b] = mean === 'probabilities' ? views.map(softmax) : views;
    const both = a!.map((value, at) => (value + b![at]!) / 2);
    const probabilities = mean === 'probabilities' ? both : softmax(both);
    const best = probabilities.indexOf(Math.max(...probabilities));
    predicted.push(best);
    confidence.push(probabilities[best]!);
    loss -= Math.log(probabilities[data.labels[image]!]!) / data.count;
    if (best === data.labels[image]) correct += 1;
  }
  return { loss, correct, predicted, confidence };
}

describe('a network is judged as by hand', () => {
  test.each<[string, string, Parameters<typeof directly>[1], 'js' | 'wasm']>([
    ['', 'evaluate: flip', 'logits', 'js'],
    ['', 'evaluate: flip', 'logits', 'wasm'],
    [' -> log_softmax', 'evaluate: flip', 'logits', 'js'],
    [' -> softmax', 'evaluate: flip', 'probabilities', 'js'],
    ['', 'evaluate: plain', 'plain', 'js'],
    ['', '', 'plain', 'wasm'],
  ])('dense%s, %s, by %s, %s', async (last, settings, mean, target) => {
    const one = prepared(last, settings, target);
    const { states } = one.begin();
    const found = (await one.test!(states))!;
    const expected = directly(states, mean);
    expect(found.count).toBe(data.count);
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    expect(found.correct).toBe(expected.correct);
    expect([...found.answers!.predicted]).toEqual(expected.predicted);
    for (const [at, value] of found.answers!.confidence.entries())
      expect(value).toBeCloseTo(expected.confidence[at]!, 5);
  });
});

test('a mirror image has the rows of the picture, turned round', () => {
  expect([...mirrored(Float32Array.of(1, 2, 3, 4, 5, 6), 3)]).toEqual([3, 2, 1, 6, 5, 4]);
});

test('a network that gives pictures has no scores of which to take the mean', () => {
  const text =
    'network A { input x: [1, 8, 8] { scale: 1/255 }\n conv(1, kernel: 3, padding: 1) }\ntrain A { optimizer: adam  loss: mean_squared_error  evaluate: flip }';
  const [network] = buildNetworks({ path: 'a.cnn', text }).networks;
  expect(() => prepare(network!, network!.train!, { training: data })).toThrow(
    'evaluate: flip takes the mean of the scores of a picture and its mirror image, but A gives neither scores of classes nor one number; leave it out',
  );
});
