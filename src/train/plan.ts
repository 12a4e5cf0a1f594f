// How a network is trained: as its `train` section says, or, for questions about its cost, by assumption.

import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import type { TrainSettings } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { recipeOf } from './recipe.ts';

export interface Plan {
  readonly recipe: Recipe;
  /** Images of a step. */
  readonly batch: number;
  /** As a `train` section would say it. */
  readonly text: string;
}

/** Images of a step where nothing is said, as in a `train` section. */
const BATCH = 128;

/** What the section says, or plain gradient descent on cross-entropy, or on squared errors where there are no scores. */
export function planOf(graph: Graph, settings: TrainSettings | undefined): Plan {
  if (!settings) {
    const [output] = graph.outputs;
    const shape = output ? typeOf(graph, output.value).shape : [];
    const loss: Recipe['loss'] =
      sizeOf(shape) === shape[0] && shape[0] > 1
        ? { kind: 'cross_entropy', labelSmoothing: 0 }
        : { kind: 'mean_squared_error', reduction: 'mean' };
    const optimizer = { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' } as const;
    return { recipe: { loss, optimizer }, batch: BATCH, text: textOf({ loss, optimizer }) };
  }
  const recipe = recipeOf(settings);
  return { recipe, batch: settings.batch, text: textOf(recipe) };
}

/** What decides how much memory a step takes: `cross_entropy, sgd with momentum 0.9`. */
function textOf({ loss, optimizer, clipNorm, average }: Recipe): string {
  return [
    loss.kind === 'sum' ? loss.parts.map(({ of, loss: { kind } }) => `${kind} of ${of}`).join(' + ') : loss.kind,
    optimizer.kind === 'sgd' && optimizer.momentum > 0 ? `sgd with momentum ${optimizer.momentum}` : optimizer.kind,
    ...(clipNorm === undefined ? [] : [`gradients clipped at ${clipNorm}`]),
    ...(average === undefined ? [] : [`averages of the weights`]),
  ].join(', ');
}
