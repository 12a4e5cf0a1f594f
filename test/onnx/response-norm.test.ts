// LRN against its definition: the sum of squares over channels from c − floor((size − 1)/2) to c + ceil((size − 1)/2), times
// alpha/size. Even sizes lean to the other side in the language, so that they are refused where the side matters.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, modelBytes, node } from './models.ts';

const image = [1, 2, 3, 4];
const [alpha, beta, bias] = [0.5, 0.75, 1.5];

function defined(size: number): readonly number[] {
  return image.map((value, c) => {
    const first = Math.max(0, c - Math.floor((size - 1) / 2));
    const squares = image.slice(first, c + Math.ceil((size - 1) / 2) + 1).reduce((sum, x) => sum + x * x, 0);
    return value / (bias + (alpha / size) * squares) ** beta;
  });
}

const imported = (size: number) =>
  importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', image.length, 1, 1])],
      output: [border('y', ['n'])],
      node: [node('LRN', ['x'], ['y'], { size, alpha, beta, bias })],
    }),
  );

test.each([1, 3, 5, 7, 8, 9])('a window of %i channels', (size) => {
  const model = imported(size);
  if ('problems' in model) throw new Error(model.problems[0]!.what);
  const feeds = { inputs: new Map([['x', Float32Array.from(image)]]), parameters: new Map(), batch: 1 };
  const [found] = runOracle(model.network.graph, feeds).outputs.values();
  defined(size).forEach((value, c) => expect(found![c]).toBeCloseTo(value, 12));
});

test.each([2, 4, 6])('a window of %i channels is refused', (size) => {
  const model = imported(size);
  expect('problems' in model && model.problems.map(({ what }) => what)).toEqual([
    `it sums over ${size} channels, an even number`,
  ]);
});
