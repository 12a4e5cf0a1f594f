// What the language cannot say of a graph, all of it at once.

import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { dataCount, operatorOf } from '../../compiler/ir/signature.ts';
import { withNumberOperators } from '../../compiler/ops/with-number.ts';

/** The language has no words for a graph; one sentence each. */
export class Unrecoverable extends Error {
  override readonly name = 'Unrecoverable';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const withNumber: ReadonlySet<string> = new Set(withNumberOperators.map(({ name }) => name));

/** Throws `Unrecoverable`. */
export function requireExpressible(graph: Graph, operators: OperatorTable): void {
  const weights = new Set([...graph.parameters, ...graph.constants].map(({ value }) => value));
  const constants = new Set(graph.constants.map(({ value }) => value));
  const once = graph.inputs
    .filter(({ value }) => !graph.types.get(value)!.batched)
    .map(({ name }) => `the input \`${name}\` has no batch axis, which every input of the language has`);
  const nodes = graph.nodes.flatMap((node) => {
    const problem = nodeProblem(node, operators, weights, constants);
    return problem === undefined ? [] : [`\`${node.name}\` (${node.op}) ${problem}`];
  });
  const problems = [...once, ...nodes];
  if (problems.length > 0) throw new Unrecoverable(problems);
}

function nodeProblem(
  node: Node,
  operators: OperatorTable,
  weights: ReadonlySet<ValueId>,
  constants: ReadonlySet<ValueId>,
): string | undefined {
  const operator = operatorOf(operators, node.op);
  if (operator.internal && !withNumber.has(node.op)) return 'is an operator that only the compiler makes';
  const count = dataCount(operator, node.operands.length);
  const data = node.operands.slice(0, count);
  if (data.some((value) => constants.has(value))) return 'reads a tensor of constants, which must be among the weights';
  // Only the first weight can be written down, as `weight: [...]`.
  const written = operator.attributes['weight']?.type === 'weights' ? count : -1;
  if (node.operands.some((value, at) => at >= count && at !== written && constants.has(value)))
    return 'has constants where the language has only learned weights';
  if (data.every((value) => weights.has(value))) return 'reads weights only, and no value that flows';
  const endless = Object.entries(node.attributes).filter(([, value]) =>
    [value].flat().some((one) => typeof one === 'number' && !Number.isFinite(one)),
  );
  const isBound = endless.length === 1 && node.op === 'clip' && !Number.isNaN(endless[0]![1]);
  if (endless.length === 0 || isBound) return undefined;
  return `has ${endless.map(([name, value]) => `${name}: ${String(value)}`).join(' and ')}, which the language cannot write`;
}
