// Which networks of the examples are left out where every one is compiled or drawn, because that takes long.

/** Those that differ little from another one of their file. */
export const variants: ReadonlySet<string> = new Set([
  'ConvNeXtSmall',
  'InceptionV3',
  'MobileNetV3Small',
  'ResNeXt50',
  'ResNet101',
  'ShuffleNet50',
  'ShuffleNet150',
  'ShuffleNet200',
  'UNet',
]);
