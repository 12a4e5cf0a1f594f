// Convolutions and dense layers on codes are those of PyTorch's quantised functions, code for code (test/fixtures/pytorch/quantized.py).

import { expect, test } from 'vitest';
import { applied, rangeTensor, tensor } from '../support/codes.ts';
import found from '../fixtures/pytorch/quantized.json' with { type: 'json' };

type Window = Partial<Record<'stride' | 'padding' | 'dilation' | 'groups', number>>;

test.each(found.cases.map((one, at) => [`${at}: ${one.kind} of ${one.x.shape.join('×')}`, one] as const))(
  '%s',
  (_, one) => {
    const [x, weight] = [tensor(one.x.shape, one.x.data), tensor(one.weight.shape, one.weight.data)];
    const [before, after] = one.zeros as [number, number];
    const [outputs, ...filter] = one.weight.shape as [number, ...number[]];
    const size = filter.reduce((product, extent) => product * extent, 1);
    // Ours have taken away what the zero point adds.
    const bias = one.bias.map((sum, o) => {
      const taps = one.weight.data.slice(o * size, (o + 1) * size);
      return sum - before * taps.reduce((total, tap) => total + tap, 0);
    });
    const parameters = [weight, tensor([outputs], bias), tensor([outputs], one.multiplier)];
    const y =
      one.kind === 'conv'
        ? applied('quantized_conv', [x], [...parameters, rangeTensor(before), rangeTensor(after)], {
            channels: outputs,
            kernel: filter.slice(1),
            ...(one.window as Window),
          })
        : applied('quantized_dense', [x], [...parameters, rangeTensor(after)], { features: outputs });
    expect(y.shape).toEqual(one.y.shape);
    expect([...y.data]).toEqual(one.y.data.map((code) => Math.min(code, 127)));
    expect(new Set(y.data).size).toBeGreaterThan(2);
  },
);
