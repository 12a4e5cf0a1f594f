// Splits a normalisation with learned parameters, y = γ · normal(x) + β, into a plain normalisation and a `scale`. The scale is later
// folded into the next layer, or runs in the normalisation's kernel. Where γ and β have an element for each element of the map, not for
// each channel, it becomes a product and a sum instead.
//
// Requires: nothing; the parameters stay the same tensors.
// Cost: none to weigh: there are kernels for plain normalisations only.
// Source: Ba et al., 2016, section 3; TVM's SimplifyInference takes layer_norm apart in the same way.
//
// before:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter norm.weight : [2] constant(1)
//   %2 = parameter norm.bias : [2] constant(0)
//   %3 = layer_norm(%0, %1, %2) as norm
//   output y = %3
// after:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter norm.weight : [2] constant(1)
//   %2 = parameter norm.bias : [2] constant(0)
//   %3 = layer_norm(%0) {affine=false} as norm.layer_norm
//   %4 = scale(%3, %1, %2) as norm
//   output y = %4

import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import { operatorOf } from '../ir/signature.ts';
import type { Edit, Pass } from './pass.ts';
import { about, savedBy, visiting } from './pass.ts';
import { withBias } from './weights.ts';

export const affineToScale: Pass = {
  name: 'affine-to-scale',
  modes: ['infer', 'train'],
  exact: false,
  run: visiting(visit),
};

function visit({ editor, context }: Edit, node: Node): void {
  const [x, weight, bias] = node.operands as [ValueId, ValueId?, ValueId?];
  if (operatorOf(context.operators, node.op).lowering?.kind !== 'normalization' || weight === undefined) return;
  const made = (op: string, inputs: readonly ValueId[], attributes: Attributes, parameters: readonly ValueId[] = []) =>
    editor.add({
      op,
      name: `${node.name}.${op}`,
      inputs,
      attributes,
      parameters,
      origin: node.origin,
    })[0];
  const normal = made(node.op, [x], { ...node.attributes, affine: false });
  const isVector = editor.typeOf(weight).shape.length === 1;
  const shifted = (value: ValueId): ValueId => (bias === undefined ? value : made('add', [value, bias], {}));
  const scaled = isVector
    ? made('scale', [normal], { bias: bias !== undefined }, withBias(weight, bias))
    : shifted(made('mul', [normal, weight], {}));
  context.rewrite({ ...about('affine', node), ...savedBy() });
  editor.replace(node, [scaled]);
  editor.rename(editor.producerOf(scaled)!, node.name);
}
