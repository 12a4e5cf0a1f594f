// One network, one configuration, one executor: what is wrong, in sentences.
//
// Where a configuration holds exact passes only, its outputs have the bits of level 0. Else, in f64: rewrites regroup
// sums and products, each of which rounds to 2^-53 of itself; at most some 100 of them follow one another, weights keep
// magnitudes, so that 1e-9 of the largest inner value leaves a factor of 10^4 and still shows any wrong number. In f32:
// every stored value rounds to 2^-24; Winograd's transforms store three more roundings of sums of up to 16 terms. 2e-5 of
// the largest inner value leaves a factor of 10 over 20 layers. On vectors every addition rounds to 2^-24 of the partial sum: over
// some 200 terms that is a deviation of √200 / 2 roundings, 4e-7, and 2e-6 over 20 layers: 1e-4 leaves a factor of 50, of which the
// transforms of 4×4 tiles may take 30 (test/kernels/winograd.test.ts).

import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { legalisation } from '../../compiler/pipeline.ts';
import type { Program } from '../../compiler/program/program.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { differences, distances } from './agreement.ts';
import type { Configuration } from './configuration.ts';
import { compile, isExact } from './configuration.ts';
import type { GraphFeeds, Outputs } from './executors.ts';
import { moduleOf, runKernels, runModule, runOracle, weightsFile } from './executors.ts';

/**
 * `graph`: the f64 interpreter on the optimised graph. `kernels`: the kernel interpreter. `module`: emitted JavaScript. `wasm`: the
 * module of the WebAssembly target.
 */
export type Executor = 'graph' | 'kernels' | 'module' | 'wasm';

const bounds = { graph: 1e-9, kernels: 2e-5, module: 2e-5, wasm: 1e-4 } as const;
const largestComparable = 1e12;

export async function problemsOf(
  graph: Graph,
  feeds: GraphFeeds,
  chosen: Configuration,
  executor: Executor,
): Promise<readonly string[]> {
  const options = { target: executor === 'wasm' ? 'wasm' : 'js' } as const;
  const compiled = compile(graph, chosen, options);
  const problems = [
    ...verifyGraph(compiled.graph, operators),
    ...verifyProgram(compiled.program, compiled.graph, operators),
  ];
  if (problems.length > 0) return problems;
  const found = await runCompiled(compiled, feeds, executor);
  if (isExact(chosen) && !(executor === 'wasm' && reordersSums(graph))) {
    const plain =
      executor === 'graph'
        ? { graph: runPasses(graph, legalisation, operators).graph, program: compiled.program }
        : compile(graph, { kind: 'level', level: 0 }, options);
    return differences(await runCompiled(plain, feeds, executor), found, 'an exact configuration');
  }
  return distanceProblems(graph, feeds, found, executor);
}

/**
 * Whether exact passes may change the order of sums, which f64 hides and f32 does not: a dense layer adds its products in the order in
 * which the map before it lies, if only a single flatten stands between them.
 */
export const reordersSums = ({ nodes }: Graph): boolean => nodes.some(({ op }) => op === 'dense');

/** Where outputs are too far from what the oracle computes for the graph. */
export function distanceProblems(
  graph: Graph,
  feeds: GraphFeeds,
  found: Outputs,
  executor: Executor,
): readonly string[] {
  const oracle = runOracle(graph, feeds);
  if (oracle.largest > largestComparable) return [];
  return distances(oracle.outputs, found, bounds[executor] * oracle.largest, executor !== 'graph');
}

export async function runCompiled(
  { graph, program }: { readonly graph: Graph; readonly program: Program },
  feeds: GraphFeeds,
  executor: Executor,
): Promise<Outputs> {
  switch (executor) {
    case 'graph': {
      const { outputs } = interpret(graph, operators, wrapped(feeds), { keep: 'outputs' });
      return new Map([...outputs].map(([name, { data }]) => [name, data]));
    }
    case 'kernels':
      return runKernels(program, feeds, feeds.batch);
    case 'module':
    case 'wasm':
      return runModule(moduleOf(program), weightsFile(graph, feeds.parameters), feeds, feeds.batch);
    default:
      return executor satisfies never;
  }
}

const wrapped = ({ inputs, parameters, batch }: GraphFeeds) => {
  const wrap = (arrays: GraphFeeds['inputs']) => new Map([...arrays].map(([name, data]) => [name, { data }]));
  return { inputs: wrap(inputs), parameters: wrap(parameters), batch };
};
