// Layers of Caffe (https://caffe.berkeleyvision.org/tutorial/layers.html) and sections of darknet's .cfg files. Both name all
// arguments, and both compute some things by rules of their own, so that most words are only shown.

import { as, inputStatement, silent } from '../../../ir/foreign.ts';
import type { ForeignLayer, FrameworkTable } from '../../../ir/foreign.ts';

const plain = (operator: string): ForeignLayer => ({ operator, arguments: {} });

export const caffe: FrameworkTable = {
  framework: 'Caffe',
  layers: {
    Convolution: {
      operator: 'conv',
      arguments: {
        num_output: as('channels'),
        kernel_size: as('kernel'),
        stride: as('stride', '1'),
        pad: as('padding', '0'),
        dilation: as('dilation', '1'),
        group: as('groups', '1'),
        bias_term: as('bias', 'true'),
      },
      positional: 0,
    },
    Deconvolution: {
      operator: 'conv_transpose',
      arguments: {
        num_output: as('channels'),
        kernel_size: as('kernel'),
        stride: as('stride', '1'),
        pad: as('padding', '0'),
        group: as('groups', '1'),
        bias_term: as('bias', 'true'),
      },
      positional: 0,
    },
    InnerProduct: { operator: 'dense', differs: 'Caffe flattens by itself; here `flatten` is a step before it' },
    BatchNorm: {
      operator: 'batch_norm',
      differs: "Caffe's only normalises and leaves scale and shift to a Scale layer; batch_norm does both",
    },
    Scale: { operator: 'scale', differs: "Caffe's has no bias unless bias_term says so" },
    LRN: {
      operator: 'local_response_norm',
      arguments: { local_size: as('size', '5'), alpha: as('alpha', '1'), beta: as('beta', '0.75'), k: as('k', '1') },
      positional: 0,
    },
    PReLU: {
      operator: 'prelu',
      arguments: { channel_shared: silent },
      positional: 0,
      differs: 'Caffe learns a slope for each channel, like prelu, unless channel_shared says otherwise',
    },
    ELU: { operator: 'elu', arguments: { alpha: as('alpha', '1') }, positional: 0 },
    Dropout: { operator: 'dropout', arguments: { dropout_ratio: as('p', '0.5') }, positional: 0 },
    TanH: plain('tanh'),
    Eltwise: { operator: 'add', differs: "Caffe's adds, multiplies or takes the largest" },
    ShuffleChannel: { operator: 'channel_shuffle', arguments: { group: as('groups') }, positional: 0 },
  },
  missing: {
    Pooling: 'it is max_pool(2, stride: 2) or avg_pool(2, stride: 2) here',
    SoftmaxWithLoss: 'losses are settings of train',
    Power: '',
    Exp: '',
    Log: '',
    BNLL: '',
    Data: inputStatement,
    Input: inputStatement,
    Accuracy: '',
    MVN: '',
  },
};

export const darknet: FrameworkTable = {
  framework: 'darknet',
  layers: {
    convolutional: {
      operator: 'conv',
      differs:
        'it is conv(filters, kernel: size, stride: stride) here; pad=1 is padding: same for odd kernels, and batch_norm and the activation are steps of their own',
    },
    maxpool: { operator: 'max_pool', differs: "darknet's pads by size − 1 unless padding says otherwise" },
    avgpool: {
      operator: 'global_avg_pool',
      differs: "darknet's is the mean of each whole channel; the mean of windows is avg_pool(2)",
    },
    connected: { operator: 'dense', differs: 'its activation is a step of its own, and `flatten` one before it' },
    shortcut: { operator: 'add', differs: 'name the earlier value and add it: add(stem)' },
    route: { operator: 'concat', differs: 'name the earlier value and join it: concat(stem)' },
    leaky: { operator: 'leaky_relu', arguments: {}, also: { slope: '0.1' } },
    logistic: { operator: 'sigmoid', arguments: {} },
  },
  missing: {
    net: 'a network begins with network NAME {',
    yolo: '',
    region: '',
    detection: '',
    reorg: '',
    cost: '',
    local: '',
  },
};

/** Words that several libraries use and that fit one operator, without one documentation that says what their arguments are. */
export const informal: Readonly<Record<string, string>> = {
  bn: 'batch_norm',
  convt: 'conv_transpose',
  dwconv: 'depthwise_conv',
  batchnorm: 'batch_norm',
  fc: 'dense',
  fully_connected: 'dense',
  fullyconnected: 'dense',
  batch_normalisation: 'batch_norm',
  batch_normalization: 'batch_norm',
  layer_normalisation: 'layer_norm',
  group_normalisation: 'group_norm',
  local_response_normalisation: 'local_response_norm',
  centre_crop: 'crop',
  center_crop: 'crop',
  avgpool: 'avg_pool',
  maxpool: 'max_pool',
  gap: 'global_avg_pool',
  pool: 'max_pool',
  zero_pad: 'pad',
  lrelu: 'leaky_relu',
  transposed_conv: 'conv_transpose',
  trans_conv: 'conv_transpose',
  deconv: 'conv_transpose',
  depthwise: 'depthwise_conv',
  DepthwiseConv2d: 'depthwise_conv',
  convolution: 'conv',
  concatenate: 'concat',
  multiply: 'mul',
  times: 'mul',
  plus: 'add',
  sum: 'add',
  swish: 'silu',
  hard_silu: 'hard_swish',
  Logistic: 'sigmoid',
  lrn: 'local_response_norm',
  shuffle: 'channel_shuffle',
  noop: 'identity',
  Affine: 'scale',
  AdaptiveAvgPool: 'adaptive_avg_pool',
};
