// Moves an activation f behind the maximum pooling that reads it, onto the smaller map: max(f(x)) = f(max(x)) if f is monotone. This
// pass takes activations made of comparisons, and of additions and products with constants. They are monotone after rounding, too, because
// each step rounds monotonically, so every bit stays. (pool-before-curve does the same for sigmoid, tanh and elu.)
//
// Requires: nobody else reads the activated map; the slope for negative numbers is positive and known when compiling.
// Cost: fires where pooling shrinks the map, since the activation then runs on fewer elements; in either place it is fused into the kernel
// before it. Not for relu and relu6, after which no number is negative: the maximum of such vectors is one instruction, which saves more.
// Source: Glow's docs/Optimizations.md (ReLU and MaxPool).
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = leaky_relu(%0) as leaky
//   %2 = clip(%1) {min=-1, max=6} as clip
//   %3 = max_pool(%2) {kernel=2} as pool
//   output y = %3
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = max_pool(%0) {kernel=2} as pool
//   %2 = leaky_relu(%1) as leaky
//   %3 = clip(%2) {min=-1, max=6} as clip
//   output y = %3

import { clipOf } from '../analysis/range.ts';
import type { ValueId } from '../ir/graph.ts';
import type { Monotone } from '../ir/operator.ts';
import { isPositive } from '../ir/range.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, visiting } from './pass.ts';

export const poolBeforeActivation: Pass = {
  name: 'pool-before-activation',
  modes: ['infer'],
  exact: true,
  run: poolFirst((known) => known === 'exact' || (typeof known === 'object' && known)),
};

/** True where an activation may move; an object where it may not, with the reason; false where there is nothing to say. */
type Answer = boolean | { readonly not: string };

/** Moves activations behind the maximum pooling that reads them, the nearest first, as `answer` decides from what is known of them. */
export function poolFirst(answer: (known: Monotone | undefined) => Answer): Pass['run'] {
  return visiting((edit, node) => {
    const { lowering } = operatorOf(edit.context.operators, node.op);
    const isMaximum = lowering?.kind === 'pool' && lowering.reduces === 'max';
    if (isMaximum) while (moveOne(edit, node.results[0]!, answer));
  });
}

/** Moves the activation before the pooling that computes `pooled` behind it; false where it stays. */
function moveOne({ editor, context }: Edit, pooled: ValueId, answer: (known: Monotone | undefined) => Answer): boolean {
  const pool = editor.producerOf(pooled)!;
  const value = pool.operands[0]!;
  const activation = editor.producerOf(value);
  if (!activation) return false;
  const moves = answer(operatorOf(context.operators, activation.op).monotone?.(activation.attributes));
  if (!moves) return false;
  const clip = clipOf(activation, context.operators);
  if (clip && isPositive(clip)) return false;
  const elements = sizeOf(editor.typeOf(value).shape) - sizeOf(editor.typeOf(pooled).shape);
  const reason =
    (moves === true ? undefined : `${activation.name} ${moves.not}`) ??
    otherUse(editor, activation, pool) ??
    (elements > 0 ? undefined : `${pool.name} does not shrink the map, so ${activation.name} may stay`);
  const record = about(activation.op, activation, pool);
  if (reason) {
    context.miss({ ...record, reason });
    return false;
  }
  context.rewrite({ ...record, macsSaved: 0, bytesSaved: 8 * elements, callsSaved: 0 });
  const { op, name, operands, attributes, origin } = activation;
  editor.update(pool, { inputs: [operands[0]!] });
  editor.remove(activation);
  const parameters = operands.slice(1);
  const [activated] = editor.add({ op, name, inputs: [pooled], parameters, attributes, origin });
  editor.replaceUses(pooled, activated, [name]);
  return true;
}
