import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { randomGraph } from '../support/random-graph.ts';
import { tinyOperators } from '../support/tiny-operators.ts';

const good = parseGraph(
  `graph G {
    %0 = input x : [N,4,4,4]
    %1 = parameter w : [4] he(1, 1)
    %2 = constant : [4] [1, 2, 3, 4]
    %3 = affine(%0, %1, %2) as a
    %4, %5 = split(%3) as s
    %6 = pool(%4) {kernel=2} as p
    output y = %6
  }`,
  tinyOperators,
);

const withNode = (name: string, change: Partial<Node>): Graph => ({
  ...good,
  nodes: good.nodes.map((node) => (node.name === name ? { ...node, ...change } : node)),
});
const withAttribute = (name: string, change: object): Graph => {
  const { attributes } = good.nodes.find((node) => node.name === name)!;
  return withNode(name, { attributes: { ...attributes, ...change } });
};
const withType = (id: number, shape: readonly number[], batched = true): Graph => ({
  ...good,
  types: new Map([...good.types, [id, tensorType(shape, batched)]]),
});
const node = (name: string): Node => good.nodes.find((each) => each.name === name)!;

describe('verifyGraph', () => {
  test('has nothing to say about a good graph', () => {
    expect(verifyGraph(good, tinyOperators)).toEqual([]);
  });

  test.each<[string, Graph]>([
    ['%0 is defined twice', withNode('p', { results: [0] })],
    ['p: %4 is used before it is defined', { ...good, nodes: [node('a'), node('p'), node('s')] }],
    ['a: %3 has no type', { ...good, types: new Map([...good.types].filter(([id]) => id !== 3)) }],
    ['%9 has a type but is not defined', withType(9, [1])],
    ['p: [N,2,0,2] is no shape', withType(6, [2, 0, 2])],
    ['p: %6 is [N,2,2,3], pool gives [N,2,2,2]', withType(6, [2, 2, 3])],
    ['parameter w has a batch axis', withType(1, [4])],
    ['constant %2 has a batch axis', withType(2, [4])],
    ['a: its bias has a batch axis', withType(2, [4])],
    ['constant %2 is [5] but has 4 elements', withType(2, [5], false)],
    ['a: its weight is [5], expected [4]', withType(1, [5], false)],
    ['a: 1 parameter operands, affine has 2', withNode('a', { operands: [0, 1] })],
    ['a: 3 parameter operands, affine has 2', withNode('a', { operands: [0, 1, 2, 2] })],
    ['a: affine takes 1 data operands, found 0', withNode('a', { operands: [] })],
    ['s: split/C1 the channels are even (found 3', withType(3, [3, 4, 4])],
    ['s: 1 results, split has 2', withNode('s', { results: [4] })],
    ['p: no operator "nothing"', withNode('p', { op: 'nothing' })],
    ['p: attribute speed is unknown to pool', withAttribute('p', { speed: 1 })],
    [
      'p: attribute __proto__ is unknown to pool',
      withNode('p', { attributes: { ...node('p').attributes, ['__proto__']: 1 } }),
    ],
    [
      'p: attribute kernel is missing',
      withNode('p', { attributes: { stride: [2, 2], padding: [0, 0, 0, 0], dilation: [1, 1] } }),
    ],
    ['a: attribute bias is missing', withNode('a', { attributes: { mode: 'plain', factors: [] } })],
    ['a: attribute bias must be true or false', withAttribute('a', { bias: 1 })],
    ['a: attribute mode must be one of plain, true', withAttribute('a', { mode: 'other' })],
    ['p: attribute kernel must be two whole numbers', withAttribute('p', { kernel: 2 })],
    ['p: attribute stride must be at least 1', withAttribute('p', { stride: [1, 0] })],
    ['p: attribute padding is not canonical', withAttribute('p', { padding: 'same' })],
    ['p: its weights are called "p", which is', withNode('p', { weightsName: 'p' })],
    ['p: its weights are called "", which is', withNode('p', { weightsName: '' })],
    ['two nodes are named "a"', withNode('p', { name: 'a' })],
    ['two outputs are named "y"', { ...good, outputs: [...good.outputs, ...good.outputs] }],
    ['output y: %9 is not defined', { ...good, outputs: [{ name: 'y', value: 9 }] }],
    ['there is no output', { ...good, outputs: [] }],
  ])('says: %s', (message, graph) => {
    expect(verifyGraph(graph, tinyOperators).join('\n')).toContain(message);
  });

  test('every random graph is good, and no node of it can lose its place, a result or an attribute unnoticed', () => {
    fc.assert(
      fc.property(randomGraph, fc.nat(), (graph, pick) => {
        expect(verifyGraph(graph, tinyOperators)).toEqual([]);
        fc.pre(graph.nodes.length > 0);
        const at = pick % graph.nodes.length;
        const victim = graph.nodes[at]!;
        const damaged = (replacement: readonly Node[]): readonly string[] =>
          verifyGraph({ ...graph, nodes: graph.nodes.toSpliced(at, 1, ...replacement) }, tinyOperators);
        expect(damaged([])).not.toEqual([]);
        expect(damaged([victim, victim])).not.toEqual([]);
        expect(damaged([{ ...victim, results: victim.results.slice(1) }])).not.toEqual([]);
        expect(damaged([{ ...victim, operands: [...victim.operands, victim.results[0]!] }])).not.toEqual([]);
        for (const name of Object.keys(victim.attributes)) {
          if (name === 'note') continue;
          const { [name]: _, ...rest } = victim.attributes;
          expect(damaged([{ ...victim, attributes: rest }])).not.toEqual([]);
        }
      }),
    );
  });
});
