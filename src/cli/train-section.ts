// The `train` section of a network, for commands that need one.

import type { Network, TrainSettings } from '../../compiler/frontend/index.ts';
import { lastSteps } from '../../compiler/analysis/scores.ts';
import { operators } from '../../compiler/ops/index.ts';
import { InputError } from '../data/input-error.ts';

/** Throws `InputError` where there is none. */
export function trainSection({ name, train }: Pick<Network, 'name' | 'train'>): TrainSettings {
  if (train) return train;
  throw new InputError(
    `${name} has no \`train\` section, which says how it learns; the shortest is: train ${name} { optimizer: adam }`,
  );
}

/** The class of pixels that its loss leaves out. */
export const ignoredIn = ({ arguments: given }: TrainSettings['loss']): number | undefined =>
  given['ignore'] as number | undefined;

/** What a number has to be above for 1, where the loss is that of 0 and 1: of logits 0, of probabilities one half. */
export function middleOf({ graph, train }: Pick<Network, 'graph' | 'train'>): number | undefined {
  if (train?.loss.name !== 'binary_cross_entropy') return undefined;
  return lastSteps(graph, graph.outputs[0]!.value, operators).sigmoid ? 0.5 : 0;
}
