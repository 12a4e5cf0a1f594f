// The goldens' checks, shared by the quick and the slow suite.

import { expect } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { buildExample } from '../support/examples.ts';
import { assignByOrder, loadOracle, oracleInput } from '../support/oracle.ts';
import type { Oracle, OracleName } from '../support/oracle.ts';
import { oracleNetworks } from './catalog.ts';

export function buildOracle(name: OracleName): { graph: Graph; oracle: Oracle } {
  const { example, network, set } = oracleNetworks[name];
  return { graph: buildExample(example, network, set), oracle: loadOracle(name) };
}

/** The f64 interpreter's output is PyTorch's to 1e-8 of the largest (the golden has nine digits). */
export function expectOutput(name: OracleName): void {
  const { graph, oracle } = buildOracle(name);
  const { outputs } = interpret(
    graph,
    operators,
    {
      inputs: new Map([[graph.inputs[0]!.name, { data: oracleInput(oracle) }]]),
      parameters: assignByOrder(graph, oracle),
      batch: oracle.input[0]!,
    },
    { keep: 'outputs' },
  );
  const output = outputs.get(graph.outputs[0]!.name)!;
  expect(output.shape).toEqual(oracle.output_shape);
  const largest = Math.max(...oracle.output.map(Math.abs));
  const error = Math.max(...oracle.output.map((y, index) => Math.abs(y - output.data[index]!)));
  expect(error / largest).toBeLessThan(1e-8);
}

/** Operator and output shape (without the batch axis) of every layer that has weights or a window, in order. */
export function layersOf(graph: Graph): readonly string[] {
  return graph.nodes.flatMap(({ op, results }) => {
    const type = typeNames.get(op);
    return type ? [`${type} ${withoutOnes(typeOf(graph, results[0]!).shape)}`] : [];
  });
}

/** The same of PyTorch's modules. */
export function oracleLayers(oracle: Oracle): readonly string[] {
  const known = new Set(typeNames.values());
  return oracle.layers.flatMap(([, type, shape]) => {
    const name = type.replace(/^(BatchNorm)\dd$/, '$1');
    return known.has(name) ? [`${name} ${withoutOnes(shape.slice(1))}`] : [];
  });
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['conv', 'Conv2d'],
  ['dense', 'Linear'],
  ['batch_norm', 'BatchNorm'],
  ['max_pool', 'MaxPool2d'],
  ['avg_pool', 'AvgPool2d'],
  ['global_avg_pool', 'AdaptiveAvgPool2d'],
  ['adaptive_avg_pool', 'AdaptiveAvgPool2d'],
]);

/** A global pooling may keep axes of 1 or not. */
function withoutOnes(shape: readonly number[]): string {
  return shape.length === 3 && shape[1] === 1 && shape[2] === 1 ? `${shape[0]}` : shape.join('×');
}
