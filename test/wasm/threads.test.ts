// Networks on one thread and on several: the same bits, also when the batch is cut. The examples, small, and some random networks.

import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/pipeline.ts';
import { operators } from '../../compiler/ops/index.ts';
import { byName, importText } from '../../src/network/module.ts';
import type { Bindings } from '../support/examples.ts';
import { buildExample } from '../support/examples.ts';
import { moduleText, weightsFile } from '../support/executors.ts';
import type { GraphFeeds } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';

interface Example {
  readonly network: string;
  readonly example: string;
  readonly set?: Bindings;
}

const nightly = Number(process.env['CNNC_RUNS'] ?? 1) > 1;
/** Those whose weights take long, at a small size; they differ from the others in size alone. */
const large: readonly Example[] = [
  { network: 'SqueezeNet', example: 'squeezenet', set: { size: 64 } },
  { network: 'Darknet19', example: 'darknet', set: { size: 64 } },
  { network: 'DenseNet121', example: 'densenet121', set: { size: 64 } },
  { network: 'InceptionV3Auxiliary', example: 'inception', set: { size: 299 } },
  { network: 'Xception', example: 'xception', set: { size: 75 } },
  { network: 'ShuffleNet100', example: 'shufflenet', set: { size: 64 } },
  { network: 'ResNet50', example: 'resnet50', set: { size: 64 } },
  { network: 'ResNeXt50', example: 'resnet50', set: { size: 64 } },
  { network: 'MobileNetV2', example: 'mobilenet-v2', set: { size: 64 } },
  { network: 'MobileNetV3Large', example: 'mobilenet-v3', set: { size: 64 } },
  { network: 'MNASNet', example: 'mnasnet', set: { size: 64 } },
  { network: 'EfficientNetB0', example: 'efficientnet', set: { size: 64 } },
  { network: 'RegNetY400MF', example: 'regnet', set: { size: 64 } },
  { network: 'DeepLabV3', example: 'deeplab', set: { size: 64 } },
  { network: 'ConvNeXtTiny', example: 'convnext', set: { size: 64 } },
  { network: 'SSD300', example: 'ssd', set: { size: 300 } },
  { network: 'Siamese', example: 'siamese' },
];
const examples: readonly Example[] = [
  { network: 'LeNet', example: 'lenet' },
  { network: 'LeNetBN', example: 'lenet-bn' },
  { network: 'Edges', example: 'edges' },
  { network: 'Tour', example: 'tour' },
  { network: 'NiN', example: 'nin', set: { size: 80 } },
  { network: 'GoogLeNet', example: 'googlenet', set: { size: 32 } },
  { network: 'ResNet18', example: 'resnet', set: { size: 32 } },
  { network: 'DenseNet', example: 'densenet', set: { size: 32 } },
  { network: 'MobileNet25', example: 'mobilenet', set: { size: 32 } },
  { network: 'ShuffleNet50', example: 'shufflenet', set: { size: 32 } },
  { network: 'MobileNetV3Small', example: 'mobilenet-v3', set: { size: 32 } },
  { network: 'ESPCN', example: 'espcn', set: { size: 20 } },
  { network: 'SmallUNet', example: 'unet', set: { size: 32 } },
  { network: 'ViT', example: 'vit', set: { size: 48, depth: 2 } },
  ...(nightly ? large : []),
];
const batch = 3;
const seen: string[] = [];

/** SHA-256 of the results in each way of running. */
async function hashesOf(
  graph: Graph,
  { inputs, parameters }: Pick<GraphFeeds, 'inputs' | 'parameters'>,
  ways: readonly (readonly [threads: number, maxBatch: number])[],
): Promise<ReadonlyMap<string, string>> {
  const module = await importText(moduleText(lower(graph, operators, { target: 'wasm' }).program));
  const weights = weightsFile(graph, parameters);
  const x = inputs.size === 1 ? [...inputs.values()][0]! : Object.fromEntries(inputs);
  const hashes = new Map<string, string>();
  for (const [threads, maxBatch] of ways) {
    const net = await module.load(weights, { threads, maxBatch });
    expect([net.threads, net.reason]).toEqual([threads, undefined]);
    for (const way of threads > 1 ? ['run', 'run again', 'runAsync'] : ['run']) {
      const y = await (way === 'runAsync' ? net.runAsync!(x) : net.run(x));
      const hash = createHash('sha256');
      for (const values of byName(y, Object.keys(module.outputs)).values()) hash.update(values);
      hashes.set(`${threads} threads, maxBatch ${maxBatch}, ${way}`, hash.digest('hex'));
    }
    net.close!();
  }
  return hashes;
}

test.each(examples)('$network', { timeout: nightly ? 600_000 : 60_000 }, async ({ network, example, set }) => {
  const graph = buildExample(example, network, set);
  const inputs = formulaInputs(graph, batch);
  const hashes = await hashesOf(graph, { inputs, parameters: formulaWeights(graph) }, [
    [1, batch],
    [1, 1],
    [2, 2],
    [4, batch],
  ]);
  const [first] = hashes.values();
  expect([...hashes].filter(([, hash]) => hash !== first)).toEqual([]);
  seen.push(`${network} ${first}`);
});

test('random networks', async () => {
  const graphs = fc
    .sample(randomPlan, { numRuns: 200, seed: 5 })
    .map(networkOf)
    .filter(({ nodes }) => nodes.length > 12)
    .slice(0, 10);
  for (const graph of graphs) {
    const hashes = await hashesOf(graph, feedsOf(graph, 2), [
      [1, 2],
      [3, 2],
    ]);
    expect(new Set(hashes.values()).size).toBe(1);
  }
  expect(graphs.length).toBe(10);
});

afterAll(() => console.info(seen.join('\n')));
