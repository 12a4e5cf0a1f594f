// Checking passes while they work: right ones pass, wrong ones are found, and shrunk to what is wrong about them.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { verifyNetwork } from '../../compiler/index.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { editGraph, removeDead } from '../../compiler/ir/rewrite.ts';
import type { Editor } from '../../compiler/ir/rewrite.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Pass } from '../../compiler/passes/pass.ts';
import { passFault } from '../../compiler/verify-passes.ts';
import { buildExample } from '../support/examples.ts';

/** Rewrites the nodes that match. */
function passOf(name: string, exact: boolean, rewrite: (node: Node, editor: Editor) => boolean): Pass {
  return {
    name,
    modes: ['infer'],
    exact,
    run(graph, context) {
      const editor = editGraph(graph, operators);
      for (const node of editor.nodes()) {
        if (!rewrite(node, editor)) continue;
        context.rewrite({ rule: name, nodes: [node.name], macsSaved: 0, bytesSaved: 0, callsSaved: 0 });
      }
      return removeDead(editor.finish());
    },
  };
}

const producerOp = (editor: Editor, value: number | undefined): string | undefined =>
  value === undefined ? undefined : editor.producerOf(value)?.op;

/** Average instead of maximum, but only behind an activation. */
const wrongPool = passOf('wrong-pool', true, (node, editor) => {
  if (node.op !== 'max_pool' || producerOp(editor, node.operands[0]) !== 'relu') return false;
  const { kernel, stride, padding } = node.attributes as Readonly<Record<string, readonly number[]>>;
  const attributes = { kernel: kernel!, stride: stride!, padding: padding! };
  editor.replace(node, editor.add({ op: 'avg_pool', inputs: node.operands, attributes }));
  return true;
});

/** Loses the second path of a sum of two convolutions of the same value. */
const lostPath = passOf('lost-path', false, (node, editor) => {
  const [a, b] = node.operands.map((value) => editor.producerOf(value));
  if (node.op !== 'add' || a?.op !== 'conv' || b?.op !== 'conv' || a.operands[0] !== b.operands[0]) return false;
  editor.replace(node, [a.results[0]!]);
  return true;
});

/** Chains before and behind two paths of convolutions, with other steps beside them. */
const twoPaths = frontend(
  {
    path: 'paths.cnn',
    text: `network Paths {
  input image: [3, 12, 12]
  conv(8, kernel: 3, padding: 1) -> batch_norm -> relu
  conv(6, kernel: 1) -> relu
  parallel add {
    path conv(8, kernel: 3, padding: 1)
    path conv(8, kernel: 1)
  }
  relu -> max_pool(2)
  parallel concat {
    path conv(5, kernel: 1) -> sigmoid
    path avg_pool(3, stride: 1, padding: 1)
  }
  flatten -> dense(10)
}`,
  },
  { operators },
).networks[0]!.graph;

const inputElements = (graph: Graph): number =>
  graph.inputs.reduce((total, { value }) => total + sizeOf(graph.types.get(value)!.shape), 0);
const opsOf = (graph: Graph): readonly string[] => graph.nodes.map(({ op }) => op);

describe('a wrong pass', () => {
  test('is shrunk to the two nodes that it takes together', () => {
    const fault = passFault(wrongPool, buildExample('googlenet', 'GoogLeNet', { size: 32 }), operators);
    expect(opsOf(fault.graph)).toEqual(['relu', 'max_pool']);
    expect(opsOf(fault.after!)).toEqual(['relu', 'avg_pool']);
    expect(inputElements(fault.graph)).toBeLessThanOrEqual(9);
    expect(fault.rewrites).toMatchObject([{ pass: 'wrong-pool', nodes: [fault.graph.nodes[1]!.name] }]);
    expect(fault.problems[0]).toContain('elements of the output');
    expect(verifyGraph(fault.graph, operators)).toEqual([]);
  });

  test('is shrunk to three nodes where it needs two paths', () => {
    const fault = passFault(lostPath, twoPaths, operators);
    expect(opsOf(fault.graph).toSorted()).toEqual(['add', 'conv', 'conv']);
    expect(inputElements(fault.graph)).toBeLessThanOrEqual(4);
    expect(fault.graph.outputs).toHaveLength(1);
  });

  test('that promises every bit is held to it', () => {
    const tiny = passOf('tiny', true, (node, editor) => {
      if (node.op !== 'relu' || producerOp(editor, node.operands[0]) !== 'conv') return false;
      const [scaled] = editor.add({
        op: 'mul',
        inputs: [node.operands[0]!, editor.constant([1, 1, 1], [1 + 2 ** -52])],
      });
      const [y] = editor.add({ op: 'relu', inputs: [scaled] });
      editor.replace(node, [y]);
      return true;
    });
    const once: Pass = {
      ...tiny,
      run: (before, context) => (before.constants.length > 0 ? before : tiny.run(before, context)),
    };
    expect(passFault(once, twoPaths, operators).problems).not.toEqual([]);
    expect(passFault({ ...once, exact: false }, twoPaths, operators).problems).toEqual([]);
  });

  test('may break an invariant instead of the numbers', () => {
    const broken: Pass = {
      ...wrongPool,
      name: 'broken',
      run: (graph) => ({ ...graph, types: new Map(graph.types).set(9999, tensorType([1])) }),
    };
    const fault = passFault(broken, buildExample('lenet', 'LeNet'), operators);
    expect(fault.graph.nodes).toHaveLength(1);
    expect(fault.problems.join('\n')).toContain('9999');
  });
});

describe('the real passes', () => {
  test.each([
    ['lenet-bn', 'LeNetBN'],
    ['tour', 'TinyTour'],
    ['edges', 'Edges'],
  ])('of %s are checked one by one', (example, name) => {
    const { checked, fault } = verifyNetwork({ graph: buildExample(example, name) });
    expect(fault).toBeUndefined();
    if (name === 'LeNetBN') expect(checked).toEqual(expect.arrayContaining(['batch-norm-to-scale', 'fold-scale']));
  });
});
