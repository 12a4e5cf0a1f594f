// Layers against small examples worked out by hand or printed in PyTorch's documentation, and against each other.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { isView } from '../../compiler/ir/lowering.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { apply, applyToAll, counting, numbersOf } from '../support/apply-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { arbitraryOperatorCase, networkOperators, operandsOf } from '../support/arbitrary-operator.ts';
import { runs } from '../support/runs.ts';

/** Result shapes, parameters, MACs and short form of an operator on one image. */
function facts(op: string, shape: Shape, attributes: Attributes = {}) {
  const operator = operatorOf(operators, op);
  const inputs = [tensorType(shape)];
  const stored = storedAttributes(operator, attributes, inputs);
  const { results, parameters, problems } = inferNode(operator, inputs, stored);
  expect(problems).toEqual([]);
  return {
    shapes: results!.map((result) => result.shape),
    parameters: Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.shape])),
    initial: parameters.map(({ initial }) => initial),
    macs: operator.macs?.(stored, inputs, results!) ?? 0,
    short: operator.describe?.(stored) ?? operator.name,
    explain: operator.explain?.(stored, inputs),
    window: operator.window?.(stored, inputs),
  };
}

describe('convolutions', () => {
  // AlexNet's second layer as Caffe has it: 256 filters over two groups of 48 channels.
  test('groups, parameters, MACs', () => {
    expect(facts('conv', [96, 27, 27], { channels: 256, kernel: 5, padding: 2, groups: 2 })).toMatchObject({
      shapes: [[256, 27, 27]],
      parameters: { weight: [256, 48, 5, 5], bias: [256] },
      initial: [
        { kind: 'he', fanIn: 1200, fanOut: 6400 },
        { kind: 'constant', value: 0 },
      ],
      macs: 223_948_800,
      short: 'conv 5×5',
    });
    expect(facts('conv', [3, 224, 224], { channels: 64, kernel: 7, stride: 2, padding: 3, bias: false })).toMatchObject(
      {
        parameters: { weight: [64, 3, 7, 7] },
        macs: 118_013_952,
        short: 'conv 7×7 /2',
        explain: '⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112',
      },
    );
    expect(facts('depthwise_conv', [32, 8, 8], { kernel: 3, padding: 1, multiplier: 2 })).toMatchObject({
      shapes: [[64, 8, 8]],
      parameters: { weight: [64, 1, 3, 3], bias: [64] },
      macs: 64 * 9 * 64,
    });
    expect(
      facts('conv_transpose', [16, 4, 4], { channels: 6, kernel: 4, stride: 2, padding: 1, groups: 2 }),
    ).toMatchObject({
      shapes: [[6, 8, 8]],
      parameters: { weight: [16, 3, 4, 4], bias: [6] },
      initial: [
        { kind: 'he', fanIn: 48, fanOut: 256 },
        { kind: 'constant', value: 0 },
      ],
      macs: 16 * 3 * 16 * 16,
      short: 'conv_transpose 4×4 ·2',
      explain: '(4 − 1)·2 − 2·1 + 4 = 8',
    });
  });

  test('each group sees its own channels', () => {
    const x = [[[1]], [[10]], [[100]], [[1000]]];
    const w = [
      [[[1]], [[2]]],
      [[[3]], [[4]]],
    ];
    expect(apply('conv', x, { channels: 2, kernel: 1, groups: 2 }, [w, [0.5, 0.25]])).toEqual([
      [[[21.5]], [[4300.25]]],
    ]);
  });

  test('depthwise convolution is convolution with one group per channel', () => {
    fc.assert(
      fc.property(arbitraryOperatorCase(['depthwise_conv']), (candidate) => {
        const { inputs, attributes } = candidate;
        const { multiplier, ...rest } = attributes;
        const groups = inputs[0]!.shape[0]!;
        const grouped = { ...rest, groups, channels: groups * (multiplier as number) };
        const operands = operandsOf(candidate, 2);
        const [own, general] = ['depthwise_conv', 'conv'].map((op) => operatorOf(operators, op));
        expect(own!.reference(operands, attributes, inputs)).toEqual(general!.reference(operands, grouped, inputs));
      }),
    );
  });

  // ⟨conv(u), v⟩ = ⟨u, conv_transpose(v)⟩ for the same weights.
  test('transposed convolution is the adjoint of convolution', () => {
    const dot = (a: Tensor, b: Tensor): number => a.data.reduce((sum, value, index) => sum + value * b.data[index]!, 0);
    fc.assert(
      fc.property(arbitraryOperatorCase(['conv_transpose']), (candidate) => {
        const { inputs, attributes } = candidate;
        const [transposed, conv] = ['conv_transpose', 'conv'].map((op) => operatorOf(operators, op));
        const [v, w] = operandsOf({ ...candidate, attributes: { ...attributes, bias: false } }, 1);
        const up = transposed!.reference([v!, w!], attributes, inputs)[0]!;
        const { output_padding: _, ...rest } = attributes;
        const down = { ...rest, channels: inputs[0]!.shape[0]!, mode: 'cross_correlation', bias: false };
        const type = tensorType(up.shape.slice(1));
        const u: Tensor = { shape: up.shape, data: up.data.map((_value, index) => Math.sin(index)) };
        const back = conv!.reference([u, w!], down, [type])[0]!;
        // A stride may leave rows at the end that no window of the convolution reaches.
        fc.pre(back.shape.every((extent, axis) => extent === v!.shape[axis]));
        expect(dot(back, v!)).toBeCloseTo(dot(u, up), 8);
      }),
    );
  });

  test('ONNX’s example of a transposed convolution', () => {
    const ones = [
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ];
    const expected = [
      [0, 1, 3, 3, 2],
      [3, 8, 15, 12, 7],
      [9, 21, 36, 27, 15],
      [9, 20, 33, 24, 13],
      [6, 13, 21, 15, 8],
    ];
    const attributes = { channels: 2, kernel: 3, bias: false };
    expect(apply('conv_transpose', counting([1, 3, 3]), attributes, [[[ones, ones]]])).toEqual([[expected, expected]]);
  });
});

test('dense', () => {
  expect(
    apply('dense', [1, 2, 3], { features: 2 }, [
      [
        [1, 0, -1],
        [2, 2, 2],
      ],
      [0.5, -0.5],
    ]),
  ).toEqual([[-1.5, 11.5]]);
  expect(facts('dense', [400], { features: 120 })).toMatchObject({
    shapes: [[120]],
    parameters: { weight: [120, 400], bias: [120] },
    initial: [
      { kind: 'he', fanIn: 400, fanOut: 120 },
      { kind: 'constant', value: 0 },
    ],
    macs: 48_000,
  });
});

describe('pools of whole maps', () => {
  test('global', () => {
    const x = [
      [
        [1, 2],
        [3, 6],
      ],
      [
        [-1, -2],
        [-3, -6],
      ],
    ];
    expect(apply('global_avg_pool', x)).toEqual([[[[3]], [[-3]]]]);
    expect(apply('global_max_pool', x)).toEqual([[[[6]], [[-1]]]]);
    expect(facts('global_avg_pool', [512, 7, 5])).toMatchObject({ shapes: [[512, 1, 1]], window: { kernel: [7, 5] } });
  });

  test('adaptive: windows overlap where the sizes do not divide', () => {
    expect(apply('adaptive_avg_pool', [[[0, 1, 2, 3, 4]]], { size: [1, 3] })).toEqual([[[[0.5, 2, 3.5]]]]);
    expect(apply('adaptive_avg_pool', [[[1, 2]]], { size: [1, 4] })).toEqual([[[[1, 1, 2, 2]]]]);
    expect(facts('adaptive_avg_pool', [3, 9, 9], { size: 6 }).short).toBe('adaptive_avg_pool 6×6');
  });

  test('the receptive field of an adaptive pool is its longest window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), (n, o) => {
        const lengths = Array.from({ length: o }, (_, i) => Math.ceil(((i + 1) * n) / o) - Math.floor((i * n) / o));
        expect(facts('adaptive_avg_pool', [1, n, n], { size: o }).window!.kernel[0]).toBe(Math.max(...lengths));
      }),
    );
  });
});

describe('normalisation', () => {
  test('local response: alpha is divided by the size, even sizes look back', () => {
    const x = [[[1]], [[2]], [[3]]];
    const odd = { size: 3, alpha: 3, beta: 1 };
    expect(apply('local_response_norm', x, odd)).toEqual([[[[1 / 6]], [[2 / 15]], [[3 / 14]]]]);
    const even = { size: 2, alpha: 2, beta: 1, k: 2 };
    expect(apply('local_response_norm', x, even)).toEqual([[[[1 / 3]], [[2 / 7]], [[3 / 15]]]]);
  });

  test('batch norm: parameters, buffers, and a flat input', () => {
    expect(facts('batch_norm', [64, 8, 8]).parameters).toEqual({
      weight: [64],
      bias: [64],
      running_mean: [64],
      running_var: [64],
    });
    const operator = operatorOf(operators, 'batch_norm');
    const roles = operator.parameters!({ affine: true }, [tensorType([64])]).map(({ role }) => role);
    expect(roles).toEqual(['parameter', 'parameter', 'buffer', 'buffer']);
    expect(
      apply('batch_norm', [5, 5], { epsilon: 0 }, [
        [2, 1],
        [1, 0],
        [3, 5],
        [4, 1],
      ]),
    ).toEqual([[3, 0]]);
    expect(
      apply('batch_norm', [[[5, 7]], [[5, 6]]], { epsilon: 0 }, [
        [2, 1],
        [1, 0],
        [3, 5],
        [4, 1],
      ]),
    ).toEqual([[[[3, 5]], [[0, 1]]]]);
  });

  test('softmax is stable, per pixel, along the channels', () => {
    expect(numbersOf(apply('softmax', [1000, 1000 + Math.log(3)]))[1]).toBeCloseTo(0.75, 12);
    expect(numbersOf(apply('log_softmax', [-1000, 0]))).toEqual([-1000, 0]);
    const image = numbersOf(apply('softmax', [[[0, Math.log(3)]], [[0, 0]]]));
    for (const [at, expected] of [0.5, 0.75, 0.5, 0.25].entries()) expect(image[at]).toBeCloseTo(expected, 14);
  });
});

describe('shapes', () => {
  test('flatten and reshape keep the order', () => {
    expect(apply('flatten', counting([2, 1, 2]))).toEqual([[0, 1, 2, 3]]);
    expect(facts('flatten', [16, 5, 5])).toMatchObject({ shapes: [[400]], explain: '16·5·5' });
    expect(apply('reshape', counting([4]), { shape: [-1, 1, 2] })).toEqual([counting([2, 1, 2])]);
    expect(facts('reshape', [16, 5, 5], { shape: [-1] }).shapes).toEqual([[400]]);
  });

  // ReflectionPad2d(2), ReplicationPad2d(1) and ConstantPad2d in PyTorch's documentation.
  test('pad', () => {
    const x = counting([1, 3, 3]);
    expect(apply('pad', x, { padding: 2, mode: 'reflect' })).toEqual([
      [
        [
          [8, 7, 6, 7, 8, 7, 6],
          [5, 4, 3, 4, 5, 4, 3],
          [2, 1, 0, 1, 2, 1, 0],
          [5, 4, 3, 4, 5, 4, 3],
          [8, 7, 6, 7, 8, 7, 6],
          [5, 4, 3, 4, 5, 4, 3],
          [2, 1, 0, 1, 2, 1, 0],
        ],
      ],
    ]);
    expect(apply('pad', x, { padding: 1, mode: 'replicate' })).toEqual([
      [
        [
          [0, 0, 1, 2, 2],
          [0, 0, 1, 2, 2],
          [3, 3, 4, 5, 5],
          [6, 6, 7, 8, 8],
          [6, 6, 7, 8, 8],
        ],
      ],
    ]);
    expect(apply('pad', [[[1, 2]]], { padding: [1, 2, 0, 1], value: 9 })).toEqual([
      [
        [
          [9, 9, 9, 9, 9],
          [9, 9, 1, 2, 9],
        ],
      ],
    ]);
    expect(facts('pad', [3, 4, 5], { padding: [0, 1, 2, 3] }).explain).toBe(
      'height 0 + 4 + 2 = 6, width 1 + 5 + 3 = 9',
    );
  });

  // Every other pixel: of a row of eight, those at 0, 2 and 4, and so on.
  test('a dilated max_pool leaves pixels out', () => {
    expect(apply('max_pool', [[[3, 9, 1, 9, 2, 9, 4, 9]]], { kernel: [1, 3], stride: 1, dilation: [1, 2] })).toEqual([
      [[[3, 9, 4, 9]]],
    ]);
    expect(apply('max_pool', [[[1, 8, 2]]], { kernel: [1, 2], stride: 1, dilation: [1, 2], padding: [0, 1] })).toEqual([
      [[[8, 2, 8]]],
    ]);
    expect(facts('max_pool', [3, 9, 9], { kernel: 3, stride: 2, dilation: 2 }).explain).toBe(
      '⌊(9 + 2·0 − 2·(3 − 1) − 1) / 2⌋ + 1 = 3',
    );
  });

  // CircularPad2d((2, 0, 1, 1)): left, right, top, bottom.
  test('circular padding', () => {
    const x = [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ];
    expect(apply('pad', x, { padding: [1, 2, 1, 0], mode: 'circular' })).toEqual([
      [
        [
          [5, 6, 4, 5, 6],
          [2, 3, 1, 2, 3],
          [5, 6, 4, 5, 6],
          [2, 3, 1, 2, 3],
        ],
      ],
    ]);
  });

  // Equation 4 of Shi et al. (2016): the pixel at row y and column x of a square takes channel y·r + x of its group.
  test('pixel_shuffle and pixel_unshuffle', () => {
    const channels = [[[1, 10]], [[2, 20]], [[3, 30]], [[4, 40]]];
    const pixels = [
      [
        [1, 2, 10, 20],
        [3, 4, 30, 40],
      ],
    ];
    expect(apply('pixel_shuffle', channels, { factor: 2 })).toEqual([pixels]);
    expect(apply('pixel_unshuffle', pixels, { factor: 2 })).toEqual([channels]);
    expect(facts('pixel_shuffle', [27, 4, 5], { factor: 3 })).toMatchObject({
      shapes: [[3, 12, 15]],
      explain: 'height 4 · 3 = 12, width 5 · 3 = 15',
      short: 'pixel_shuffle ·3',
      window: { kernel: [1, 1], stride: [1 / 3, 1 / 3] },
    });
    expect(facts('pixel_unshuffle', [3, 6, 4], { factor: 2 })).toMatchObject({
      shapes: [[12, 3, 2]],
      short: 'pixel_unshuffle /2',
      window: { kernel: [2, 2], stride: [2, 2] },
    });
  });

  // Upsample in PyTorch's documentation.
  test('upsample', () => {
    const x = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    expect(apply('upsample', x, { factor: 2 })).toEqual([
      [
        [
          [1, 1, 2, 2],
          [1, 1, 2, 2],
          [3, 3, 4, 4],
          [3, 3, 4, 4],
        ],
      ],
    ]);
    expect(apply('upsample', x, { factor: 2, mode: 'bilinear' })).toEqual([
      [
        [
          [1, 1.25, 1.75, 2],
          [1.5, 1.75, 2.25, 2.5],
          [2.5, 2.75, 3.25, 3.5],
          [3, 3.25, 3.75, 4],
        ],
      ],
    ]);
    expect(facts('upsample', [3, 4, 5], { factor: 2 })).toMatchObject({
      explain: 'height 4·2 = 8, width 5·2 = 10',
      short: 'upsample ·2',
    });
  });

  // MaxUnpool2d(2, stride=2) in PyTorch's documentation: of 1 … 16 the largest of each window are 6, 8, 14 and 16.
  test('max_unpool', () => {
    const pooled = [
      [
        [6, 8],
        [14, 16],
      ],
    ];
    expect(applyToAll('max_unpool', [pooled, counting([1, 4, 4], 1)], { kernel: 2 })).toEqual([
      [
        [
          [0, 0, 0, 0],
          [0, 6, 0, 8],
          [0, 0, 0, 0],
          [0, 14, 0, 16],
        ],
      ],
    ]);
  });

  // Upsample(scale_factor=2, mode='bilinear', align_corners=True) in PyTorch's documentation.
  test('resize with aligned corners', () => {
    const x = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    const resized = apply('resize', x, { factor: 2, mode: 'bilinear', align_corners: true }) as number[][][][];
    expect(resized[0]![0]!.map((row) => row.map((value) => Math.round(value * 3)))).toEqual([
      [3, 4, 5, 6],
      [5, 6, 7, 8],
      [7, 8, 9, 10],
      [9, 10, 11, 12],
    ]);
  });

  // Keys' kernel with a = −3/4 halfway between two pixels: −3/32, 19/32, 19/32, −3/32; beyond the border lies the pixel at the border.
  test('resize with bicubic weights', () => {
    const at = (...row: number[]): unknown =>
      apply('resize', [[row]], { size: [1, 7], mode: 'bicubic', align_corners: true });
    expect(at(0, 1, 0, 0)).toEqual([[[[0, 19 / 32, 1, 19 / 32, 0, -3 / 32, 0]]]]);
    expect(at(1, 0, 0, 0)).toEqual([[[[1, 16 / 32, 0, -3 / 32, 0, 0, 0]]]]);
  });

  test('resize by a factor that is not whole', () => {
    expect(facts('resize', [3, 5, 7], { factor: [1.5, 0.5] })).toMatchObject({
      shapes: [[3, 7, 3]],
      explain: 'height ⌊5·1.5⌋ = 7, width ⌊7·0.5⌋ = 3',
      short: 'resize ·1.5×0.5',
    });
    // ⌊i / 2.6⌋, not ⌊i · 3/7⌋, which would be 0, 0, 0, 1, 1, 2, 2.
    expect(apply('resize', [[[0], [1], [2]]], { factor: [2.6, 1] })).toEqual([[[[0], [0], [0], [1], [1], [1], [2]]]]);
  });

  // ChannelShuffle(2) in PyTorch's documentation.
  test('channel_shuffle', () => {
    expect(apply('channel_shuffle', [[[1]], [[2]], [[3]], [[4]]], { groups: 2 })).toEqual([
      [[[1]], [[3]], [[2]], [[4]]],
    ]);
    expect(apply('channel_shuffle', counting([6, 1, 1]), { groups: 3 })).toEqual([
      [[[0]], [[2]], [[4]], [[1]], [[3]], [[5]]],
    ]);
  });
});

/** Operators that take tokens only, all of which they see. */
const ofTokens: ReadonlySet<string> = new Set(['attention', 'matmul']);

/** Its last pixel is at (19 + ½) / 2.6 − ½ = 7, and 7 − 1e-15 in f64. */
const rounded: OperatorCase = {
  op: 'resize',
  inputs: [{ shape: [1, 1, 8], batched: true, element: 'f32' }],
  inputShapes: [[1, 1, 8]],
  attributes: { factor: [1, 2.6], mode: 'bilinear', align_corners: false },
};

// Whatever lies outside the window of an output pixel cannot change it. (That of a reshape is the whole map, wherever the pixel is.)
test('windows cover everything a pixel sees', () => {
  const spatial = networkOperators
    .map((op) => operatorOf(operators, op))
    .flatMap(({ name, window, lowering }) => (window && !isView(lowering) && !ofTokens.has(name) ? [name] : []));
  const ofImages = arbitraryOperatorCase(spatial).filter(({ inputs: [input] }) => input!.shape.length === 3);
  fc.assert(
    fc.property(ofImages, fc.nat(), (candidate, choice) => {
      const { op, inputs, attributes } = candidate;
      fc.pre(op !== 'pad' || attributes['mode'] === 'constant');
      const operator = operatorOf(operators, op);
      const [, height, width] = inputs[0]!.shape as [number, number, number];
      const operands = operandsOf(candidate, 1);
      const before = operator.reference(operands, attributes, inputs)[0]!;
      const [, , oh, ow] = before.shape as [number, number, number, number];
      const at = choice % (oh * ow);
      const window = operator.window!(attributes, inputs);
      const sees = [Math.floor(at / ow), at % ow].map((o, axis) => {
        const start = o * window.stride[axis]! - window.padding[axis]!;
        return [
          Math.floor(start + 1e-9),
          Math.ceil(start + (window.kernel[axis]! - 1) * window.dilation[axis]! - 1e-9),
        ] as const;
      });
      const outside = operands[0]!.data.map((value, index) => {
        const [y, x] = [Math.floor(index / width) % height, index % width];
        const inside = y >= sees[0]![0] && y <= sees[0]![1] && x >= sees[1]![0] && x <= sees[1]![1];
        return inside ? value : value + 100;
      });
      const after = operator.reference(
        [{ ...operands[0]!, data: outside }, ...operands.slice(1)],
        attributes,
        inputs,
      )[0]!;
      const pixels = (result: Tensor) =>
        Array.from({ length: sizeOf(result.shape) / (oh * ow) }, (_, c) => result.data[c * oh * ow + at]);
      // A place between two pixels may be off by rounding, which leaves one of them with next to no weight.
      pixels(after).forEach((value, c) => expect(Math.abs(value! - pixels(before)[c]!)).toBeLessThan(1e-7));
    }),
    { ...runs(500), examples: [[rounded, 19]] },
  );
});
