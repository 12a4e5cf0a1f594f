// The statistics of a batch: the mean of each channel, and the sum of the squared distances from it.

import type { Operator } from '../ir/operator.ts';
import { formatType, sizeOf, tensorType } from '../ir/tensor-type.ts';
import { batchOf } from './tensors.ts';

export const batchMoments: Operator = {
  name: 'batch_moments',
  // The mean over all images and pixels, and the sum of the squared distances from it, for each channel.
  attributes: {},
  internal: true,
  constraints: { C1: '`batch_moments` takes a value with the batch axis' },
  infer([input], _, report) {
    if (!input!.batched) return report('C1', { found: formatType(input!) });
    const type = tensorType([input!.shape[0]!], false);
    return [type, type];
  },
  // x [N,C,…] → mean [C] · Σ (x − mean)² [C]
  reference([x], _, [type]) {
    const channels = type!.shape[0]!;
    const inner = sizeOf(type!.shape.slice(1));
    const channelOf = (index: number): number => Math.floor(index / inner) % channels;
    const mean = new Float64Array(channels);
    x!.data.forEach((value, index) => (mean[channelOf(index)]! += value / (batchOf(x!, type!) * inner)));
    const squares = new Float64Array(channels);
    x!.data.forEach((value, index) => (squares[channelOf(index)]! += (value - mean[channelOf(index)]!) ** 2));
    return [mean, squares].map((data) => ({ shape: [channels], data }));
  },
  lowering: { kind: 'batch-moments' },
};
