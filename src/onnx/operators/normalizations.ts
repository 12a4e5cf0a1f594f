// Normalisations: by running statistics, by those of an image, of neighbouring channels.

import { constantOf, countOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { shortestDecimal } from '../decimal.ts';
import { refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import { channelShape, imageShape, plainShape } from '../shapes.ts';

/** scale, bias, mean and variance of each channel */
const batchNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  // Before version 14, a node that gives more than its result is in training mode.
  const isTraining =
    site.version < 14
      ? site.node.output.some((name, at) => at > 0 && name !== '')
      : site.attributes.flag('training_mode', false);
  if (isTraining) refuse('it is in training mode', 'export the model in evaluation mode');
  if (site.attributes.int('spatial', 1) === 0)
    refuse('it normalises each pixel by itself (spatial = 0)', 'export the model again');
  const [scale, bias, mean, variance] = ['the scale', 'the bias', 'the mean', 'the variance'].map((role, at) =>
    site.constant(at + 1, role),
  );
  const attributes = { epsilon: site.attributes.float('epsilon', 1e-5), momentum: momentumOf(site) };
  const shape = channelShape(dims);
  return [
    site.result(
      site.apply('batch_norm', [site.shaped(value, shape)], attributes, [scale!, bias!, mean!, variance!]),
      dims,
    ),
  ];
};

/** The share of the new in running statistics; ONNX's is that of the old, in f32. What is no share is of no use in a file that only runs. */
const momentumOf = ({ attributes }: Site): number =>
  Math.min(1, Math.max(0, Number((1 - shortestDecimal(attributes.float('momentum', 0.9))).toPrecision(7))));

const instanceNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const attributes = { epsilon: site.attributes.float('epsilon', 1e-5), affine: true };
  const weights = [site.constant(1, 'the scale'), site.constant(2, 'the bias')];
  return [
    site.result(
      site.apply('instance_norm', [site.shaped(value, imageShape(channelShape(dims)))], attributes, weights),
      dims,
    ),
  ];
};

/** Version 18 has a scale per group, 21 one per channel. */
const groupNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const groups = site.attributes.int('num_groups', 1);
  const perChannel = (tensor: Constant): Constant => {
    if (tensor.dims[0] === dims[0]) return tensor;
    if (countOf(tensor.dims) !== groups)
      refuse(
        `a factor or summand has the shape [${tensor.dims.join(', ')}], expected one for each of ${groups} groups or ${dims[0]} channels`,
        'see whether the model runs elsewhere',
      );
    const size = dims[0]! / groups;
    return constantOf(tensor.name, [dims[0]!], 'float', () =>
      Float32Array.from({ length: dims[0]! }, (_, at) => tensor.data[Math.floor(at / size)]!),
    );
  };
  const weights = [site.constant(1, 'the scale'), site.constant(2, 'the bias')].map(perChannel);
  const attributes = { groups, epsilon: site.attributes.float('epsilon', 1e-5), affine: true };
  return [
    site.result(
      site.apply('group_norm', [site.shaped(value, imageShape(channelShape(dims)))], attributes, weights),
      dims,
    ),
  ];
};

/** Over all axes from `axis` on, which are the features of tokens, or the whole map. */
const layerNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const axis = site.axis(site.attributes.int('axis', -1), dims.length + site.outer);
  const epsilon = site.attributes.float('epsilon', 1e-5);
  const scale = site.constant(1, 'the scale');
  const bias =
    site.optionalConstant(2, 'the bias') ??
    constantOf('', scale.dims, 'float', () => new Float32Array(countOf(scale.dims)));
  const isMap = axis === 0 && dims.length <= 3;
  const shape = isMap ? plainShape(dims) : [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))];
  const attributes = { over: isMap ? 'map' : 'features', epsilon, affine: true };
  return [site.result(site.apply('layer_norm', [site.shaped(value, shape)], attributes, [scale, bias]), dims)];
};

/** Over all axes from `axis` on, as for LayerNormalization. */
const rootMeanSquareNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const axis = site.axis(site.attributes.int('axis', -1), dims.length + site.outer);
  const isMap = axis === 0 && dims.length <= 3;
  const shape = isMap ? plainShape(dims) : [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))];
  const epsilon = site.attributes.float('epsilon', 1e-5);
  const attributes = { over: isMap ? 'map' : 'channels', epsilon, affine: true };
  const weights = [site.constant(1, 'the scale')];
  return [site.result(site.apply('rms_norm', [site.shaped(value, shape)], attributes, weights), dims)];
};

/** Of an even number of neighbours, ONNX counts the odd one after the channel, and the language before it, as PyTorch does. */
const responseNorm: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const { attributes } = site;
  const size = attributes.int('size', 1);
  if (size % 2 === 0 && size < 2 * dims[0]!)
    refuse(`it sums over ${size} channels, an even number`, 'export the model with an odd size');
  const stored = {
    size,
    alpha: attributes.float('alpha', 1e-4),
    beta: attributes.float('beta', 0.75),
    k: attributes.float('bias', 1),
  };
  return [site.result(site.apply('local_response_norm', [site.shaped(value, imageShape(dims))], stored), dims)];
};

export const normalizations = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rootMeanSquareNormalization,
  LRN: responseNorm,
} satisfies Record<string, Importer>;
