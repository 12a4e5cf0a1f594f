import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { editGraph, producersOf, removeDead, usesOf } from '../../compiler/ir/rewrite.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { randomGraph } from '../support/random-graph.ts';
import { tinyOperators } from '../support/tiny-operators.ts';
import { ownTime } from '../support/own-time.ts';

const parse = (text: string): Graph => parseGraph(text, tinyOperators);

const chain = parse(`graph G {
  %0 = input x : [N,2]
  %1 = parameter w : [2] he(1, 1)
  %2 = identity(%0) as i
  %3 = affine(%2, %1) {bias=false} as a
  %4 = double(%3) as d
  %5 = add(%4, %4) as s
  output y = %5
  output inner = %2
}`);

const same = (after: Graph, text: string): void => {
  expect(verifyGraph(after, tinyOperators)).toEqual([]);
  expect(printGraph(after, tinyOperators)).toBe(printGraph(parse(text), tinyOperators));
};

test('usesOf and producersOf see operands once, and outputs', () => {
  const uses = usesOf(chain);
  expect(uses.get(4)).toEqual({ nodes: [chain.nodes[3]], output: false });
  expect(uses.get(2)).toEqual({ nodes: [chain.nodes[1]], output: true });
  expect(uses.get(5)).toEqual({ nodes: [], output: true });
  expect(producersOf(chain).get(3)?.name).toBe('a');
  expect(producersOf(chain).has(0)).toBe(false);
});

describe('editGraph', () => {
  test('gives a node another name, and its old name to others', () => {
    const editor = editGraph(chain, tinyOperators);
    const [i, a] = [editor.producerOf(2)!, editor.producerOf(3)!];
    editor.rename(a, 'taken');
    editor.rename(i, 'a');
    expect(editor.producerOf(3)?.name).toBe('taken');
    expect(editor.usesOf(2).nodes.map(({ name }) => name)).toEqual(['taken']);
    editor.rename(editor.producerOf(5)!, 'a');
    expect(verifyGraph(editor.finish(), tinyOperators)).toEqual([]);
    expect(editor.finish().nodes.map(({ name }) => name)).toEqual(['a', 'taken', 'd', 'a_2']);
  });

  test('gives back the same graph when nothing was edited', () => {
    const editor = editGraph(chain, tinyOperators);
    expect(editor.soleUserOf(3)?.name).toBe('d');
    expect(editor.soleUserOf(2)).toBeUndefined();
    expect(editor.parameterOf(1)?.name).toBe('w');
    editor.replaceUses(2, 2);
    expect(editor.finish()).toBe(chain);
  });

  test('replaces a node by its operand, in nodes and outputs', () => {
    const editor = editGraph(chain, tinyOperators);
    for (const node of editor.nodes()) if (node.op === 'identity') editor.replace(node, node.operands);
    same(
      editor.finish(),
      `graph G {
        %0 = input x : [N,2]
        %1 = parameter w : [2] he(1, 1)
        %3 = affine(%0, %1) {bias=false} as a
        %4 = double(%3) as d
        %5 = add(%4, %4) as s
        output y = %5
        output inner = %0
      }`,
    );
  });

  test('folds a node into the weights of the one before it, which keeps its name', () => {
    const editor = editGraph(chain, tinyOperators);
    for (const node of editor.nodes()) {
      const affine = node.op === 'double' ? editor.producerOf(node.operands[0]!) : undefined;
      if (affine?.op !== 'affine' || !editor.soleUserOf(affine.results[0]!)) continue;
      const [weight] = editor.add({ op: 'double', name: 'a.weight', inputs: [affine.operands[1]!] });
      const zero = editor.constant([2], [0, 0]);
      editor.update(affine, { parameters: [weight, zero], attributes: { bias: true } });
      editor.replace(node, affine.results);
    }
    same(
      editor.finish(),
      `graph G {
        %0 = input x : [N,2]
        %1 = parameter w : [2] he(1, 1)
        %9 = constant : [2] [0, 0]
        %2 = identity(%0) as i
        %8 = double(%1) as a.weight
        %3 = affine(%2, %8, %9) as a
        %5 = add(%3, %3) as s
        output y = %5
        output inner = %2
      }`,
    );
  });

  test('inserts a node behind a value with `except`, names it uniquely, and sorts it before its users', () => {
    const editor = editGraph(chain, tinyOperators);
    const [copy] = editor.add({ op: 'identity', name: 'i', inputs: [0] });
    editor.replaceUses(0, copy, ['i_2']);
    const after = editor.finish();
    expect(verifyGraph(after, tinyOperators)).toEqual([]);
    expect(after.nodes.map(({ name }) => name)).toEqual(['i_2', 'i', 'a', 'd', 's']);
    expect(after.nodes[1]!.operands).toEqual([copy]);
  });

  test('merges two siblings into one node with two results', () => {
    const siblings = parse(`graph G {
      %0 = input x : [N,4]
      %1, %2 = split(%0) as s
      %3 = double(%1) as left
      %4 = double(%2) as right
      output y = %4
      output z = %3
    }`);
    const editor = editGraph(siblings, tinyOperators);
    const [left, right] = [...editor.nodes()].filter(({ op }) => op === 'double');
    const [both] = editor.add({ op: 'double', name: 'left+right', inputs: [0] });
    const halves = editor.add({ op: 'split', inputs: [both] });
    editor.replace(left!, [halves[0]]);
    editor.replace(right!, [halves[1]!]);
    same(
      removeDead(editor.finish()),
      `graph G {
        %0 = input x : [N,4]
        %1 = double(%0) as "left+right"
        %2, %3 = split(%1) as split1
        output y = %3
        output z = %2
      }`,
    );
  });

  test('adds parameters under fresh names', () => {
    const editor = editGraph(chain, tinyOperators);
    const id = editor.parameter('w', [2], 'buffer', { kind: 'constant', value: 1 });
    expect(editor.finish().parameters.map(({ name }) => name)).toEqual(['w', 'w_2']);
    expect(editor.typeOf(id)).toEqual(tensorType([2], false));
  });

  test('removes constants that nobody reads, and no others', () => {
    const graph = parse(`graph G {
      %0 = input x : [N,2]
      %1 = constant : [2] [1, 2]
      %2 = constant : [2] [3, 4]
      %3 = affine(%0, %1) {bias=false} as a
      output y = %3
      output c = %2
    }`);
    const editor = editGraph(graph, tinyOperators);
    for (const value of [0, 1, 2]) editor.removeConstant(value);
    expect(editor.finish()).toBe(graph);
    editor.replace(editor.producerOf(3)!, [0]);
    editor.removeConstant(1);
    expect(editor.constantOf(1)).toBeUndefined();
    same(
      editor.finish(),
      `graph G {
        %0 = input x : [N,2]
        %1 = constant : [2] [3, 4]
        output y = %0
        output c = %1
      }`,
    );
  });

  test('refuses what would break the graph', () => {
    const editor = editGraph(chain, tinyOperators);
    const [identity, affine] = chain.nodes;
    expect(() => editor.remove(identity!)).toThrow('a result of i is used');
    expect(() => editor.replace(identity!, [])).toThrow('i has 1 results');
    expect(() => editor.update(affine!, { parameters: [] })).toThrow('a: 0 parameters, expected 1');
    expect(() => editor.update(affine!, { inputs: [editor.constant([2], [1, 1])] })).toThrow('changes its result type');
    expect(() => editor.replaceUses(0, 1)).toThrow('%1 is [2], %0 is [N,2]');
    editor.replaceUses(0, 5);
    expect(() => editor.finish()).toThrow('a cycle through');
  });

  test('knows what is known when a module loads, also after an edit', () => {
    const editor = editGraph(
      parse(`graph G {
        %0 = input x : [2]
        %1 = parameter w : [2] he(1, 1)
        %2 = double(%1) as weights
        %3 = double(%2) as more
        %4 = double(%0) as data
        output y = %3
        output z = %4
      }`),
      tinyOperators,
    );
    const answers = (): readonly boolean[] => [0, 1, 2, 3, 4].map(editor.isPrepared);
    expect(answers()).toEqual([false, true, true, true, false]);
    editor.update(editor.producerOf(2)!, { inputs: [0] });
    expect(answers()).toEqual([false, true, false, false, false]);
    editor.replaceUses(2, 1);
    expect(answers()).toEqual([false, true, false, true, false]);
  });

  test('asks about each of 50,000 weights in a row in little time', () => {
    const base = parse('graph G { %0 = input x : [N,2] %1 = parameter w : [2] he(1, 1) output y = %0 }');
    const editor = editGraph(base, tinyOperators);
    const from = ownTime();
    let last = 1;
    for (let i = 0; i < 50_000; i += 1) {
      [last] = editor.add({ op: 'double', inputs: [last] });
      if (!editor.isPrepared(last)) throw new Error(`%${last} is known when a module loads`);
    }
    expect(ownTime() - from).toBeLessThan(5000);
  });

  test('sorts chains of 100,000 nodes', () => {
    const base = parse('graph G { %0 = input x : [N,1] %1 = double(%0) output y = %1 }');
    const editor = editGraph(base, tinyOperators);
    let last = 0;
    for (let i = 0; i < 100_000; i += 1) [last] = editor.add({ op: 'identity', inputs: [last] });
    editor.replaceUses(0, last, ['identity1']);
    const after = editor.finish();
    expect(after.nodes.length).toBe(100_001);
    expect(after.nodes.at(-1)!.name).toBe('double1');
  });
});

describe('removeDead', () => {
  test('drops nodes, parameters and constants no output needs; inputs stay', () => {
    const graph = parse(`graph G {
      %0 = input x : [N,2]
      %1 = input unused : [N,2]
      %2 = parameter w : [2] he(1, 1)
      %3 = constant : [2] [1, 2]
      %4 = double(%2) as dead
      %5 = affine(%0, %4, %3) as "also dead"
      %6, %7 = split(%0) as s
      output y = %7
    }`);
    const after = removeDead(graph);
    same(after, 'graph G { %0 = input x : [N,2] %1 = input unused : [N,2] %6, %7 = split(%0) as s output y = %7 }');
    expect(removeDead(after)).toBe(after);
  });

  test('removing dead nodes and replacing identities changes no output of a random graph', () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const editor = editGraph(graph, tinyOperators);
        for (const node of editor.nodes()) if (node.op === 'identity') editor.replace(node, node.operands);
        const after = removeDead(editor.finish());
        expect(verifyGraph(after, tinyOperators)).toEqual([]);
        expect(after.nodes.some(({ op }) => op === 'identity')).toBe(false);
        expect(removeDead(after)).toBe(after);
        const parameters = new Map(
          graph.parameters.map(({ name, value }) => {
            const length = sizeOf(graph.types.get(value)!.shape);
            return [name, { data: Float64Array.from({ length }, (_, i) => i - 0.5) }];
          }),
        );
        const data = Float64Array.from({ length: 36 }, (_, i) => i % 7);
        const feeds = { inputs: new Map([[graph.inputs[0]!.name, { data }]]), parameters, batch: 1 };
        expect(interpret(after, tinyOperators, feeds).outputs).toEqual(interpret(graph, tinyOperators, feeds).outputs);
      }),
    );
  });
});
