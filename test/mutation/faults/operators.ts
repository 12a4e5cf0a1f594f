// Faults in the operators: what they infer, and the reference that everything else is compared with.

import type { Fault } from '../fault.ts';

export const operatorFaults: readonly Fault[] = [
  {
    name: 'clip forgets its upper bound',
    file: 'compiler/ops/clip.ts',
    find: "min(max(x, constant(numberOf(attributes, 'min'))), constant(numberOf(attributes, 'max')))",
    replace: "max(x, constant(numberOf(attributes, 'min')))",
  },
  {
    name: 'clip has min and max swapped',
    file: 'compiler/ops/clip.ts',
    find: "min(max(x, constant(numberOf(attributes, 'min'))),",
    replace: "max(min(x, constant(numberOf(attributes, 'min'))),",
  },
  {
    name: 'ceil rounding keeps a window that starts in the padding',
    file: 'compiler/ops/window.ts',
    find: 'return lastWindowDropped(axis, extent) ? extent - 1 : extent;',
    replace: 'return extent;',
  },
  {
    name: 'same padding puts the odd row first',
    file: 'compiler/ops/window.ts',
    find: 'return [Math.floor(total / 2), Math.ceil(total / 2)];',
    replace: 'return [Math.ceil(total / 2), Math.floor(total / 2)];',
  },
  {
    name: 'the output extent ignores dilation',
    file: 'compiler/ops/window.ts',
    find: 'return axis.dilation * (axis.kernel - 1) + 1;',
    replace: 'return axis.kernel;',
  },
  {
    name: 'a convolution ignores dilation between rows',
    file: 'compiler/ops/convolution.ts',
    find: 'const iy = oy * down - top + ky * dy;',
    replace: 'const iy = oy * down - top + ky;',
  },
  {
    name: 'a convolution is off by one in its left padding',
    file: 'compiler/ops/convolution.ts',
    find: 'const shift = kx * dx - left;',
    replace: 'const shift = kx * dx - left + 1;',
  },
  {
    name: 'output channels are dealt to groups in turn',
    file: 'compiler/ops/convolution.ts',
    find: 'Math.floor(o / share) * depth + d',
    replace: '(o % groups) * depth + d',
  },
  {
    name: 'a strict convolution is not flipped',
    file: 'compiler/ops/convolution.ts',
    find: "const flip = wordOf(attributes, 'mode') === 'convolution';",
    replace: 'const flip = false;',
  },
  {
    name: 'the spread of weights takes output channels for input channels',
    file: 'compiler/ops/convolution.ts',
    find: 'fanIn: weight[1]! * taps',
    replace: 'fanIn: weight[0]! * taps',
  },
  {
    name: 'the MACs of a convolution forget its groups',
    file: 'compiler/ops/conv.ts',
    find: 'sizeOf(weightShape(input!.shape, attributes, channelsOf(attributes))) *',
    replace: 'sizeOf(weightShape(input!.shape, attributes, { ...channelsOf(attributes), groups: 1 })) *',
    tests: ['test/ops', 'test/analysis'],
  },
  {
    name: 'output_padding is ignored',
    file: 'compiler/ops/conv-transpose.ts',
    find: '- axis.after + reach(axis) + axis.extra;',
    replace: '- axis.after + reach(axis);',
  },
  {
    name: 'a mean counts padding whatever count_padding says',
    file: 'compiler/ops/avg-pool.ts',
    find: "(flagOf(attributes, 'count_padding') ? taps : pixels.length)",
    replace: 'taps',
  },
  {
    name: 'a mean counts what overhangs the padding',
    file: 'compiler/ops/pooling.ts',
    find: 'iy < Math.min(top + reach(rows), height + rows.after)',
    replace: 'iy < top + reach(rows)',
  },
  {
    name: 'adaptive windows end where the next one starts',
    file: 'compiler/ops/adaptive-windows.ts',
    find: 'Math.ceil(((index + 1) * input) / output)',
    replace: 'Math.floor(((index + 1) * input) / output)',
  },
  {
    name: 'local response norm does not divide alpha by the size',
    file: 'compiler/ops/local-response-norm.ts',
    find: '(alpha / size) * squares',
    replace: 'alpha * squares',
  },
  {
    name: 'batch norm adds epsilon to the deviation',
    file: 'compiler/ops/batch-norm.ts',
    find: 'Math.sqrt(variance!.data[c]! + epsilon)',
    replace: '(Math.sqrt(variance!.data[c]!) + epsilon)',
  },
  {
    name: 'softmax does not shift by the maximum',
    file: 'compiler/ops/normalized-exponential.ts',
    find: 'largest = Math.max(largest, x!.data[at]!);',
    replace: 'largest = 0;',
  },
  {
    name: 'reflection repeats the border pixel',
    file: 'compiler/ops/pad-sources.ts',
    find: '(at < 0 ? -at : at < extent',
    replace: '(at < 0 ? -at - 1 : at < extent',
  },
  {
    name: 'an extent of 1 is not repeated',
    file: 'compiler/ops/broadcast.ts',
    find: 'if (type.shape[axis]! !== 1) at += position * step;',
    replace: 'at += position * step;',
  },
];
