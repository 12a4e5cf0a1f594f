// `If` whose condition is known while the model is imported: the branch that is taken becomes part of the graph around it.

import { attributesOf } from './attributes.ts';
import type { GraphProto, NodeProto } from './file/messages.ts';
import { tensorConstant } from './file/tensor.ts';
import type { ReadExternal } from './file/tensor.ts';
import { unknown } from './flow.ts';
import type { Entry, Operand } from './flow.ts';
import { refuse } from './problem.ts';

/** What is known around the node. */
export interface Surroundings {
  readonly entries: Map<string, Entry>;
  readonly readExternal: ReadExternal | undefined;
}

/** The results of an `If`; `visit` imports a node of the branch, which sees the names around it. */
export function takenBranch(
  walk: Surroundings,
  node: NodeProto,
  condition: Operand | undefined,
  visit: (node: NodeProto) => void,
): readonly Entry[] {
  if (condition?.is !== 'constant' || condition.perImage || condition.data.length !== 1)
    return refuse('its condition is computed by the network', 'simplify the model before, so that one branch is left');
  const name = condition.data[0] === 0 ? 'else_branch' : 'then_branch';
  const branch: GraphProto | undefined = attributesOf(node, walk.readExternal).graph(name);
  if (!branch) return refuse(`it has no ${name}`, 'export the model again');
  const { entries } = walk;
  const names = [branch.initializer.map((tensor) => tensor.name), branch.node.map(({ output }) => output)].flat(2);
  const own = names.filter((one) => !entries.has(one));
  for (const tensor of branch.initializer) {
    if (entries.has(tensor.name))
      refuse(
        `the initializer ${JSON.stringify(tensor.name.slice(0, 80))} of its ${name} has the name of another value`,
        'export the model again',
      );
    entries.set(tensor.name, tensorConstant(tensor, tensor.name, walk.readExternal));
  }
  for (const inner of branch.node) visit(inner);
  const results = branch.output.map((output) => entries.get(output.name) ?? unknown);
  // Another branch may call its own values the same.
  for (const one of own) entries.delete(one);
  return results;
}
