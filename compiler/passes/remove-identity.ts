// Removes nodes that compute nothing when a network only infers: `identity`, and `dropout`, which inverted scaling
// makes the identity.
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

import { editGraph, removeDead } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about } from './pass.ts';

export const removeIdentity: Pass = {
  name: 'remove-identity',
  summary: 'identity and dropout compute nothing at inference and disappear.',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      if (!operatorOf(context.operators, node.op).inert) continue;
      const bytes = 8 * sizeOf(editor.typeOf(node.operands[0]!).shape);
      context.rewrite({ ...about(node.op, node), macsSaved: 0, bytesSaved: bytes, callsSaved: 1 });
      editor.replace(node, [node.operands[0]!]);
    }
    return removeDead(editor.finish());
  },
};
