// What random networks are made of: every operator of the language, and the patterns that passes look for: chains of
// linear layers, siblings, pads and norms around convolutions, activations around pooling, joins and their opposites.

import type { GraphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import type { ParameterSpec } from '../../compiler/ir/operator.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { centred, unit } from './formula.ts';
import { arranged, attention, tokens } from './token-steps.ts';

export interface Step {
  readonly kind: StepKind;
  /** Which values it takes, counted from the newest. */
  readonly picks: readonly [number, number, number];
  /** 0 … 5; each kind reads them in its own way. */
  readonly size: number;
  readonly variant: number;
  readonly flag: boolean;
  /** Whether weights are written in the source: not, any numbers, ones and zeros. */
  readonly literal: 'none' | 'any' | 'plain';
  /** Whether others may read the values inside a pattern. */
  readonly taps: boolean;
}

/** Adds the nodes of a step on top of the picked values; the new values, none where shapes do not allow it. */
export function addStep(builder: GraphBuilder, values: readonly ValueId[], step: Step): readonly ValueId[] {
  const make: Make = kinds[step.kind];
  return make(values, step, nodeMaker(builder, step.literal)) ?? [];
}

/** Elements and MACs of a node, so that the interpreters stay quick. */
const largest = { elements: 800, macs: 120_000 };

interface NodeMaker {
  /** The results; undefined where the operator refuses or the result is too large. */
  (op: string, inputs: readonly ValueId[], attributes?: Attributes): readonly ValueId[] | undefined;
  shapeOf(value: ValueId): readonly number[];
  constant(shape: readonly number[]): ValueId;
  /** Whole numbers, all different. */
  apart(shape: readonly number[]): ValueId;
  /** Two nodes that read the same, weights included. */
  twins(op: string, inputs: readonly ValueId[], attributes?: Attributes): readonly ValueId[] | undefined;
}

export type Make = (values: readonly ValueId[], step: Step, make: NodeMaker) => readonly ValueId[] | undefined;
type Layer = readonly [op: string, attributes?: Attributes];

function nodeMaker(builder: GraphBuilder, literal: Step['literal']): NodeMaker {
  const node = (op: string, inputs: readonly ValueId[], attributes: Attributes = {}, times = 1) => {
    const operator = operatorOf(operators, op);
    const types = inputs.map(builder.typeOf);
    const stored = storedAttributes(operator, attributes, types);
    const { results, parameters } = inferNode(operator, types, stored);
    const macs = (results && operator.macs?.(stored, types, results)) ?? 0;
    const small = results?.every((type) => sizeOf(type.shape) <= largest.elements) && macs <= largest.macs;
    if (!small) return undefined;
    const weights =
      literal === 'none' && times === 1
        ? undefined
        : parameters.map((spec) => builder.constant(spec.shape, numbersOf(spec, literal)));
    const one = () => builder.node({ op, inputs, attributes, ...(weights && { parameters: weights }) });
    return Array.from({ length: times }, one).flat();
  };
  return Object.assign(
    (op: string, inputs: readonly ValueId[], attributes?: Attributes) => node(op, inputs, attributes),
    {
      shapeOf: (value: ValueId) => builder.typeOf(value).shape,
      constant: (shape: readonly number[]) =>
        builder.constant(shape, literal === 'plain' ? Array(sizeOf(shape)).fill(1) : centred(77, sizeOf(shape), 2)),
      apart: (shape: readonly number[]) => builder.constant(shape, shuffled(sizeOf(shape))),
      twins: (op: string, inputs: readonly ValueId[], attributes?: Attributes) => node(op, inputs, attributes, 2),
    },
  );
}

function numbersOf({ shape, initial }: ParameterSpec, literal: Step['literal']): ArrayLike<number> {
  const length = sizeOf(shape);
  if (initial.kind === 'he') return centred(length, length, Math.sqrt(6 / initial.fanIn));
  if (literal === 'plain') return Array(length).fill(initial.value);
  return initial.value === 0 ? centred(length, length, 0.1) : unit(length, length).map((u) => u + 0.5);
}

/** The whole numbers below `length` in another order: that of their products with a prime, which no map here has as a factor. */
const shuffled = (length: number): readonly number[] => Array.from({ length }, (_, at) => (at * 7919) % length);

const pick = <T>(list: readonly T[], at: number): T => list[at % list.length]!;

/** One layer after another; those that do not fit are left out. */
const chain =
  (layersOf: (step: Step, channels: number) => readonly Layer[]): Make =>
  ([x], step, make) => {
    const made: ValueId[] = [];
    for (const [op, attributes] of layersOf(step, make.shapeOf(x!)[0]!)) {
      made.push(...(make(op, [made.at(-1) ?? x!], attributes) ?? []));
    }
    return step.taps ? made : made.slice(-1);
  };

const layer = (op: string, attributes: (step: Step) => Attributes = () => ({})): Make =>
  chain((step) => [[op, attributes(step)]]);

const join =
  (op: string): Make =>
  (values, { size }, make) =>
    make(op, values.slice(0, 1 + (size % 3))) ?? [];

const window: Attributes = { kernel: 3, padding: 1 };
const relu: Layer = ['relu'];
const norm: Layer = ['batch_norm'];

const clips = [
  relu,
  ['relu6'],
  ['clip', { min: -0.5, max: 0.25 }],
  ['clip', { min: 0.125, max: 2 }],
  ['clip', { min: -3, max: -0.25 }],
] as const satisfies readonly Layer[];

const someActivations: readonly Layer[] = [
  ...clips,
  ['leaky_relu', { slope: 0.25 }],
  ['leaky_relu', { slope: -0.5 }],
  ['leaky_relu', { slope: 0 }],
  ['leaky_relu', { slope: 1 }],
  ['elu'],
  ['elu', { alpha: -1 }],
  ['sigmoid'],
  ['tanh'],
  ['silu'],
  ['gelu'],
  ['hard_sigmoid'],
  ['hard_swish'],
  ['prelu', { shared: true }],
  ['prelu', { shared: false }],
];
/** What must see positive numbers, far from 0 and not large, so that errors do not grow. */
const ofPositive: readonly Layer[] = [
  ['exp'],
  ['log'],
  ['sqrt'],
  ['reciprocal'],
  ['pow', { exponent: 2 }],
  ['pow', { exponent: -1.5 }],
  ['pow', { exponent: 0.3 }],
];
/** Those and every other operator on numbers that needs no attributes. */
const activations: readonly Layer[] = [
  ...someActivations,
  ...[...operators.values()].flatMap(({ name, internal, inert, pointwise, attributes }): Layer[] => {
    const plain =
      pointwise && !internal && !inert && Object.values(attributes).every((one) => one.default !== undefined);
    const isListed = someActivations.some(([op]) => op === name) || ofPositive.some(([op]) => op === name);
    return plain && !isListed ? [[name]] : [];
  }),
];

const curves: readonly Layer[] = [['sigmoid'], ['tanh'], ['elu']];

const others: readonly Layer[] = [
  ['softmax'],
  ['log_softmax'],
  ['softmax', { over: 'width' }],
  ['log_softmax', { over: 'map' }],
  ['local_response_norm', { size: 3, alpha: 1 }],
  ['dropout'],
  ['identity'],
  ['global_avg_pool'],
  ['global_max_pool'],
  ['adaptive_avg_pool', { size: 2 }],
  ['adaptive_avg_pool', { size: 1 }],
  ['adaptive_max_pool', { size: [2, 3] }],
  ['flatten'],
  ['max_pool', { kernel: 1 }],
  ['avg_pool', { kernel: 1, stride: 2 }],
  ['pad', { padding: 0 }],
  ['channel_shuffle', { groups: 1 }],
];

const activation = ({ size, variant }: Step): Layer => pick(activations, size * 6 + variant);

const pools: readonly Layer[] = [
  ['max_pool', { kernel: 2 }],
  ['avg_pool', { kernel: 2 }],
  ['max_pool', { ...window, stride: 2 }],
  ['avg_pool', { ...window, stride: 2 }],
  ['avg_pool', { ...window, stride: 1, count_padding: false }],
  ['global_avg_pool'],
  ['max_pool', { kernel: 3, stride: 2, ceil: true }],
  ['global_max_pool'],
  ['avg_pool', { kernel: 3, stride: 2, ceil: true }],
  ['max_pool', { kernel: 2, stride: 1, dilation: 2, padding: 1 }],
  ...[...operators.values()].flatMap(({ name, fold }): Layer[] =>
    fold
      ? [
          [name, { kernel: 2 }],
          [name, { ...window, stride: 2 }],
        ]
      : [],
  ),
];

const pads: readonly Layer[] = [
  ['pad', { padding: 1 }],
  ['pad', { padding: [0, 1, 2, 0] }],
  ['pad', { padding: [1, 0], mode: 'replicate' }],
  ['pad', { padding: 1, value: 0.5 }],
  ['pad', { padding: [1, 0, 0, 1], mode: 'reflect' }],
  ['pad', { padding: [0, 1, 1, 0], mode: 'circular' }],
];

/** A convolution of any kind. */
const convolution = ({ size, variant, flag }: Step): Layer => {
  const channels = size + 1;
  const common = { channels, bias: flag };
  return pick<Layer>(
    [
      ['conv', { ...common, kernel: 1 }],
      ['conv', { ...common, ...window }],
      ['conv', { ...common, kernel: 2, stride: 2 }],
      ['conv', { ...common, kernel: 1, stride: 2 }],
      ['depthwise_conv', { ...window, bias: flag, multiplier: 1 + (size & 1) }],
      ['conv', { ...window, channels: 2 * channels, groups: 2, mode: 'convolution' }],
      ['conv', { ...common, kernel: [1, 3], padding: [0, 2, 0, 1], mode: flag ? 'convolution' : 'cross_correlation' }],
      ['conv_transpose', { ...common, kernel: 2, stride: 2 }],
      ['conv', { ...common, kernel: 3, dilation: 2, padding: 'same' }],
      ['conv', { ...common, kernel: 5, padding: 2 }],
    ],
    variant + (size > 2 ? 4 : 0),
  );
};

const pointwise = (channels: number, bias = true): Layer => ['conv', { channels, kernel: 1, bias }];

const kinds = {
  activation: chain((step) => [activation(step)]),
  function: chain(({ size, variant }) => [['tanh'], ['plus', { number: 2 }], pick(ofPositive, size * 6 + variant)]),
  other: chain(({ size, variant }) => [pick(others, size * 6 + variant)]),
  conv: chain((step) => [convolution(step)]),
  pool: chain(({ size, variant }) => [pick(pools, size + variant)]),
  unpool: ([x], { variant }, make) => {
    const windows = pick<Attributes>(
      [{ kernel: 2 }, { kernel: 2, stride: 3 }, { kernel: [1, 2], padding: [0, 1] }],
      variant,
    );
    if (make.shapeOf(x!).length !== 3) return [];
    // Far apart, so that rounding does not decide which is the largest.
    const [small] = make('times', make('tanh', [x!])!, { factor: 0.001 })!;
    const [apart] = make('add', [small!, make.apart(make.shapeOf(x!))])!;
    const [pooled] = make('max_pool', [apart!], windows) ?? [];
    return pooled === undefined ? [] : make('max_unpool', [make('tanh', [pooled])![0]!, apart!], windows);
  },
  norm: layer('batch_norm'),
  scale: layer('scale', ({ flag }) => ({ bias: flag })),
  upsample: layer('upsample', ({ flag }) => ({ factor: 2, mode: flag ? 'bilinear' : 'nearest' })),
  resize: chain(({ variant, flag }) => [
    [
      'resize',
      {
        ...(flag ? { factor: [1.5, 0.75] } : { size: [3, 5] }),
        ...pick([{}, { mode: 'bilinear' }, { mode: 'bicubic', align_corners: true }], variant),
      },
    ],
  ]),
  shuffle: layer('channel_shuffle', () => ({ groups: 2 })),
  pixels: layer('pixel_shuffle', () => ({ factor: 2 })),
  unpixels: layer('pixel_unshuffle', () => ({ factor: 2 })),
  pad: chain(({ variant }) => [pick(pads, variant)]),
  concat: join('concat'),
  add: join('add'),
  normalization: chain(({ size, variant, flag }) => [
    pick<Layer>(
      [
        ['layer_norm', { affine: flag }],
        ['layer_norm', { over: 'map', affine: flag }],
        ['rms_norm', { affine: flag }],
        ['group_norm', { groups: 1 + (size % 2), affine: flag }],
        ['instance_norm', { affine: flag }],
      ],
      size,
    ),
    ...(variant % 2 ? [activations[size * 6 + variant] ?? relu] : []),
  ]),
  reduce: chain(({ size, variant }) => [
    [
      'reduce',
      {
        operation: pick(['mean', 'sum', 'max', 'min'], size),
        over: pick(['channels', 'height', 'width', 'map'], variant),
      },
    ],
  ]),
  /** Kept finite: differences and extremes of values, and quotients by what is at least 1. */
  arithmetic: (values, { size, variant }, make) => {
    const op = pick(['sub', 'maximum', 'minimum', 'div'], variant);
    if (op !== 'div') return make(op, values.slice(0, 2 + (size % 2))) ?? [];
    const [divisor] = make('plus', make('relu', [values[1]!])!, { number: 1 }) ?? [];
    return divisor === undefined ? [] : (make('div', [values[0]!, divisor]) ?? []);
  },
  split: ([x], { size }, make) => make('split', [x!], { parts: 1 + (size % 3) }) ?? [],
  /** Kept within (−1, 1), so that products of products stay numbers. */
  mul: (values, { size }, make) => {
    const [y] = make('mul', values.slice(0, 1 + (size % 3))) ?? [];
    return y === undefined ? [] : make('tanh', [y])!;
  },
  tokens,
  attention,
  arranged,
  dense: chain(({ size, flag }) => [['flatten'], ['dense', { features: size + 2, bias: flag }]]),
  constant: ([x], { variant, flag }, make) => {
    const shape = make.shapeOf(x!);
    const other = make.constant(flag ? shape : shape.map((extent, axis) => (axis === 0 ? extent : 1)));
    return make(variant % 2 ? 'add' : 'mul', variant < 3 ? [x!, other] : [other, x!]) ?? [];
  },

  clips: chain(({ size, variant, flag }) => [
    pick(clips, size),
    pick(activations, variant),
    ...(flag ? [pick(clips, size + variant)] : []),
  ]),
  /** A layer, what may become part of it, and what may follow. */
  normalised: chain((step) => [convolution(step), norm, ...(step.flag ? [activation(step)] : [])]),
  scaled: chain((step) => [
    convolution(step),
    ['scale', { bias: step.flag }],
    ...(step.variant % 2 ? [norm] : []),
    ...(step.variant % 3 ? [relu] : []),
  ]),
  /** A norm before a layer, with and without padding in between. */
  normBefore: chain((step) => [
    step.variant % 2 ? norm : ['scale', { bias: step.flag }],
    ...(step.size === 0 ? [pick(pads, step.variant)] : []),
    ...(step.size === 1 ? [relu] : []),
    convolution(step),
  ]),
  linear: chain(({ size, variant, flag }, channels) => [
    pick<Layer>(
      [
        ['conv', { ...window, channels: size + 1, bias: flag }],
        pointwise(size + 1, flag),
        ['conv', { kernel: 2, stride: 2, channels: size + 2, bias: flag }],
      ],
      variant,
    ),
    ...(variant > 3 ? [norm] : []),
    pick<Layer>(
      [pointwise(channels, variant % 2 === 0), ['conv', { ...window, channels: size + 1 }], ['dense', { features: 3 }]],
      size + variant,
    ),
  ]),
  denseChain: chain(({ size, flag, variant }) => [
    ['flatten'],
    ['dense', { features: size + 1, bias: flag }],
    ...(variant === 0 ? [relu] : variant === 1 ? [norm] : []),
    ['dense', { features: variant + 1 }],
  ]),
  /** DenseNet's transition, and other ways round. */
  transition: chain((step) => {
    const { size, variant, flag } = step;
    const [conv, pool] = [pointwise(size + 1, flag), pick(pools, 2 * variant + 1)];
    return pick<readonly Layer[]>(
      [
        [conv, pool],
        [pool, conv],
        [norm, relu, conv, pool],
        [conv, norm, pool],
        [conv, relu, pool],
        [conv, pool, relu],
      ],
      variant + size,
    );
  }),
  strided: chain(({ size, flag }) => [
    ['conv', { ...window, channels: size + 1 }],
    ...(flag ? [relu] : []),
    ['conv', { kernel: 1, stride: 2, channels: size + 1 }],
  ]),
  padded: chain((step) => [
    ...(step.flag ? [relu] : []),
    pick(pads, step.variant),
    ...(step.size === 5 ? [pick(pads, step.variant + 1)] : []),
    step.size % 2 ? convolution(step) : pick(pools, step.size + step.variant),
  ]),
  /** Nobody else reads the infinities: passes that regroup sums may turn them into NaN. */
  paddedMaximum: ([x], { size, variant, flag }, make) => {
    const value = flag ? (make('relu', [x!])?.[0] ?? x!) : x!;
    const [padded] = make('pad', [value], { padding: 1, value: variant % 2 ? -Infinity : 0 }) ?? [];
    return padded === undefined ? [] : make('max_pool', [padded], { kernel: 3, stride: 1 + (size % 2) });
  },
  activatedPool: chain((step) => [
    ...(step.flag ? [convolution(step)] : []),
    step.variant > 2 ? pick(curves, step.variant) : activation(step),
    ...(step.variant === 5 ? [relu] : []),
    pick(pools, 2 * step.size),
  ]),
  head: chain(({ size, variant, flag }) => [
    flag ? ['global_avg_pool'] : ['adaptive_avg_pool', { size: 1 }],
    ...(variant % 2 ? [['flatten'] as const, ['dense', { features: size + 1 }] as const] : [pointwise(size + 1), relu]),
  ]),
  reshapes: ([x], { size, variant }, make) => {
    const [channels, height = 1, width = 1] = make.shapeOf(x!);
    const shapes = [[-1], [1, -1, channels!], [channels!, -1, 1], [width, height, channels!], [-1, height, width]];
    let value = x!;
    for (const shape of [pick(shapes, size), pick(shapes, variant), ...(size > 2 ? [shapes[4]!] : [])]) {
      value = make('reshape', [value], { shape })?.[0] ?? value;
    }
    return value === x ? [] : [value];
  },
  siblings: ([x], { size, variant, flag, taps }, make) => {
    const kernel = variant > 3 ? window : { kernel: 1 };
    const paths = Array.from({ length: 2 + (variant % 2) }, (_, at) => {
      const channels = variant === 2 ? 2 : 1 + ((size + at) % 4);
      const [y] =
        make('conv', [x!], { ...kernel, channels, bias: flag || at === 0, ...(size === 5 && { stride: 2 }) }) ?? [];
      const active = size === 3 || (size !== 4 && size % 2 === at % 2);
      const value = y !== undefined && active ? make('relu', [y])![0]! : y;
      return value !== undefined && size > 2 ? make('conv', [value], { ...window, channels: 2 })?.[0] : value;
    }).filter((value) => value !== undefined);
    if (paths.length < 2) return paths;
    const joined = make(variant === 2 ? 'add' : 'concat', paths) ?? [];
    return taps ? [...paths, ...joined] : joined;
  },
  twins: ([x], step, make) => {
    const [op, attributes] = step.variant < 3 ? convolution(step) : activation(step);
    const [a, b] = make.twins(op, [x!], attributes) ?? [];
    if (a === undefined || b === undefined) return [];
    return step.taps ? [a, b] : (make(step.flag ? 'add' : 'concat', [a, b]) ?? []);
  },
  /** Joins, and what undoes them. */
  joints: ([x, other, third], { size, variant, taps }, make) => {
    if (variant % 2) {
      const parts = make('split', [x!], { parts: 2 + (size % 2) });
      if (!parts) return [];
      const inner = variant === 3 ? parts.map((part) => make('relu', [part])![0]!) : parts;
      return [...(taps ? inner : []), ...make('concat', variant === 5 ? inner.toReversed() : inner)!];
    }
    const [inner] = make('concat', [x!, other!]) ?? [];
    if (inner === undefined) return [];
    if (variant === 2) {
      const sizes = [x!, other!].map((value) => make.shapeOf(value)[0]!);
      return make('split', [inner], { sizes: size % 3 ? sizes : sizes.toReversed() }) ?? [];
    }
    const outer = make('concat', size % 2 ? [inner, third!] : [third!, inner, x!]) ?? [];
    return taps ? [inner, ...outer] : outer;
  },
  /** x + f(x), either way round. */
  residual: ([x], step, make) => {
    const { size, variant, flag } = step;
    const channels = make.shapeOf(x!)[0]!;
    const [y] = make('conv', [x!], { ...window, channels, bias: flag }) ?? [];
    if (y === undefined) return [];
    const z = variant % 2 ? make('batch_norm', [y])![0]! : y;
    const [sum] = make('add', flag ? [x!, z] : [z, x!])!;
    return size > 2 ? make('relu', [sum!])! : [sum!];
  },
  /** A dense block's step: x joined with what is made of it. */
  growth: ([x], step, make) => {
    const [y] = make('conv', [x!], { ...window, channels: step.size + 1 }) ?? [];
    return y === undefined ? [] : make('concat', step.flag ? [x!, y] : [y, x!])!;
  },
  /** Paths of an Inception block. */
  paths: ([x, other], step, make) => {
    const [a] = make('conv', [x!], { kernel: 1, channels: step.size + 1 }) ?? [];
    const [b] = make('max_pool', [x!], { ...window, stride: 1 }) ?? [];
    if (a === undefined || b === undefined) return [];
    const inner = step.flag ? make('relu', [a])! : [a];
    const last = step.variant % 2 ? make('conv', [b], { kernel: 1, channels: step.variant }) : [b];
    const joined = make('concat', [...inner, ...(last ?? []), ...(step.size % 2 ? [other!] : [])]) ?? [];
    return step.taps ? [...inner, ...joined] : joined;
  },
  /** Squeeze and excitation. */
  gate: ([x], { size, flag }, make) => {
    if (make.shapeOf(x!).length !== 3) return [];
    const [mean] = make('global_avg_pool', [x!])!;
    const [inner] = make('conv', [mean!], { kernel: 1, channels: size + 1 })!;
    const [outer] = make('conv', [make('relu', [inner!])![0]!], { kernel: 1, channels: make.shapeOf(x!)[0]! })!;
    const [gate] = make('sigmoid', [outer!])!;
    return make('mul', flag ? [x!, gate!] : [gate!, x!])!;
  },
  /** Wide enough for Winograd's algorithm, with what its kernel takes in. */
  wide: ([x], { size, variant, flag, taps }, make) => {
    const wide = 16 + (size % 3);
    const [y] = make('conv', [x!], { kernel: 1, channels: wide }) ?? [];
    if (y === undefined) return [];
    const mode = variant === 5 ? 'convolution' : 'cross_correlation';
    const channels = variant % 2 ? wide : 16 + ((size + variant) % 4);
    const [z] = make('conv', [y], { kernel: 3, padding: [1, 1, 1, 1 + (size % 2)], channels, bias: flag, mode }) ?? [];
    if (z === undefined) return [y];
    const [sum = z] = variant % 2 ? (make('add', [z, y]) ?? []) : [];
    const [active] = make(size > 2 ? 'relu' : 'identity', [sum])!;
    const [pooled] = variant > 1 ? (make(size % 2 ? 'max_pool' : 'avg_pool', [active!], { kernel: 2 }) ?? []) : [];
    return [...(taps ? [y, active!] : []), pooled ?? active!];
  },
} as const satisfies Record<string, Make>;

export type StepKind = keyof typeof kinds;
export const stepKinds = Object.keys(kinds) as readonly StepKind[];
/** Those that passes match. */
export const patternKinds = stepKinds.slice(stepKinds.indexOf('clips'));
