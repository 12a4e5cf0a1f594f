// Merges nodes that compute the same, that is, with the same operator, attributes and operands; the first one stays. Equal constants are
// merged, too. Sums and products of two values are the same in either order.
//
// Requires: operators are functions of their operands, which they are at inference.
// Cost: always pays.
// Source: common subexpression elimination (Cocke, 1970); Glow's CSE, ONNX Runtime's ConstantSharing.
//
// before:
//   %0 = input x : [N,2]
//   %1 = constant : [2] [1, 2]
//   %2 = constant : [2] [1, 2]
//   %3 = scale(%0, %1) {bias=false} as first
//   %4 = scale(%0, %2) {bias=false} as second
//   %5 = sigmoid(%3) as left
//   %6 = tanh(%4) as right
//   %7 = add(%5, %6) as sum
//   %8 = add(%6, %5) as reversed
//   output y = %7
//   output z = %8
// after:
//   %0 = input x : [N,2]
//   %1 = constant : [2] [1, 2]
//   %2 = scale(%0, %1) {bias=false} as first
//   %3 = sigmoid(%2) as left
//   %4 = tanh(%2) as right
//   %5 = add(%3, %4) as sum
//   output y = %5
//   output z = %5

import type { Attribute, Constant, Node } from '../ir/graph.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { dataCount, operatorOf } from '../ir/signature.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

export const commonSubexpressions: Pass = {
  name: 'common-subexpressions',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    const constants = new Map<string, Constant[]>();
    for (const constant of graph.constants) {
      const key = [...editor.typeOf(constant.value).shape, '', ...constant.data.slice(0, 4)].join();
      const alike = constants.get(key) ?? [];
      const equal = alike.find(({ data }) => constant.data.every((number, at) => Object.is(number, data[at])));
      if (equal) {
        context.rewrite({ ...about('constant', ...editor.usesOf(constant.value).nodes), ...savedBy() });
        editor.replaceUses(constant.value, equal.value);
      } else constants.set(key, [...alike, constant]);
    }
    const nodes = new Map<string, Node>();
    for (const node of editor.nodes()) {
      const key = keyOf(node);
      const equal = nodes.get(key);
      if (!equal) {
        nodes.set(key, node);
        continue;
      }
      const operator = operatorOf(context.operators, node.op);
      const inputs = node.operands.slice(0, dataCount(operator, node.operands.length)).map(editor.typeOf);
      const types = node.results.map(editor.typeOf);
      const macsSaved = operator.macs?.(node.attributes, inputs, types) ?? 0;
      context.rewrite({ ...about(node.op, node, equal), ...savedBy(...types), macsSaved });
      editor.replace(node, equal.results);
    }
    return removeDead(editor.finish());
  },
};

/** A key that nodes have in common if and only if they compute the same. */
function keyOf({ op, operands, attributes }: Node): string {
  const commutes = operands.length === 2 && (op === 'add' || op === 'mul');
  const given = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    op,
    commutes ? operands.toSorted((a, b) => a - b) : operands,
    given.map(([name, value]) => [name, textOf(value)]),
  ]);
}

/** An attribute as text, unlike JSON also of −0, infinities and NaN. */
function textOf(value: Attribute): string {
  if (typeof value === 'object') return `[${value.map(textOf).join()}]`;
  return Object.is(value, -0) ? '-0' : `${typeof value} ${value}`;
}
