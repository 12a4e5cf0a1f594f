// A reshape or flatten of a reshaped value reads that value directly: only the last shape counts.
//
// Requires: nobody else reads the value between.
// Cost: always pays.
// Source: Glow's OptimizeReshape, ONNX Runtime's ReshapeFusion, nncase's CombineReshape.
//
// before:
//   %0 = input x : [N,4,2,1]
//   %1 = reshape(%0) {shape=[2, 2, 2]} as first
//   %2 = reshape(%1) {shape=[1, 8, 1]} as second
//   %3 = flatten(%2) as flatten
//   output y = %3
// after:
//   %0 = input x : [N,4,2,1]
//   %1 = flatten(%0) as flatten
//   output y = %1

import type { Node } from '../ir/graph.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, otherUse, savedBy } from './pass.ts';

export const mergeReshapes: Pass = {
  name: 'merge-reshapes',
  summary: 'Of consecutive reshapes, only the last one stays.',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    const isReshape = ({ op }: Node): boolean => {
      const { lowering } = operatorOf(context.operators, op);
      return lowering?.kind === 'view' && lowering.of === 'whole';
    };
    for (const node of editor.nodes()) {
      const value = node.operands[0]!;
      const producer = editor.producerOf(value);
      if (!producer || !isReshape(node) || !isReshape(producer)) continue;
      const reason = otherUse(editor, producer, node);
      if (reason) {
        context.miss({ ...about('reshape', node, producer), reason });
        continue;
      }
      const source = producer.operands[0]!;
      const [from, between, to] = [source, value, node.results[0]!].map(editor.typeOf) as [
        TensorType,
        TensorType,
        TensorType,
      ];
      const [first, second, merged] = [copied(from, between), copied(between, to), copied(from, to)];
      const saved = savedBy(...[...first, ...second].slice(merged.length));
      context.rewrite({ ...about('reshape', node, producer), ...saved });
      editor.update(node, { inputs: [source] });
    }
    return removeDead(editor.finish());
  },
};

/** What reshaping stores: nothing where the order in memory, channels last, stays. */
function copied(from: TensorType, to: TensorType): readonly TensorType[] {
  const pixels = ({ shape }: TensorType): number => sizeOf(shape.slice(1));
  const single = (type: TensorType): boolean => type.shape[0] === 1 || pixels(type) === 1;
  const view = (from.shape[0] === to.shape[0] && pixels(from) === pixels(to)) || (single(from) && single(to));
  return view ? [] : [to];
}
