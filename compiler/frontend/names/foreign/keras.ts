// Layers of Keras 2 and 3 (https://keras.io/api/layers). Where the two differ, both readings stand here as `differs`.

import {
  activation,
  as,
  dropsChannels,
  inputStatement,
  joinsChannels,
  known,
  only,
  overChannels,
  silent,
} from '../../../ir/foreign.ts';
import type { ForeignArgument, ForeignLayer, FrameworkTable } from '../../../ir/foreign.ts';

/** What every layer takes, and the settings of training that a trained network no longer has. */
const common: Readonly<Record<string, ForeignArgument>> = {
  name: silent,
  dtype: silent,
  trainable: silent,
  input_shape: known,
  input_dim: known,
};
const training: Readonly<Record<string, ForeignArgument>> = {
  kernel_initializer: silent,
  bias_initializer: silent,
  kernel_regularizer: silent,
  bias_regularizer: silent,
  activity_regularizer: silent,
  kernel_constraint: silent,
  bias_constraint: silent,
};
const format = only('None', 'channels come first here, in shapes and in the weights file');
const plain = (operator: string): ForeignLayer => ({ operator, arguments: common, positional: 0 });

const pooling: Readonly<Record<string, ForeignArgument>> = {
  pool_size: as('kernel', '2'),
  strides: as('stride', 'None'),
  padding: as('padding', '0'),
  data_format: format,
  ...common,
};
const maxPool: ForeignLayer = { operator: 'max_pool', arguments: pooling };
const avgPool: ForeignLayer = { operator: 'avg_pool', arguments: pooling, also: { count_padding: 'false' } };
const globalPool = (operator: string): ForeignLayer => ({
  operator,
  arguments: {
    data_format: format,
    keepdims: only('false', `without flatten behind it, ${operator} keeps the axes`),
    ...common,
  },
  then: 'flatten',
});
const joined: ForeignLayer = {
  operator: 'concat',
  arguments: {
    axis: joinsChannels('-1'),
    ...common,
  },
  positional: 0,
};
const transposed = 'its "same" cuts off different rows than padding: same; write the padding as numbers';
const hardSigmoid = 'it is x / 6 + 1/2 here, as in Keras 3; in Keras 2 it is hard_sigmoid(slope: 0.2)';

export const keras: FrameworkTable = {
  framework: 'Keras',
  layers: {
    Conv2D: {
      operator: 'conv',
      arguments: {
        filters: as('channels'),
        kernel_size: as('kernel'),
        strides: as('stride', '1'),
        padding: as('padding', '0'),
        data_format: format,
        dilation_rate: as('dilation', '1'),
        groups: as('groups', '1'),
        activation,
        use_bias: as('bias', 'true'),
        ...training,
        ...common,
      },
    },
    DepthwiseConv2D: {
      operator: 'depthwise_conv',
      arguments: {
        kernel_size: as('kernel'),
        strides: as('stride', '1'),
        padding: as('padding', '0'),
        depth_multiplier: as('multiplier', '1'),
        data_format: format,
        dilation_rate: as('dilation', '1'),
        activation,
        use_bias: as('bias', 'true'),
        depthwise_initializer: silent,
        ...training,
        ...common,
      },
    },
    Conv2DTranspose: { operator: 'conv_transpose', differs: transposed },
    Dense: {
      operator: 'dense',
      arguments: { units: as('features'), activation, use_bias: as('bias', 'true'), ...training, ...common },
    },
    BatchNormalization: {
      operator: 'batch_norm',
      arguments: {
        axis: only('-1', 'it works along the channels'),
        momentum: as('momentum', '0.99', 'one minus'),
        epsilon: as('epsilon', '0.001'),
        center: only('true', 'the shift is always there'),
        scale: only('true', 'the scale is always there'),
        ...common,
      },
    },
    MaxPooling2D: maxPool,
    MaxPool2D: maxPool,
    AveragePooling2D: avgPool,
    AvgPool2D: avgPool,
    GlobalAveragePooling2D: globalPool('global_avg_pool'),
    GlobalAvgPool2D: globalPool('global_avg_pool'),
    GlobalMaxPooling2D: globalPool('global_max_pool'),
    GlobalMaxPool2D: globalPool('global_max_pool'),
    AdaptiveAveragePooling2D: {
      operator: 'adaptive_avg_pool',
      arguments: { output_size: as('size'), data_format: format, ...common },
    },
    Flatten: { operator: 'flatten', arguments: { data_format: format, ...common }, positional: 0 },
    Reshape: { operator: 'reshape', differs: 'shapes are [channels, height, width]; Keras has the channels last' },
    ZeroPadding2D: {
      operator: 'pad',
      arguments: { padding: as('padding', '1', 'pairs'), data_format: format, ...common },
    },
    UpSampling2D: {
      operator: 'upsample',
      arguments: { size: as('factor', '2'), data_format: format, interpolation: as('mode', 'nearest'), ...common },
    },
    Dropout: { operator: 'dropout', arguments: { rate: as('p'), noise_shape: only('None'), seed: silent, ...common } },
    SpatialDropout2D: {
      operator: 'dropout',
      differs: dropsChannels,
    },
    ReLU: {
      operator: 'relu',
      arguments: {
        max_value: only('None', 'a largest value is clip(0, max: 6), or relu6'),
        negative_slope: only('0', 'a slope is leaky_relu(slope: 0.1)'),
        threshold: only('0'),
        ...common,
      },
    },
    LeakyReLU: {
      operator: 'leaky_relu',
      // Keras 2 calls it alpha, Keras 3 negative_slope.
      arguments: { negative_slope: as('slope', '0.3'), alpha: as('slope', '0.3'), ...common },
      positional: 1,
    },
    ELU: { operator: 'elu', arguments: { alpha: as('alpha', '1'), ...common } },
    PReLU: {
      operator: 'prelu',
      arguments: { shared_axes: silent, alpha_initializer: silent, ...common },
      positional: 0,
      differs:
        'Keras learns a slope for each number unless shared_axes says otherwise; prelu one for each channel, prelu(shared: true) one for all',
    },
    Softmax: {
      operator: 'softmax',
      arguments: { axis: overChannels('-1'), ...common },
    },
    HardSigmoid: { operator: 'hard_sigmoid', arguments: common, positional: 0, differs: hardSigmoid },
    Add: { operator: 'add', arguments: common, positional: 0 },
    Multiply: { operator: 'mul', arguments: common, positional: 0 },
    Concatenate: joined,
    concatenate: joined,
    Identity: plain('identity'),
  },
  missing: {
    Activation: 'an activation is a step of its own: relu, sigmoid, softmax',
    SeparableConv2D: 'it is depthwise_conv(kernel: {1|3}) -> conv({0|16}, kernel: 1) here',
    Conv1D: '',
    Conv3D: '',
    LSTM: '',
    GRU: '',
    SimpleRNN: '',
    Embedding: '',
    LayerNormalization: '',
    GroupNormalization: '',
    UnitNormalization: '',
    RepeatVector: '',
    Lambda: '',
    Masking: '',
    MultiHeadAttention: '',
    GaussianNoise: '',
    AlphaDropout: '',
    Rescaling: 'the factor of the picture is a setting of its input: input image: [3, 224, 224] { scale: 1/255 }',
    Resizing: 'resizing is a setting of the input: input image: [3, 224, 224] { resize: 256  crop: 224 }',
    Normalization: 'mean and std are settings of the input: input image: [1, 28, 28] { mean: [0.5]  std: [0.5] }',
    MaxPooling1D: '',
    AveragePooling1D: '',
    Model: 'the last value is the output: write output and the names of the values where others are put out',
    Input: inputStatement,
    InputLayer: inputStatement,
    Subtract: '',
    Average: '',
    Maximum: '',
    Minimum: '',
    Dot: '',
    Softplus: '',
    Softsign: '',
    SELU: '',
    Exponential: '',
    Mish: '',
  },
};
