// Evaluates nodes whose operands are all constants, such as weights that are written in the source. It uses the operators' reference
// implementations, in f64, as `prepare` computes when a module loads.
//
// Requires: every operand is a constant.
// Cost: results of more than 2²² numbers are left alone, so that a small text cannot make a huge module.
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

import type { Node } from '../ir/graph.ts';
import type { Tensor } from '../ir/operator.ts';
import { dataCount, operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Edit, Pass } from './pass.ts';
import { about, savedBy, visiting } from './pass.ts';

/** Elements of a result at most. */
const budget = 2 ** 22;

export const foldConstants: Pass = {
  name: 'fold-constants',
  modes: ['infer'],
  exact: true,
  run: visiting(visit),
};

function visit({ editor, context }: Edit, node: Node): void {
  const constants = node.operands.map(editor.constantOf);
  if (!constants.every((constant) => constant !== undefined)) return;
  const types = node.results.map(editor.typeOf);
  const largest = Math.max(...types.map(({ shape }) => sizeOf(shape)));
  if (largest > budget) {
    const reason = `${node.name} would be a constant of ${largest} numbers, more than ${budget}`;
    return context.miss({ ...about('constant', node), reason });
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
  // Not only in the end: a chain of nodes would keep a constant for each.
  for (const value of node.operands) editor.removeConstant(value);
}
