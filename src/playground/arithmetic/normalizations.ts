// Layer, group, instance and root-mean-square normalisation: one number by the mean and the variance of those that are normalised
// together with it.

import { sameShape, sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { flagOf } from '../../../compiler/ops/attributes.ts';
import { axesOf } from '../../../compiler/ops/axes.ts';
import { groupNumbers } from '../../../compiler/ops/normalized.ts';
import { placeOf } from './places.ts';
import type { Application, Formula, Term } from './types.ts';

/** γ · (x − μ) / √(σ² + ε) + β, or γ · x / √(mean of x² + ε) where nothing is taken away. */
export function normalizationFormula(application: Application, at: number): Formula {
  const { operator, attributes, inputs, operands } = application;
  const { centred, epsilon, ...rest } = operator.normalizes!(attributes, inputs);
  const type = inputs[0]!;
  const x = operands[0]!;
  const groups = groupNumbers(sizeOf(type.shape), type, { centred, epsilon, ...rest });
  const together = Array.from(groups.keys())
    .filter((index) => groups[index] === groups[at])
    .map((index) => x[index]!);
  const mean = centred ? meanOf(together) : 0;
  const variance = meanOf(together.map((value) => (value - mean) ** 2));
  const normal = (x[at]! - mean) / Math.sqrt(variance + epsilon);
  const count = `${together.length} ${together.length === 1 ? 'number' : 'numbers'}`;
  const statistics: readonly Term[] = centred
    ? [
        { name: `μ, the mean of ${count}`, value: mean },
        { name: 'σ², their variance', value: variance },
      ]
    : [{ name: `mean(x²), of ${count}`, value: variance }];
  const learned = learnedTerms(application, at);
  const [gamma, beta] = learned.map(({ value }) => value);
  return {
    kind: 'formula',
    text: [
      gamma === undefined ? '' : 'γ · ',
      centred ? '(x − μ) / √(σ² + ε)' : 'x / √(mean(x²) + ε)',
      beta === undefined ? '' : ' + β',
    ].join(''),
    terms: [
      { name: 'x', value: x[at]!, from: { operand: 0, at } },
      ...statistics,
      { name: 'ε', value: epsilon },
      ...learned,
    ],
    value: normal * (gamma ?? 1) + (beta ?? 0),
  };
}

/** γ and β, as many as the operator has: one per channel, or per number of the map. */
function learnedTerms({ operator, attributes, inputs, operands }: Application, at: number): readonly Term[] {
  if (!flagOf(attributes, 'affine')) return [];
  const type = inputs[0]!;
  const channel = placeOf(at, type.shape)[axesOf(type.shape, 'channels')![0]!]!;
  return operator.parameters!(attributes, inputs).map(({ shape }, index): Term => ({
    name: 'γβ'[index]!,
    value: operands[1 + index]![sameShape(shape, type.shape) ? at : channel]!,
  }));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
