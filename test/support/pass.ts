// Runs one pass on the graph's text, and checks what every pass must keep: the graph's invariants and its numbers.

import { printGraph } from '../../compiler/ir/text.ts';
import { parseGraph } from '../../compiler/ir/parse-text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import type { Pass, PassRecords } from '../../compiler/passes/pass.ts';
import { runOracle } from './executors.ts';
import { feedsOf } from './random-network.ts';

export interface PassRun {
  /** Nodes and outputs of the result, a line each; parameters are left out. */
  readonly lines: readonly string[];
  readonly graph: Graph;
  readonly records: PassRecords;
  /** True where the pass returned the object it was given. */
  readonly unchanged: boolean;
  /** Largest |Δ| of the outputs between both graphs in f64, relative to the largest value. */
  readonly distance: number;
}

export function runPass(pass: Pass, before: Graph): PassRun {
  const { graph, records } = runPasses(before, [pass], operators);
  const problems = [...verifyGraph(before, operators), ...verifyGraph(graph, operators)];
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const feeds = feedsOf(before, 2);
  const [expected, found] = [runOracle(before, feeds), runOracle(graph, feeds)];
  const distances = [...expected.outputs].flatMap(([name, values]) =>
    Array.from(values, (value, at) => Math.abs(value - found.outputs.get(name)![at]!)),
  );
  return {
    lines: bodyOf(graph),
    graph,
    records,
    unchanged: graph === before,
    distance: Math.max(...distances) / expected.largest,
  };
}

/** The lines of a network in the graph's text form, without its header. */
export const graphOf = (body: string, mode = 'infer'): Graph =>
  parseGraph(`graph test ${mode} {\n${body}\n}\n`, operators);

function bodyOf(graph: Graph): readonly string[] {
  return printGraph(graph, operators)
    .split('\n')
    .slice(1, -2)
    .map((line) => line.trim())
    .filter((line) => !/ = (parameter|buffer|input) /.test(line));
}
