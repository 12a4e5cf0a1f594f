// LRN against its definition: the sum of squares over channels from c − floor((size − 1)/2) to c + ceil((size − 1)/2), times
// alpha/size. Even sizes lean to the other side in the language, so that they are refused where the side matters.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

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

/** Written out, the way `cnnc export` does; `before` and `after` are rows of zeros around the channels. */
const writtenOut = (size: number, before: number, after: number, value = 0) =>
  importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', image.length, 1, 1])],
      output: [border('y', ['n'])],
      initializer: [
        ints('planes', [0, 1, image.length, 1]),
        ints('padding', [0, 0, before, 0, 0, 0, after, 0]),
        floats('value', [], [value]),
        floats('alpha', [], [alpha]),
        floats('k', [], [bias]),
        floats('beta', [], [beta]),
        ints('shape', [0, image.length, 1, 1]),
      ],
      node: [
        node('Mul', ['x', 'x'], ['squares']),
        node('Reshape', ['squares', 'planes'], ['rows']),
        node('Pad', ['rows', 'padding', 'value'], ['padded']),
        node('AveragePool', ['padded'], ['mean'], { kernel_shape: [size, 1] }),
        node('Mul', ['mean', 'alpha'], ['scaled']),
        node('Add', ['scaled', 'k'], ['sum']),
        node('Pow', ['sum', 'beta'], ['power']),
        node('Reshape', ['power', 'shape'], ['divisor']),
        node('Div', ['x', 'divisor'], ['y']),
      ],
    }),
  );

const outputOf = (model: ReturnType<typeof imported>) => {
  if ('problems' in model) throw new Error(model.problems[0]!.what);
  const feeds = { inputs: new Map([['x', Float32Array.from(image)]]), parameters: new Map(), batch: 1 };
  const [found] = runOracle(model.network.graph, feeds).outputs.values();
  return { ops: model.network.graph.nodes.map(({ op }) => op), found: Array.from(found!) };
};

/** Each channel with those from `before` before it to `after` after it, and `fill` beyond the first and the last. */
const around = (before: number, after: number, fill = 0): readonly number[] =>
  image.map((value, c) => {
    let squares = 0;
    for (let at = c - before; at <= c + after; at += 1) squares += at in image ? image[at]! ** 2 : fill;
    return value / (bias + (alpha / (before + after + 1)) * squares) ** beta;
  });

test.each([2, 3, 4, 6])('%i channels that are written out are one step', (size) => {
  const { ops, found } = outputOf(writtenOut(size, Math.floor(size / 2), Math.ceil(size / 2) - 1));
  expect(ops).toEqual(['local_response_norm']);
  around(Math.floor(size / 2), Math.ceil(size / 2) - 1).forEach((value, c) => expect(found[c]).toBeCloseTo(value, 12));
});

test.each([
  ['the odd channel after', 4, 1, 2, 0],
  ['other numbers than zeros beyond', 4, 2, 1, 5],
] as const)('%s: stays written out', (_, size, before, after, fill) => {
  const { ops, found } = outputOf(writtenOut(size, before, after, fill));
  expect(ops).not.toContain('local_response_norm');
  around(before, after, fill).forEach((value, c) => expect(found[c]).toBeCloseTo(value, 12));
});
