// Folds a per-channel scale and shift into the weights and bias of the convolution or dense layer right before it:
// w' = w·s, b' = b·s + t. With batch norms turned into scales this folds batch normalisation.
//
// Requires: nobody else reads the unscaled value; a transposed convolution has one group.
// Cost: always pays: weights are scaled once, when the module loads.
// Source: Jacob et al., 2018, section 3.2; ONNX Runtime's ConvBNFusion and ConvMulFusion, TVM's FoldScaleAxis.
//
// before:
//   %0 = input x : [N,2]
//   %1 = parameter dense.weight : [3,2] he(2, 3)
//   %2 = parameter dense.bias : [3] constant(0)
//   %3 = parameter scale.weight : [3] constant(1)
//   %4 = parameter scale.bias : [3] constant(0)
//   %5 = dense(%0, %1, %2) {features=3} as dense
//   %6 = scale(%5, %3, %4) as scale
//   output y = %6
// after:
//   %0 = input x : [N,2]
//   %1 = parameter dense.weight : [3,2] he(2, 3)
//   %2 = parameter dense.bias : [3] constant(0)
//   %3 = parameter scale.weight : [3] constant(1)
//   %4 = parameter scale.bias : [3] constant(0)
//   %5 = reshape(%3) {shape=[3, 1]} as dense.reshape
//   %6 = mul(%1, %5) as dense.mul
//   %7 = mul(%2, %3) as dense.mul_2
//   %8 = add(%7, %4) as dense.add
//   %9 = dense(%0, %6, %8) {features=3} as dense
//   output y = %9

import type { Node, ValueId } from '../ir/graph.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about } from './pass.ts';

/** The axis of the weight that is the output channel. */
const outputAxis: ReadonlyMap<string, number> = new Map([
  ['conv', 0],
  ['depthwise_conv', 0],
  ['dense', 0],
  ['conv_transpose', 1],
]);

export const foldScale: Pass = {
  name: 'fold-scale',
  summary: 'A scale or batch norm after a convolution or dense layer becomes part of its weights.',
  modes: ['infer'],
  exact: false,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      if (node.op !== 'scale') continue;
      const input = node.operands[0]!;
      const producer = editor.producerOf(input);
      const axis = producer && outputAxis.get(producer.op);
      if (!producer || axis === undefined) continue;
      const miss = (reason: string): void => context.miss({ ...about('scale', node, producer), reason });
      if (editor.soleUserOf(input)?.name !== node.name) {
        miss(`${producer.name} has a second use`);
        continue;
      }
      if (producer.op === 'conv_transpose' && producer.attributes['groups'] !== 1) {
        miss(`${producer.name} is a grouped transposed convolution`);
        continue;
      }
      fold(node, producer, axis);
      const bytes = 8 * sizeOf(editor.typeOf(input).shape);
      context.rewrite({ ...about('scale', node, producer), macsSaved: 0, bytesSaved: bytes, callsSaved: 1 });
    }
    return removeDead(editor.finish());

    function fold(scale: Node, producer: Node, axis: number): void {
      const [, factor, shift] = scale.operands as readonly [ValueId, ValueId, ValueId?];
      const [, weight, bias] = producer.operands as readonly [ValueId, ValueId, ValueId?];
      const made = (op: string, inputs: readonly ValueId[], attributes = {}): ValueId =>
        editor.add({ op, name: `${producer.name}.${op}`, inputs, attributes })[0];
      const channels = sizeOf(editor.typeOf(factor).shape);
      const shape = editor.typeOf(weight).shape.map((_, at) => (at === axis ? channels : 1));
      const scaledWeight = made('mul', [weight, made('reshape', [factor], { shape })]);
      const scaledBias = bias === undefined ? shift : made('mul', [bias, factor]);
      const newBias = bias === undefined || shift === undefined ? scaledBias : made('add', [scaledBias!, shift]);
      editor.update(producer, {
        attributes: { bias: newBias !== undefined },
        parameters: [scaledWeight, ...(newBias === undefined ? [] : [newBias])],
      });
      editor.replace(scale, [producer.results[0]!]);
    }
  },
};
