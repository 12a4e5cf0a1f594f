// Passes that promise every bit keep every bit: random graphs of the operators they know, run by the kernels before and
// after each pass alone and after all in a random order, on numbers among which are zeros of both signs, infinities and NaN.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Pass } from '../../compiler/passes/pass.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { legalisation, lower, optimisation } from '../../compiler/pipeline.ts';
import { runKernels } from '../support/executors.ts';
import { feedsOf } from '../support/random-network.ts';
import { runs } from '../support/runs.ts';

const exact = optimisation.filter((pass) => pass.exact);

const one = fc.constantFrom;
const extent = one(1, 2, 3);
const bound = one(-Infinity, -1, -0.5, -0, 0, 0.5, 1, 6, Infinity);
const padding = fc.tuple(one(0, 1), one(0, 1, 2), one(0, 1), one(0, 1));
const windows = { kernel: extent, stride: one(1, 2), padding: fc.tuple(one(0, 1), one(0, 1), one(0, 1), one(0, 1)) };

/** Operator → its attributes. */
const choices: Readonly<Record<string, fc.Arbitrary<Attributes>>> = {
  relu: fc.constant({}),
  relu6: fc.constant({}),
  clip: fc.tuple(bound, bound).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  leaky_relu: fc.record({ slope: one(-0.5, -0, 0, 0.25, 1, 2) }),
  prelu: fc.record({ shared: fc.boolean() }),
  elu: fc.constant({}),
  sigmoid: fc.constant({}),
  hard_sigmoid: fc.constant({}),
  softmax: fc.constant({}),
  max_pool: fc.record({ ...windows, ceil: fc.boolean() }),
  avg_pool: fc.record({ ...windows, ceil: fc.boolean(), count_padding: fc.boolean() }),
  adaptive_avg_pool: fc.record({ size: fc.tuple(extent, extent) }),
  global_avg_pool: fc.constant({}),
  global_max_pool: fc.constant({}),
  pad: fc.record({
    padding,
    value: one(0, 0, 0, -0, 1, -Infinity),
    mode: one('constant', 'constant', 'reflect', 'replicate'),
  }),
  conv: fc.record({ ...windows, channels: one(2, 4) }),
  depthwise_conv: fc.record(windows),
  reshape: one([-1], [4, -1, 1], [-1, 2, 1], [1, -1, 2]).map((shape) => ({ shape })),
  flatten: fc.constant({}),
  split: one({ parts: 1 }, { parts: 2 }, { sizes: [1, 3] }, { sizes: [2, 2] }),
  concat: fc.constant({}),
  add: fc.constant({}),
  mul: fc.constant({}),
  channel_shuffle: fc.record({ groups: one(1, 2, 4) }),
  upsample: fc.record({ factor: one(1, 2), mode: one('nearest', 'bilinear') }),
  dropout: fc.constant({}),
  scale: fc.record({ bias: fc.boolean() }),
};

/** What passes look for: operators one after the other. */
const idioms: readonly (readonly string[])[] = [
  ['pad', 'conv'],
  ['pad', 'depthwise_conv'],
  ['pad', 'avg_pool'],
  ['relu', 'pad', 'avg_pool'],
  ['pad', 'max_pool'],
  ['hard_sigmoid', 'pad', 'max_pool'],
  ['pad', 'pad'],
  ['relu', 'max_pool'],
  ['clip', 'leaky_relu', 'max_pool'],
  ['hard_sigmoid', 'global_max_pool'],
  ['relu', 'adaptive_avg_pool'],
  ['reshape', 'flatten', 'reshape'],
  ['split', 'concat'],
  ['concat', 'split'],
  ['concat', 'concat'],
];

const single = (op: string) =>
  fc.record({
    op: fc.constant(op),
    attributes: choices[op]!,
    /** How far back the operands lie. */
    picks: one([0], [0], [1, 0], [1, 0], [0, 1], [0, 0], [2], [1, 3], [2, 1, 0]),
    twice: fc.nat(9).map((draw) => draw === 0),
    ones: fc.boolean(),
  });

const steps = fc.oneof(
  fc.constantFrom(...Object.keys(choices)).chain((op) => fc.tuple(single(op))),
  fc.constantFrom(...idioms).chain((ops) => fc.tuple(...ops.map(single))),
);

const plan = fc.record({
  shape: fc.tuple(one(2, 4), one(1, 2, 4, 5), one(1, 2, 4, 5)),
  steps: fc.array(steps, { minLength: 1, maxLength: 7 }).map((lists) => lists.flat()),
  outputs: fc.array(fc.nat(20), { maxLength: 2 }),
});

type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

function graphOf({ shape, steps, outputs }: Plan): Graph {
  const builder = graphBuilder('random', operators);
  const values: ValueId[] = [builder.input('x', shape)];
  for (const { op, attributes, picks, twice, ones } of steps) {
    const operator = operatorOf(operators, op);
    const picked = picks.map((back) => values[Math.max(0, values.length - 1 - back)]!);
    const inputs = operator.arity ? picked : picked.slice(0, 1);
    const types = inputs.map(builder.typeOf);
    const inference = inferNode(operator, types, storedAttributes(operator, attributes, types));
    if (!inference.results?.every((type) => sizeOf(type.shape) <= 400)) continue;
    const constants = (ones ? inference.parameters : []).map((spec) =>
      builder.constant(spec.shape, new Float64Array(sizeOf(spec.shape)).fill(spec.name === 'bias' ? 0 : 1)),
    );
    const parameters = constants.length > 0 ? { parameters: constants } : {};
    values.push(...builder.node({ op, inputs, attributes, ...parameters }));
    // The same node again, for common subexpressions.
    if (twice && inference.parameters.length === 0) values.push(...builder.node({ op, inputs, attributes }));
  }
  builder.output('last', values.at(-1)!);
  outputs.forEach((pick, at) => builder.output(`out${at}`, values[pick % values.length]!));
  return builder.finish();
}

const specials = [0, -0, 0, -0, Infinity, -Infinity, NaN, 1e-45, -1e-45];

function expectSameBits(start: Graph, passes: readonly Pass[], density: number, target: 'js' | 'wasm'): void {
  const before = runPasses(start, legalisation, operators).graph;
  const after = runPasses(before, [...passes, ...passes], operators).graph;
  expect(verifyGraph(after, operators)).toEqual([]);
  if (after === before) return;
  const feeds = feedsOf(before, 2);
  for (const data of feeds.inputs.values()) {
    data.forEach((_, at) => {
      if (at % 10 < density) data[at] = specials[(at + density) % (at % 3 ? 4 : specials.length)]!;
    });
  }
  const options = { level: 0, target } as const;
  const [expected, found] = [before, after].map((graph) =>
    runKernels(lower(graph, operators, options).program, feeds, 2),
  );
  for (const [name, values] of expected!) {
    const others = Array.from(found!.get(name)!);
    const at = Array.from(values).findIndex((value, index) => !Object.is(value, others[index]));
    if (at >= 0) throw new Error(`${name}[${at}] is ${others[at]}, was ${values[at]}`);
  }
}

describe.each(['js', 'wasm'] as const)('every bit stays, target %s', (target) => {
  test.each(exact)('$name', (pass) => {
    fc.assert(
      fc.property(plan, fc.nat(10), (drawn, density) => expectSameBits(graphOf(drawn), [pass], density, target)),
      runs(600, `exact ${pass.name} ${target}`),
    );
  });

  test('all, in any order', () => {
    const order = fc.shuffledSubarray([...exact], { minLength: 2 });
    fc.assert(
      fc.property(plan, order, fc.nat(10), (drawn, passes, density) =>
        expectSameBits(graphOf(drawn), passes, density, target),
      ),
      runs(600, `exact ${target}`),
    );
  });
});
