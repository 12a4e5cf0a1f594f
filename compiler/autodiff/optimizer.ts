// The optimiser's update of a parameter, as nodes of a step: elementwise operators over state.

import type { GraphBuilder } from '../ir/builder.ts';
import type { Parameter, ValueId } from '../ir/graph.ts';
import type { StepBuilder } from '../ir/operator.ts';
import type { Optimizer } from './recipe.ts';

/** A parameter to be updated, as values of the step. */
export interface Trained {
  readonly parameter: Parameter;
  readonly value: ValueId;
  readonly gradient: ValueId;
  /** The learning rate, [1]. */
  readonly rate: ValueId;
}

/** Adds the nodes that compute the parameter's new value and the optimiser's, and their outputs. */
export function updateWith(
  builder: GraphBuilder,
  { apply, typeOf }: StepBuilder,
  optimizer: Optimizer,
  { parameter, value, gradient, rate }: Trained,
): void {
  const { shape } = typeOf(value);
  const decay = optimizer.decays === 'all' || shape.length > 1 ? optimizer.decay : 0;
  switch (optimizer.kind) {
    case 'sgd': {
      const { momentum, nesterov } = optimizer;
      const attributes = { momentum, decay, nesterov };
      if (momentum === 0) {
        builder.output(parameter.name, apply('sgd_weight', [value, rate, gradient, gradient], attributes));
        return;
      }
      const name = `velocity/${parameter.name}`;
      const velocity = builder.state(name, shape, 'optimizer', { kind: 'constant', value: 0 });
      const next = apply('sgd_velocity', [velocity, gradient, value], { momentum, decay });
      builder.output(name, next);
      builder.output(parameter.name, apply('sgd_weight', [value, rate, gradient, next], attributes));
      return;
    }
    default:
      optimizer.kind satisfies never;
  }
}
