// The pass trim-padding: windows counted by hand, and the same numbers on every small map.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { trimPadding } from '../../compiler/passes/trim-padding.ts';
import { runPass } from '../support/pass.ts';
import { runs } from '../support/runs.ts';

function single(shape: readonly [number, number], attributes: Attributes, op = 'conv'): Graph {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', [2, ...shape]);
  const channels = op === 'conv' ? { channels: 2 } : {};
  builder.output('y', builder.node({ op, name: 'conv', inputs: [x], attributes: { ...channels, ...attributes } })[0]);
  return builder.finish();
}

const window = (graph: Graph) => {
  const { kernel, padding } = graph.nodes.find(({ name }) => name === 'conv')!.attributes;
  return { kernel, padding };
};

describe.each(['conv', 'depthwise_conv'])('%s', (op) => {
  test.each<[string, readonly [number, number], Attributes, Attributes]>([
    ['3×3 on a pixel', [1, 1], { kernel: 3, padding: 1 }, { kernel: [1, 1], padding: [0, 0, 0, 0] }],
    ['5×5 on 2×2', [2, 2], { kernel: 5, padding: 2 }, { kernel: [3, 3], padding: [1, 1, 1, 1] }],
    ['3×3 on a row', [1, 5], { kernel: 3, padding: 1 }, { kernel: [1, 3], padding: [0, 1, 0, 1] }],
    ['dilated', [2, 2], { kernel: 3, padding: 2, dilation: 2 }, { kernel: [1, 1], padding: [0, 0, 0, 0] }],
  ])('%s', (_, shape, attributes, expected) => {
    const run = runPass(trimPadding, single(shape, attributes, op));
    expect(window(run.graph)).toEqual(expected);
    expect(run.distance).toBeLessThan(1e-15);
  });

  test('flipped filters lose their other end', () => {
    const attributes = { kernel: [3, 3], padding: [1, 0, 0, 1], mode: 'convolution' };
    const run = runPass(trimPadding, single([2, 2], attributes, op));
    expect(run.distance).toBeLessThan(1e-15);
  });

  test('whatever the window, the numbers stay and no more can be cut', () => {
    const extent = fc.integer({ min: 1, max: 4 });
    const small = fc.nat(4);
    const attributes = fc.record({
      kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      stride: fc.tuple(extent, extent),
      dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
      padding: fc.tuple(small, small, small, small),
      mode: fc.constantFrom('cross_correlation', 'convolution'),
    });
    fc.assert(
      fc.property(fc.tuple(extent, extent), attributes, (shape, drawn) => {
        const operator = operatorOf(operators, op);
        const types = [tensorType([2, ...shape])];
        const stored = storedAttributes(operator, { ...drawn, ...(op === 'conv' ? { channels: 2 } : {}) }, types);
        fc.pre(inferNode(operator, types, stored).results !== undefined);
        const run = runPass(trimPadding, single(shape, drawn, op));
        expect(run.distance).toBeLessThan(1e-15);
        expect(runPass(trimPadding, run.graph).unchanged).toBe(true);
      }),
      runs(300),
    );
  });
});

test('products saved: 8 of 9 taps, 2·2 filters, one pixel', () => {
  const { records } = runPass(trimPadding, single([1, 1], { kernel: 3, padding: 1 }));
  expect(records.rewrites).toMatchObject([{ macsSaved: 8 * 4, bytesSaved: 0, callsSaved: 0 }]);
});

test('taps that meet a pixel somewhere stay', () => {
  expect(runPass(trimPadding, single([3, 3], { kernel: 5, padding: 2 })).unchanged).toBe(true);
  expect(runPass(trimPadding, single([2, 2], { kernel: 3, padding: 1 })).unchanged).toBe(true);
});
