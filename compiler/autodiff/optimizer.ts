// The optimiser's update of parameters, as nodes of a step: elementwise operators over state.

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

/** The weight decay of a parameter. */
type DecayOf = (parameter: Parameter) => number;

const zero = { kind: 'constant', value: 0 } as const;

/** Adds the nodes that compute a parameter's new value and the optimiser's, and outputs of the latter; gives the former. */
export type Update = (trained: Trained) => ValueId;

/** The optimiser's state that all parameters share is added here, once. */
export function updateWith(builder: GraphBuilder, step: StepBuilder, optimizer: Optimizer): Update {
  const decayOf: DecayOf = ({ initial }) => (optimizer.decays === 'all' || initial.kind === 'he' ? optimizer.decay : 0);
  switch (optimizer.kind) {
    case 'sgd':
      return sgd(builder, step, optimizer, decayOf);
    case 'adam':
    case 'adamw':
      return adam(builder, step, optimizer, decayOf);
    case 'rmsprop':
    case 'adagrad':
      return rootScaled(builder, step, optimizer, decayOf);
    case 'adadelta':
      return adadelta(builder, step, optimizer, decayOf);
    default:
      return optimizer satisfies never;
  }
}

function sgd(
  builder: GraphBuilder,
  step: StepBuilder,
  { momentum, nesterov }: Pick<Extract<Optimizer, { kind: 'sgd' }>, 'momentum' | 'nesterov'>,
  decayOf: DecayOf,
): Update {
  const { apply } = step;
  return ({ parameter, value, gradient, rate }) => {
    const decay = decayOf(parameter);
    const attributes = { momentum, decay, nesterov };
    if (momentum === 0) return apply('sgd_weight', [value, rate, gradient, gradient], attributes);
    const next = moved(builder, step, `velocity/${parameter.name}`, value, (velocity) =>
      apply('sgd_velocity', [velocity, gradient, value], { momentum, decay }),
    );
    return apply('sgd_weight', [value, rate, gradient, next], attributes);
  };
}

/** The new value of state in the shape of a parameter, which begins as 0. */
function moved(
  builder: GraphBuilder,
  { typeOf }: StepBuilder,
  name: string,
  parameter: ValueId,
  nextOf: (old: ValueId) => ValueId,
): ValueId {
  const next = nextOf(builder.state(name, typeOf(parameter).shape, 'optimizer', zero));
  builder.output(name, next);
  return next;
}

function rootScaled(
  builder: GraphBuilder,
  step: StepBuilder,
  optimizer: Extract<Optimizer, { kind: 'rmsprop' | 'adagrad' }>,
  decayOf: DecayOf,
): Update {
  const { apply } = step;
  const momentum = optimizer.kind === 'rmsprop' ? optimizer.momentum : 0;
  return (trained) => {
    const { parameter, value, gradient } = trained;
    const decay = decayOf(parameter);
    const square = moved(builder, step, `square/${parameter.name}`, value, (old) =>
      optimizer.kind === 'rmsprop'
        ? apply('adam_square', [old, gradient, value], { beta: optimizer.alpha, decay })
        : apply('adagrad_square', [old, gradient, value], { decay }),
    );
    const scaled = apply('root_scaled', [square, gradient, value], { epsilon: optimizer.epsilon, decay });
    return sgd(builder, step, { momentum, nesterov: false }, () => 0)({ ...trained, gradient: scaled });
  };
}

function adadelta(
  builder: GraphBuilder,
  step: StepBuilder,
  { rho, epsilon }: Extract<Optimizer, { kind: 'adadelta' }>,
  decayOf: DecayOf,
): Update {
  const { apply } = step;
  return ({ parameter, value, gradient, rate }) => {
    const decay = decayOf(parameter);
    const square = moved(builder, step, `square/${parameter.name}`, value, (old) =>
      apply('adam_square', [old, gradient, value], { beta: rho, decay }),
    );
    let delta = gradient;
    moved(builder, step, `moved/${parameter.name}`, value, (old) => {
      delta = apply('adadelta_step', [square, gradient, value, old], { epsilon, decay });
      return apply('adam_square', [old, delta, value], { beta: rho });
    });
    return apply('sgd_weight', [value, rate, delta, delta]);
  };
}

function adam(
  builder: GraphBuilder,
  step: StepBuilder,
  { kind, beta1, beta2, epsilon, amsgrad = false }: Extract<Optimizer, { kind: 'adam' | 'adamw' }>,
  decayOf: DecayOf,
): Update {
  const { apply } = step;
  const corrections = [
    correctionOf(builder, step, 'correction/moment', beta1),
    correctionOf(builder, step, 'correction/square', beta2),
  ];
  return ({ parameter, value, gradient, rate }) => {
    const decay = decayOf(parameter);
    const inGradient = kind === 'adam' ? decay : 0;
    const mean = (prefix: 'moment' | 'square', beta: number): ValueId =>
      moved(builder, step, `${prefix}/${parameter.name}`, value, (old) =>
        apply(`adam_${prefix}`, [old, gradient, value], { beta, decay: inGradient }),
      );
    const [moment, square] = [mean('moment', beta1), mean('square', beta2)] as const;
    const divisor = amsgrad
      ? moved(builder, step, `largest/${parameter.name}`, value, (old) => apply('adam_largest', [old, square]))
      : square;
    return apply('adam_weight', [value, rate, moment, divisor, ...corrections], { epsilon, decay: decay - inGradient });
  };
}

/** State [1] that is 1 − beta^t after step t, and its output; its new value. */
export function correctionOf(builder: GraphBuilder, { apply }: StepBuilder, name: string, beta: number): ValueId {
  const next = apply('adam_correction', [builder.state(name, [1], 'optimizer', zero)], { beta });
  builder.output(name, next);
  return next;
}

/** The gradients, scaled down together where their norm is larger. */
export function clipGradients(
  { apply }: StepBuilder,
  gradients: ReadonlyMap<ValueId, ValueId>,
  norm: number,
): ReadonlyMap<ValueId, ValueId> {
  if (gradients.size === 0) return gradients;
  const squares = [...gradients.values()].map((gradient) => apply('square_sum', [gradient]));
  const factor = apply('clipping_factor', [squares.length === 1 ? squares[0]! : apply('add', squares)], { norm });
  return new Map([...gradients].map(([value, gradient]) => [value, apply('scaled_by', [gradient, factor])]));
}

/** Adds averages of new values, `average/…`, and their outputs. */
export function averaging(
  builder: GraphBuilder,
  step: StepBuilder,
  decay: number,
): (name: string, next: ValueId) => void {
  const correction = correctionOf(builder, step, 'correction/average', decay);
  return (name, next) => {
    const average = builder.state(`average/${name}`, step.typeOf(next).shape, 'optimizer', zero);
    builder.output(`average/${name}`, step.apply('weight_average', [average, next, correction], { decay }));
  };
}
