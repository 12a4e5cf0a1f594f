// Numbers of f32 are in the graph as their authors wrote them, so that a model and its text are the same network.

import { expect, test } from 'vitest';
import { shortestDecimal } from '../../src/onnx/decimal.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, modelBytes, node } from './models.ts';

test.each([1e-5, 0.1, 0.0009999, 1.0000001e-5, 3, -0.25, 6e-45])('%d is found again from its f32', (value) =>
  expect(shortestDecimal(Math.fround(value))).toBe(value),
);

test.each([1 / 3, Math.PI, NaN, Infinity])('%d is no f32, or has no decimal, and stays', (value) =>
  expect(shortestDecimal(value)).toBe(value),
);

test('attributes of the graph are shortest decimals', () => {
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 4])],
      output: [border('y', ['n', 4])],
      node: [node('LeakyRelu', ['x'], ['y'], { alpha: Math.fround(0.2) })],
    }),
  );
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  expect(imported.network.graph.nodes[0]!.attributes).toEqual({ slope: 0.2 });
});
