// Random nodes of ONNX that move, join, repeat, reduce and compare numbers, in the forms of the operator set that was drawn.

import type { Draft, Step, Value } from './onnx-draft.ts';

const countOf = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

/** A list that is an attribute before a version, and an input since. */
function listed(
  draft: Draft,
  op: string,
  x: string,
  since: number,
  name: string,
  list: readonly number[],
  settings = {},
): void {
  if (draft.version < since) draft.emit(op, [x], { ...settings, [name]: list });
  else draft.emit(op, [x, draft.integers(list)], settings);
}

/** As it was drawn, or where negative axes are not known yet, from the front. */
const known = (draft: Draft, axis: number, rank: number): number =>
  axis < 0 && draft.version < 11 ? axis + rank : axis;

const activation: Step = (draft, x) => {
  const plain = [
    'Relu',
    'Sigmoid',
    'Tanh',
    'Softplus',
    'Softsign',
    'Exp',
    'Abs',
    'Neg',
    'Erf',
    'Identity',
    'HardSwish',
    'Mish',
    'Gelu',
  ];
  const slanted = ['LeakyRelu', 'Elu', 'HardSigmoid', 'ThresholdedRelu', 'Selu', 'Celu'];
  if (draft.chance(0.5)) draft.emit(draft.pick(plain), [x.name]);
  else draft.emit(draft.pick(slanted), [x.name], { alpha: { float: draft.pick([0.1, 0.5, 1.5, 2]) } });
};

const clip: Step = (draft, x) => {
  const [min, max] = [draft.chance(0.7), draft.chance(0.7)];
  if (draft.version < 11) draft.emit('Clip', [x.name], { min: min ? -0.5 : undefined, max: max ? 0.7 : undefined });
  else draft.emit('Clip', [x.name, min ? draft.constant([], [-0.5]) : '', max ? draft.constant([], [0.7]) : '']);
};

/** Extents that broadcast to those of the value. */
function narrower(draft: Draft, { dims }: Value): readonly number[] {
  const all = dims.map((extent, axis) => (axis === 0 || draft.chance(0.5) ? 1 : extent));
  return all.slice(draft.whole(0, dims.length));
}

const withConstant: Step = (draft, x) => {
  const op = draft.pick(['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum', 'Mean', 'PRelu', 'Div']);
  const isDivided = op === 'Div';
  const other = draft.weights(narrower(draft, x), (value) => (isDivided ? Math.abs(value) + 0.1 : value));
  const operands = [x.name, other];
  draft.emit(op, op === 'PRelu' || isDivided || draft.chance(0.6) ? operands : operands.toReversed());
};

const withValue: Step = (draft, x) =>
  void draft.emit(draft.pick(['Add', 'Sub', 'Mul', 'Max', 'Min', 'Sum', 'Mean']), [
    x.name,
    draft.pick(draft.values).name,
  ]);

const power: Step = (draft, x) => void draft.emit('Pow', [x.name, draft.constant([], [draft.pick([2, 3, 1, -1, 0])])]);

const concat: Step = (draft, x) => {
  const axis = draft.axis(x);
  const at = axis < 0 ? axis + x.dims.length : axis;
  const alike = draft.values.filter(
    ({ dims }) =>
      dims.length === x.dims.length && dims.every((extent, other) => other === at || extent === x.dims[other]),
  );
  draft.emit('Concat', [draft.pick(alike).name, x.name, draft.pick(alike).name], { axis });
};

const split: Step = (draft, x) => {
  const axis = draft.axis(x);
  const extent = x.dims.at(axis)!;
  if (extent < 2) return;
  const first = draft.whole(1, extent - 1);
  const sizes = [first, extent - first];
  if (draft.version < 13) draft.emit('Split', [x.name], { axis, split: sizes }, 2);
  else draft.emit('Split', [x.name, draft.integers(sizes)], { axis }, 2);
};

const slice: Step = (draft, x) => {
  const axes = draft.some([...x.dims.keys()].slice(1));
  const steps = axes.map(() => (draft.version < 10 ? 1 : draft.pick([1, 1, 2, -1, -2])));
  const starts = steps.map((step) => (step > 0 ? draft.pick([0, 1, -2, -100]) : draft.pick([-1, 2, 100])));
  const ends = steps.map((step) =>
    step > 0 ? draft.pick([-1, 3, 100, 2 ** 31 - 1]) : draft.pick([0, -100, -(2 ** 31)]),
  );
  if (draft.version < 10) draft.emit('Slice', [x.name], { starts, ends, axes });
  else draft.emit('Slice', [x.name, ...[starts, ends, axes, steps].map((list) => draft.integers(list))]);
};

const gather: Step = (draft, x) => {
  const axis = draft.axis(x);
  const extent = x.dims.at(axis)!;
  const index = (): number => draft.whole(draft.version < 11 ? 0 : -extent, extent - 1);
  const indices = draft.chance(0.4)
    ? draft.integer(index())
    : draft.integers(Array.from({ length: draft.whole(1, 4) }, index));
  draft.emit('Gather', [x.name, indices], { axis });
};

const reshape: Step = (draft, x) => {
  const rest = countOf(x.dims.slice(1));
  const halves =
    rest % 2 === 0
      ? [
          [0, 2, -1],
          [0, -1, 2, 1],
          [-1, 2, rest / 2],
        ]
      : [];
  draft.emit('Reshape', [
    x.name,
    draft.integers(draft.pick([[0, -1], [0, rest], [-1, rest], [0, 1, rest], [0, rest, 1, 1], ...halves])),
  ]);
};

/** As PyTorch writes `x.view(x.size(0), -1)`. */
const view: Step = (draft, x) => {
  const [shape] = draft.emit('Shape', [x.name]) as [string];
  const [images] = draft.emit('Gather', [shape, draft.integer(0)], { axis: 0 }) as [string];
  listed(draft, 'Unsqueeze', images, 13, 'axes', [0]);
  const [target] = draft.emit('Concat', [draft.nodes.at(-1)!.output![0]!, draft.integers([-1])], { axis: 0 }) as [
    string,
  ];
  draft.emit('Reshape', [x.name, target]);
};

const transpose: Step = (draft, x) => {
  const [first, ...others] = x.dims.keys();
  const turned = draft.whole(0, Math.max(0, others.length - 1));
  draft.emit('Transpose', [x.name], {
    perm: [first!, ...others.slice(turned), ...others.slice(0, turned).toReversed()],
  });
};

const unsqueeze: Step = (draft, x) => {
  if (x.dims.length <= 4) listed(draft, 'Unsqueeze', x.name, 13, 'axes', [draft.whole(1, x.dims.length)]);
};

const squeeze: Step = (draft, x) => {
  const ones = [...x.dims.keys()].filter((axis) => axis > 0 && x.dims[axis] === 1);
  if (ones.length > 0) listed(draft, 'Squeeze', x.name, 13, 'axes', [draft.pick(ones)]);
};

const expand: Step = (draft, x) =>
  void draft.emit('Expand', [
    x.name,
    draft.integers(x.dims.map((extent, axis) => (axis > 0 && extent === 1 ? draft.whole(1, 3) : 1))),
  ]);

const tile: Step = (draft, x) =>
  void draft.emit('Tile', [x.name, draft.integers(x.dims.map((_, axis) => (axis === 0 ? 1 : draft.whole(1, 2))))]);

const pad: Step = (draft, { name, dims }) => {
  const mode = draft.pick(['constant', 'reflect', 'edge']);
  const pads = [...dims, ...dims].map((extent, at) =>
    at % dims.length === 0 ? 0 : draft.whole(draft.chance(0.1) ? -1 : 0, Math.min(2, extent - 1)),
  );
  if (draft.version < 11) draft.emit('Pad', [name], { mode, pads, value: 1.5 });
  else draft.emit('Pad', [name, draft.integers(pads), draft.constant([], [1.5])], { mode });
};

const reduction: Step = (draft, x) => {
  const op = draft.pick([
    'ReduceMean',
    'ReduceSum',
    'ReduceMax',
    'ReduceMin',
    'ReduceL1',
    'ReduceL2',
    'ReduceSumSquare',
    'ReduceLogSumExp',
  ]);
  const axes = draft
    .some([...x.dims.keys()].slice(1))
    .map((axis) => known(draft, draft.chance(0.4) ? axis - x.dims.length : axis, x.dims.length));
  listed(draft, op, x.name, op === 'ReduceSum' ? 13 : 18, 'axes', axes, { keepdims: draft.whole(0, 1) });
};

const softmax: Step = (draft, x) =>
  void draft.emit(draft.pick(['Softmax', 'LogSoftmax', 'Hardmax']), [x.name], {
    axis: known(draft, draft.axis(x), x.dims.length),
  });

const places: Step = (draft, x) => {
  const settings = { axis: known(draft, draft.axis(x), x.dims.length), keepdims: draft.whole(0, 1) };
  draft.emit('Cast', draft.emit(draft.pick(['ArgMax', 'ArgMin']), [x.name], settings), { to: 1 });
};

const depth: Step = (draft, { name, dims }) => {
  if (dims.length !== 4) return;
  const mode = draft.version < 11 ? undefined : draft.pick(['DCR', 'CRD']);
  if (dims[1]! % 4 === 0) draft.emit('DepthToSpace', [name], { blocksize: 2, mode });
  else if (dims[2]! % 2 === 0 && dims[3]! % 2 === 0) draft.emit('SpaceToDepth', [name], { blocksize: 2 });
};

/** Scales that make whole numbers of pixels: what else is done differs, as docs/onnx.md says. */
const resize: Step = (draft, { name, dims }) => {
  const spatial = (axis: number): boolean => axis >= 2;
  const scales = dims.map((extent, axis) =>
    spatial(axis) ? draft.pick(extent % 2 === 0 ? [0.5, 1, 1.5, 2, 3] : [1, 2, 3]) : 1,
  );
  if (draft.version < 9)
    return void draft.emit('Upsample', [name], {
      mode: draft.pick(['nearest', 'linear']),
      scales: { floats: scales.map((scale) => Math.max(1, scale)) },
    });
  if (draft.version < 11) return;
  const mode = draft.pick(['nearest', 'linear', dims.length === 4 ? 'cubic' : 'linear']);
  const settings = {
    mode,
    coordinate_transformation_mode: draft.pick(['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']),
    nearest_mode:
      mode === 'nearest' ? draft.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']) : undefined,
  };
  const sizes = dims.map((extent, axis) => (spatial(axis) ? draft.whole(1, 2 * extent) : extent));
  const region = draft.constant([0], []);
  if (draft.chance(0.5)) draft.emit('Resize', [name, region, draft.constant([dims.length], scales)], settings);
  else draft.emit('Resize', [name, region, '', draft.integers(sizes)], settings);
};

export const shapeSteps: Readonly<Record<string, Step>> = {
  ...{
    activation,
    clip,
    withConstant,
    withValue,
    power,
    concat,
    split,
    slice,
    gather,
    reshape,
    view,
    transpose,
    unsqueeze,
    squeeze,
  },
  ...{ expand, tile, pad, reduction, softmax, places, depth, resize },
};
