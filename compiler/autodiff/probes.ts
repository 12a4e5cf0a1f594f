// A step that tells where numbers stop being finite: besides what it computes, an output [1] for each of its values, which is NaN
// where one element of the value is NaN or infinite, and 0 otherwise.

import type { Graph } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Recipe } from './recipe.ts';
import type { StepPart } from './training-step.ts';
import { openStep } from './training-step.ts';

export interface ProbedStep {
  readonly graph: Graph;
  /** Names of the outputs and what is probed, in the order in which the step computes it. */
  readonly probes: readonly Probe[];
}

export interface Probe {
  readonly output: string;
  readonly part: StepPart;
}

/** Throws as `trainingStep` does. */
export function probedStep(network: Graph, operators: OperatorTable, recipe: Recipe): ProbedStep {
  const { builder, step, parts } = openStep(network, operators, recipe);
  const { apply, typeOf } = step;
  const { nodes } = builder.finish();
  const probes: Probe[] = [];
  const lengths: number[] = [];
  for (const { name, results } of nodes) {
    let length = 0;
    for (const value of results) {
      const output = `@probe/${probes.length}`;
      const differences = apply('self_difference', [value]);
      const { batched } = typeOf(value);
      const sums = batched ? apply('channel_sum', [differences]) : differences;
      builder.output(output, apply('square_sum', [sums]));
      probes.push({ output, part: parts.get(name)! });
      length += batched ? 3 : 2;
    }
    lengths.push(length);
  }
  const whole = builder.finish();
  // Directly behind what they read, so that nothing is kept for them.
  let next = nodes.length;
  const ordered = nodes.flatMap((node, at) => {
    const from = next;
    next += lengths[at]!;
    return [node, ...whole.nodes.slice(from, next)];
  });
  return { graph: { ...whole, nodes: ordered }, probes };
}
