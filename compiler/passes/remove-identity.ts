// Removes nodes that compute nothing when a network only infers: `identity`, and `dropout`, which inverted scaling
// makes the identity (Srivastava et al., 2014).

import { editGraph, removeDead } from '../ir/rewrite.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about } from './pass.ts';

const removable: ReadonlySet<string> = new Set(['identity', 'dropout']);

export const removeIdentity: Pass = {
  name: 'remove-identity',
  summary: 'identity and dropout compute nothing at inference and disappear.',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      if (!removable.has(node.op)) continue;
      const bytes = 8 * sizeOf(editor.typeOf(node.operands[0]!).shape);
      context.rewrite({ ...about(node.op, node), macsSaved: 0, bytesSaved: bytes, callsSaved: 1 });
      editor.replace(node, [node.operands[0]!]);
    }
    return removeDead(editor.finish());
  },
};
