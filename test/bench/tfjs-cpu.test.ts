// The peer computes what PyTorch computes, so that the bench compares like with like.

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildOracle } from '../networks/goldens.ts';
import { assignByOrder, oracleInput } from '../support/oracle.ts';
import { difference } from './measure.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';

const installed = existsSync(new URL('node_modules/@tensorflow/tfjs', import.meta.url));
const title = installed ? '%s' : '%s (skipped: npm ci --ignore-scripts --prefix test/bench)';

test.skipIf(!installed).each(['lenet', 'lenet_bn', 'googlenet_d2l'] as const)(title, async (name) => {
  const { graph, oracle } = buildOracle(name);
  const weights = new Map([...assignByOrder(graph, oracle)].map(([part, { data }]) => [part, data]));
  const engine = await createTfjsCpu(graph, weights);
  const [images] = oracle.input as [number];
  const x = oracleInput(oracle);
  const y = engine.run(x.subarray(0, x.length / images));
  expect(difference(Float32Array.from(oracle.output.slice(0, y.length)), y)).toBeLessThan(1e-6);
});
