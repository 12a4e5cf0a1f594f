// Of two reshapes or flattens in a row only the second is kept: it reads the operand of the first.
//
// Requires: nobody else reads the value in between.
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
import { isWholeView } from '../ir/lowering.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, savedBy, visiting } from './pass.ts';

export const mergeReshapes: Pass = {
  name: 'merge-reshapes',
  modes: ['infer'],
  exact: true,
  run: visiting(visit),
};

function visit({ editor, context }: Edit, node: Node): void {
  const value = node.operands[0]!;
  const producer = editor.producerOf(value);
  const isReshape = ({ op }: Node): boolean => isWholeView(operatorOf(context.operators, op).lowering);
  if (!producer || !isReshape(node) || !isReshape(producer)) return;
  const reason = otherUse(editor, producer, node);
  if (reason) return context.miss({ ...about('reshape', node, producer), reason });
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

/** The values that a reshape stores: none where the elements keep their order in memory, which has the channels last. */
function copied(from: TensorType, to: TensorType): readonly TensorType[] {
  const pixels = ({ shape }: TensorType): number => sizeOf(shape.slice(1));
  const single = (type: TensorType): boolean => type.shape[0] === 1 || pixels(type) === 1;
  const view = (from.shape[0] === to.shape[0] && pixels(from) === pixels(to)) || (single(from) && single(to));
  return view ? [] : [to];
}
