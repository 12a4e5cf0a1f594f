// A handful of operators, small enough to check by eye, so that the graph's own tests depend on no real operator.

import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Operator, OperatorTable, Tensor } from '../../compiler/ir/operator.ts';
import { sameType, sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';

const numbers = (attributes: Attributes, name: string): readonly number[] => attributes[name] as readonly number[];

const map = ({ shape, data }: Tensor, f: (x: number, index: number) => number): Tensor => ({
  shape,
  data: data.map(f),
});

/** y = 2x, whatever the shape. */
const double: Operator = {
  name: 'double',
  attributes: {},
  constraints: {},
  infer: (inputs) => inputs,
  reference: ([x]) => [map(x!, (value) => 2 * value)],
};

/** The same without doing anything: a view. */
const identity: Operator = { ...double, name: 'identity', reference: ([x]) => [x!], inert: true };

/** x [N,C,H,W] or any shape, elementwise over 2 to 4 operands; unbatched operands are allowed among themselves. */
const add: Operator = {
  name: 'add',
  attributes: {},
  constraints: { C1: 'the shapes agree' },
  arity: { min: 2, max: 4 },
  infer: (inputs, _attributes, report) =>
    inputs.every((type) => sameType(type, inputs[0]!)) ? [inputs[0]!] : report('C1', { found: 'several shapes' }),
  reference: ([first, ...others]) => [
    map(first!, (x, index) => others.reduce((sum, { data }) => sum + data[index]!, x)),
  ],
};

/** y = x·weight + bias, each per channel. */
const affine: Operator = {
  name: 'affine',
  attributes: {
    bias: { type: 'bool', default: true },
    mode: { type: 'choice', default: 'plain', choices: ['plain', 'true'] },
    note: { type: 'string', default: null },
    factors: { type: 'floats', default: [] },
  },
  constraints: { C1: 'the value has channels' },
  infer: (inputs, _attributes, report) => (inputs[0]!.shape.length > 0 ? [inputs[0]!] : report('C1')),
  parameters: ({ bias }, inputs) => {
    const shape = [inputs[0]!.shape[0]!];
    const weight = { name: 'weight', shape, role: 'parameter', initial: { kind: 'he', fanIn: 1, fanOut: 1 } } as const;
    const shift = { name: 'bias', shape, role: 'buffer', initial: { kind: 'constant', value: 0 } } as const;
    return bias === true ? [weight, shift] : [weight];
  },
  macs: (_attributes, inputs) => sizeOf(inputs[0]!.shape),
  reference: ([x, weight, bias], _attributes, inputs) => {
    const { shape } = inputs[0]!;
    const channelOf = (index: number): number => Math.floor(index / sizeOf(shape.slice(1))) % shape[0]!;
    return [map(x!, (value, i) => value * weight!.data[channelOf(i)]! + (bias?.data[channelOf(i)] ?? 0))];
  },
};

/** A sliding window over [C,H,W] that sums; `kernel: same` style attributes as real windows have them. */
const pool: Operator = {
  name: 'pool',
  attributes: {
    kernel: { type: 'size', minimum: 1 },
    stride: { type: 'size', default: '=kernel', minimum: 1 },
    padding: { type: 'padding', default: [0, 0, 0, 0], minimum: 0 },
    dilation: { type: 'size', default: [1, 1], minimum: 1 },
  },
  constraints: { C1: 'the value is [C, H, W]', C2: 'the window fits' },
  canonical: (attributes) => (attributes['padding'] === 'same' ? { ...attributes, padding: [1, 1, 1, 1] } : attributes),
  infer: ([input], attributes, report) => {
    const [channels, ...map2d] = input!.shape;
    if (map2d.length !== 2) return report('C1', { found: `${input!.shape.length} axes` });
    const [kernel, stride, padding, dilation] = ['kernel', 'stride', 'padding', 'dilation'].map((name) =>
      numbers(attributes, name),
    );
    const extents = map2d.map((extent, axis) => {
      const room = extent + padding![axis]! + padding![axis + 2]! - dilation![axis]! * (kernel![axis]! - 1) - 1;
      return Math.floor(room / stride![axis]!) + 1;
    });
    if (extents.some((extent) => extent < 1)) return report('C2', { found: extents.join('×') });
    return [tensorType([channels!, ...extents])];
  },
  window: (attributes) => ({
    kernel: numbers(attributes, 'kernel') as [number, number],
    stride: numbers(attributes, 'stride') as [number, number],
    padding: numbers(attributes, 'padding') as [number, number, number, number],
    dilation: numbers(attributes, 'dilation') as [number, number],
  }),
  reference: ([x], attributes, [input]) => {
    const [n, c, h, w] = x!.shape as [number, number, number, number];
    const [, oh, ow] = pool.infer([input!], attributes, () => undefined)![0]!.shape as [number, number, number];
    const { kernel, stride, padding, dilation } = pool.window!(attributes, [input!]);
    const y = new Float64Array(n * c * oh * ow);
    for (let plane = 0; plane < n * c; plane += 1) {
      for (let i = 0; i < oh * ow; i += 1) {
        for (let tap = 0; tap < kernel[0] * kernel[1]; tap += 1) {
          const row = Math.floor(i / ow) * stride[0] - padding[0] + Math.floor(tap / kernel[1]) * dilation[0];
          const column = (i % ow) * stride[1] - padding[1] + (tap % kernel[1]) * dilation[1];
          if (row < 0 || column < 0 || row >= h || column >= w) continue;
          y[plane * oh * ow + i]! += x!.data[(plane * h + row) * w + column]!;
        }
      }
    }
    return [{ shape: [n, c, oh, ow], data: y }];
  },
};

/** x [N,2k,…] → [N,k,…] twice. */
const split: Operator = {
  name: 'split',
  attributes: {},
  constraints: { C1: 'the channels are even' },
  infer: ([input], _attributes, report) => {
    const [channels, ...rest] = input!.shape;
    if (channels! % 2 !== 0) return report('C1', { found: `${channels}`, expected: 'an even number' });
    return [0, 1].map(() => ({ ...input!, shape: [channels! / 2, ...rest] }));
  },
  reference: ([x], _attributes, [input]) => {
    const half = sizeOf(input!.shape) / 2;
    const batch = x!.data.length / (2 * half);
    const shape = x!.shape.with(input!.batched ? 1 : 0, input!.shape[0]! / 2);
    return [0, 1].map((part) => ({
      shape,
      data: Float64Array.from(
        { length: batch * half },
        (_, i) => x!.data[Math.floor(i / half) * 2 * half + part * half + (i % half)]!,
      ),
    }));
  },
};

const flatten: Operator = {
  ...double,
  name: 'flatten',
  infer: ([input]) => [{ ...input!, shape: [sizeOf(input!.shape)] }],
  reference: ([x], _attributes, [input]) => [{ shape: [x!.shape[0]!, sizeOf(input!.shape)], data: x!.data }],
};

export const tinyOperators: OperatorTable = new Map(
  [double, identity, add, affine, pool, split, flatten].map((operator) => [operator.name, operator]),
);
