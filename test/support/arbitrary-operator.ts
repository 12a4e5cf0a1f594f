// Random applications of every operator: shapes and attributes that its constraints accept, weighted towards what goes
// wrong (one channel, 1×1 maps, groups, stride > kernel, uneven and large padding).

import * as fc from 'fast-check';
import type { Attribute, Attributes } from '../../compiler/ir/graph.ts';
import { fullShape } from '../../compiler/ir/interpret.ts';
import type { Operator, Tensor } from '../../compiler/ir/operator.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { axisNames, sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';
import { codeOperators, operators, stepOperators } from '../../compiler/ops/index.ts';
import { poolAttributes } from '../../compiler/ops/pool-windows.ts';
import {
  alignedRegions,
  asImages,
  attended,
  cropped,
  joined,
  matrices,
  parted,
  regions,
  sliced,
} from './arrangement-drafts.ts';
import {
  channels,
  divisor,
  elementwise,
  exponent,
  extent,
  few,
  flat,
  flow,
  image,
  large,
  on,
  slope,
  tokens,
} from './drafts.ts';
import type { Draft } from './drafts.ts';
import { byStatistics, inGroups, ofImages, overAxes } from './normalization-drafts.ts';
import { centred, unit } from './formula.ts';

export interface OperatorCase {
  readonly op: string;
  readonly inputs: readonly TensorType[];
  /** The shapes of `inputs`. */
  readonly inputShapes: readonly Shape[];
  /** As a node stores them. */
  readonly attributes: Attributes;
}

/** Operators of networks, and what passes make of them, on f32; those of training steps are judged in test/autodiff. */
const isOnNumbers = (op: string): boolean => !stepOperators.has(op) && !codeOperators.has(op);
export const networkOperators: readonly string[] = [...operators.keys()].filter(isOnNumbers);

/** A valid application of one of the operators; all of them unless named. */
export function arbitraryOperatorCase(names: readonly string[] = networkOperators): fc.Arbitrary<OperatorCase> {
  return fc.constantFrom(...names).chain(arbitraryCaseOf);
}

/** Operators that are drawn on numbers from 0.5 to 1.5. */
export const onPositive: ReadonlySet<string> = new Set([
  ...['dividing', 'inverse_sqrt', 'log', 'pow', 'reciprocal', 'sqrt'],
]);

/** Data operands for `batch` images, then parameters; variances are positive. All numbers are exact in f32. */
export function operandsOf({ op, inputs, attributes }: OperatorCase, batch: number, seed = 0): readonly Tensor[] {
  const { parameters } = inferNode(operatorOf(operators, op), inputs, attributes);
  const tensor = (shape: Shape, data: Float32Array): Tensor => ({ shape, data: Float64Array.from(data) });
  const data = inputs.map((input, k) => {
    const shape = fullShape(input, batch);
    const positive = onPositive.has(op) || (op === 'div' && k > 0);
    return tensor(
      shape,
      positive ? unit(seed + k, sizeOf(shape)).map((u) => u + 0.5) : centred(seed + k, sizeOf(shape), 4),
    );
  });
  const learned = parameters.map(({ name, shape }, k) => {
    if (name === 'running_var')
      return tensor(
        shape,
        unit(seed + 100 + k, sizeOf(shape)).map((u) => u + 0.5),
      );
    return tensor(shape, centred(seed + 100 + k, sizeOf(shape), 1));
  });
  return [...data, ...learned];
}

function arbitraryCaseOf(op: string): fc.Arbitrary<OperatorCase> {
  const operator = operatorOf(operators, op);
  // Without its own draft it would be looked for without end.
  if (stepOperators.has(op)) throw new RangeError(`${op} belongs to training steps, and is not drawn here`);
  return (drafts.get(op) ?? (operator.fold ? pool(settingsOf(operator)) : elementwise()))
    .map(({ inputs, attributes }) => ({
      op,
      inputs,
      inputShapes: inputs.map(({ shape }) => shape),
      attributes: storedAttributes(operator, attributes, inputs),
    }))
    .filter(({ inputs, attributes }) => {
      const { problems, results } = inferNode(operator, inputs, attributes);
      if (!results || problems.length > 0) return false;
      const kernel = operator.window?.(attributes, inputs).kernel ?? [1, 1];
      // A transposed convolution looks for the taps of each pixel among all of the window.
      const taps = sizeOf(results[0]!.shape) * sizeOf(kernel);
      return Math.max(operator.macs?.(attributes, inputs, results) ?? 0, taps) <= largestWork;
    });
}

/** Steps per image, so that few cases do not take most of the time: kernels are interpreted. */
const largestWork = 50_000;

/** A window and an image that it fits into. */
interface Fitted {
  readonly height: number;
  readonly width: number;
  readonly attributes: Attributes;
}

interface Side {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly input: number;
}

function side(maximumDilation: number, maximumPadding: (kernel: number) => number): fc.Arbitrary<Side> {
  // Kernels of more than 25 taps loop instead of being written out; long rows are computed in blocks, with a stride, too.
  const more = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 7 }) },
    { weight: 1, arbitrary: fc.integer({ min: 8, max: 20 }) },
  );
  const kernel = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) },
    { weight: 1, arbitrary: fc.integer({ min: 6, max: 7 }) },
  );
  return fc.record({ kernel, dilation: fc.integer({ min: 1, max: maximumDilation }) }).chain(({ kernel, dilation }) => {
    const padding = fc.integer({ min: 0, max: maximumPadding(kernel) });
    const stride = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 }));
    return fc.record({ stride, before: padding, after: padding, more }).map((rest) => {
      const least = dilation * (kernel - 1) + 1 - rest.before - rest.after;
      return { kernel, dilation, ...rest, input: Math.max(1, least) + rest.more };
    });
  });
}

function fitted(maximumDilation: number, maximumPadding: (kernel: number) => number): fc.Arbitrary<Fitted> {
  const one = side(maximumDilation, maximumPadding);
  return fc.record({ rows: one, columns: one, same: fc.nat(7) }).map(({ rows, columns, same }) => ({
    height: rows.input,
    width: columns.input,
    attributes: {
      kernel: [rows.kernel, columns.kernel],
      stride: [rows.stride, columns.stride],
      padding: same === 0 ? 'same' : [rows.before, columns.before, rows.after, columns.after],
      ...(maximumDilation > 1 ? { dilation: [rows.dilation, columns.dilation] } : {}),
    },
  }));
}

const convolution = fc
  .record({
    window: fitted(3, () => 5),
    groups: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 4 })),
    depth: fc.integer({ min: 1, max: 3 }),
    share: fc.integer({ min: 1, max: 3 }),
    bias: fc.boolean(),
    mode: fc.constantFrom('cross_correlation', 'convolution'),
  })
  .map(({ window, groups, depth, share, bias, mode }) => ({
    inputs: [tensorType([groups * depth, window.height, window.width])],
    attributes: { ...window.attributes, channels: groups * share, groups, bias, mode },
  }));

const depthwise = fc
  .record({
    window: fitted(3, () => 5),
    count: channels,
    // One filter a channel has kernels of its own.
    multiplier: fc.oneof(fc.constant(1), fc.constant(1), fc.integer({ min: 2, max: 3 })),
    bias: fc.boolean(),
    mode: fc.constantFrom('cross_correlation', 'convolution'),
  })
  .map(({ window, count, multiplier, bias, mode }) => ({
    inputs: [tensorType([count, window.height, window.width])],
    attributes: { ...window.attributes, multiplier, bias, mode },
  }));

const transposed = fc
  .record({
    window: fitted(3, (kernel) => kernel),
    groups: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3 })),
    depth: fc.integer({ min: 1, max: 3 }),
    share: fc.integer({ min: 1, max: 3 }),
    bias: fc.boolean(),
    extra: fc.tuple(fc.nat(3), fc.nat(3)),
  })
  .map(({ window, groups, depth, share, bias, extra }) => {
    const stride = window.attributes['stride'] as readonly [number, number];
    return {
      inputs: [tensorType([groups * depth, window.height, window.width])],
      attributes: {
        ...window.attributes,
        channels: groups * share,
        groups,
        bias,
        output_padding: [Math.min(extra[0], stride[0] - 1), Math.min(extra[1], stride[1] - 1)],
      },
    };
  });

const pool = (
  extra: Readonly<Record<string, fc.Arbitrary<Attribute>>> = {},
  maximumDilation = 1,
): fc.Arbitrary<Draft> =>
  fc
    .record({
      window: fitted(maximumDilation, (kernel) => kernel - 1),
      count: channels,
      rest: fc.record({ ceil: fc.boolean(), ...extra }),
    })
    .map(({ window, count, rest }) => ({
      inputs: [tensorType([count, window.height, window.width])],
      attributes: { ...window.attributes, ...rest },
    }));

/** What an operator's own attributes may be, besides those of all pools. */
function settingsOf({ attributes }: Operator): Readonly<Record<string, fc.Arbitrary<Attribute>>> {
  const settings = Object.entries(attributes).flatMap(([name, spec]): [string, fc.Arbitrary<Attribute>][] => {
    const { type, minimum: min, maximum: max, choices } = spec;
    if (Object.hasOwn(poolAttributes, name)) return [];
    if (type === 'bool') return [[name, fc.boolean()]];
    if (choices) return [[name, fc.constantFrom(...choices)]];
    const bounds = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    if (type === 'int') return [[name, fc.integer(bounds)]];
    if (type === 'float') return [[name, fc.double({ ...bounds, noNaN: true }).map(Math.fround)]];
    throw new RangeError(`${name} needs a line in the table of drafts: ${type} is not drawn by itself`);
  });
  return Object.fromEntries(settings);
}

/** Operands whose extents are the result's or 1, some without a batch axis; the first one has its rank. */
const broadcast = (min: number, max: number): fc.Arbitrary<Draft> =>
  flow.chain((shape) => {
    const one = fc.record({
      ones: fc.tuple(...shape.map(() => fc.nat(3))),
      batched: fc.nat(3).map((n) => n > 0),
      // A number per channel.
      flat: fc.nat(3).map((n) => n === 0),
    });
    return fc.array(one, { minLength: min, maxLength: max }).map((operands) => ({
      inputs: operands.map(({ ones, batched, flat: isFlat }, at) => {
        const extents = shape.map((length, axis) => (ones[axis] === 0 ? 1 : length));
        return tensorType(isFlat && at > 0 ? extents.slice(0, 1) : extents, batched);
      }),
      attributes: {},
    }));
  });

const grouped = fc
  .record({
    groups: fc.integer({ min: 1, max: 4 }),
    each: fc.integer({ min: 1, max: 3 }),
    height: extent,
    width: extent,
  })
  .map(({ groups, each, height, width }) => ({
    inputs: [tensorType([groups * each, height, width])],
    attributes: { groups },
  }));

/** What was pooled, and as many numbers as it has windows. */
const unpooled = fc
  .record({ window: fitted(1, (kernel) => kernel - 1), count: channels, ceil: fc.boolean() })
  .map(({ window, count, ceil }) => {
    const [kernel, stride] = [window.attributes['kernel'], window.attributes['stride']] as (readonly number[])[];
    const apart = stride!.map((steps, axis) => Math.max(steps, kernel![axis]!));
    const attributes = { ...window.attributes, stride: apart, ceil };
    const x = tensorType([count, window.height, window.width]);
    const pool = operatorOf(operators, 'max_pool');
    const pooled = inferNode(pool, [x], storedAttributes(pool, attributes, [x])).results?.[0];
    return { inputs: [pooled ?? x, x], attributes };
  });

const resized = fc
  .record({
    shape: image,
    size: fc.tuple(extent, extent),
    factor: fc.tuple(
      fc.constantFrom(1, 2, 3, 0.5, 1.1, 2.1, 0.7, 2.6),
      fc.constantFrom(1, 2, 3, 0.5, 1.1, 2.1, 0.7, 2.6),
    ),
    bySize: fc.boolean(),
    mode: fc.constantFrom('nearest', 'bilinear', 'bicubic'),
    align: fc.boolean(),
  })
  .map(({ shape, size, factor, bySize, mode, align }) => ({
    inputs: [tensorType(shape)],
    attributes: { ...(bySize ? { size } : { factor }), mode, align_corners: align && mode !== 'nearest' },
  }));

/** Squares of factor × factor, of pixels or of channels. */
const squares = (of: 'pixels' | 'channels'): fc.Arbitrary<Draft> =>
  fc
    .record({ factor: fc.integer({ min: 1, max: 3 }), shape: image })
    .map(({ factor, shape: [count, height, width] }) => ({
      inputs: [
        tensorType(
          of === 'pixels' ? [count!, height! * factor, width! * factor] : [count! * factor ** 2, height!, width!],
        ),
      ],
      attributes: { factor },
    }));

const reshapes = flow.chain((shape) => {
  const [count, height, width] = [shape[0]!, shape[1] ?? 1, shape[2] ?? 1];
  return fc
    .constantFrom<readonly number[]>(
      [-1],
      [count * height * width],
      [height, -1, width],
      [width, count, height],
      [-1, count],
      [width, -1],
      [1, 1, -1],
    )
    .map((to) => ({ inputs: [tensorType(shape)], attributes: { shape: to } }));
});

const padded = fc
  .record({
    shape: image,
    mode: fc.constantFrom('constant', 'reflect', 'replicate', 'circular'),
    value: slope,
    padding: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
  })
  .map(({ shape, mode, value, padding }) => {
    const limit = (axis: number): number => {
      const extent = shape[axis]!;
      return { constant: 4, reflect: extent - 1, replicate: 4, circular: extent }[mode];
    };
    const held = padding.map((count, place) => Math.min(count, limit(1 + (place % 2))));
    return { inputs: [tensorType(shape)], attributes: { padding: held, mode, value } };
  });

const weights = (...shape: readonly number[]): TensorType => tensorType(shape, false);

/** Stacks of matrices, one of which may be repeated. */
const products = fc
  .record({
    extents: fc.tuple(few, few, few, few),
    single: fc.constantFrom('neither', 'left', 'right'),
    transpose: fc.boolean(),
  })
  .map(({ extents: [stack, rows, depth, columns], single, transpose }) => ({
    inputs: [
      weights(single === 'left' ? 1 : stack, ...(transpose ? [depth, rows] : [rows, depth])),
      weights(single === 'right' ? 1 : stack, depth, columns),
    ],
    attributes: { transpose },
  }));

const sums = fc.array(fc.record({ length: few, summed: fc.boolean() }), { minLength: 1, maxLength: 4 }).map((axes) => ({
  inputs: [weights(...axes.map(({ length }) => length))],
  attributes: { axes: axes.flatMap(({ summed }, axis) => (summed ? [axis] : [])) },
}));

/** An axis of an image, of tokens or of a flat value, or all of them. */
const over = ({ length }: Shape): fc.Arbitrary<string> =>
  fc.constantFrom('map', 'channels', ...axisNames(length)!.filter((name) => name !== 'channels'));

const reductions = fc.oneof(large, flat, tokens).chain((shape) =>
  fc.record({ operation: fc.constantFrom('mean', 'sum', 'max', 'min'), over: over(shape) }).map((attributes) => ({
    inputs: [tensorType(shape)],
    attributes,
  })),
);

/** What works along an axis of any flow, and needs no more. */
const onAxis = fc
  .oneof(large, flat, tokens)
  .chain((shape) => over(shape).map((word) => ({ inputs: [tensorType(shape)], attributes: { over: word } })));

const boxes = fc
  .array(fc.record({ before: fc.nat(2), size: few, after: fc.nat(2) }), { minLength: 1, maxLength: 4 })
  .map((axes) => ({
    inputs: [weights(...axes.map(({ before, size, after }) => before + size + after))],
    attributes: { start: axes.map(({ before }) => before), size: axes.map(({ size }) => size) },
  }));

/** Operators that are not listed fold windows, or take any shape and no attributes. */
const drafts: ReadonlyMap<string, fc.Arbitrary<Draft>> = new Map<string, fc.Arbitrary<Draft>>([
  ['adaptive_avg_pool', on(image, fc.record({ size: fc.tuple(extent, extent) }))],
  ['adaptive_max_pool', on(image, fc.record({ size: fc.tuple(extent, extent) }))],
  ['add', broadcast(1, 4)],
  ['attention', attended],
  ['avg_pool', pool({ count_padding: fc.boolean() })],
  ['batch_norm', byStatistics],
  ['celu', elementwise(fc.record({ alpha: divisor }))],
  ['channel_shuffle', grouped],
  ['clip', elementwise(fc.tuple(slope, slope).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })))],
  ['concat', joined],
  ['conv', convolution],
  ['conv_transpose', transposed],
  ['crop', cropped],
  ['dense', on(fc.oneof(flat, tokens), fc.record({ features: fc.integer({ min: 1, max: 9 }), bias: fc.boolean() }))],
  ['depthwise_conv', depthwise],
  ['div', broadcast(2, 4)],
  ['divided_by', elementwise(fc.record({ number: divisor }))],
  ['dividing', elementwise(fc.record({ number: slope }))],
  ['dropout', elementwise(fc.record({ p: fc.constantFrom(0.5, 0.1, 0) }))],
  ['elu', elementwise(fc.record({ alpha: slope }))],
  ['gelu', elementwise(fc.record({ approximate: fc.constantFrom('none', 'tanh') }))],
  ['global_avg_pool', on(image)],
  ['global_max_pool', on(image)],
  ['group_norm', inGroups],
  ['hard_sigmoid', elementwise(fc.record({ slope, offset: slope }))],
  ['instance_norm', ofImages],
  ['inverse_sqrt', elementwise(fc.record({ epsilon: fc.constantFrom(1e-5, 1e-3) }))],
  ['leaky_relu', elementwise(fc.record({ slope }))],
  ['thresholded_relu', elementwise(fc.record({ threshold: slope }))],
  [
    'local_response_norm',
    on(
      image,
      fc.record({
        size: fc.integer({ min: 1, max: 7 }),
        alpha: fc.constantFrom(1e-4, 1),
        beta: fc.constantFrom(0.75, 0.25, 0.5, 1, 0.6),
        k: fc.constantFrom(1, 2),
      }),
    ),
  ],
  ['weight_matmul', products],
  ['matmul', matrices],
  ['layer_norm', overAxes],
  ['log_softmax', onAxis],
  ['max_pool', pool({}, 3)],
  ['max_unpool', unpooled],
  ['maximum', broadcast(1, 4)],
  ['minimum', broadcast(1, 4)],
  ['mul', broadcast(1, 4)],
  ['pad', padded],
  ['pixel_shuffle', squares('channels')],
  ['pixel_unshuffle', squares('pixels')],
  ['plus', elementwise(fc.record({ number: slope }))],
  ['permute', on(image, fc.record({ order: fc.constantFrom('chw', 'cwh', 'hcw', 'hwc', 'wch', 'whc') }))],
  ['pow', elementwise(fc.record({ exponent }))],
  ['prelu', elementwise(fc.record({ shared: fc.boolean() }))],
  ['reduce', reductions],
  ['reduce_sum', sums],
  ['reshape', reshapes],
  ['resize', resized],
  ['rms_norm', overAxes],
  ['roi_align', alignedRegions],
  ['roi_pool', regions],
  ['scale', elementwise(fc.record({ bias: fc.boolean() }))],
  ['softmax', onAxis],
  ['weight_slice', boxes],
  ['softplus', elementwise(fc.record({ beta: divisor, threshold: fc.constantFrom(20, 1, -1) }))],
  ['slice', sliced],
  ['split', parted],
  ['sub', broadcast(2, 4)],
  ['subtracted_from', elementwise(fc.record({ number: slope }))],
  ['times', elementwise(fc.record({ factor: slope }))],
  ['to_image', asImages],
  ['tokens', on(image)],
  ['transpose', on(fc.oneof(image, tokens))],
  [
    'upsample',
    on(
      image,
      fc.record({
        factor: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
        mode: fc.constantFrom('nearest', 'bilinear'),
      }),
    ),
  ],
]);
