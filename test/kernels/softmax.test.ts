// Softmax kernels where exponentials of their operands overflow or vanish: the shift by the maximum.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { runKernels } from '../support/executors.ts';

/** softmax(a, a + 1) = (1 / (1 + e), e / (1 + e)), whatever a is. */
const [small, large] = [1 / (1 + Math.E), Math.E / (1 + Math.E)];

test.each([1000, -1000, 88, -104, 0])('of %f and the next number', (a) => {
  for (const op of ['softmax', 'log_softmax']) {
    const builder = graphBuilder('softmax', operators);
    const [y] = builder.node({ op, inputs: [builder.input('x', [2])] });
    builder.output('y', y);
    const { program } = lower(builder.finish(), operators);
    const feeds = { inputs: new Map([['x', Float32Array.of(a, a + 1)]]), parameters: new Map(), batch: 1 };
    const [first, second] = Array.from(runKernels(program, feeds, 1).get('y')!);
    expect(first).toBeCloseTo(op === 'softmax' ? small : Math.log(small), 6);
    expect(second).toBeCloseTo(op === 'softmax' ? large : Math.log(large), 6);
  }
});

/** How far along the axis an element [C, H, W] of a map of this shape stands. */
const placeOver = {
  channels: (at: number, [, height, width]: readonly number[]) => Math.floor(at / (height! * width!)),
  height: (at: number, [, height, width]: readonly number[]) => Math.floor(at / width!) % height!,
  width: (at: number, [, , width]: readonly number[]) => at % width!,
  map: (at: number) => at,
} as const;

describe('log_softmax of a, a + 1, … is what it is of 0, 1, …, however large a is', () => {
  const shape = [6, 5, 7];
  const cases = (['js', 'wasm'] as const).flatMap((target) =>
    (['channels', 'height', 'width', 'map'] as const).map((over) => [target, over] as const),
  );

  test.each(cases)('%s, over %s', (target, over) => {
    const count = { channels: 6, height: 5, width: 7, map: 210 }[over];
    const places = Array.from({ length: 210 }, (_, at) => placeOver[over](at, shape));
    const builder = graphBuilder('far', operators);
    const input = builder.input('x', shape);
    builder.output('y', builder.node({ op: 'log_softmax', inputs: [input], attributes: { over } })[0]);
    const { program } = lower(builder.finish(), operators, { target });
    const x = Float32Array.from(places, (place) => 2 ** 17 + place);
    const feeds = { inputs: new Map([['x', x]]), parameters: new Map(), batch: 1 };
    const y = Array.from(runKernels(program, feeds, 1).get('y')!);
    // log Σ eʲ for j from 0 to n − 1, a geometric series.
    const logSum = count - 1 + Math.log((1 - Math.exp(-count)) / (1 - Math.exp(-1)));
    places.forEach((place, at) => expect(Math.abs(y[at]! - (place - logSum))).toBeLessThan(3e-5));
  });
});
