// How far the WebAssembly target is from PyTorch's f64 on the goldens, as a part of the largest output.

import type { Mathematics } from '../../compiler/pipeline.ts';
import { lower } from '../../compiler/pipeline.ts';
import { operators } from '../../compiler/ops/index.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { buildExample } from '../support/examples.ts';
import { moduleOf } from '../support/executors.ts';
import { assignByOrder, loadOracle, oracleInput } from '../support/oracle.ts';
import type { OracleName } from '../support/oracle.ts';
import { oracleNetworks } from './catalog.ts';

/** max |y − PyTorch's| / max |PyTorch's| for each way of computing. */
export async function wasmErrors(name: OracleName, ways: readonly Mathematics[]): Promise<readonly number[]> {
  const oracle = loadOracle(name);
  const { example, network, set } = oracleNetworks[name];
  const graph = buildExample(example, network, set);
  const tensors = [...assignByOrder(graph, oracle)].map(([tensor, { shape, data }]) => ({ name: tensor, shape, data }));
  const weights = writeSafetensors(tensors);
  const x = oracleInput(oracle);
  const largest = Math.max(...oracle.output.map(Math.abs));
  const errors: number[] = [];
  for (const math of ways) {
    const net = await moduleOf(lower(graph, operators, { target: 'wasm', math }).program).load(weights);
    const y = net.run(x) as Float32Array;
    net.close!();
    if (y.length !== oracle.output.length) throw new Error(`${name} has ${y.length} outputs`);
    errors.push(oracle.output.reduce((most, value, at) => Math.max(most, Math.abs(value - y[at]!)), 0) / largest);
  }
  return errors;
}
