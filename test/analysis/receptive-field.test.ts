import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { receptiveFields } from '../../compiler/analysis/receptive-field.ts';
import type { ReceptiveField } from '../../compiler/analysis/receptive-field.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { tinyOperators } from '../support/tiny-operators.ts';
import { chain, inception, lenet } from './networks.ts';
import type { Step } from './networks.ts';

const square = (size: number, jump: number, start: number): ReceptiveField => ({
  size: [size, size],
  jump: [jump, jump],
  start: [start, start],
});

/** The fields of the nodes, in order. */
function fieldsOf(graph: Graph, wanted: (node: Node) => boolean = () => true): readonly ReceptiveField[] {
  const fields = receptiveFields(graph, operators);
  return graph.nodes.filter(wanted).map(({ results }) => fields.get(results[0]!)!);
}
const heights = (graph: Graph, wanted?: (node: Node) => boolean): readonly number[] =>
  fieldsOf(graph, wanted).map(({ size }) => size[0]);

describe('receptive fields', () => {
  test('two stacked 2×2 windows see 3×3 (D2L 7.2, exercise)', () => {
    const conv: Step = ['conv', { channels: 1, kernel: 2 }];
    expect(fieldsOf(chain([1, 3, 3], [conv, conv]))).toEqual([square(2, 1, 0), square(3, 1, 0)]);
  });

  test('GoogLeNet, inception 3a: 27, 27, 43, 27, 59, 43, 43, and 59 behind the join', () => {
    const graph = inception();
    const steps = (node: Node): boolean => node.op !== 'relu';
    expect(heights(graph, steps)).toEqual([7, 11, 11, 19, 27, 27, 27, 43, 27, 59, 43, 43, 59]);
    // stem start: −3, −3 − 2 = −5, −5 − 4 = −9, −9 − 4 = −13; the 5×5 path: −13 − 2·8
    expect(fieldsOf(graph).at(-1)).toEqual(square(59, 8, -29));
  });

  // Layer l of a VGG stack: 3×3 convolutions add 2·jump, 2×2 pools add jump and double it.
  test('VGG16 (Simonyan & Zisserman, 2014): 212 pixels behind the last pool', () => {
    const blocks = [2, 2, 3, 3, 3].flatMap((convs): readonly Step[] => [
      ...Array.from({ length: convs }, (): Step => ['conv', { channels: 1, kernel: 3, padding: 1 }]),
      ['max_pool', { kernel: 2 }],
    ]);
    const graph = chain([3, 224, 224], blocks);
    expect(fieldsOf(graph, ({ op }) => op === 'max_pool')).toEqual([
      square(6, 2, -2),
      square(16, 4, -6),
      square(44, 8, -18),
      square(100, 16, -42),
      square(212, 32, -90),
    ]);
  });

  test('LeNet: each feature sees the whole picture', () => {
    const fields = fieldsOf(lenet);
    expect(heights(lenet).slice(0, 6)).toEqual([5, 5, 6, 14, 14, 16]);
    // flatten: 5 positions of 4 pixels jump: 16 + 4·4
    expect(fields.slice(6)).toEqual(fields.slice(6).map(() => square(32, 4, -2)));
  });

  test('a region sees the whole map, whatever it is, and not its own row alone', () => {
    const builder = graphBuilder('G', operators);
    const regions = builder.input('regions', [9, 4]);
    const x = builder.input('x', [1, 7, 5]);
    builder.node({ op: 'roi_pool', inputs: [x, regions], attributes: { size: 2 } });
    expect(fieldsOf(builder.finish())).toMatchObject([{ size: [7, 9], jump: [0, 0] }]);
  });

  test('height and width are apart; dilation widens; the union of paths covers both', () => {
    const wide = chain([1, 9, 9], [['conv', { channels: 1, kernel: [1, 3], dilation: [1, 2], padding: [0, 2] }]]);
    expect(fieldsOf(wide)).toEqual([{ size: [1, 5], jump: [1, 1], start: [0, -2] }]);
    const builder = graphBuilder('G', operators);
    const image = builder.input('image', [1, 9, 9]);
    const paths = [
      [4, 0, 0, 4],
      [0, 4, 4, 0],
    ].map(
      (padding) => builder.node({ op: 'conv', inputs: [image], attributes: { channels: 1, kernel: 5, padding } })[0],
    );
    const [sum] = builder.node({ op: 'add', inputs: paths });
    builder.output('y', sum);
    expect(receptiveFields(builder.finish(), operators).get(sum)).toEqual({
      size: [9, 9],
      jump: [1, 1],
      start: [-4, -4],
    });
  });

  test('values of parameters alone have none', () => {
    const builder = graphBuilder('G', operators);
    const image = builder.input('image', [2]);
    const weight = builder.constant([2], [1, 2]);
    const [twice] = builder.node({ op: 'add', inputs: [weight, weight] });
    const [sum] = builder.node({ op: 'add', inputs: [image, twice] });
    builder.output('y', sum);
    const fields = receptiveFields(builder.finish(), operators);
    expect([...fields.keys()]).toEqual([image, sum]);
  });

  test('a changed pixel changes exactly the positions whose field holds it', () => {
    const pool = fc.record({
      kernel: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      padding: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(pool, { minLength: 1, maxLength: 3 }), fc.nat(14), (pools, pixel) => {
        const builder = graphBuilder('G', tinyOperators);
        let value = builder.input('x', [1, 15, 15]);
        for (const attributes of pools) [value] = builder.node({ op: 'pool', inputs: [value], attributes });
        builder.output('y', value);
        const graph = builder.finish();
        // Windows that leave gaps skip pixels of their field; padding further in cuts off what lies beyond the map.
        fc.pre(pools.every(({ kernel, stride, padding }, index) => kernel >= stride && (index === 0 || padding === 0)));
        const data = Float64Array.from({ length: 225 }, (_, i) => (i === pixel * 15 + pixel ? 1 : 0));
        const feeds = { inputs: new Map([['x', { data }]]), parameters: new Map(), batch: 1 };
        const { shape, data: y } = interpret(graph, tinyOperators, feeds).outputs.get('y')!;
        const { size, jump, start } = receptiveFields(graph, tinyOperators).get(value)!;
        for (let at = 0; at < shape[3]!; at += 1) {
          const first = start[1] + at * jump[1];
          expect(y[at * shape[3]! + at]! !== 0, `position ${at}`).toBe(first <= pixel && pixel < first + size[1]);
        }
      }),
    );
  });
});
