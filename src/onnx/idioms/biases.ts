// A dense layer and the sum behind it: exporters write `nn.Linear` on tokens as MatMul and Add.

import { adjusted, reshapedParameter } from './parts.ts';
import type { Idiom } from './parts.ts';

/** dense(x) + b, perhaps in another shape whose last axis are the features. */
export const bias: Idiom = (draft, node) => {
  const { editor } = draft;
  const sum = adjusted(draft, node, 'add', (shape) => shape.length - 1);
  if (!sum) return undefined;
  const producer = editor.producerOf(sum.value);
  const isView = producer?.op === 'reshape' || producer?.op === 'flatten';
  const layer = isView ? editor.producerOf(producer.operands[0]!) : producer;
  if (layer?.op !== 'dense' || layer.attributes['bias'] !== false || layer.weightsName !== undefined) return undefined;
  const features = editor.typeOf(layer.results[0]!).shape.at(-1)!;
  if (features !== editor.typeOf(sum.value).shape.at(-1)) return undefined;
  const isRead = [sum.value, layer.results[0]!].some((value) => !editor.soleUserOf(value));
  const isShared = [...editor.nodes()].some(({ weightsName }) => weightsName === layer.name);
  if (isRead || isShared) return undefined;
  const [x, weight] = layer.operands as readonly [number, number];
  const tensor = reshapedParameter(draft, sum.tensor, `${layer.name}.bias`, [features]);
  editor.update(layer, { inputs: [x], attributes: { ...layer.attributes, bias: true }, parameters: [weight, tensor] });
  for (const { name } of isView ? [layer, producer] : [layer]) draft.altered.add(name);
  return sum.value;
};
