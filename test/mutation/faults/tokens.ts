// Faults in tokens, attention and parts of axes: which features a head has, which pixels lie evenly, what a part begins with.

import type { Fault } from '../fault.ts';

const pytorch = ['test/ops/pytorch.test.ts'];
const gradients = ['test/autodiff/pytorch.test.ts'];
const properties = ['test/property/operators.test.ts', 'test/property/wasm-operators.test.ts'];
const places = ['test/schedule/regions.test.ts'];

export const tokenFaults: readonly Fault[] = [
  {
    name: 'scores are scaled by the features of all heads',
    file: 'compiler/ops/attention.ts',
    find: '1 / Math.sqrt(features! / heads)',
    replace: '1 / Math.sqrt(features!)',
    tests: pytorch,
  },
  {
    name: 'every head has the features of the first one',
    file: 'compiler/templates/head-product.ts',
    find: "k.let('left', add(an, mul(head, left.headStride)))",
    replace: "k.let('left', an)",
    tests: properties,
  },
  {
    name: 'the last columns of a product of heads are left out',
    file: 'compiler/templates/head-product.ts',
    find: 'if (lastWidth === 0) return;',
    replace: 'if (lastWidth === 0 || full > 0) return;',
    tests: properties,
  },
  {
    name: 'the gradient of keys is made of the scores, not turned',
    file: 'compiler/ops/attention.ts',
    find: "apply('head_spread', [ds, q], product)",
    replace: "apply('head_mixture', [ds, q], product)",
    tests: gradients,
  },
  {
    name: 'tokens go into an image column by column',
    file: 'compiler/ops/to-image.ts',
    find: "apply('reshape', [x!], { shape: [input!.shape[1]!, ...sizeAt(attributes, 'size')] })",
    replace:
      "apply('transpose', [apply('reshape', [x!], { shape: [input!.shape[1]!, ...sizeAt(attributes, 'size').toReversed()] })])",
    tests: properties,
  },
  {
    name: 'rows of a crop are taken to lie side by side',
    file: 'compiler/schedule/region.ts',
    find: 'if ((!even && slice.width > 1) ||',
    replace: 'if ((even && slice.width < 1) ||',
    tests: places,
  },
  {
    name: 'what is joined along the length begins at the first token',
    file: 'compiler/schedule/region.ts',
    find: 'within: region.within + start * stride,',
    replace: "within: region.within + (axis === 'width' ? 0 : start * stride),",
    tests: properties,
  },
  {
    name: 'a slice takes one place too many where its step does not divide it',
    file: 'compiler/ops/slice.ts',
    find: 'shape.with(axis, Math.ceil((end - start) / by))',
    replace: 'shape.with(axis, Math.floor((end - start) / by) + 1)',
    tests: pytorch,
  },
  {
    name: 'an odd margin of a crop is rounded up',
    file: 'compiler/ops/crop.ts',
    find: 'Math.floor(margin / 2)',
    replace: 'Math.ceil(margin / 2)',
    tests: pytorch,
  },
];
