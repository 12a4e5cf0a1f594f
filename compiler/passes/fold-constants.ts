// Evaluates nodes whose operands are all constants when compiling, by the operators' own definitions, in f64 as `prepare`
// would. Weights written in the source are constants.
//
// Requires: every operand is a constant.
// Cost: a result may hold 2²² numbers at most, so that a small text cannot make a huge module.
// Source: every compiler; the budget is tract's CONST_FOLD_MEM_BUDGET.
//
// before:
//   %0 = input x : [N,2]
//   %1 = constant : [2] [1, 2]
//   %2 = constant : [2] [0.5, 0.25]
//   %3 = mul(%1, %2) as factor
//   %4 = scale(%0, %3) {bias=false} as scale
//   output y = %4
// after:
//   %0 = input x : [N,2]
//   %1 = constant : [2] [0.5, 0.5]
//   %2 = scale(%0, %1) {bias=false} as scale
//   output y = %2

import type { Tensor } from '../ir/operator.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { dataCount, operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

/** Numbers in one result. */
const budget = 2 ** 22;

export const foldConstants: Pass = {
  name: 'fold-constants',
  summary: 'Values that depend only on constants are computed at compile time.',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      const constants = node.operands.map(editor.constantOf);
      if (!constants.every((constant) => constant !== undefined)) continue;
      const types = node.results.map(editor.typeOf);
      const largest = Math.max(...types.map(({ shape }) => sizeOf(shape)));
      if (largest > budget) {
        const reason = `${node.name} would be a constant of ${largest} numbers, more than ${budget}`;
        context.miss({ ...about('constant', node), reason });
        continue;
      }
      const operator = operatorOf(context.operators, node.op);
      const operands = constants.map(({ value, data }): Tensor => ({ shape: editor.typeOf(value).shape, data }));
      const inputs = node.operands.slice(0, dataCount(operator, operands.length)).map(editor.typeOf);
      const results = operator.reference(operands, node.attributes, inputs);
      context.rewrite({ ...about('constant', node), ...savedBy(...types) });
      editor.replace(
        node,
        results.map(({ shape, data }) => editor.constant(shape, data)),
      );
    }
    return removeDead(editor.finish());
  },
};
