// Every way to run a graph against the oracle, and the compiled ones against each other, bit for bit.

import type { Graph } from '../../compiler/ir/graph.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { Level, PipelineOptions } from '../../compiler/pipeline.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import type { Feeds, Outputs } from './executors.ts';
import { moduleOf, runKernels, runModule, runOracle, weightsFile } from './executors.ts';

/**
 * What disagrees, one sentence each. `tolerance` is the distance allowed to the oracle, relative to the largest
 * magnitude among the graph's values (at least 1).
 */
export async function disagreements(
  graph: Graph,
  feeds: Feeds,
  options: Level | PipelineOptions,
  tolerance: number,
): Promise<readonly string[]> {
  const lowered = lower(graph, operators, options);
  const { program } = lowered;
  const problems = [
    ...verifyGraph(lowered.graph, operators),
    ...program.kernels.flatMap(verifyKernel),
    ...verifyProgram(program, lowered.graph, operators),
  ];
  if (problems.length > 0) return problems;

  const oracle = runOracle(graph, feeds);
  const expected = runKernels(program, feeds, feeds.batch);
  problems.push(...distances(oracle.outputs, expected, tolerance * oracle.largest));
  const module = moduleOf(program);
  const weights = weightsFile(lowered.graph, feeds.parameters);
  for (const maxBatch of new Set([1, 2, feeds.batch])) {
    const modular = await runModule(module, weights, feeds, maxBatch);
    problems.push(...differences(expected, modular, `the module at maxBatch ${maxBatch}`));
    // Modules run in passes of every size; kernels are interpreted in those of one other size, too.
    if (maxBatch !== 2 || maxBatch === feeds.batch) continue;
    problems.push(...differences(expected, runKernels(program, feeds, maxBatch), `kernels at maxBatch ${maxBatch}`));
  }
  return problems;
}

/** Where two runs differ in any bit; NaNs are equal. */
export function differences(expected: Outputs, found: Outputs, what: string): readonly string[] {
  return [...expected].flatMap(([name, values]) => {
    const others = found.get(name);
    if (others?.length !== values.length)
      return [`${what}: ${name} has ${others?.length} elements of ${values.length}`];
    let at = 0;
    while (at < values.length && Object.is(values[at], others[at])) at += 1;
    return at === values.length
      ? []
      : [`${what}: ${name}[${at}] is ${others[at]}, kernels in one pass give ${values[at]}`];
  });
}

/** Where a run is farther than `bound` from the oracle; infinities and NaNs must be the same, as f32 where the run is `inF32`. */
export function distances(oracle: Outputs, found: Outputs, bound: number, inF32 = true): readonly string[] {
  return [...oracle].flatMap(([name, values]) => {
    const others = found.get(name)!;
    const at = Array.from(values).findIndex((value, index) => {
      const rounded = inF32 ? Math.fround(value) : value;
      if (Object.is(rounded, others[index]) || rounded === others[index]) return false;
      return !(Math.abs(value - others[index]!) <= bound);
    });
    return at < 0 ? [] : [`${name}[${at}] is ${others[at]}, the oracle gives ${values[at]} (bound ${bound})`];
  });
}
