// The large networks through the f64 interpreter: minutes and gigabytes, so not in the quick suite.

import { test } from 'vitest';
import { expectOutput } from './goldens.ts';

const large = [
  'alexnet_d2l',
  'alexnet_imagenet',
  'googlenet_imagenet',
  'nin_d2l',
  'resnet18_imagenet',
  'vgg11_d2l',
  'vgg11_imagenet',
] as const;

test.each(large)('%s computes what PyTorch computes', { timeout: 600_000 }, expectOutput);
