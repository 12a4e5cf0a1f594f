// Random networks over the real operators: parallel paths and their joins, nested concatenations, residual sums, split
// and shuffle, flatten into dense, batch norms, dropout, several inputs and outputs. Every case carries its numbers.

import * as fc from 'fast-check';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf, storedAttributes, typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { GraphFeeds } from './executors.ts';
import { centred, formulaWeights } from './formula.ts';

export interface Plan {
  readonly inputs: readonly Shape[];
  readonly steps: readonly Step[];
  /** Which values become outputs; the last one always does. */
  readonly outputs: readonly number[];
}

interface Step {
  readonly kind: keyof typeof kinds;
  /** Which values it takes, counted from the newest. */
  readonly picks: readonly [number, number, number];
  readonly size: number;
  readonly flag: boolean;
}

/** Adds nodes on top of the picked values; the new values, none where the shapes do not allow it. */
type Make = (builder: GraphBuilder, values: readonly ValueId[], step: Step) => readonly ValueId[];

const layer =
  (op: string, attributes: (step: Step) => Attributes = () => ({})): Make =>
  (builder, [x], step) =>
    apply(builder, op, [x!], attributes(step));

const join =
  (op: string): Make =>
  (builder, values, { size }) =>
    apply(builder, op, values.slice(0, 1 + (size % 3)));

const window: Attributes = { kernel: 3, padding: 1 };

const kinds = {
  conv: layer('conv', ({ size, flag }) => ({
    ...(flag ? window : { kernel: 1 }),
    channels: 1 + size,
    bias: size % 2 === 0,
  })),
  strided: layer('conv', ({ size }) => ({ channels: size + 1, kernel: 2, stride: 2 })),
  depthwise: layer('depthwise_conv', ({ flag }) => ({ ...window, bias: flag })),
  transposed: layer('conv_transpose', ({ size }) => ({ channels: size + 1, kernel: 2, stride: 2 })),
  dense: (builder, [x], { size, flag }) => {
    const [flat] = builder.typeOf(x!).shape.length === 1 ? [x!] : apply(builder, 'flatten', [x!]);
    return apply(builder, 'dense', [flat!], { features: size + 2, bias: flag });
  },
  flatten: layer('flatten'),
  reshape: (builder, [x], { size }) => {
    const { shape: from } = builder.typeOf(x!);
    const to = from.length === 1 ? [-1, 1, 1] : [[-1], [1, -1, from[0]!], [from[0]!, -1]][size % 3]!;
    return apply(builder, 'reshape', [x!], { shape: to });
  },
  pool: layer('max_pool', ({ flag }) => (flag ? { kernel: 2 } : { ...window, stride: 1 })),
  average: layer('avg_pool', ({ flag }) => ({ kernel: 2, stride: flag ? 1 : 2, ceil: flag })),
  shrink: layer('global_avg_pool'),
  norm: layer('batch_norm'),
  scale: layer('scale', ({ flag }) => ({ bias: flag })),
  relu: layer('relu'),
  sigmoid: layer('sigmoid'),
  prelu: layer('prelu', ({ flag }) => ({ shared: flag })),
  softmax: layer('softmax'),
  dropout: layer('dropout'),
  identity: layer('identity'),
  pad: layer('pad', ({ size }) => ({ padding: [size % 2, 1, 0, 1] })),
  upsample: layer('upsample', ({ flag }) => ({ factor: 2, mode: flag ? 'bilinear' : 'nearest' })),
  shuffle: layer('channel_shuffle', () => ({ groups: 2 })),
  split: layer('split', ({ size }) => ({ parts: 1 + (size % 3) })),
  concat: join('concat'),
  add: join('add'),
  mul: join('mul'),
  /** conv, transposed conv or dense → batch norm → relu. */
  normalised: (builder, values, step) => {
    const [y] = normalised(builder, values, step);
    return y === undefined ? [] : apply(builder, 'relu', [y]);
  },
  /** conv → relu or not → pool, which a kernel can do row by row. */
  pooled: (builder, [x], { size, flag }) => {
    const [y] = apply(builder, 'conv', [x!], { ...window, channels: size + 1 });
    if (y === undefined) return [];
    const [z] = size % 2 ? apply(builder, 'relu', [y]) : [y];
    return apply(builder, flag ? 'max_pool' : 'avg_pool', [z!], size > 3 ? { kernel: 2 } : { ...window, stride: 2 });
  },
  /** x + conv(x), either way round, with or without batch norm and relu. */
  residual: (builder, [x], { size, flag }) => {
    const channels = builder.typeOf(x!).shape[0]!;
    const [y] = apply(builder, 'conv', [x!], { ...window, channels, bias: flag });
    if (y === undefined) return [];
    const [z] = size % 2 ? apply(builder, 'batch_norm', [y]) : [y];
    const [sum] = apply(builder, size % 3 ? 'add' : 'mul', flag ? [x!, z!] : [z!, x!]);
    return size > 2 ? apply(builder, 'relu', [sum!]) : [sum!];
  },
  /** Three paths joined along the channels, and one of the paths, which others may read as well. */
  paths: (builder, [x, other], step) => {
    const [a] = apply(builder, 'conv', [x!], { kernel: 1, channels: step.size + 1 });
    const [b] = apply(builder, 'max_pool', [x!], { ...window, stride: 1 });
    if (a === undefined || b === undefined) return [];
    const inner = step.flag ? apply(builder, 'relu', [a]) : [a];
    const joined = apply(builder, 'concat', [...inner, b, ...(step.size % 2 ? [other!] : [])]);
    return [...inner, ...joined];
  },
} as const satisfies Record<string, Make>;

const normalised: Make = (builder, [x], { size, flag }) => {
  const [op, attributes]: [string, Attributes] =
    builder.typeOf(x!).shape.length === 1
      ? ['dense', { features: size + 1, bias: flag }]
      : size % 3 === 0
        ? ['conv_transpose', { ...window, channels: size + 1, bias: flag }]
        : ['conv', { ...window, channels: size + 1, bias: flag }];
  const [y] = apply(builder, op, [x!], attributes);
  return y === undefined ? [] : apply(builder, 'batch_norm', [y]);
};

const step: fc.Arbitrary<Step> = fc.record({
  // Joins and what aliases memory come more often than their share.
  kind: fc.oneof(
    fc.constantFrom<Step['kind']>(...(Object.keys(kinds) as Step['kind'][])),
    fc.constantFrom<Step['kind']>(
      'concat',
      'add',
      'split',
      'relu',
      'conv',
      'flatten',
      'dense',
      'normalised',
      'residual',
      'paths',
      'pooled',
    ),
  ),
  // Small numbers pick recent values: chains rather than bushes.
  picks: fc.tuple(...([0, 1, 2] as const).map(() => fc.oneof(fc.constant(0), fc.nat(3), fc.nat(12)))) as fc.Arbitrary<
    [number, number, number]
  >,
  size: fc.nat(5),
  flag: fc.boolean(),
});

const shape = fc.oneof(
  fc.tuple(fc.constantFrom(1, 2, 4, 6), fc.constantFrom(1, 4, 5), fc.constantFrom(1, 4, 6)),
  fc.constantFrom<[number, number, number]>([4, 4, 4], [2, 4, 4]),
);

export const randomPlan: fc.Arbitrary<Plan> = fc.record({
  inputs: fc.array(shape, { minLength: 1, maxLength: 2 }),
  steps: fc.array(step, { minLength: 1, maxLength: 15 }),
  outputs: fc.array(fc.nat(20), { maxLength: 3 }),
});

/** Limits that keep the interpreters quick. */
const largest = 600;

export function networkOf({ inputs, steps, outputs }: Plan): Graph {
  const builder = graphBuilder('random', operators);
  const values = inputs.map((extents, at) => builder.input(`x${at}`, extents));
  for (const one of steps) {
    const picked = one.picks.map((back) => values[Math.max(0, values.length - 1 - back)]!);
    const make: Make = kinds[one.kind];
    values.push(...make(builder, picked, one));
  }
  builder.output('last', values.at(-1)!);
  outputs.forEach((pick, at) => builder.output(`out${at}`, values[pick % values.length]!));
  return builder.finish();
}

function apply(
  builder: GraphBuilder,
  op: string,
  inputs: readonly ValueId[],
  attributes: Attributes = {},
): readonly ValueId[] {
  const operator = operatorOf(operators, op);
  const types = inputs.map(builder.typeOf);
  const { results } = inferNode(operator, types, storedAttributes(operator, attributes, types));
  const fits = results?.every((type) => sizeOf(type.shape) <= largest);
  return fits ? builder.node({ op, inputs, attributes }) : [];
}

export function feedsOf(graph: Graph, batch: number): GraphFeeds {
  const inputs = new Map(
    graph.inputs.map(({ name, value }, at) => [name, centred(500 + at, batch * sizeOf(typeOf(graph, value).shape), 1)]),
  );
  return { inputs, parameters: formulaWeights(graph), batch };
}
