// Random networks over every operator: parallel paths and their joins, residuals, several inputs and outputs, values
// that are read twice, weights in the source; biased towards what passes and kernels match. Every case carries its numbers.

import * as fc from 'fast-check';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { GraphFeeds } from './executors.ts';
import { centred, formulaWeights } from './formula.ts';
import type { Step } from './network-steps.ts';
import { addStep, patternKinds, stepKinds } from './network-steps.ts';

export interface Plan {
  readonly inputs: readonly Shape[];
  readonly steps: readonly Step[];
  /** Which values become outputs; the last one always does. */
  readonly outputs: readonly number[];
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...stepKinds, ...patternKinds),
  // Small numbers pick recent values: chains rather than bushes.
  picks: fc.tuple(...([0, 1, 2] as const).map(() => fc.oneof(fc.constant(0), fc.nat(3), fc.nat(12)))) as fc.Arbitrary<
    [number, number, number]
  >,
  size: fc.nat(5),
  variant: fc.nat(5),
  flag: fc.boolean(),
  literal: fc.constantFrom<Step['literal']>('none', 'none', 'none', 'none', 'any', 'plain'),
  taps: fc.constantFrom(false, false, false, true),
});

const shape = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 4, 6), fc.constantFrom(1, 3, 4, 5), fc.constantFrom(1, 2, 4, 6)),
  fc.constantFrom<[number, number, number]>([4, 4, 4], [2, 6, 6], [3, 6, 7], [2, 8, 8], [1, 5, 5], [2, 9, 6]),
  fc.constantFrom<[number, number, number]>([3, 6, 6], [2, 7, 6], [1, 8, 8], [4, 6, 7]),
  fc.tuple(fc.integer({ min: 1, max: 9 })),
);

/** Mostly small, some of tens of nodes. */
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.array(step, { minLength: 1, maxLength: 4, size: 'max' }) },
  { weight: 2, arbitrary: fc.array(step, { minLength: 3, maxLength: 9, size: 'max' }) },
  { weight: 1, arbitrary: fc.array(step, { minLength: 8, maxLength: 16, size: 'max' }) },
);

export const randomPlan: fc.Arbitrary<Plan> = fc.record({
  inputs: fc.array(shape, { minLength: 1, maxLength: 2 }),
  steps,
  outputs: fc.array(fc.nat(20), { maxLength: 2 }),
});

export function networkOf({ inputs, steps: all, outputs }: Plan): Graph {
  const builder = graphBuilder('random', operators);
  const values = inputs.map((extents, at) => builder.input(`x${at}`, extents));
  for (const one of all) {
    const picked = one.picks.map((back) => values[Math.max(0, values.length - 1 - back)]!);
    const made = addStep(builder, picked, one);
    // What the newest values do not allow, an input may.
    values.push(...(made.length > 0 ? made : addStep(builder, [values[0]!, ...picked.slice(1)], one)));
  }
  if (values.length === inputs.length) values.push(...builder.node({ op: 'relu', inputs: [values[0]!] }));
  builder.output('last', values.at(-1)!);
  outputs.forEach((pick, at) => builder.output(`out${at}`, values[pick % values.length]!));
  return builder.finish();
}

/** Numbers for inputs and parameters by formula; `specials` take the places of some elements of each input. */
export function feedsOf(graph: Graph, batch: number, specials: readonly number[] = []): GraphFeeds {
  const inputs = new Map(
    graph.inputs.map(({ name, value }, at) => {
      const data = centred(500 + at, batch * sizeOf(typeOf(graph, value).shape), 1);
      specials.forEach((special, place) => (data[(7 * place + 3 * at) % data.length] = special));
      return [name, data];
    }),
  );
  return { inputs, parameters: formulaWeights(graph), batch };
}
