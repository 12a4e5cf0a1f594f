// Batch normalisation with running statistics is an affine map per channel (Ioffe & Szegedy, 2015, section 3.1):
// y = s·x + t with s = γ/√(σ² + ε) and t = β − μ·s. Both are computed once, when the module loads.

import type { ValueId } from '../ir/graph.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import type { Pass } from './pass.ts';
import { about } from './pass.ts';

export const batchNormToScale: Pass = {
  name: 'batch-norm-to-scale',
  summary: 'Batch normalisation at inference is one multiplication and one addition per element.',
  modes: ['infer'],
  exact: false,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      if (node.op !== 'batch_norm') continue;
      const [x, gamma, beta, mean, variance] = node.operands as [ValueId, ValueId, ValueId, ValueId, ValueId];
      const { origin } = node;
      const made = (op: string, inputs: readonly ValueId[], attributes = {}): ValueId =>
        editor.add({ op, name: `${node.name}.${op}`, inputs, attributes, ...(origin ? { origin } : {}) })[0];
      const factor = made('mul', [gamma, made('inverse_sqrt', [variance], { epsilon: node.attributes['epsilon']! })]);
      const shift = made('sub', [beta, made('mul', [mean, factor])]);
      const [scaled] = editor.add({
        op: 'scale',
        name: `${node.name}.scale`,
        inputs: [x],
        attributes: { bias: true },
        parameters: [factor, shift],
        ...(origin ? { origin } : {}),
      });
      context.rewrite({ ...about('batch_norm', node), macsSaved: 0, bytesSaved: 0, callsSaved: 0 });
      editor.replace(node, [scaled]);
    }
    return removeDead(editor.finish());
  },
};
