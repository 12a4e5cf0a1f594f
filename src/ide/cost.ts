// What steps and the calls of blocks cost, from their types alone, so that it is known in networks with mistakes, too.

import type { SeenBlock, SeenNetwork, SeenNode } from '../../compiler/frontend/index.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { TensorType } from '../../compiler/ir/tensor-type.ts';

export interface Cost {
  readonly parameters: number;
  readonly macs: number;
}

/** Elements of its parameters, and its multiply–accumulates per image; nothing after a mistake. */
export function costOfNode({ operator, attributes, inputs, results }: SeenNode): Cost {
  if (![...inputs, ...results].every((type) => type !== undefined)) return { parameters: 0, macs: 0 };
  const types = inputs as readonly TensorType[];
  const parameters = (operator.parameters?.(attributes, types) ?? [])
    .filter(({ role }) => role === 'parameter')
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { parameters, macs: operator.macs?.(attributes, types, results as readonly TensorType[]) ?? 0 };
}

/** All that a network has. Weights that are shared count at each of their uses. */
export function costOfNetwork({ nodes, learned }: Pick<SeenNetwork, 'nodes' | 'learned'>): Cost {
  const costs = [...nodes.map(costOfNode), ...learned.map(({ shape }) => ({ parameters: sizeOf(shape), macs: 0 }))];
  return {
    parameters: costs.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: costs.reduce((sum, { macs }) => sum + macs, 0),
  };
}

/** Of each call, all that the steps have whose names begin with its own. Weights that are shared count at each of their uses. */
export function costOfCalls(
  { nodes, learned }: Pick<SeenNetwork, 'nodes' | 'learned'>,
  calls: readonly SeenBlock[],
): readonly Cost[] {
  const totals = new Map(calls.map(({ name }) => [name, { parameters: 0, macs: 0 }]));
  const add = (name: string, cost: () => Cost): void => {
    const around = scopesOf(name).flatMap((scope) => totals.get(scope) ?? []);
    if (around.length === 0) return;
    const { parameters, macs } = cost();
    for (const total of around) {
      total.parameters += parameters;
      total.macs += macs;
    }
  };
  for (const node of nodes) add(node.name, () => costOfNode(node));
  for (const { name, shape } of learned) add(name, () => ({ parameters: sizeOf(shape), macs: 0 }));
  return calls.map(({ name }) => totals.get(name)!);
}

/** `a.b.conv1` → `a`, `a.b` */
function scopesOf(name: string): readonly string[] {
  const scopes: string[] = [];
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) scopes.push(name.slice(0, dot));
  return scopes;
}
