// The peers compute what PyTorch computes, so that the bench compares like with like.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildOracle } from '../networks/goldens.ts';
import { runOracle } from '../support/executors.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { assignByOrder, oracleInput } from '../support/oracle.ts';
import type { AnyEngine, Weights } from './engine.ts';
import { difference } from './measure.ts';
import { encodeOnnx } from './onnx.ts';
import { createLiteRt } from './peers/litert.ts';
import { createOrtNode } from './peers/ort-node.ts';
import { createOrtWeb } from './peers/ort-web.ts';
import { createTfjsCpu } from './peers/tfjs-cpu.ts';
import { createTfjsWasm } from './peers/tfjs-wasm.ts';
import { encodeLiteRt } from './tflite.ts';

interface Peer {
  readonly name: string;
  readonly package: string;
  /** Whether it is given whatever the language has. */
  readonly knowsAll?: true;
  create(graph: Graph, weights: Weights, batch: number): Promise<AnyEngine>;
}

const peers: readonly Peer[] = [
  { name: 'tfjs cpu', package: '@tensorflow/tfjs', create: createTfjsCpu },
  { name: 'tfjs wasm', package: '@tensorflow/tfjs-backend-wasm', create: createTfjsWasm },
  {
    name: 'ort web',
    package: 'onnxruntime-web',
    create: (graph, weights, batch) => createOrtWeb(encodeOnnx(graph, weights, batch)),
    knowsAll: true,
  },
  {
    name: 'litert',
    package: '@litertjs/core',
    create: async (graph, weights, batch) => createLiteRt(encodeLiteRt(graph, weights, batch)),
  },
  {
    name: 'ort node',
    package: 'onnxruntime-node',
    create: (graph, weights, batch) => createOrtNode(encodeOnnx(graph, weights, batch)),
    knowsAll: true,
  },
];

/** What the book's networks leave out. */
const others = `
network Others {
  input image: [3, 15, 13]
  conv(8, kernel: 3, stride: 2, padding: same) -> clip(min: -0.5, max: 0.75)
  depthwise_conv(kernel: 3, padding: 1, multiplier: 2) -> batch_norm -> relu6
  local_response_norm(size: 5, alpha: 0.5, k: 2)
  max_pool(3, stride: 2, ceil: true)
  parallel add {
    path conv(6, kernel: 3, padding: 1, dilation: 1x1) -> sigmoid
    path conv(6, kernel: 1) -> batch_norm
    path avg_pool(3, stride: 1, padding: 1) -> conv(6, kernel: 1, bias: false)
  }
  silu -> channel_shuffle(2)
  layer_norm(epsilon: 1e-3) -> gelu
  left, right = split(2)
  concat(right, left) -> mul(global_avg_pool -> sigmoid)
  adaptive_avg_pool(1) -> flatten
  dense(5, bias: false) -> softmax
}
`;

const installed = (name: string): boolean => existsSync(new URL(`node_modules/${name}`, import.meta.url));

describe.each(peers)('$name', ({ package: from, create, knowsAll }) => {
  const missing = !installed(from);
  const title = missing ? '%s (skipped: npm ci --ignore-scripts --prefix test/bench)' : '%s';

  test.skipIf(missing).each(['lenet', 'lenet_bn', 'googlenet_d2l', 'resnet18_d2l', 'densenet_d2l'] as const)(
    title,
    async (name) => {
      const { graph, oracle } = buildOracle(name);
      const weights = new Map([...assignByOrder(graph, oracle)].map(([part, { data }]) => [part, data]));
      const engine = await create(graph, weights, oracle.input[0]!);
      const y = await engine.run(oracleInput(oracle));
      await engine.release?.();
      expect(difference(Float32Array.from(oracle.output), y)).toBeLessThan(3e-6);
    },
  );

  test.skipIf(missing).each(['other operators'])(title, async () => {
    const graph = build(others);
    const [parameters, image] = [formulaWeights(graph), formulaInput(graph, 2)];
    const { outputs } = runOracle(graph, { inputs: new Map([['image', image]]), parameters, batch: 2 });
    const engine = await create(graph, parameters, 2);
    const y = await engine.run(image);
    await engine.release?.();
    expect(difference(Float32Array.from(outputs.get(graph.outputs[0]!.name)!), y)).toBeLessThan(1e-6);
  });

  test.skipIf(missing).each(['an operator of no published network'])(title, async () => {
    const graph = build('network Unknown {\n  input x: [3]\n  tanh\n}\n');
    if (!knowsAll)
      return expect(create(graph, new Map(), 1)).rejects.toThrow(
        'the peers do not support the operator of tanh1 (tanh)',
      );
    const engine = await create(graph, new Map(), 1);
    const y = await engine.run(Float32Array.of(-1, 0, 2));
    await engine.release?.();
    expect(difference(Float32Array.of(-1, 0, 2).map(Math.tanh), y)).toBeLessThan(1e-6);
  });
});

function build(text: string): Graph {
  const { networks, diagnostics } = frontend({ path: 'peers.cnn', text }, { operators });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return networks[0]!.graph;
}
