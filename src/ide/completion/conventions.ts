// What people usually write: how often each step is used, which numbers an attribute has, what things are called. Tables of the
// language's and the field's conventions, in the order of their frequency; they rank what could stand somewhere, and rule nothing out.

/** Of a hundred steps in networks for pictures; one that is not here counts a tenth. */
export const stepFrequency: Readonly<Record<string, number>> = {
  conv: 24,
  relu: 18,
  batch_norm: 9,
  max_pool: 6,
  dense: 5,
  flatten: 5,
  global_avg_pool: 4,
  add: 3,
  concat: 2,
  dropout: 2,
  sigmoid: 2,
  avg_pool: 2,
  identity: 1,
  depthwise_conv: 1,
  layer_norm: 1,
  hard_swish: 1,
  silu: 1,
  gelu: 1,
  tanh: 0.7,
  softmax: 0.7,
  mul: 0.7,
  upsample: 0.7,
  adaptive_avg_pool: 0.7,
  conv_transpose: 0.5,
  leaky_relu: 0.5,
  relu6: 0.5,
  split: 0.4,
  abs: 0.2,
  sqrt: 0.2,
  tokens: 0.3,
};

/** Behind a step, these follow more often than elsewhere. */
export const stepsBehind: Readonly<Record<string, readonly string[]>> = {
  conv: ['relu', 'batch_norm', 'sigmoid'],
  batch_norm: ['relu', 'silu', 'leaky_relu', 'hard_swish'],
  dense: ['relu', 'sigmoid', 'dropout'],
  relu: ['max_pool', 'conv', 'dropout'],
  global_avg_pool: ['flatten', 'layer_norm'],
  flatten: ['dense', 'dropout'],
  dropout: ['dense'],
  add: ['relu'],
};

/** Arguments that are given more often than others. */
export const usualArguments: Readonly<Record<string, readonly string[]>> = {
  conv: ['kernel', 'padding', 'stride', 'bias'],
  conv_transpose: ['kernel', 'stride', 'padding'],
  depthwise_conv: ['stride', 'padding', 'bias'],
  max_pool: ['stride', 'padding', 'ceil'],
  avg_pool: ['stride', 'padding'],
  batch_norm: ['epsilon'],
  layer_norm: ['epsilon'],
};

/** Numbers of attributes, parameters and settings by their name. */
export const usualNumbers: Readonly<Record<string, readonly string[]>> = {
  channels: ['64', '32', '128', '256', '16', '3', '1', '512', '8', '1024'],
  features: ['10', '120', '84', '128', '4096', '64', '256', '1000', '512'],
  classes: ['10', '1000', '2', '100', '21'],
  kernel: ['3', '1', '5', '7', '2', '11', '4'],
  stride: ['2', '1', '4', '3'],
  padding: ['1', '2', '3', '0', '4'],
  dilation: ['1', '2', '4', '6'],
  groups: ['1', '2', '4', '8', '32'],
  factor: ['2', '0.1', '4', '8'],
  size: ['224', '32', '28', '96', '7', '64', '299'],
  width: ['64', '32', '128', '16', '8', '224'],
  height: ['32', '28', '224'],
  widths: ['64', '16', '32', '128', '256', '512'],
  depths: ['2', '3', '4', '6', '9'],
  depth: ['2', '3', '4', '12', '6'],
  layers: ['4', '6', '12', '24', '16'],
  growth: ['32', '12', '16'],
  heads: ['1', '3', '4', '8', '12'],
  patch: ['16', '4', '8', '32'],
  expand: ['6', '4', '1', '2'],
  ratio: ['4', '16', '8'],
  p: ['0.5', '0.2', '0.1', '0.25'],
  slope: ['0.1', '0.01', '0.2'],
  epsilon: ['1e-3', '1e-5', '1e-6'],
  momentum: ['0.9', '0.1'],
  learning_rate: ['0.1', '0.01', '0.05', '0.001', '0.9', '0.03'],
  weight_decay: ['0.0005', '1e-4', '5e-4', '0.01'],
  label_smoothing: ['0.1'],
  delta: ['1', '0.5'],
  ignore: ['255', '0'],
  batch: ['128', '256', '64', '32', '1'],
  epochs: ['10', '20', '5', '30', '2', '1'],
  warmup: ['3', '5', '1'],
  degrees: ['10', '15', '5'],
  scale: ['1/255', '1', '2/255'],
  resize: ['256', '224', '32'],
  crop: ['224', '32'],
  // Means and standard deviations of ImageNet, of MNIST's and Fashion-MNIST's pixels: what pretrained weights expect.
  mean: ['0.485', '0.456', '0.406', '0.449', '0.5', '0.1307', '0.286'],
  std: ['0.229', '0.224', '0.225', '0.226', '0.5', '0.3081', '0.353'],
};

/** The same behind `else`, where it is for pictures in grey. */
export const greyNumbers: Readonly<Record<string, readonly string[]>> = {
  mean: ['0.449', '0.5', '0.1307', '0.286'],
  std: ['0.226', '0.5', '0.3081', '0.353'],
};

/** What a name is compared with, where that is not what it usually is. */
export const comparedNumbers: Readonly<Record<string, readonly string[]>> = {
  channels: ['3', '1'],
  stride: ['1', '2'],
};

/** Names of what is given as an argument, besides its own. */
export const usualSources: Readonly<Record<string, readonly string[]>> = {
  features: ['classes'],
  channels: ['width', 'filters', 'widths', 'inner'],
  kernel: ['window', 'patch'],
  stride: ['patch'],
  padding: ['dilation'],
  resize: ['size'],
  crop: ['size'],
  height: ['size'],
  width: ['size'],
};

/** Of anything else. */
export const anyNumbers: readonly string[] = ['1', '2', '0', '3', '64', '4', '16', '32', '8', '128'];

/** Names that things are given. */
export const usualNames: Readonly<Record<string, readonly string[]>> = {
  network: ['Net', 'Model', 'Classifier'],
  block: ['conv_norm', 'residual', 'unit', 'bottleneck', 'head', 'stem', 'classifier', 'transition'],
  constant: ['widths', 'depths', 'width', 'classes', 'stages', 'anchors', 'patches', 'labels'],
  input: ['image', 'x', 'left', 'right', 'picture', 'tokens'],
  label: ['logits', 'x', 'y', 'features', 'stem', 'scores', 'left', 'right', 'first', 'second', 'a', 'b'],
  variable: ['i', 'width', 'depth', 'stride', 'kernel', 'expand', 'channels', 'filters', 'x', 'j'],
  index: ['i', 'j', 'n'],
  collect: ['skips', 'maps', 'parts', 'xs'],
  share: ['tower', 'encoder', 'stem', 'head'],
  learned: ['gamma', 'beta', 'position', 'scale', 'class'],
  path: ['shortcut', 'main', 'identity', 'gate', 'deep'],
  alias: ['head', 'stem'],
};

/** Names of parameters, with the type and default that go with them. */
export const usualParameters: readonly (readonly [name: string, type: string, where?: 'block' | 'network'])[] = [
  ['channels', 'int'],
  ['size', 'int', 'network'],
  ['classes', 'int', 'network'],
  ['kernel', 'size', 'block'],
  ['stride', 'int', 'block'],
  ['padding', 'int', 'block'],
  ['width', 'int'],
  ['widths', '[int]'],
  ['depths', '[int]', 'network'],
  ['depth', 'int'],
  ['dilation', 'int', 'block'],
  ['groups', 'int', 'block'],
  ['features', 'int', 'block'],
  ['act', 'block', 'block'],
  ['norm', 'block', 'block'],
  ['inner', 'int', 'block'],
  ['growth', 'int'],
  ['layers', 'int'],
];

/** How well-known networks are spelt, for files that are called after them. */
export const networkSpellings: readonly string[] = [
  ...['LeNet', 'AlexNet', 'VGG', 'NiN', 'GoogLeNet', 'InceptionV3', 'ResNet', 'ResNeXt', 'DenseNet', 'SqueezeNet'],
  ...['MobileNet', 'ShuffleNet', 'EfficientNet', 'RegNet', 'ConvNeXt', 'Xception', 'MnasNet', 'DarkNet', 'UNet'],
  ...['DeepLab', 'SegNet', 'YOLO', 'SSD', 'ViT', 'ESPCN', 'Siamese', 'MLP'],
];
