// What the numbers of an output are, as far as its network says it: by its labels, its losses and its last steps.

import { rangeOf } from '../../compiler/analysis/range.ts';
import { lastSteps } from '../../compiler/analysis/scores.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { producersOf } from '../../compiler/ir/rewrite.ts';
import { operators } from '../../compiler/ops/index.ts';

/** Absent is what nothing says. */
export interface OutputMeaning {
  /** `classes`: a score for each class. `bits`: each number tells 0 from 1 by itself, as a probability or a logit. `numbers`: neither. */
  readonly answers?: 'classes' | 'bits' | 'logit bits' | 'numbers';
  /** Between which its last steps hold all numbers: 0 and 1 of a sigmoid, −1 and 1 of a tanh. */
  readonly bounds?: readonly [low: number, high: number];
}

/** What is known of an output of a network; nothing where it has none of this name. */
export function meaningOf({ graph, train }: Pick<Network, 'graph' | 'train'>, name: string): OutputMeaning {
  const at = graph.outputs.findIndex((output) => output.name === name);
  const output = graph.outputs[at];
  if (!output) return {};
  const producers = producersOf(graph);
  const { low, high } = rangeOf(output.value, { operators, producerOf: (value) => producers.get(value) });
  const { scores, sigmoid } = lastSteps(graph, output.value, operators);
  const isBounded = Number.isFinite(low) && Number.isFinite(high) && low < high;
  const answers =
    output.labels !== undefined || scores !== 'raw'
      ? 'classes'
      : train && answersOf(lossOf(train.loss, at, name), sigmoid !== undefined);
  return { ...(answers && { answers }), ...(isBounded && { bounds: [low, high] }) };
}

/** The name of its loss; undefined where it has none. */
function lossOf({ name, parts }: NonNullable<Network['train']>['loss'], at: number, output: string) {
  if (parts) return parts.find(({ of }) => of === output)?.loss.name;
  return at === 0 ? name : undefined;
}

function answersOf(loss: string | undefined, isProbability: boolean): OutputMeaning['answers'] {
  if (loss === undefined) return undefined;
  if (loss === 'cross_entropy') return 'classes';
  if (loss === 'binary_cross_entropy') return isProbability ? 'bits' : 'logit bits';
  return 'numbers';
}
