// The example networks, small, on one thread and on several: the same bits, also when the batch is cut, and within 1e-4 of the oracle
// (test/support/one-run.ts derives it).

import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { lower } from '../../compiler/pipeline.ts';
import { operators } from '../../compiler/ops/index.ts';
import { importText } from '../../src/module.ts';
import type { Bindings } from '../support/examples.ts';
import { buildExample } from '../support/examples.ts';
import { moduleText, runOracle, weightsFile } from '../support/executors.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';

const networks: readonly (readonly [network: string, example: string, set?: Bindings])[] = [
  ['LeNet', 'lenet'],
  ['LeNetBN', 'lenet-bn'],
  ['Edges', 'edges'],
  ['Tour', 'tour'],
  ['NiN', 'nin', { size: 64 }],
  ['GoogLeNet', 'googlenet', { size: 32 }],
  ['ResNet18', 'resnet', { size: 32 }],
  ['DenseNet', 'densenet', { size: 32 }],
  ['MobileNet25', 'mobilenet', { size: 32 }],
  ['AlexNet', 'alexnet', { size: 64 }],
  ['VGG11Small', 'vgg', { size: 32 }],
];
const batch = 3;
const seen: string[] = [];

test.each(networks)('%s', async (network, example, set) => {
  const graph = buildExample(example, network, set);
  const parameters = formulaWeights(graph);
  const x = formulaInput(graph, batch);
  const module = await importText(moduleText(lower(graph, operators, { target: 'wasm' }).program));
  const weights = weightsFile(graph, parameters);
  const hashes = new Map<string, string>();
  for (const [threads, maxBatch] of [
    [1, batch],
    [1, 1],
    [2, 2],
    [4, batch],
  ] as const) {
    const net = await module.load(weights, { threads, maxBatch });
    expect([net.threads, net.reason]).toEqual([threads, undefined]);
    for (let run = 0; run < (threads > 1 ? 3 : 1); run += 1) {
      const y = (await (run < 2 ? net.run(x) : net.runAsync!(x))) as Float32Array;
      hashes.set(`${threads} threads, maxBatch ${maxBatch}, run ${run}`, createHash('sha256').update(y).digest('hex'));
    }
    net.close!();
  }
  const [first] = hashes.values();
  expect([...hashes].filter(([, hash]) => hash !== first)).toEqual([]);
  seen.push(`${network} ${first}`);
});

afterAll(() => console.info(seen.join('\n')));
