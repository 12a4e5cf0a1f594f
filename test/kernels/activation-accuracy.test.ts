// How far compiled activations are from their definitions with the library's expm1, log1p and pow, in units in the last place of f32,
// over numbers of every magnitude: where results are small, errors must be, too.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { unitsApart } from '../support/elementary.ts';
import { moduleOf } from '../support/executors.ts';

/** From 1e-37 to 80, both signs. */
const numbers = Float32Array.from({ length: 40_000 }, (_, i) => {
  const size = 10 ** (-37 + (Math.floor(i / 2) / 20_000) * (37 + Math.log10(80)));
  return i % 2 === 0 ? size : -size;
});

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];

const cases: readonly (readonly [string, Attributes, (x: number) => number, number])[] = [
  ['softplus', {}, softplus, 5],
  ['softplus', { beta: 0.5 }, (x) => (x > 40 ? x : softplus(0.5 * x) / 0.5), 5],
  ['mish', {}, (x) => x * Math.tanh(softplus(x)), 6],
  ['softsign', {}, (x) => x / (1 + Math.abs(x)), 2],
  ['selu', {}, (x) => (x < 0 ? scale * alpha * Math.expm1(x) : scale * x), 6],
  ['celu', { alpha: 2 }, (x) => (x < 0 ? 2 * Math.expm1(x / 2) : x), 6],
  ['exp', {}, Math.exp, 2],
  ['log', {}, Math.log, 2],
  ['reciprocal', {}, (x) => 1 / x, 1],
  ['sqrt', {}, Math.sqrt, 1],
  ['pow', { exponent: 3 }, (x) => x ** 3, 3],
  ['pow', { exponent: -1.5 }, (x) => x ** -1.5, 4],
  // |exponent · ln x| is at most 26 here, each unit of which costs half a unit in the last place, and the logarithm's own errors.
  ['pow', { exponent: 0.3 }, (x) => x ** 0.3, 60],
];

test.each(cases.flatMap((one) => (['js', 'wasm'] as const).map((target) => [target, ...one] as const)))(
  'in %s, %s %o',
  async (target, op, attributes, definition, bound) => {
    const builder = graphBuilder('accuracy', operators);
    const [y] = builder.node({ op, inputs: [builder.input('x', [numbers.length])], attributes });
    builder.output('y', y);
    const net = await moduleOf(lower(builder.finish(), operators, { target }).program).load({}, {});
    const found = net.run(numbers) as Float32Array;
    const units = numbers.map((x, at) => {
      const expected = definition(x);
      return Number.isFinite(Math.fround(expected)) ? unitsApart(found[at]!, expected) : 0;
    });
    const worst = units.reduce((most, one) => Math.max(most, one), 0);
    expect(worst, `at ${numbers[units.indexOf(worst)]}`).toBeLessThanOrEqual(target === 'js' ? 0.51 : bound);
  },
);
