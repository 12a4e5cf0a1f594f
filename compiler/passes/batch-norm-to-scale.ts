// Turns batch normalisation with running statistics into an affine map per channel, y = s·x + t with s = γ/√(σ² + ε) and
// t = β − μ·s. Both vectors are computed once, when the module loads.
//
// Requires: inference, where the statistics come from the weights file.
// Cost: always pays.
// Source: Ioffe & Szegedy, 2015, section 3.1; TVM's SimplifyInference, nncase's BatchNormToBinary.
//
// before:
//   %0 = input x : [N,2,1,1]
//   %1 = parameter norm.weight : [2] constant(1)
//   %2 = parameter norm.bias : [2] constant(0)
//   %3 = buffer norm.running_mean : [2] constant(0)
//   %4 = buffer norm.running_var : [2] constant(1)
//   %5 = batch_norm(%0, %1, %2, %3, %4) {epsilon=0.001} as norm
//   output y = %5
// after:
//   %0 = input x : [N,2,1,1]
//   %1 = parameter norm.weight : [2] constant(1)
//   %2 = parameter norm.bias : [2] constant(0)
//   %3 = buffer norm.running_mean : [2] constant(0)
//   %4 = buffer norm.running_var : [2] constant(1)
//   %5 = inverse_sqrt(%4) {epsilon=0.001} as norm.inverse_sqrt
//   %6 = mul(%1, %5) as norm.mul
//   %7 = mul(%3, %6) as norm.mul_2
//   %8 = sub(%2, %7) as norm.sub
//   %9 = scale(%0, %6, %8) as norm.scale
//   output y = %9

import type { Node, ValueId } from '../ir/graph.ts';
import type { Edit, Pass } from './pass.ts';
import { about, savedBy, visiting } from './pass.ts';

export const batchNormToScale: Pass = {
  name: 'batch-norm-to-scale',
  modes: ['infer'],
  exact: false,
  run: visiting(visit),
};

function visit({ editor, context }: Edit, node: Node): void {
  if (node.op !== 'batch_norm') return;
  const x = node.operands[0]!;
  const [mean, variance] = node.operands.slice(-2) as [ValueId, ValueId];
  const [gamma, beta] = node.operands.slice(1, -2);
  const { origin } = node;
  const add = (op: string, inputs: readonly ValueId[], attributes = {}): ValueId =>
    editor.add({ op, name: `${node.name}.${op}`, inputs, attributes, origin })[0];
  const inverse = add('inverse_sqrt', [variance], { epsilon: node.attributes['epsilon']! });
  const factor = gamma === undefined ? inverse : add('mul', [gamma, inverse]);
  const product = add('mul', [mean, factor]);
  const shift = beta === undefined ? add('neg', [product]) : add('sub', [beta, product]);
  const [scaled] = editor.add({
    op: 'scale',
    name: `${node.name}.scale`,
    inputs: [x],
    attributes: { bias: true },
    parameters: [factor, shift],
    origin,
  });
  context.rewrite({ ...about('batch_norm', node), ...savedBy() });
  editor.replace(node, [scaled]);
}
