// ∂loss/∂x of softmax and log_softmax, from ∂loss/∂y and y, along the channels: y · (dy − Σ dy·y), and dy − eʸ · Σ dy.

import type { Operator } from '../ir/operator.ts';
import { channelAxis, channelsOf, sizeOf } from '../ir/tensor-type.ts';

/** The gradient of the operator of that name. */
export function defineSoftmaxGradient(name: string, logarithm: boolean): Operator {
  return {
    name: `${name}_gradient`,
    // The gradient of `${name}`.
    internal: true,
    arity: { min: 2, max: 2 },
    attributes: {},
    constraints: {},
    infer: (inputs) => inputs.slice(0, 1),
    // dy [N,C,…] · y [N,C,…] → dx [N,C,…]
    reference([dy, y], _, [type]) {
      const channels = channelsOf(type!);
      const inner = sizeOf(type!.shape.slice(channelAxis(type!) + 1));
      const data = new Float64Array(dy!.data.length);
      for (let row = 0; row < data.length / channels; row += 1) {
        const start = Math.floor(row / inner) * channels * inner + (row % inner);
        const places = Array.from({ length: channels }, (_, c) => start + c * inner);
        const sum = places.reduce((total, at) => total + dy!.data[at]! * (logarithm ? 1 : y!.data[at]!), 0);
        for (const at of places) {
          const [upstream, value] = [dy!.data[at]!, y!.data[at]!];
          data[at] = logarithm ? upstream - Math.exp(value) * sum : value * (upstream - sum);
        }
      }
      return [{ shape: dy!.shape, data }];
    },
    lowering: { kind: 'softmax-gradient', logarithm },
  };
}
