// Removes nodes that are the identity at inference: `identity` itself, and `dropout`, which is inverted: it scales while training, so
// that there is nothing to do afterwards.
//
// Requires: inference.
// Cost: always pays.
// Source: Srivastava et al., 2014, section 10; every compiler (ONNX Runtime's EliminateIdentity and EliminateDropout).
//
// before:
//   %0 = input x : [N,3]
//   %1 = dropout(%0) {p=0.5} as dropout
//   %2 = identity(%1) as identity
//   %3 = relu(%2) as relu
//   output y = %3
// after:
//   %0 = input x : [N,3]
//   %1 = relu(%0) as relu
//   output y = %1

import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, visiting } from './pass.ts';

export const removeIdentity: Pass = {
  name: 'remove-identity',
  modes: ['infer'],
  exact: true,
  run: visiting(({ editor, context }, node) => {
    if (!operatorOf(context.operators, node.op).inert) return;
    const bytes = 8 * sizeOf(editor.typeOf(node.operands[0]!).shape);
    context.rewrite({ ...about(node.op, node), macsSaved: 0, bytesSaved: bytes, callsSaved: 1 });
    editor.replace(node, [node.operands[0]!]);
  }),
};
