// Local response normalisation as it is written out where ONNX's LRN counts other neighbours, of an even number of channels: a value
// divided by a power of the mean square of its neighbours, which is an average pool along the channels.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { paddingOf, sizeAt } from '../../../compiler/ops/attributes.ts';
import { isSquare, scaleOf, scopeOf } from './parts.ts';
import type { Idiom } from './parts.ts';

/** x [C,H,W] / (k + α · mean(x²))^β, where the means are those of [1,C,H·W], padded along C. */
export const responseNorm: Idiom = ({ editor }, node) => {
  if (node.op !== 'div' || node.operands.length !== 2) return undefined;
  const [x, divisor] = node.operands as readonly [ValueId, ValueId];
  const { shape } = editor.typeOf(x);
  if (shape.length !== 3 || !sameShape(editor.typeOf(divisor).shape, shape)) return undefined;
  const back = editor.producerOf(divisor);
  if (back?.op !== 'reshape') return undefined;
  const { mean, ...factors } = powerOf(editor, back.operands[0]!);
  const size = neighbours(editor, mean, x);
  if (size === undefined) return undefined;
  const attributes = { size, ...factors };
  return editor.add({ op: 'local_response_norm', name: `${scopeOf(node)}lrn`, inputs: [x], attributes })[0];
};

/** The value as (k + α · mean)^β, where each step may be left out that does nothing. */
function powerOf(editor: Editor, value: ValueId) {
  let mean = value;
  const step = (read: (node: Node) => unknown): number | undefined => {
    const producer = editor.producerOf(mean);
    const found = producer && read(producer);
    if (typeof found !== 'number') return undefined;
    [mean] = producer!.operands as readonly [ValueId];
    return found;
  };
  const beta = step(({ op, attributes }) => (op === 'sqrt' ? 0.5 : op === 'pow' && attributes['exponent'])) ?? 1;
  const k = step(({ op, attributes }) => op === 'plus' && attributes['number']) ?? 0;
  const alpha = step(scaleOf) ?? 1;
  return { mean, alpha, beta, k };
}

/** Of how many neighbouring channels of x the value is the mean square, the odd one of an even number before the channel. */
function neighbours(editor: Editor, value: ValueId, x: ValueId): number | undefined {
  const pool = editor.producerOf(value);
  const padded = pool?.op === 'avg_pool' ? editor.producerOf(pool.operands[0]!) : undefined;
  const planes = padded?.op === 'pad' ? editor.producerOf(padded.operands[0]!) : undefined;
  if (planes?.op !== 'reshape' || !isSquare(editor.producerOf(planes.operands[0]!), x)) return undefined;
  const [channels, height, width] = editor.typeOf(x).shape as readonly [number, number, number];
  if (!sameShape(editor.typeOf(planes.results[0]!).shape, [1, channels, height * width])) return undefined;
  const [kernel, stride] = [sizeAt(pool!.attributes, 'kernel'), sizeAt(pool!.attributes, 'stride')];
  const [size] = kernel;
  const before = Math.floor(size / 2);
  const isAlong = String([kernel, stride, paddingOf(pool!.attributes)]) === `${size},1,1,1,0,0,0,0`;
  const { value: filling, mode } = padded!.attributes;
  const isPadded = String(paddingOf(padded!.attributes)) === `${before},0,${size - 1 - before},0`;
  return isAlong && isPadded && filling === 0 && mode === 'constant' ? size : undefined;
}
