import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { inception, lenet } from '../analysis/networks.ts';
import { randomGraph } from '../support/random-graph.ts';
import { tinyOperators } from '../support/tiny-operators.ts';

const text = `graph Net infer {
  %0 = input image : [N,4,6,6] {scale=0.5, mean=[0.25], colors=gray}
  %1 = parameter affine1.weight : [4] he(1, 1)
  %2 = buffer affine1.bias : [4] constant(0)
  %3 = constant : [2] [1, -0.5]
  %4 = affine(%0, %1, %2) {note="a b"} : [N,4,6,6] as affine1
  %5 = pool(%4) {kernel=[2, 2], padding=[1, 1, 1, 1]} : [N,4,4,4] as pool1
  %6, %7 = split(%5) : [N,2,4,4], [N,2,4,4] as "left and right"
  %8 = add(%6, %7) : [N,2,4,4] as add1
  %9 = double(%3) : [2] as double1
  output sum = %8 labels ["cat", "\\u2028"]
  output half = %7 labels "names.txt"
}
`;

describe('the text form', () => {
  test('prints what it parsed', () => {
    const graph = parseGraph(text, tinyOperators);
    expect(verifyGraph(graph, tinyOperators)).toEqual([]);
    expect(printGraph(graph, tinyOperators)).toBe(text);
    expect(graph.nodes[1]!.attributes).toEqual({
      kernel: [2, 2],
      stride: [2, 2],
      padding: [1, 1, 1, 1],
      dilation: [1, 1],
    });
    expect(graph.outputs[0]!.labels).toEqual(['cat', '\u2028']);
    expect(graph.inputs[0]!.settings).toEqual({ scale: 0.5, colors: 'gray', mean: [0.25] });
  });

  test('says whose weights a node has where they have another name than its own', () => {
    const shared = `graph Net infer {
  %0 = input x : [N,4]
  %1 = parameter a.weight : [4] he(1, 1)
  %2 = affine(%0, %1) {bias=false} : [N,4] as a
  %3 = affine(%2, %1) {bias=false} : [N,4] as b weights a
  %4 = affine(%3, %1) {bias=false} : [N,4] as c weights "1st ✓"
  output y = %4
}
`.replace('✓', String.raw`\u2713`);
    const graph = parseGraph(shared, tinyOperators);
    expect(graph.nodes.map(({ weightsName }) => weightsName)).toEqual([undefined, 'a', '1st ✓']);
    expect(verifyGraph(graph, tinyOperators)).toEqual([]);
    expect(printGraph(graph, tinyOperators)).toBe(shared);
    expect(parseGraph(shared.replace('weights a', 'weights b'), tinyOperators).nodes[1]).not.toHaveProperty(
      'weightsName',
    );
  });

  test('takes what a test author leaves out: types, names, order, short attributes, numbering, comments', () => {
    const lazy = `graph Net {
      %70 = constant : [2] [1, -0.5]   # first
      %9 = double(%70)
      %0 = input image : [N,4,6,6]
      %1 = pool(%0) {kernel=2, padding=same}
      output y = %1
    }`;
    expect(printGraph(parseGraph(lazy, tinyOperators), tinyOperators)).toBe(`graph Net infer {
  %0 = input image : [N,4,6,6]
  %1 = constant : [2] [1, -0.5]
  %2 = double(%1) : [2] as double1
  %3 = pool(%0) {kernel=[2, 2], padding=[1, 1, 1, 1]} : [N,4,4,4] as pool1
  output y = %3
}
`);
  });

  test('prints all attributes when it does not know the operators', () => {
    const line =
      '  %3 = pool(%0) {kernel=[2, 2], stride=[2, 2], padding=[0, 0, 0, 0], dilation=[1, 1]} : [N,1,1,1] as pool1\n';
    const graph = parseGraph(
      'graph G { %0 = input x : [N,1,2,2] %1 = pool(%0) {kernel=2} output y = %1 }',
      tinyOperators,
    );
    expect(printGraph(graph)).toContain(line.replace('%3', '%1'));
  });

  test.each([
    ['graph G { output y = %1 }', 'line 1: %1 is not defined here'],
    ['graph G {\n %0 = input x : [N,1]\n %0 = double(%0) }', 'line 3: %0 is defined twice'],
    ['graph G { %0 = input x : [N,1] %1 = triple(%0) }', 'no operator "triple"'],
    ['graph G { %0 = input x : [N,1] %1 = double(%0) {speed=1} }', 'double has no attribute "speed"'],
    [
      'graph G { %0 = input x : [N,1] %1 = split(%0) }',
      'split/C1 the channels are even (found 1, expected an even number)',
    ],
    ['graph G { %0 = input x : [1,N] }', 'N comes first'],
    ['graph G { %0 = input x : [N,1] {zoom=2} }', 'no input setting "zoom"'],
    ['graph G { %0 = magic x : [N,1] }', 'expected input, parameter, buffer, constant or an operator, found magic'],
    ['graph G {', 'expected a value, found the end'],
    ['graph G { } }', 'expected the end'],
    ['graph G { ; }', 'unexpected ";"'],
    ['graph "\\x" { }', 'malformed string'],
  ])('refuses %j', (bad, message) => {
    expect(() => parseGraph(bad, tinyOperators)).toThrow(message);
  });

  test.each([lenet, inception()])('real networks verify and round-trip', (network) => {
    expect(verifyGraph(network, operators)).toEqual([]);
    const printed = printGraph(network, operators);
    const parsed = parseGraph(printed, operators);
    expect(renumbered(parsed)).toEqual(renumbered(network));
    expect(printGraph(parsed, operators)).toBe(printed);
  });

  test('round trip: the text is a fixed point and the graph is the same up to numbering', () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const printed = printGraph(graph, tinyOperators);
        const parsed = parseGraph(printed, tinyOperators);
        expect(verifyGraph(parsed, tinyOperators)).toEqual([]);
        expect(renumbered(parsed)).toEqual(renumbered(graph));
        expect(printGraph(parsed, tinyOperators)).toBe(printed);
        expect(/^[ -~\n]*$/.test(printed)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** The graph with its values numbered by place, which is all that printing may change. */
function renumbered(graph: Graph): Graph {
  const ids = new Map<ValueId, ValueId>();
  const at = (id: ValueId): ValueId => {
    if (!ids.has(id)) ids.set(id, ids.size);
    return ids.get(id)!;
  };
  const place = <Item extends { readonly value: ValueId }>(item: Item): Item => ({ ...item, value: at(item.value) });
  const body = {
    inputs: graph.inputs.map(place),
    parameters: graph.parameters.map(place),
    constants: graph.constants.map(place),
    nodes: graph.nodes.map((node) => ({ ...node, operands: node.operands.map(at), results: node.results.map(at) })),
    outputs: graph.outputs.map(place),
  };
  const types = [...graph.types].map(([id, type]) => [at(id), type] as const).toSorted(([a], [b]) => a - b);
  return { ...graph, ...body, types: new Map(types) };
}
