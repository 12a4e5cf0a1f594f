// Whether a network gives an image its class: what accuracy counts.

import type { Operator } from '../ir/operator.ts';
import { tensorType } from '../ir/tensor-type.ts';
import { batchOf } from './tensors.ts';

export const correct: Operator = {
  name: 'correct',
  summary: '1 where the largest score, the first of equal ones, is that of the class, else 0.',
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {},
  constraints: {},
  infer: ([scores]) => [tensorType([1], scores!.batched)],
  // scores [N,C] · class [N,1] → [N,1]
  reference([scores, label], _, [type]) {
    const classes = type!.shape[0]!;
    const batch = batchOf(scores!, type!);
    const data = new Float64Array(batch);
    for (let n = 0; n < batch; n += 1) {
      const own = scores!.data.subarray(n * classes, (n + 1) * classes);
      const best = own.reduce((most, score, c) => (score > own[most]! ? c : most), 0);
      data[n] = best === label!.data[n] ? 1 : 0;
    }
    return [{ shape: type!.batched ? [batch, 1] : [1], data }];
  },
  lowering: { kind: 'correct' },
};
