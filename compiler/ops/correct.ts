// Whether a network gives an image its class, or of a map the share of pixels that get theirs: what accuracy counts.

import type { Operator } from '../ir/operator.ts';
import { sizeOf, tensorType } from '../ir/tensor-type.ts';
import { ignoredClass } from './attributes.ts';
import { batchOf } from './tensors.ts';

export const correct: Operator = {
  name: 'correct',
  // 1 where the largest score, the first of equal ones, is that of the class, unless that is ignored, else 0; the mean of that over the pixels.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: { ignore: ignoredClass },
  constraints: {},
  infer: ([scores]) => [tensorType([1], scores!.batched)],
  // scores [N,C,H,W] · class [N,1,H,W] → [N,1]
  reference([scores, label], { ignore }, [type]) {
    const classes = type!.shape[0]!;
    const pixels = sizeOf(type!.shape) / classes;
    const batch = batchOf(scores!, type!);
    const data = new Float64Array(batch);
    for (let n = 0; n < batch; n += 1) {
      for (let p = 0; p < pixels; p += 1) {
        if (label!.data[n * pixels + p] === ignore) continue;
        const score = (c: number): number => scores!.data[(n * classes + c) * pixels + p]!;
        let best = 0;
        for (let c = 1; c < classes; c += 1) if (score(c) > score(best)) best = c;
        if (best === label!.data[n * pixels + p]) data[n]! += 1 / pixels;
      }
    }
    return [{ shape: type!.batched ? [batch, 1] : [1], data }];
  },
  lowering: { kind: 'correct' },
};
