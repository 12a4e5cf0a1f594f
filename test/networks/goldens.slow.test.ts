// The large networks through the f64 interpreter: minutes and gigabytes, so not in the quick suite. The book's VGG-11 and AlexNet have
// the layers of ImageNet's but for the channels of the picture and the classes; their compiled modules are compared in compiled.test.ts.

import { test } from 'vitest';
import { expectOutput } from './goldens.ts';

/** The last three take a minute and a half; their compiled modules are compared each time. */
const nightly = Number(process.env['CNNC_RUNS'] ?? 1) > 1;
const large = [
  ...(['alexnet_imagenet', 'nin_d2l'] as const),
  ...(nightly ? (['googlenet_imagenet', 'resnet18_imagenet', 'vgg11_imagenet'] as const) : []),
];

test.each(large)('%s computes what PyTorch computes', { timeout: 600_000 }, expectOutput);
