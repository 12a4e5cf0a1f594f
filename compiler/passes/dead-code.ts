// Removes the nodes, parameters and constants that no output depends on. Inputs stay, because callers pass them.
//
// Requires: nothing.
// Cost: always pays.
// Source: Kennedy, 1981, and every compiler (Glow's DCE).
//
// before:
//   %0 = input x : [N,2]
//   %1 = parameter unused.weight : [3,2] he(2, 3)
//   %2 = dense(%0, %1) {features=3, bias=false} as unused
//   %3 = softmax(%2) as also_unused
//   %4 = relu(%0) as relu
//   output y = %4
// after:
//   %0 = input x : [N,2]
//   %1 = relu(%0) as relu
//   output y = %1

import { removeDead } from '../ir/rewrite.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

export const deadCode: Pass = {
  name: 'dead-code',
  modes: ['infer', 'train'],
  exact: true,
  run(graph, context) {
    const result = removeDead(graph);
    const kept = new Set(result.nodes.map(({ name }) => name));
    for (const node of graph.nodes) {
      if (kept.has(node.name)) continue;
      const types = node.results.map((value) => typeOf(graph, value));
      const operator = operatorOf(context.operators, node.op);
      const macsSaved = operator.macs?.(node.attributes, dataTypes(graph, node, operator), types) ?? 0;
      context.rewrite({ ...about('unused', node), ...savedBy(...types), macsSaved });
    }
    return result;
  },
};
