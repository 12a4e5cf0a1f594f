// Networks of the analyses' tests, built by hand from their papers, with real operators.

import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';

export type Step = readonly [op: string, attributes?: Attributes];

/** Steps one after the other; returns the last value. */
export function follow(builder: GraphBuilder, from: ValueId, steps: readonly Step[]): ValueId {
  let value = from;
  for (const [op, attributes = {}] of steps) [value] = builder.node({ op, inputs: [value], attributes });
  return value;
}

export function chain(input: readonly number[], steps: readonly Step[]): Graph {
  const builder = graphBuilder('chain', operators);
  builder.output('y', follow(builder, builder.input('image', input), steps));
  return builder.finish();
}

/** LeCun et al., 1998, as in D2L 7.6. */
export const lenet = chain(
  [1, 28, 28],
  [
    ['conv', { channels: 6, kernel: 5, padding: 2 }],
    ['sigmoid'],
    ['avg_pool', { kernel: 2 }],
    ['conv', { channels: 16, kernel: 5 }],
    ['sigmoid'],
    ['avg_pool', { kernel: 2 }],
    ['flatten'],
    ['dense', { features: 120 }],
    ['sigmoid'],
    ['dense', { features: 84 }],
    ['sigmoid'],
    ['dense', { features: 10 }],
  ],
);

/** The first Inception block of GoogLeNet (Szegedy et al., 2015) behind its stem, on a 96×96 picture as in D2L 8.4. */
export function inception(): Graph {
  const builder = graphBuilder('inception', operators);
  const conv = (channels: number, kernel: number, stride = 1, padding = (kernel - 1) / 2): readonly Step[] => [
    ['conv', { channels, kernel, stride, padding }],
    ['relu'],
  ];
  const stem = follow(builder, builder.input('image', [1, 96, 96]), [
    ...conv(64, 7, 2),
    ['max_pool', { kernel: 3, stride: 2, padding: 1 }],
    ...conv(64, 1),
    ...conv(192, 3),
    ['max_pool', { kernel: 3, stride: 2, padding: 1 }],
  ]);
  const paths = [
    conv(64, 1),
    [...conv(96, 1), ...conv(128, 3)],
    [...conv(16, 1), ...conv(32, 5)],
    [['max_pool', { kernel: 3, stride: 1, padding: 1 }], ...conv(32, 1)] as const,
  ].map((path) => follow(builder, stem, path));
  builder.output('y', builder.node({ op: 'concat', name: 'concat', inputs: paths })[0]);
  return builder.finish();
}
