// Operators of ONNX (https://onnx.ai/onnx/operators), where attributes are always named. What an operator takes as a tensor,
// such as the weights that decide the channels of Conv, cannot be read off its attributes.

import { as, joinsChannels, noAutoPad, only, overChannels } from '../../../ir/foreign.ts';
import type { ForeignArgument, ForeignLayer, FrameworkTable } from '../../../ir/foreign.ts';

const convolution: Readonly<Record<string, ForeignArgument>> = {
  kernel_shape: as('kernel', 'None'),
  strides: as('stride', '1'),
  pads: as('padding', '0'),
  dilations: as('dilation', '1'),
  group: as('groups', '1'),
};
const plain = (operator: string): ForeignLayer => ({ operator, arguments: {} });
const weights = 'ONNX reads them off the weights';
const pooling: Readonly<Record<string, ForeignArgument>> = {
  kernel_shape: as('kernel'),
  strides: as('stride', '1'),
  pads: as('padding', '0'),
  ceil_mode: as('ceil', 'false'),
  auto_pad: noAutoPad,
  dilations: only('1'),
};

export const onnx: FrameworkTable = {
  framework: 'ONNX',
  layers: {
    Conv: {
      operator: 'conv',
      arguments: convolution,
      positional: 0,
      differs: `the output channels are written; ${weights}`,
    },
    ConvTranspose: {
      operator: 'conv_transpose',
      arguments: convolution,
      positional: 0,
      differs: `the output channels are written; ${weights}`,
    },
    Gemm: { operator: 'dense', differs: `the number of outputs is written; ${weights}` },
    BatchNormalization: {
      operator: 'batch_norm',
      arguments: {
        epsilon: as('epsilon', '1e-5'),
        momentum: as('momentum', '0.9', 'one minus'),
        training_mode: only('0'),
      },
      positional: 0,
    },
    MaxPool: {
      operator: 'max_pool',
      arguments: { ...pooling, dilations: as('dilation', '1'), storage_order: only('0') },
      positional: 0,
    },
    AveragePool: {
      operator: 'avg_pool',
      arguments: { ...pooling, count_include_pad: as('count_padding', 'false') },
      positional: 0,
    },
    GlobalAveragePool: plain('global_avg_pool'),
    GlobalMaxPool: plain('global_max_pool'),
    Flatten: { operator: 'flatten', arguments: { axis: only('1') }, positional: 0 },
    Reshape: { operator: 'reshape', differs: 'the batch axis is not written' },
    Pad: {
      operator: 'pad',
      differs: 'only top, left, bottom and right of the image are written, not all four axes',
    },
    LRN: {
      operator: 'local_response_norm',
      arguments: { size: as('size'), alpha: as('alpha', '1e-4'), beta: as('beta', '0.75'), bias: as('k', '1') },
      positional: 0,
    },
    Dropout: { operator: 'dropout', arguments: { ratio: as('p', '0.5'), seed: only('None') }, positional: 0 },
    Identity: plain('identity'),
    Relu: plain('relu'),
    Sigmoid: plain('sigmoid'),
    Tanh: plain('tanh'),
    HardSwish: plain('hard_swish'),
    HardSigmoid: {
      operator: 'hard_sigmoid',
      arguments: { alpha: as('slope', '0.2'), beta: as('offset', '0.5') },
      positional: 0,
    },
    LeakyRelu: { operator: 'leaky_relu', arguments: { alpha: as('slope', '0.01') }, positional: 0 },
    PRelu: {
      operator: 'prelu',
      differs: 'the shape of the slopes decides: prelu has one for each channel, prelu(shared: true) one for all',
    },
    Elu: { operator: 'elu', arguments: { alpha: as('alpha', '1') }, positional: 0 },
    Gelu: { operator: 'gelu', arguments: { approximate: as('approximate', 'none') }, positional: 0 },
    Clip: { operator: 'clip', arguments: { min: as('min'), max: as('max') } },
    Softmax: {
      operator: 'softmax',
      arguments: { axis: overChannels('1') },
      positional: 0,
    },
    LogSoftmax: {
      operator: 'log_softmax',
      arguments: { axis: overChannels('1') },
      positional: 0,
    },
    Add: plain('add'),
    Sum: plain('add'),
    Mul: plain('mul'),
    Concat: {
      operator: 'concat',
      arguments: { axis: joinsChannels('1') },
      positional: 0,
    },
    Split: { operator: 'split', differs: 'it divides the channels: a, b = split(2)' },
    Swish: { operator: 'silu', arguments: { alpha: only('1') }, positional: 0 },
  },
  missing: {
    Selu: '',
    Celu: '',
    ThresholdedRelu: '',
    Softplus: '',
    Softsign: '',
    Mish: '',
    InstanceNormalization: '',
    LayerNormalization: '',
    GroupNormalization: '',
    LpPool: '',
    DepthToSpace: '',
    SpaceToDepth: '',
    Transpose: '',
    Squeeze: '',
    Unsqueeze: '',
    MatMul: 'a matrix that is learned is dense(10)',
    ReduceMean: 'over a whole map it is global_avg_pool',
    Gather: '',
    Shape: '',
    Constant: '',
    Cast: '',
    Sub: '',
    Div: '',
    Pow: '',
    Sqrt: '',
    Exp: '',
    Log: '',
    Max: '',
    Min: '',
  },
};
