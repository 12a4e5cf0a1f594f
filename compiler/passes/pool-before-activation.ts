// A maximum pools first and activates the smaller map: max(f(x)) = f(max(x)) where f never falls. Only functions made of
// comparisons, additions and products with constants: each of their steps rounds, and rounding is monotone, so that every
// bit stays. (pool-before-curve does it for sigmoid, tanh and elu.)
//
// Requires: nobody else reads the activated map; a slope below 0 is positive and known when compiling; the activation leaves
// negative numbers. Of others (relu, relu6) a maximum of vectors is one instruction, which saves more than a smaller map does.
// Cost: where pooling shrinks the map. In either place the activation runs inside the kernel before it, on fewer elements
// after the pooling.
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
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, otherUse } from './pass.ts';

export const poolBeforeActivation: Pass = {
  name: 'pool-before-activation',
  summary: 'Maximum pooling goes before leaky relu and its kin, which then run on the smaller map.',
  modes: ['infer'],
  exact: true,
  run: poolFirst((known) => known === 'exact' || (typeof known === 'object' && known)),
};

/**
 * Moves activations behind the maximum pooling that reads them, the nearest first. `answer`, from what is known of an activation:
 * true where it may move, why not, or false where that is not worth a word.
 */
export function poolFirst(answer: (known: Monotone | undefined) => boolean | { readonly not: string }): Pass['run'] {
  return (graph, context) => {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      const { lowering } = operatorOf(context.operators, node.op);
      const isMaximum = lowering?.kind === 'pool' && lowering.reduces === 'max';
      if (isMaximum) while (moveOne(node.results[0]!));
    }
    return removeDead(editor.finish());

    function moveOne(pooled: ValueId): boolean {
      const pool = editor.producerOf(pooled)!;
      const value = pool.operands[0]!;
      const activation = editor.producerOf(value);
      if (!activation) return false;
      const moves = answer(operatorOf(context.operators, activation.op).monotone?.(activation.attributes));
      if (!moves) return false;
      const clip = clipOf(activation, context.operators);
      if (clip && isPositive(clip)) return false;
      const [before, after] = [editor.typeOf(value), editor.typeOf(pooled)];
      const elements = sizeOf(before.shape) - sizeOf(after.shape);
      const reason =
        (moves === true ? undefined : `${activation.name} ${moves.not}`) ??
        otherUse(editor, activation, pool) ??
        (elements > 0 ? undefined : `${pool.name} does not shrink the map, so ${activation.name} may stay`);
      if (reason) {
        context.miss({ ...about(activation.op, activation, pool), reason });
        return false;
      }
      context.rewrite({
        ...about(activation.op, activation, pool),
        macsSaved: 0,
        bytesSaved: 8 * elements,
        callsSaved: 0,
      });
      const { op, name, operands, attributes, origin } = activation;
      editor.update(pool, { inputs: [operands[0]!] });
      editor.remove(activation);
      const parameters = operands.slice(1);
      const [activated] = editor.add({ op, name, inputs: [pooled], parameters, attributes, ...(origin && { origin }) });
      editor.replaceUses(pooled, activated, [name]);
      return true;
    }
  };
}
