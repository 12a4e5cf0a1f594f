// Random nodes of ONNX with windows, layers and normalisations, in the forms of the operator set that was drawn.

import type { Setting } from '../onnx/models.ts';
import type { Draft, Step, Value } from './onnx-draft.ts';

interface Windows {
  kernel_shape: readonly number[];
  strides?: readonly number[];
  dilations?: readonly number[];
  pads?: readonly number[];
  auto_pad?: string;
}

/** What onnxruntime and ONNX do differently is left out: SAME with gaps, and with strides that skip what no window sees. */
function windows(draft: Draft, axes: number, dilates: boolean): Windows {
  const kernel = Array.from({ length: axes }, () => draft.whole(1, 4));
  const pads = [...kernel, ...kernel].map((extent) => draft.whole(0, Math.min(2, extent - 1)));
  const padding = draft.whole(0, 3);
  const isSame = padding === 0;
  return {
    kernel_shape: kernel,
    ...(draft.chance(0.6) && { strides: kernel.map((extent) => draft.whole(1, isSame ? Math.min(3, extent) : 3)) }),
    ...(dilates && !isSame && draft.chance(0.3) && { dilations: kernel.map(() => draft.whole(1, 2)) }),
    ...(isSame && { auto_pad: draft.pick(['SAME_UPPER', 'SAME_LOWER']) }),
    ...(padding === 1 && { auto_pad: 'VALID' }),
    ...(padding === 2 && { pads }),
  };
}

const isImage = ({ dims }: Value): boolean => dims.length === 3 || dims.length === 4;
const groupsOf = (draft: Draft, channels: number): number => draft.pick([1, 1, channels, channels % 2 === 0 ? 2 : 1]);
const ofImages =
  (step: Step): Step =>
  (draft, x) => {
    if (isImage(x)) step(draft, x);
  };

const conv: Step = (draft, x) => {
  const channels = x.dims[1]!;
  const group = groupsOf(draft, channels);
  const features = group * draft.whole(1, 3);
  const { kernel_shape: kernel, ...rest } = windows(draft, x.dims.length - 2, true);
  const weight = draft.weights([features, channels / group, ...kernel]);
  const bias = draft.chance(0.6) ? [draft.weights([features])] : [];
  const settings = { ...rest, group, kernel_shape: draft.chance(0.7) ? kernel : undefined };
  draft.emit('Conv', [x.name, weight, ...bias], settings);
};

const convTranspose: Step = (draft, x) => {
  const channels = x.dims[1]!;
  const group = groupsOf(draft, channels);
  const features = draft.whole(1, 3);
  const settings = windows(draft, x.dims.length - 2, true);
  const weight = draft.weights([channels, features, ...settings.kernel_shape]);
  const added =
    settings.strides && draft.chance(0.3) ? settings.strides.map((stride) => draft.whole(0, stride - 1)) : undefined;
  const extents = x.dims.slice(2).map((extent, at) => extent * (settings.strides?.[at] ?? 1) + draft.whole(-1, 1));
  const bias = draft.chance(0.5) ? [draft.weights([features * group])] : [];
  draft.emit('ConvTranspose', [x.name, weight, ...bias], {
    ...settings,
    group,
    output_padding: added,
    output_shape: draft.chance(0.2) ? extents : undefined,
  });
};

/** `dilates` and `rounds`: the versions since which an operator has dilations, and the attribute ceil_mode. */
const pool = (
  op: string,
  dilates: number,
  rounds: number,
  own: (draft: Draft) => Readonly<Record<string, Setting>> = () => ({}),
) =>
  ofImages((draft, x) =>
    draft.emit(op, [x.name], {
      ...windows(draft, x.dims.length - 2, draft.version >= dilates),
      ceil_mode: draft.version >= rounds && draft.chance(0.4) ? 1 : undefined,
      ...own(draft),
    }),
  );

const globalPool: Step = (draft, x) =>
  draft.emit(draft.pick(['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool']), [x.name]);

const epsilon = (draft: Draft): Setting | undefined =>
  draft.chance(0.5) ? { float: draft.pick([1e-3, 0.1]) } : undefined;

const batchNormalization: Step = (draft, x) => {
  if (x.dims.length < 2) return;
  const channels = [x.dims[1]!];
  const weights = [0, 1, 2].map(() => draft.weights(channels));
  const variance = draft.weights(channels, (value) => Math.abs(value) + 0.1);
  draft.emit('BatchNormalization', [x.name, ...weights, variance], { epsilon: epsilon(draft) });
};

const instanceNormalization: Step = (draft, x) => {
  const channels = [x.dims[1]!];
  draft.emit('InstanceNormalization', [x.name, draft.weights(channels), draft.weights(channels)], {
    epsilon: epsilon(draft),
  });
};

const groupNormalization: Step = (draft, x) => {
  if (draft.version < 21) return;
  const channels = x.dims[1]!;
  const settings = { num_groups: groupsOf(draft, channels), epsilon: epsilon(draft) };
  draft.emit('GroupNormalization', [x.name, draft.weights([channels]), draft.weights([channels])], settings);
};

const layerNormalization: Step = (draft, x) => {
  if (draft.version < 17 || x.dims.length < 2) return;
  const axis = draft.axis(x);
  const own = x.dims.slice(axis);
  const bias = draft.chance(0.6) ? [draft.weights(own)] : [];
  draft.emit('LayerNormalization', [x.name, draft.weights(own), ...bias], { axis, epsilon: epsilon(draft) });
};

const responseNormalization: Step = (draft, x) => {
  if (x.dims.length !== 4) return;
  const settings = {
    size: draft.pick([1, 3, 5]),
    alpha: { float: 0.1 },
    beta: { float: draft.pick([0.5, 0.75]) },
    bias: { float: draft.pick([1, 2]) },
  };
  draft.emit('LRN', [x.name], settings);
};

const gemm: Step = (draft, x) => {
  if (x.dims.length !== 2) return;
  const [inputs, features] = [x.dims[1]!, draft.whole(1, 5)];
  const transB = draft.whole(0, 1);
  const weight = draft.weights(transB === 1 ? [features, inputs] : [inputs, features]);
  const shape = draft.pick([[features], [1], [], [1, features], [1, 1]]);
  const added = draft.version < 11 || draft.chance(0.7) ? [draft.weights(shape)] : [];
  draft.emit('Gemm', [x.name, weight, ...added], {
    transB,
    alpha: { float: draft.pick([1, 0.5]) },
    beta: { float: draft.pick([1, -2]) },
  });
};

/** With a matrix, with several that broadcast, with a vector, from the left, or with a value. */
const matMul: Step = (draft, x) => {
  const rank = x.dims.length;
  if (rank < 2) return;
  const inputs = x.dims.at(-1)!;
  const form = draft.whole(0, 4);
  if (form === 0) draft.emit('MatMul', [x.name, draft.weights([inputs, draft.whole(1, 4)])]);
  if (form === 1) draft.emit('MatMul', [x.name, draft.weights([...x.dims.slice(1, -2), inputs, draft.whole(1, 4)])]);
  if (form === 2) draft.emit('MatMul', [x.name, draft.weights([inputs])]);
  if (form === 3 && rank > 2) draft.emit('MatMul', [draft.weights([draft.whole(1, 4), x.dims.at(-2)!]), x.name]);
  if (form === 4 && rank > 2) {
    const perm = [...x.dims.keys()].map((at) => (at < rank - 2 ? at : 2 * rank - 3 - at));
    const [turned] = draft.emit('Transpose', [x.name], { perm }) as [string];
    draft.emit('MatMul', [x.name, turned]);
  }
};

export const windowSteps: Readonly<Record<string, Step>> = {
  conv: ofImages(conv),
  convTranspose: ofImages(convTranspose),
  maxPool: pool('MaxPool', 10, 10),
  averagePool: pool('AveragePool', 19, 10, (draft) => ({ count_include_pad: draft.whole(0, 1) })),
  lpPool: pool('LpPool', 18, 18, (draft) => ({ p: draft.whole(1, 3) })),
  globalPool: ofImages(globalPool),
  batchNormalization,
  instanceNormalization: ofImages(instanceNormalization),
  groupNormalization: ofImages(groupNormalization),
  layerNormalization,
  responseNormalization,
  gemm,
  matMul,
};
