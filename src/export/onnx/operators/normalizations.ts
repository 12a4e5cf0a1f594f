// Normalisations: by running statistics, by those of an image, of neighbouring channels.

import { flagOf, numberOf } from '../../../../compiler/ops/attributes.ts';
import { isOverMap } from '../../../../compiler/ops/normalization-axes.ts';
import { channelsOf, sizeOf } from '../../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../../compiler/ir/tensor-type.ts';
import { float, int, ints } from '../attributes.ts';
import type { Exporter, ExportSite, NamedAttributes } from '../site.ts';
import { perChannel } from './elementwise.ts';

const epsilon = ({ attributes }: ExportSite): NamedAttributes => ({
  epsilon: float(numberOf(attributes, 'epsilon')),
});

/** The learned factor, or where there is none, ones: ONNX's operators must be given one. */
const factorOf = (site: ExportSite, shape: Shape): string =>
  site.parameter('weight') ?? site.tensor('ones', shape, new Float32Array(sizeOf(shape)).fill(1));
const summandOf = (site: ExportSite, shape: Shape): string =>
  site.parameter('bias') ?? site.tensor('zeros', shape, new Float32Array(sizeOf(shape)));

/** x [N,C,…], all others [C] */
const batchNorm: Exporter = (site) => {
  const shape = [channelsOf(site.inputs[0]!)];
  const statistics = [site.parameter('running_mean'), site.parameter('running_var')];
  const given = [site.operand(0), factorOf(site, shape), summandOf(site, shape), ...statistics];
  return site.emit('BatchNormalization', given, {
    ...epsilon(site),
    // ONNX's is the share of what was there before.
    momentum: float(1 - numberOf(site.attributes, 'momentum')),
  });
};

/** Of images; a list of features is one of images of one pixel. */
const groupNorm: Exporter = (site) => {
  const { shape } = site.inputs[0]!;
  const channels = [shape[0]!];
  const isFlat = shape.length === 1;
  const x = isFlat ? site.shaped(0, [shape[0]!, 1]) : site.operand(0);
  const result = site.emit('GroupNormalization', [x, factorOf(site, channels), summandOf(site, channels)], {
    num_groups: int(numberOf(site.attributes, 'groups')),
    ...epsilon(site),
  });
  return isFlat ? site.emit('Reshape', [result, site.ints('shape', [0, ...shape])]) : result;
};

const instanceNorm: Exporter = (site) => {
  const channels = [site.inputs[0]!.shape[0]!];
  const given = [site.operand(0), factorOf(site, channels), summandOf(site, channels)];
  return site.emit('InstanceNormalization', given, epsilon(site));
};

/** The last axis, or all of them; the channels of an image are its last axis in between, as PyTorch exports ConvNeXt. */
const layerNorm: Exporter = (site) => {
  const { shape } = site.inputs[0]!;
  const isImage = shape.length === 3;
  const isMap = isOverMap(site.attributes);
  const x = site.operand(0);
  const normalized = (value: string, axis: number, extents: Shape): string =>
    site.emit('LayerNormalization', [value, factorOf(site, extents), summandOf(site, extents)], {
      axis: int(axis),
      ...epsilon(site),
    });
  if (isMap) return normalized(x, 1, shape);
  if (!isImage) return normalized(x, -1, [shape.at(-1)!]);
  const last = site.emit('Transpose', [x], { perm: ints([0, 2, 3, 1]) });
  return site.emit('Transpose', [normalized(last, -1, [shape[0]!])], { perm: ints([0, 3, 1, 2]) });
};

/** x / √(mean of x² + ε) · weight: an operator of its own from operator set 23 on. */
const rmsNorm: Exporter = (site) => {
  const [input] = site.inputs;
  const { shape } = input!;
  const x = site.operand(0);
  const isMap = isOverMap(site.attributes);
  const axes = isMap ? shape.map((_, axis) => axis + 1) : [shape.length === 3 ? 1 : shape.length];
  const mean = site.emit('ReduceMean', [site.emit('Mul', [x, x]), site.ints('axes', axes)]);
  const root = site.emit('Sqrt', [
    site.emit('Add', [mean, site.number('epsilon', numberOf(site.attributes, 'epsilon'))]),
  ]);
  const normal = site.emit('Div', [x, root]);
  if (!flagOf(site.attributes, 'affine')) return normal;
  return site.emit('Mul', [normal, site.parameter('weight', isMap ? undefined : perChannel(input!))]);
};

/**
 * LRN. Of an even number of channels ONNX has the odd neighbour on the other side: then written out, with the mean square of
 * neighbouring channels as an average pool along them.
 */
const localResponseNorm: Exporter = (site) => {
  const { attributes } = site;
  const [size, alpha, beta, k] = ['size', 'alpha', 'beta', 'k'].map((name) => numberOf(attributes, name)) as [
    number,
    number,
    number,
    number,
  ];
  const x = site.operand(0);
  if (size % 2 === 1)
    return site.emit('LRN', [x], { size: int(size), alpha: float(alpha), beta: float(beta), bias: float(k) });
  const [channels, height, width] = site.inputs[0]!.shape as [number, number, number];
  const planes = site.emit('Reshape', [
    site.emit('Mul', [x, x]),
    site.ints('planes', [0, 1, channels, height * width]),
  ]);
  const padded = site.emit('Pad', [planes, site.ints('padding', [0, 0, size / 2, 0, 0, 0, size / 2 - 1, 0])]);
  const mean = site.emit('AveragePool', [padded], { kernel_shape: ints([size, 1]) });
  const scaled = site.emit('Add', [site.emit('Mul', [mean, site.number('alpha', alpha)]), site.number('k', k)]);
  const divisor = site.emit('Pow', [scaled, site.number('beta', beta)]);
  return site.emit('Div', [x, site.emit('Reshape', [divisor, site.ints('shape', [0, channels, height, width])])]);
};

export const normalizations = {
  batch_norm: batchNorm,
  group_norm: groupNorm,
  instance_norm: instanceNorm,
  layer_norm: layerNorm,
  local_response_norm: localResponseNorm,
  rms_norm: rmsNorm,
} satisfies Record<string, Exporter>;
