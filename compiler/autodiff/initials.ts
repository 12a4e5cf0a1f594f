// What a training by itself knows of its network: how each tensor starts, as PyTorch's layers do, and how many classes there are.

import type { InitialTensor, TrainingFacts } from '../../runtime/abi.ts';
import type { Graph, Initial, Parameter } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Recipe } from './recipe.ts';

/** In the order of the network's parameters. */
export function trainingFacts(graph: Graph, { loss }: Recipe): TrainingFacts {
  const initials = graph.parameters.map((parameter): InitialTensor => {
    const { name, initial } = parameter;
    const fanIn = initial.kind === 'he' ? initial.fanIn : fanOfBias(graph, parameter);
    if (fanIn !== undefined) return { name, bound: Math.sqrt(1 / fanIn) };
    return { name, value: (initial as Extract<Initial, { kind: 'constant' }>).value };
  });
  if (loss.kind !== 'cross_entropy') return { initials };
  return { initials, classes: sizeOf(typeOf(graph, graph.outputs[0]!.value).shape) };
}

/** Inputs of the weights to whose results a bias is added. Batch norm has none, and keeps its constants. */
function fanOfBias(graph: Graph, { value, role }: Parameter): number | undefined {
  if (role !== 'parameter') return undefined;
  const node = graph.nodes.find(({ operands }) => operands.includes(value));
  const weights = graph.parameters.find((other) => other.initial.kind === 'he' && node?.operands.includes(other.value));
  return weights?.initial.kind === 'he' ? weights.initial.fanIn : undefined;
}
