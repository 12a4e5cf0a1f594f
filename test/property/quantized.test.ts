// Random networks become valid networks of whole numbers, which passes and modules take as any other, and whose layers are near f32.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower, passedGraph } from '../../compiler/pipeline.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { tapped } from '../../src/quantize/tapped.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs, timeout } from '../support/runs.ts';

/** The largest difference of two values, as a part of the largest magnitude. */
function distance(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let [difference, magnitude] = [0, 1e-9];
  for (let at = 0; at < expected.length; at += 1) {
    difference = Math.max(difference, Math.abs(expected[at]! - found[at]!));
    magnitude = Math.max(magnitude, Math.abs(expected[at]!));
  }
  return difference / magnitude;
}

test('random networks in whole numbers', { timeout }, async () => {
  const interpreter = 'interpreter' as const;
  const ratios: number[] = [];
  await fc.assert(
    fc.asyncProperty(randomPlan, async (plan) => {
      const graph = networkOf(plan);
      const { inputs, parameters } = feedsOf(graph, 1);
      const quantized = await quantizeNetwork({ graph }, parameters as Map<string, Float32Array>, [inputs], {
        runner: interpreter,
      });
      const text = printGraph(quantized.graph, operators);
      expect(verifyGraph(quantized.graph, operators), text).toEqual([]);
      if (quantized.rewrites.length === 0) return;
      expect(verifyGraph(passedGraph(quantized.graph, operators).graph, operators), text).toEqual([]);
      lower(quantized.graph, operators, { target: 'wasm' });
      const values = quantized.graph.outputs.map(({ value }) => value);
      const [expected, found] = await Promise.all(
        [interpreter, 'js' as const].map(async (runner) =>
          (await tapped(quantized.graph, quantized.tensors, values, runner)).run(inputs),
        ),
      );
      for (const value of values) expect(distance(expected!.get(value)!, found!.get(value)!), text).toBeLessThan(1e-4);
      const errors = await layerErrors(quantized, parameters, [inputs], { runner: interpreter });
      ratios.push(...errors.map(({ sqnr }) => sqnr));
    }),
    runs(50),
  );
  // Where a result nearly cancels, it may be all noise.
  const low = ratios.filter((ratio) => ratio < 12).length;
  expect(low).toBeLessThanOrEqual(0.02 * ratios.length);
  expect(ratios.length).toBeGreaterThan(20);
});
