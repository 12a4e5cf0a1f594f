// All networks of the examples in PyTorch: `node test/export/pytorch-examples.ts [--interpret] [NAME …]` with Debian's
// python3-torch. What is expected comes from the compiled WebAssembly modules (some minutes), with --interpret from the interpreter in
// f64 (hours). A line each; exit code 1 where an output is more than 1e-5 of its largest number away, or weights have other names.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lower } from '../../compiler/pipeline.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { runCases, writeCase } from './pytorch-runs.ts';

async function compiled(graph: Graph, feeds: GraphFeeds): Promise<Outputs> {
  const { program } = lower(graph, operators, { target: 'wasm' });
  return runModule(moduleOf(program), weightsFile(graph, feeds.parameters), feeds, feeds.batch);
}

const given = process.argv.slice(2);
const isInterpreted = given.includes('--interpret');
const wanted = given.filter((one) => one !== '--interpret');
let failed = false;
for (const [name, { graph }] of exampleNetworks) {
  if (wanted.length > 0 && !wanted.some((one) => name.includes(one))) continue;
  const folder = mkdtempSync(join(tmpdir(), 'pytorch-'));
  const feeds = { inputs: formulaInputs(graph, 1), parameters: formulaWeights(graph), batch: 1 };
  writeCase(folder, graph, feeds, isInterpreted ? runOracle(graph, feeds).outputs : await compiled(graph, feeds));
  const [found] = runCases([folder]);
  rmSync(folder, { recursive: true });
  const names = graph.parameters.map((parameter) => parameter.name).toSorted();
  const isSame = found!.error === undefined && found!.keys.toSorted().join() === names.join();
  const isNear = found!.error === undefined && found!.differences.every((difference) => difference < 1e-5);
  failed ||= !isSame || !isNear;
  const result = found!.error ?? found!.differences.map((difference) => difference.toExponential(1)).join(' ');
  process.stdout.write(`${isSame && isNear ? 'ok  ' : 'FAIL'} ${name}  ${result}${isSame ? '' : '  other names'}\n`);
}
process.exitCode = failed ? 1 : 0;
