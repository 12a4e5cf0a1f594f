// How much memory programs need: what is alive at once on chains, and on branched networks at most a tenth more than the
// best execution order, found by trying all of them. What the orders are measured by is the largest live set, which no
// plan of an order can go below; what is compared with it is the planned arena.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Group } from '../../compiler/schedule/group.ts';
import { groupNodes, nodesOf } from '../../compiler/schedule/group.ts';
import { externalOperands } from '../../compiler/schedule/order.ts';
import { placeValues } from '../../compiler/schedule/place.ts';
import type { Program } from '../../compiler/program/program.ts';
import { schedule } from '../../compiler/schedule/schedule.ts';
import { splitStages, stagesOf } from '../../compiler/ir/stage.ts';
import { scalarTarget } from '../../compiler/templates/target.ts';
import { runs } from '../support/runs.ts';

type Layer = readonly [op: string, attributes: Attributes];

const channels = fc.integer({ min: 1, max: 16 });
const layer: fc.Arbitrary<Layer> = fc.oneof(
  channels.map((count): Layer => ['conv', { channels: count, kernel: 1 }]),
  channels.map((count): Layer => ['conv', { channels: count, kernel: 3, padding: 1 }]),
  fc.constantFrom<Layer>(
    ['max_pool', { kernel: 3, stride: 1, padding: 1 }],
    ['local_response_norm', { size: 3 }],
    ['softmax', {}],
    ['relu', {}],
    ['gelu', {}],
  ),
);
const resizing: fc.Arbitrary<Layer> = fc.constantFrom<Layer>(
  ['upsample', { factor: 2 }],
  ['avg_pool', { kernel: 2, ceil: true }],
  ['pad', { padding: 1 }],
  ['flatten', {}],
);

test('a chain needs what is alive at its busiest call', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(layer, layer, resizing), { minLength: 1, maxLength: 20, size: 'max' }), (layers) => {
      const builder = graphBuilder('chain', operators);
      let value = builder.input('x', [3, 4, 4]);
      for (const [op, attributes] of layers) {
        const { shape } = builder.typeOf(value);
        const fits = shape.length === 3 && (op !== 'upsample' || shape[1]! < 32);
        if (fits) [value] = builder.node({ op, inputs: [value], attributes });
        else if (op === 'conv') {
          const features = { features: Number(attributes['channels']) };
          const [flat] = builder.node({ op: 'flatten', inputs: [value] });
          [value] = builder.node({ op: 'dense', inputs: [flat], attributes: features });
        }
      }
      builder.output('y', value);
      const graph = builder.finish();
      const program = schedule(graph, operators);
      expect(program.sections.arena.length, printGraph(graph, operators)).toBe(busiest(program));
    }),
    runs(400),
  );
});

/** Elements per image alive at the busiest call. */
function busiest({ buffers, run }: Program): number {
  const alive = run.map((_, at) =>
    buffers.reduce((sum, { from, to, length }) => (from <= at && at <= to ? sum + length : sum), 0),
  );
  return Math.max(...alive);
}

interface Branch {
  readonly layer: Layer | 'add' | 'concat';
  /** Which values it takes, counted from the first. */
  readonly picks: readonly [number, number];
}

const branch: fc.Arbitrary<Branch> = fc.record({
  layer: fc.oneof({ weight: 4, arbitrary: layer }, { weight: 1, arbitrary: fc.constantFrom('add', 'concat') }),
  picks: fc.tuple(fc.nat(9), fc.nat(9)),
});

/** At most 10 nodes on maps of 4 × 4; the last one joins all that nobody reads. */
function branched(branches: readonly Branch[]): Graph {
  const builder = graphBuilder('branched', operators);
  const values: ValueId[] = [builder.input('x', [4, 4, 4])];
  const unread = new Set<ValueId>();
  for (const { layer: kind, picks } of branches) {
    const [a, b] = picks.map((pick) => values[pick % values.length]!) as [ValueId, ValueId];
    const joins = typeof kind === 'string';
    const same = builder.typeOf(a).shape[0] === builder.typeOf(b).shape[0];
    if (joins && (a === b || (kind === 'add' && !same))) continue;
    const inputs = joins ? [a, b] : [a];
    const [result] = builder.node(joins ? { op: kind, inputs } : { op: kind[0], inputs, attributes: kind[1] });
    for (const value of inputs) unread.delete(value);
    unread.add(result);
    values.push(result);
  }
  builder.output('y', unread.size > 1 ? builder.node({ op: 'concat', inputs: [...unread] })[0] : values.at(-1)!);
  return builder.finish();
}

test('a branched network needs at most a tenth more than the best of all orders', () => {
  let searched = 0;
  let several = 0;
  let worst = 1;
  fc.assert(
    fc.property(fc.array(branch, { minLength: 4, maxLength: 9, size: 'max' }), (branches) => {
      const graph = branched(branches);
      const groups = groupNodes(graph, splitStages(graph).run, operators, {
        stages: stagesOf(graph),
        epilogues: true,
        pooling: true,
        winograd: true,
        target: scalarTarget,
      });
      const orders = ordersOf(graph, groups);
      if (!orders) return;
      searched += 1;
      if (orders.length > 1) several += 1;
      const best = Math.min(...orders.map((order) => liveSet(graph, order)));
      const arenaLength = schedule(graph, operators).sections.arena.length;
      worst = Math.max(worst, arenaLength / best);
      expect(
        arenaLength,
        `${printGraph(graph, operators)}best of ${orders.length} orders: ${best}`,
      ).toBeLessThanOrEqual(1.1 * best);
    }),
    runs(250),
  );
  console.info(
    `${searched} networks searched, ${several} with a choice; at worst ${worst.toFixed(3)} of the best order`,
  );
  expect(several).toBeGreaterThan(100);
});

test('an order is chosen by what it lets be overwritten', () => {
  const graph = parseGraph(
    `graph net infer {
      %0 = input x : [N,4,4,4]
      %1 = parameter conv.weight : [1,4,3,3] he(36, 9)
      %2 = max_pool(%0) {kernel=3, stride=1, padding=1} : [N,4,4,4] as pool
      %3 = add(%0, %2) : [N,4,4,4] as inner
      %4 = conv(%2, %1) {channels=1, kernel=3, padding=1, bias=false} : [N,1,4,4] as conv
      %5 = add(%0, %3) : [N,4,4,4] as outer
      %6 = concat(%4, %5) : [N,5,4,4] as concat
      output y = %6
    }`,
    operators,
  );
  // With the convolution first, `inner` overwrites `pool`: x, pool and the concatenation.
  expect(schedule(graph, operators).sections.arena.length).toBe(64 + 64 + 80);
});

const mostOrders = 3000;

/** Every order in which operands are made before they are read; undefined where there are too many. */
function ordersOf(graph: Graph, groups: readonly Group[]): readonly (readonly Group[])[] | undefined {
  const made = new Map(groups.flatMap((group) => group.results.map((value) => [value, group] as const)));
  const stages = stagesOf(graph);
  const needs = new Map(
    groups.map((group) => [group, externalOperands(stages, group).flatMap((value) => made.get(value) ?? [])]),
  );
  const orders: (readonly Group[])[] = [];
  const extend = (order: readonly Group[]): void => {
    if (orders.length > mostOrders) return;
    if (order.length === groups.length) orders.push(order);
    for (const group of groups) {
      if (!order.includes(group) && needs.get(group)!.every((other) => order.includes(other)))
        extend([...order, group]);
    }
  };
  extend([]);
  return orders.length > mostOrders ? undefined : orders;
}

/** Elements per image alive at the busiest step of this order, with slices and in-place results as the schedule has them. */
function liveSet(graph: Graph, order: readonly Group[]): number {
  const stages = stagesOf(graph);
  const { places, buffers } = placeValues(graph, order, operators, { slices: true, inPlace: true });
  const touched = [
    graph.inputs.map(({ value }) => value),
    ...order.map((group) => [...externalOperands(stages, group), ...nodesOf(group).at(-1)!.results]),
  ].map((values) => new Set(values.map((value) => places.get(value)!.buffer)));
  const alive = (buffer: number, at: number): boolean =>
    touched.slice(0, at + 1).some((set) => set.has(buffer)) && touched.slice(at).some((set) => set.has(buffer));
  const sums = touched.map((_, at) =>
    buffers.reduce((sum, { length }, buffer) => (alive(buffer, at) ? sum + length : sum), 0),
  );
  return Math.max(...sums);
}

test('concatenations of concatenations may be as many as a network has', () => {
  const builder = graphBuilder('dense', operators);
  const parts = Array.from({ length: 12_000 }, (_, at) => builder.input(`x${at}`, [1, 1, 1]));
  const whole = parts.reduce((value, part) => builder.node({ op: 'concat', inputs: [value, part] })[0]);
  const [result] = builder.node({ op: 'relu', inputs: [whole] });
  builder.output('y', result);
  const graph = builder.finish();
  const groups = graph.nodes.map((node): Group => ({ anchor: node, steps: [], results: node.results }));
  const { places, buffers } = placeValues(graph, groups, operators, { slices: true, inPlace: true });
  expect(places.get(result)).toEqual(places.get(whole));
  expect(buffers.map(({ length }) => length)).toEqual([12_000]);
  expect([parts[0]!, parts[1]!, parts.at(-1)!].map((part) => places.get(part)!.within)).toEqual([0, 1, 11_999]);
});
