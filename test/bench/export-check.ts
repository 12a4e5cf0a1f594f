// `node test/bench/export-check.ts`: what `cnnc export --onnx` writes, run by onnxruntime-node, which checks the file as well. Every example
// is compared with its compiled module, and random applications of every operator with the operators' references.
// Exit code 1 where a file is refused, or an output is off by more than 1e-5 of the largest.

import * as fc from 'fast-check';
import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { exportOnnx } from '../../src/export/onnx/index.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import type { GraphFeeds, Outputs } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { caseGraph } from '../support/operator-graph.ts';
import { listed, tool, whole } from '../support/tool.ts';
import { importPeer } from './peers/import-peer.ts';
import type { Ort } from './peers/ort.ts';

/** Of the largest number of an output. */
const TOLERANCE = 1e-5;

const {
  only,
  cases: perOperator,
  seed,
  json,
} = tool('node test/bench/export-check.ts', 'Runs what `cnnc export --onnx` writes in onnxruntime-node.')
  .option('--only <names>', 'these networks and operators', listed)
  .option('--cases <count>', 'of each operator', whole, 40)
  .option('--seed <number>', 'another seed gives other cases', whole, 1)
  .option('--json', 'print it as JSON')
  .parse()
  .opts<{ readonly only?: readonly string[]; readonly cases: number; readonly seed: number; readonly json?: true }>();

interface Result {
  readonly name: string;
  /** The largest difference, as a part of the largest number of its output. */
  readonly difference?: number;
  /** Why there is none. */
  readonly failure?: string;
}

const ort = await importPeer<Ort>('onnxruntime-node');
const isWanted = (name: string): boolean => only === undefined || only.includes(name);
const results: Result[] = [];

for (const [title, { graph }] of exampleNetworks) {
  if (!isWanted(graph.name)) continue;
  const feeds: GraphFeeds = { inputs: twice(formulaInputs(graph, 1)), parameters: formulaWeights(graph), batch: 2 };
  const module = moduleOf(compileNetwork({ graph }, { target: 'wasm' }).program);
  const expected = await runModule(module, weightsFile(graph, feeds.parameters), feeds, 2);
  say(await compared(title, graph, feeds, expected));
}

/** What only passes make of weights reaches no file. */
/** ONNX's take regions of a whole batch: their export is refused. */
const isRefused = (op: string): boolean => op in { roi_align: 1, roi_pool: 1 };

const exported = networkOperators.filter(
  (op) => (!operators.get(op)!.internal || op in { times: 1, plus: 1 }) && !isRefused(op),
);
for (const op of exported) {
  if (!isWanted(op)) continue;
  const cases = fc.sample(arbitraryOperatorCase([op]), { numRuns: perOperator, seed });
  let worst: Result = { name: op, difference: 0 };
  for (const [at, one] of cases.entries()) {
    const { graph, feeds } = caseGraph(one, 2, at, []);
    const { outputs, largest } = runOracle(graph, feeds);
    const found = await compared(op, graph, feeds, outputs, largest);
    if (found.failure !== undefined || found.difference! > (worst.difference ?? Infinity))
      worst = { ...found, name: `${op} ${JSON.stringify({ shapes: one.inputShapes, ...one.attributes })}` };
    if (worst.failure !== undefined || worst.difference! > TOLERANCE) break;
  }
  say(worst.difference !== undefined && worst.difference <= TOLERANCE ? { ...worst, name: op } : worst);
}

const wrong = results.filter(({ difference = Infinity }) => !(difference <= TOLERANCE));
if (json) console.log(JSON.stringify({ schemaVersion: 1, results }, null, 2));
else console.log(`${results.length - wrong.length} of ${results.length} agree within ${TOLERANCE}`);
process.exitCode = wrong.length > 0 ? 1 : 0;

/** Each image two times: the number of images is free, and no image is drawn on which rounding errors grow. */
function twice(inputs: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  return new Map(
    [...inputs].map(([name, data]) => [
      name,
      Float32Array.from({ length: 2 * data.length }, (_, at) => data[at % data.length]!),
    ]),
  );
}

/** Differences are parts of the largest number of an output, or of `scale`. */
async function compared(name: string, graph: Graph, feeds: GraphFeeds, expected: Outputs, scale = 0): Promise<Result> {
  const model = exportOnnx(graph, feeds.parameters);
  if ('problems' in model) return { name, failure: model.problems.map(({ what }) => what).join('; ') };
  try {
    const session = await ort.InferenceSession.create(model.bytes, {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
    });
    const found = await session.run(
      Object.fromEntries(
        graph.inputs.map(({ name: input, value }) => [
          input,
          new ort.Tensor('float32', feeds.inputs.get(input)!, [feeds.batch, ...typeOf(graph, value).shape]),
        ]),
      ),
    );
    await session.release();
    const differences = graph.outputs.map((output, at) =>
      difference(expected.get(output.name)!, found[session.outputNames[at]!]!.data, scale),
    );
    return { name, difference: Math.max(...differences) };
  } catch (error) {
    return { name, failure: (error as Error).message.split('\n')[0]! };
  }
}

/** The largest difference over the largest magnitude, or over `scale`; infinite where one number alone is NaN, or lengths differ. */
function difference(expected: ArrayLike<number>, found: ArrayLike<number>, scale: number): number {
  if (expected.length !== found.length) return Infinity;
  let [largest, most] = [scale, 0];
  for (let at = 0; at < expected.length; at += 1) {
    const [x, y] = [Math.fround(expected[at]!), found[at]!];
    if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
    if (Object.is(x, y)) continue;
    const distance = Math.abs(x - y);
    most = Math.max(most, Number.isNaN(distance) ? Infinity : distance);
  }
  return most === 0 ? 0 : most / largest;
}

function say(result: Result): void {
  results.push(result);
  if (json) return;
  const { name, difference: found, failure } = result;
  const isGood = found !== undefined && found <= TOLERANCE;
  console.log(`${isGood ? 'ok   ' : 'WRONG'} ${name}: ${failure ?? found!.toExponential(1)}`);
}
