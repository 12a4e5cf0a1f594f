// What a module that trains knows of its network besides the step.

import type { TrainingFacts } from '../../runtime/abi.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { weightsLayout } from '../ir/weights-layout.ts';
import { initialTensors } from './initials.ts';
import type { Init, Recipe } from './recipe.ts';

/** How its tensors start, and what its steps can take; `trained` is the graph with its auxiliary outputs, or the same. */
export function trainingFacts(graph: Graph, trained: Graph, { loss }: Recipe, init: Init): TrainingFacts {
  const pairs = onePixelBatchNorm(trained);
  const own = new Set(graph.parameters.map(({ name }) => name));
  const auxiliary = trained.parameters.flatMap(({ name }) => (own.has(name) ? [] : [name]));
  return {
    initials: initialTensors(trained, init),
    ...(auxiliary.length > 0 && { auxiliary }),
    layout: weightsLayout(graph),
    ...(loss.kind === 'cross_entropy' && {
      classes: typeOf(graph, graph.outputs[0]!.value).shape[0]!,
      ...(loss.ignore !== undefined && { ignored: loss.ignore }),
    }),
    ...(pairs !== undefined && { pairs }),
  };
}

/** The name of a batch norm that sees one value per channel of each image: of one image, it could tell no variance. */
export function onePixelBatchNorm(graph: Graph): string | undefined {
  const pixels = (value: ValueId): number => sizeOf(typeOf(graph, value).shape.slice(1));
  return graph.nodes.find(({ op, operands }) => op === 'batch_norm' && pixels(operands[0]!) === 1)?.name;
}
