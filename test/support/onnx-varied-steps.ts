// Steps of random ONNX models in which attributes and optional inputs take all their forms: resizing, padding, codes of 8 bits, branches
// whose condition is known, and values that are read twice.

import { attributeTypes, dataTypes } from '../../src/onnx/file/messages.ts';
import { node } from '../onnx/models.ts';
import type { TensorInit } from '../onnx/models.ts';
import type { Draft, Step, Value } from './onnx-draft.ts';

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

/**
 * What onnxruntime and ONNX do differently is left out: `antialias`, corners aligned by scales that leave parts of pixels, and axes that are
 * counted from the end beside a policy, which onnxruntime then does not see.
 */
const resizing: Step = (draft, { name, dims }) => {
  if (draft.version < 11 || dims.length < 3) return;
  const mode = draft.pick(['nearest', 'linear', dims.length === 4 ? 'cubic' : 'linear']);
  const coordinates = draft.pick([
    ...['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'],
    ...(draft.version < 19 ? [] : ['half_pixel_symmetric']),
  ]);
  const settings = {
    mode,
    coordinate_transformation_mode: coordinates,
    ...(mode === 'nearest' && {
      nearest_mode: draft.pick(['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil']),
    }),
    ...(mode === 'cubic' && {
      cubic_coeff_a: { float: draft.pick([-0.75, -0.5]) },
      exclude_outside: draft.whole(0, 1),
    }),
  };
  const spatial = [...dims.keys()].slice(2);
  const isByAxes = draft.version >= 18 && draft.chance(0.5);
  const axes = isByAxes ? draft.some(spatial) : [...dims.keys()];
  const isSpatial = (axis: number): boolean => axis >= 2;
  const policy =
    isByAxes && coordinates !== 'align_corners' && draft.chance(0.3)
      ? draft.pick(['not_larger', 'not_smaller'])
      : undefined;
  const isSigned = policy === undefined && draft.chance(0.4);
  const own = { ...settings, ...(isByAxes && { axes: axes.map((axis) => (isSigned ? axis - dims.length : axis)) }) };
  if (coordinates !== 'align_corners' && policy === undefined && draft.chance(0.5)) {
    const scales = axes.map((axis) => (isSpatial(axis) ? draft.pick([0.6, 0.75, 1, 1.3, 1.7, 2, 2.5]) : 1));
    draft.emit('Resize', [name, '', draft.constant([scales.length], scales)], own);
    return;
  }
  const sizes = axes.map((axis) => (isSpatial(axis) ? draft.whole(1, 2 * dims[axis]!) : dims[axis]!));
  draft.emit('Resize', [name, '', '', draft.integers(sizes)], { ...own, keep_aspect_ratio_policy: policy });
};

const padding: Step = (draft, { name, dims }) => {
  if (draft.version < 11) return;
  const mode = draft.pick(['constant', 'reflect', 'edge', ...(draft.version < 19 ? [] : ['wrap'])]);
  const isByAxes = draft.version >= 18 && draft.chance(0.6);
  const axes = isByAxes ? draft.some([...dims.keys()].slice(1)) : [...dims.keys()];
  const most = (axis: number): number => (mode === 'constant' ? 3 : Math.min(3, dims[axis]! - 1));
  const side = (axis: number): number => {
    if (axis === 0) return 0;
    return mode !== 'wrap' && draft.chance(0.2) ? -1 : draft.whole(0, most(axis));
  };
  const pads = draft.integers([...axes, ...axes].map(side));
  const value = mode !== 'constant' || draft.chance(0.3) ? '' : draft.constant([], [draft.pick([0, -2.5, 7])]);
  const signed = draft.integers(axes.map((axis) => (draft.chance(0.5) ? axis - dims.length : axis)));
  const inputs = isByAxes ? [name, pads, value, signed] : [name, pads, ...(value === '' ? [] : [value])];
  draft.emit('Pad', inputs, draft.chance(0.5) && mode === 'constant' ? {} : { mode });
};

/** Integers of a type, as an initializer. */
function stored(draft: Draft, dataType: number, dims: readonly number[], data: readonly number[]): string {
  const name = draft.integers([]);
  draft.initializers.pop();
  const tensor: TensorInit = { name, dims: dims.map(BigInt), dataType, int32Data: [...data] };
  draft.initializers.push(tensor);
  return name;
}

const bytes = [
  { type: dataTypes.int8, least: -128, most: 127 },
  { type: dataTypes.uint8, least: 0, most: 255 },
] as const;

/** Weights as codes, with a scale and a zero point for each part along an axis or for all, beside a value. */
const codedWeights: Step = (draft, x) => {
  if (draft.version < 10) return;
  const dims = x.dims.slice(draft.whole(1, x.dims.length - 1)).map((extent) => (draft.chance(0.3) ? 1 : extent));
  const axis = draft.whole(-dims.length, dims.length - 1);
  const isByAxis = draft.version >= 13 && draft.chance(0.7);
  const parts = isByAxis ? dims.at(axis)! : 1;
  const shape = isByAxis ? [parts] : [];
  const scale = draft.weights(shape, (value) => Math.fround(Math.abs(value) * 0.01 + 0.003));
  const { type, least, most } = draft.pick(bytes);
  const hasZero = draft.chance(0.7);
  const zero = stored(
    draft,
    type,
    shape,
    Array.from({ length: parts }, () => draft.whole(least, most)),
  );
  const settings = isByAxis ? { axis } : {};
  const others = hasZero ? [scale, zero] : [scale];
  const isRounded = draft.chance(0.5) && (hasZero || type === dataTypes.uint8);
  const codes = isRounded
    ? draft.emit('QuantizeLinear', [draft.weights(dims), ...others], settings)[0]!
    : stored(
        draft,
        type,
        dims,
        Array.from({ length: sizeOf(dims) }, () => draft.whole(least, most)),
      );
  const [numbers] = draft.emit('DequantizeLinear', [codes, ...others], settings);
  draft.emit(draft.pick(['Add', 'Mul', 'Sub']), [x.name, numbers!]);
};

/** A convolution or product with weights as codes, with a bias of int32. */
const codedLayer: Step = (draft, x) => {
  if (draft.version < 13) return;
  const isImage = x.dims.length === 4;
  const features = draft.whole(1, 3);
  const inputs = isImage ? x.dims[1]! : x.dims.at(-1)!;
  const dims = isImage ? [features, inputs, 2, 1] : [inputs, features];
  const isByAxis = draft.chance(0.7);
  const axis = isImage ? 0 : 1;
  const shape = isByAxis ? [features] : [];
  const scale = draft.weights(shape, (value) => Math.fround(Math.abs(value) * 0.01 + 0.003));
  const codes = Array.from({ length: sizeOf(dims) }, () => draft.whole(-128, 127));
  const given = draft.chance(0.5) ? axis : axis - dims.length;
  const [weight] = draft.emit('DequantizeLinear', [stored(draft, dataTypes.int8, dims, codes), scale], { axis: given });
  if (!isImage) return void draft.emit('MatMul', [x.name, weight!]);
  if (x.dims[2]! < 2) return;
  const units = Array.from({ length: features }, () => draft.whole(-1000, 1000));
  const bias = draft.emit('DequantizeLinear', [stored(draft, dataTypes.int32, [features], units), scale], { axis: 0 });
  draft.emit('Conv', [x.name, weight!, ...bias]);
};

/** The input, whose numbers are multiples of the scale, as codes that are moved; most are held at the ends. */
const movedCodes: Step = (draft, { dims }) => {
  if (draft.version < 13) return;
  const { type, least, most } = draft.pick(bytes);
  const scale = draft.constant([], [Math.fround(0.002)]);
  const zero = stored(draft, type, [], [draft.whole(least, most)]);
  const [codes] = draft.emit('QuantizeLinear', ['x', scale, zero]);
  const own = draft.values[0]!.dims;
  const axis = draft.whole(1, own.length - 1);
  const [moved] = draft.pick([
    () => [codes],
    () => draft.emit('Transpose', [codes!], { perm: [0, ...own.keys().drop(1).toArray().toReversed()] }),
    () => draft.emit('Concat', [codes!, codes!], { axis }),
    () => draft.emit('Slice', [codes!, draft.integers([0]), draft.integers([1]), draft.integers([axis])]),
    () => draft.emit('Reshape', [codes!, draft.integers([0, -1])]),
  ])();
  const [numbers] = draft.emit('DequantizeLinear', [moved!, scale, zero]);
  if (dims.length === own.length) draft.emit('Relu', [numbers!]);
};

/** Either branch reads the value around it. */
const branch: Step = (draft, x) => {
  if (draft.version < 11) return;
  const graph = (op: string, output: string) => ({
    name: output,
    node: [node(op, [x.name], [output])],
    output: [{ name: output, type: { tensorType: { elemType: dataTypes.float } } }],
  });
  const condition = stored(draft, dataTypes.bool, [], [draft.whole(0, 1)]);
  draft.emit('If', [condition]);
  const own = draft.nodes.pop()!;
  const [result] = own.output as readonly [string];
  draft.nodes.push({
    ...own,
    attribute: [
      { name: 'then_branch', type: attributeTypes.graph, g: graph('Tanh', `${result}then`) },
      { name: 'else_branch', type: attributeTypes.graph, g: graph('Neg', `${result}else`) },
    ],
  } as never);
};

const twice: Step = (draft, x: Value) => {
  const [first] = draft.emit(draft.pick(['Add', 'Mul', 'Sub', 'Max']), [x.name, x.name]);
  if (draft.chance(0.5)) draft.emit('Concat', [first!, x.name, first!], { axis: draft.axis(x) });
};

/** Products of values with each other, of all ranks. */
const products: Step = (draft, x) => {
  const [first, ...others] = x.dims.keys();
  if (x.dims.length < 3) return;
  const perm = [first!, ...others.slice(0, -2), x.dims.length - 1, x.dims.length - 2];
  const [turned] = draft.emit('Transpose', [x.name], { perm });
  draft.emit('MatMul', draft.chance(0.5) ? [x.name, turned!] : [turned!, x.name]);
};

/** Of a value, and of others that have its batch, or of constants. */
const einsums: Step = (draft, x) => {
  if (draft.version < 12 || x.dims.length < 3) return;
  const [, second, third, fourth] = x.dims as readonly [number, number, number, number?];
  const [other] = draft.emit('Neg', [x.name]) as [string];
  const emit = (equation: string, ...others: readonly string[]): readonly string[] =>
    draft.emit('Einsum', draft.chance(0.5) ? [x.name, ...others] : [other, ...others], { equation });
  const sized = (extents: readonly number[]): string => draft.weights(extents);
  const onThree = [
    () => emit('bij,bkj->bik', other),
    () => emit('bij,bik->bjk', other),
    () => emit('bij,bij->bi', other),
    () => emit('bij->bji'),
    () => emit('bij->bj'),
    () => emit('bij, jk -> bik', sized([third, 3])),
    () => emit('bij,ki->bkj', sized([2, second])),
    () => emit('bij,jk', sized([third, 2])),
    () => emit('bij,j->bij', sized([third])),
    () => emit('bij,ijk->bik', sized([second, third, 2])),
    () => emit('bij,bik,bil->bjkl', other, x.name),
    () => emit('...j,jk->...k', sized([third, 2])),
  ];
  const onFour = [
    () => emit('nchw,cd->ndhw', sized([second, 3])),
    () => emit('nchw,ndhw->ncd', other),
    () => emit('nchw,nchw->nhw', other),
    () => emit('nchw->nhwc'),
    () => emit('nchw->nw'),
    () => emit('nchw,ncpw->nchp', other),
    () => emit('nchw,nchq->ncwq', other),
    () => emit('nchw,chw->nc', sized([second, third, fourth!])),
    () => emit('nchw,cwk->nchk', sized([second, fourth!, 2])),
    () => emit('nchw,nkhw->nckhw', other),
    () => emit('n...w,wk->nk...', sized([fourth!, 2])),
    () => emit('...hw,...hw->...w', other),
  ];
  draft.pick(x.dims.length === 3 ? onThree : onFour)();
};

export const variedSteps: Readonly<Record<string, Step>> = {
  ...{ resizing, padding, codedWeights, codedLayer, movedCodes, branch, twice, products, einsums },
};
