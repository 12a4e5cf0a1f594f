// A step in several calls, each on a micro-batch: gradients are state that is added up, and all that the optimiser changes changes in
// the last call. Each gradient is divided by the images of the whole step, so that the sum is the gradient of the whole batch.

import type { GraphBuilder } from '../ir/builder.ts';
import type { ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import { stepInputs } from '../../runtime/step-border.ts';

export interface MicroBatches {
  /** Images of the whole step, [1]. */
  readonly images: ValueId;
  /** Adds `gradient/…` of each parameter, by whose value the map goes. */
  summed(gradients: ReadonlyMap<ValueId, ValueId>, nameOf: (value: ValueId) => string): ReadonlyMap<ValueId, ValueId>;
  /** A builder whose outputs of states keep their old values until the last call. */
  readonly builder: GraphBuilder;
}

const zero = { kind: 'constant', value: 0 } as const;

/** `states` are those that the step has already, by name. */
export function microBatches(
  builder: GraphBuilder,
  { apply, typeOf }: StepBuilder,
  states: ReadonlyMap<string, ValueId>,
): MicroBatches {
  const images = builder.once(stepInputs.stepImages, [1]);
  const isFirst = builder.once(stepInputs.isFirst, [1]);
  const isLast = builder.once(stepInputs.isLast, [1]);
  const known = new Map(states);
  return {
    images,
    summed: (gradients, nameOf) =>
      new Map(
        [...gradients].map(([value, gradient]) => {
          const name = `gradient/${nameOf(value)}`;
          const before = builder.state(name, typeOf(value).shape, 'gradient', zero);
          const sum = apply('gradient_sum', [before, gradient, isFirst]);
          builder.output(name, sum);
          return [value, sum];
        }),
      ),
    builder: {
      ...builder,
      state(name, ...rest) {
        const value = builder.state(name, ...rest);
        known.set(name, value);
        return value;
      },
      output(name, value) {
        const before = known.get(name);
        builder.output(
          name,
          before === undefined || before === value ? value : apply('after_last', [before, value, isLast]),
        );
      },
    },
  };
}
