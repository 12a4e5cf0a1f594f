// Layers of torch.nn and functions of torch.nn.functional (PyTorch 2, https://pytorch.org/docs/stable/nn.html).

import { as, dropsChannels, joinsChannels, known, only, overChannels, silent } from '../../../ir/foreign.ts';
import type { ForeignLayer, FrameworkTable } from '../../../ir/foreign.ts';

const borders = 'a mirrored or repeated border is a step before it: pad(1, mode: reflect), pad(1, mode: replicate)';
const window = { kernel_size: as('kernel'), stride: as('stride', '1'), padding: as('padding', '0') };
const convolution = {
  out_channels: as('channels'),
  ...window,
  dilation: as('dilation', '1'),
  groups: as('groups', '1'),
  bias: as('bias', 'true'),
  padding_mode: only('zeros', borders),
};
const transposed = {
  out_channels: as('channels'),
  ...window,
  output_padding: as('output_padding', '0'),
  groups: as('groups', '1'),
  bias: as('bias', 'true'),
  dilation: as('dilation', '1'),
  padding_mode: only('zeros'),
};
const statistics = {
  eps: as('epsilon', '1e-5'),
  momentum: as('momentum', '0.1'),
  affine: as('affine', 'true'),
  track_running_stats: only('true', 'running statistics are always used'),
};
const pooling = { ...window, stride: as('stride', 'None') };

const conv2d: ForeignLayer = { operator: 'conv', arguments: { in_channels: known, ...convolution } };
const lazyConv2d: ForeignLayer = { operator: 'conv', arguments: convolution };
const linear = { out_features: as('features'), bias: as('bias', 'true') };
const batchNorm: ForeignLayer = { operator: 'batch_norm', arguments: { num_features: known, ...statistics } };
const lazyBatchNorm: ForeignLayer = { operator: 'batch_norm', arguments: statistics };
const maxPool: ForeignLayer = {
  operator: 'max_pool',
  arguments: {
    ...pooling,
    dilation: as('dilation', '1'),
    return_indices: only('false'),
    ceil_mode: as('ceil', 'false'),
  },
};
const avgPool: ForeignLayer = {
  operator: 'avg_pool',
  arguments: {
    ...pooling,
    ceil_mode: as('ceil', 'false'),
    count_include_pad: as('count_padding', 'true'),
    divisor_override: only('None'),
  },
};
const padding = as('padding', undefined, 'left right top bottom');
const plain = (operator: string): ForeignLayer => ({ operator, arguments: { inplace: silent } });
const normalized = (operator: string): ForeignLayer => ({
  operator,
  arguments: { dim: overChannels('1') },
});
const clip: ForeignLayer = {
  operator: 'clip',
  arguments: { min_val: as('min', '-1'), max_val: as('max', '1'), inplace: silent },
};
const leaky: ForeignLayer = {
  operator: 'leaky_relu',
  arguments: { negative_slope: as('slope', '0.01'), inplace: silent },
};
const elu: ForeignLayer = { operator: 'elu', arguments: { alpha: as('alpha', '1'), inplace: silent } };
const asSize = 'a size is resize(28x28)';

const recurrent = 'there are no recurrent layers: what flows is computed once, in one direction';
const boxes = 'there are no operators on boxes: the program that runs the network can take them from its outputs';
const transformer = 'the library has its block: import { encoder } from "cnnc:blocks"';

export const pytorch: FrameworkTable = {
  framework: 'PyTorch',
  layers: {
    Conv2d: conv2d,
    LazyConv2d: lazyConv2d,
    ConvTranspose2d: { operator: 'conv_transpose', arguments: { in_channels: known, ...transposed } },
    LazyConvTranspose2d: { operator: 'conv_transpose', arguments: transposed },
    conv2d: { operator: 'conv', differs: 'the weights come from the weights file' },
    Linear: { operator: 'dense', arguments: { in_features: known, ...linear } },
    LazyLinear: { operator: 'dense', arguments: linear },
    linear: { operator: 'dense', differs: 'the weights come from the weights file' },
    BatchNorm2d: batchNorm,
    BatchNorm1d: batchNorm,
    LazyBatchNorm2d: lazyBatchNorm,
    LazyBatchNorm1d: lazyBatchNorm,
    MaxPool2d: maxPool,
    max_pool2d: maxPool,
    AvgPool2d: avgPool,
    avg_pool2d: avgPool,
    AdaptiveAvgPool2d: { operator: 'adaptive_avg_pool', arguments: { output_size: as('size') } },
    adaptive_avg_pool2d: { operator: 'adaptive_avg_pool', arguments: { output_size: as('size') } },
    Flatten: { operator: 'flatten', arguments: { start_dim: only('1'), end_dim: only('-1') } },
    Unflatten: {
      operator: 'reshape',
      arguments: { dim: only('1'), unflattened_size: as('shape', undefined, 'extents') },
    },
    ZeroPad2d: { operator: 'pad', arguments: { padding } },
    ConstantPad2d: { operator: 'pad', arguments: { padding, value: as('value') } },
    ReflectionPad2d: { operator: 'pad', arguments: { padding }, also: { mode: 'reflect' } },
    ReplicationPad2d: { operator: 'pad', arguments: { padding }, also: { mode: 'replicate' } },
    CircularPad2d: { operator: 'pad', arguments: { padding }, also: { mode: 'circular' } },
    Upsample: {
      operator: 'upsample',
      arguments: {
        size: only('None', asSize),
        scale_factor: as('factor'),
        mode: as('mode', 'nearest'),
        align_corners: only('false', 'write resize(factor: 2, mode: bilinear, align_corners: true)'),
      },
    },
    UpsamplingNearest2d: {
      operator: 'upsample',
      arguments: {
        size: only('None', asSize),
        scale_factor: as('factor'),
      },
    },
    LocalResponseNorm: {
      operator: 'local_response_norm',
      arguments: { size: as('size'), alpha: as('alpha', '1e-4'), beta: as('beta', '0.75'), k: as('k', '1') },
    },
    ChannelShuffle: { operator: 'channel_shuffle', arguments: { groups: as('groups') } },
    Dropout: { operator: 'dropout', arguments: { p: as('p', '0.5'), inplace: silent } },
    Dropout2d: { operator: 'dropout', differs: dropsChannels },
    Identity: { operator: 'identity', arguments: {} },
    ReLU: plain('relu'),
    ReLU6: plain('relu6'),
    Sigmoid: plain('sigmoid'),
    Tanh: plain('tanh'),
    SiLU: plain('silu'),
    Hardswish: plain('hard_swish'),
    hardswish: plain('hard_swish'),
    Hardsigmoid: plain('hard_sigmoid'),
    hardsigmoid: plain('hard_sigmoid'),
    Hardtanh: clip,
    hardtanh: clip,
    clamp: { operator: 'clip', arguments: { min: as('min'), max: as('max') } },
    LeakyReLU: leaky,
    ELU: elu,
    GELU: { operator: 'gelu', arguments: { approximate: as('approximate', 'none') } },
    PReLU: {
      operator: 'prelu',
      arguments: { num_parameters: as('shared', '1', 'shared by one'), init: silent },
    },
    Softmax: normalized('softmax'),
    Softmax2d: { operator: 'softmax', arguments: {} },
    LogSoftmax: normalized('log_softmax'),
    cat: {
      operator: 'concat',
      arguments: { dim: joinsChannels('1') },
    },
    chunk: { operator: 'split', differs: 'it divides the channels: a, b = split(2)' },
    view: {
      operator: 'reshape',
      differs: 'the batch axis is not written: view(-1, 10) of numbers per image is reshape([10])',
    },
  },
  missing: {
    SELU: '',
    CELU: '',
    Softplus: '',
    Softsign: '',
    Mish: '',
    LogSigmoid: '',
    Threshold: '',
    Hardshrink: '',
    Softshrink: '',
    Tanhshrink: '',
    RReLU: '',
    GLU: '',
    LayerNorm: '',
    GroupNorm: '',
    InstanceNorm2d: '',
    RMSNorm: '',
    LSTM: recurrent,
    GRU: recurrent,
    RNN: recurrent,
    Embedding: 'an input holds numbers, and no words: look them up before, and give their vectors as tokens',
    MultiheadAttention: '',
    Transformer: transformer,
    TransformerEncoder: transformer,
    TransformerEncoderLayer: transformer,
    nms: boxes,
    Conv1d: 'import { conv_1d } from "cnnc:blocks"',
    Conv3d: '',
    MaxPool1d: 'of height 1: max_pool(1x2)',
    MaxPool3d: '',
    AvgPool1d: 'of height 1: avg_pool(1x2)',
    AvgPool3d: '',
    BatchNorm3d: '',
    LPPool2d: '',
    FractionalMaxPool2d: '',
    Bilinear: '',
    Fold: '',
    Unfold: '',
    CrossEntropyLoss: '',
    MSELoss: '',
    Sequential: 'steps stand below each other, or are chained with ->',
    ModuleList: 'steps stand below each other, or in a loop',
  },
};
