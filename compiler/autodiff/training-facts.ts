// What a module that trains knows of its network besides the step.

import type { TrainingFacts } from '../../runtime/abi.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { weightsLayout } from '../ir/weights-layout.ts';
import { initialTensors } from './initials.ts';
import { partsOf } from './loss-sum.ts';
import { countingOf, isKept } from './recipe.ts';
import type { Init, Recipe } from './recipe.ts';

/** How its tensors start, and what its steps can take; `trained` is the graph with its auxiliary outputs, or the same. */
export function trainingFacts(graph: Graph, trained: Graph, recipe: Recipe, init: Init): TrainingFacts {
  const { loss } = recipe;
  const pairs = onePixelBatchNorm(trained, recipe);
  const own = new Set(graph.parameters.map(({ name }) => name));
  const auxiliary = trained.parameters.flatMap(({ name }) => (own.has(name) ? [] : [name]));
  return {
    initials: initialTensors(trained, init),
    ...(auxiliary.length > 0 && { auxiliary }),
    layout: weightsLayout(graph),
    ...(loss.kind === 'cross_entropy' && {
      classes: typeOf(graph, graph.outputs[0]!.value).shape[0]!,
    }),
    ...countingOf(loss),
    ...(loss.kind === 'binary_cross_entropy' && { areShares: true }),
    ...(loss.kind === 'sum' && { parts: partsOf(trained, loss) }),
    ...(pairs !== undefined && { pairs }),
  };
}

/** The batch norms that normalise by the statistics of a step's images, and not by those that they keep. */
export function batchNorms(graph: Graph, recipe: Pick<Recipe, 'learns'>): readonly Node[] {
  const tensors = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  return graph.nodes.filter(
    ({ op, operands }) =>
      op === 'batch_norm' &&
      !isKept(
        operands.flatMap((value) => tensors.get(value) ?? []),
        recipe,
      ),
  );
}

/** The name of one of them that sees one value per channel of each image: of one image, it could tell no variance. */
export function onePixelBatchNorm(graph: Graph, recipe: Pick<Recipe, 'learns'>): string | undefined {
  const pixels = (value: ValueId): number => sizeOf(typeOf(graph, value).shape.slice(1));
  return batchNorms(graph, recipe).find(({ operands }) => pixels(operands[0]!) === 1)?.name;
}
