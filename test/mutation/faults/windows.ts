// Faults where windows meet the borders of an image: padding, stride, dilation, what a mean counts, corners, epilogues, NaN. In
// the references PyTorch's cases notice them; in the kernels the properties of each target do, each by itself.

import type { Fault } from '../fault.ts';

const javascript = ['test/property/operators.test.ts'];
const webassembly = ['test/property/wasm-operators.test.ts'];

/** A fault in a template of both targets: the tests of either must notice it. */
function onBoth(fault: Fault): readonly Fault[] {
  return [
    { ...fault, name: `${fault.name} (JavaScript)`, tests: javascript },
    { ...fault, name: `${fault.name} (WebAssembly)`, tests: webassembly },
  ];
}

const pytorch = ['test/ops/pytorch.test.ts'];
const fused = ['test/property/fusion.test.ts'];

const inReferences: readonly Fault[] = [
  {
    name: 'a transposed convolution cuts the padding of the bottom off the top',
    file: 'compiler/ops/conv-transpose.ts',
    find: 'const oy = iy * rows.stride - rows.before + ky * rows.dilation;',
    replace: 'const oy = iy * rows.stride - rows.after + ky * rows.dilation;',
  },
  {
    name: 'a pooling window starts by the padding of the right',
    file: 'compiler/ops/pooling.ts',
    find: 'ox * columns.stride - columns.before]',
    replace: 'ox * columns.stride - columns.after]',
  },
  {
    name: 'a mean counts padding when count_padding is off',
    file: 'compiler/ops/avg-pool.ts',
    find: '? taps : pixels.length',
    replace: '? pixels.length : taps',
  },
  {
    name: 'a norm takes odd powers with their sign',
    file: 'compiler/ops/lp-pool.ts',
    find: '% 2 === 0 ? x : abs(x)',
    replace: '% 2 === 0 ? x : x',
  },
  {
    name: 'bilinear upsampling takes the corners of pixels for their centres',
    file: 'compiler/ops/resample-taps.ts',
    find: '(at + 0.5) * scale - 0.5',
    replace: 'at * scale',
  },
  {
    name: 'replicated padding starts again at the other side',
    file: 'compiler/ops/pad-sources.ts',
    find: 'Math.min(Math.max(at, 0), extent - 1)',
    replace: '(at + extent * 4) % extent',
  },
  {
    name: 'hard sigmoid has the slope of Keras',
    file: 'compiler/ops/hard-sigmoid.ts',
    find: 'add(x, constant(3))',
    replace: 'add(x, constant(2.5))',
  },
  {
    name: 'an even window of local response norm leans to the right',
    file: 'compiler/ops/local-response-norm.ts',
    find: 'const before = Math.floor(size / 2);',
    replace: 'const before = Math.floor((size - 1) / 2);',
  },
  {
    name: 'a shuffle of channels is undone',
    file: 'compiler/ops/channel-shuffle.ts',
    find: '(c % groups) * (channels / groups) + Math.floor(c / groups)',
    replace: '(c % (channels / groups)) * groups + Math.floor(c / (channels / groups))',
  },
  {
    name: 'the pixels of a square are taken column by column',
    file: 'compiler/ops/pixel-shuffle.ts',
    find: '(plane * factor + (row % factor)) * factor + (column % factor)',
    replace: '(plane * factor + (column % factor)) * factor + (row % factor)',
  },
].map((fault) => ({ ...fault, tests: pytorch }));

const inKernels: readonly Fault[] = [
  ...onBoth({
    name: 'a depthwise window moves across by the stride of the rows',
    file: 'compiler/templates/depthwise.ts',
    find: 'sub(mul(rem(pixel, output.width), stride[1]), padding[1])',
    replace: 'sub(mul(rem(pixel, output.width), stride[0]), padding[1])',
  }),
  ...onBoth({
    name: 'the taps of a depthwise window are as far apart across as down',
    file: 'compiler/templates/depthwise.ts',
    find: 'mul(j, dilation[1])), input.pixelStride)',
    replace: 'mul(j, dilation[0])), input.pixelStride)',
  }),
  {
    name: 'neighbours in a block of depthwise pixels are one column apart whatever the stride',
    file: 'compiler/templates/depthwise-blocks.ts',
    find: 'at * stride[1] + j * dilation[1]',
    replace: 'at + j * dilation[1]',
    tests: webassembly,
  },
  {
    name: 'a block of depthwise pixels starts one column too far left',
    file: 'compiler/templates/depthwise-blocks.ts',
    find: 'first * stride[1] >= padding[1]',
    replace: 'first * stride[1] + 1 >= padding[1]',
    tests: webassembly,
  },
  ...onBoth({
    name: 'gathered taps are as far apart across as down',
    file: 'compiler/templates/gather.ts',
    find: 'add(left, mul(j, dilation[1]))',
    replace: 'add(left, mul(j, dilation[0]))',
  }),
  ...onBoth({
    name: 'a gathered window that reaches one column beyond the map counts as inside',
    file: 'compiler/templates/gather.ts',
    find: 'le(left, last[1])',
    replace: 'le(left, last[1] + 1)',
  }),
  ...onBoth({
    name: 'a transposed convolution spreads columns by the stride of the rows',
    file: 'compiler/templates/gather.ts',
    find: 'div(w, inputDilation[1])',
    replace: 'div(w, inputDilation[0])',
  }),
  {
    name: 'the padded map is shifted down by the padding of the left',
    file: 'compiler/templates/padded-map.ts',
    find: 'add(h, -padding[0])',
    replace: 'add(h, -padding[1])',
    tests: webassembly,
  },
  {
    name: 'a window read directly skips rows by the dilation of the columns',
    file: 'compiler/templates/conv-direct.ts',
    find: 'stride: dilation[0] * map.width * channels',
    replace: 'stride: dilation[1] * map.width * channels',
    tests: ['test/property/wasm-algorithms.test.ts', ...webassembly],
  },
  ...onBoth({
    name: 'a pooling kernel starts by the padding of the end',
    file: 'compiler/templates/pool.ts',
    find: 'sub(mul(at, stride), before)',
    replace: 'sub(mul(at, stride), after)',
  }),
  ...onBoth({
    name: 'a dilated window of a kernel begins at the border of the map',
    file: 'compiler/templates/pool.ts',
    find: 'add(first, mul(skipped, step))',
    replace: 'max(first, 0)',
  }),
  ...onBoth({
    name: 'circular padding in a kernel skips the last pixel',
    file: 'compiler/templates/pad.ts',
    find: 'select(lt(at, 0), add(at, extent), at)',
    replace: 'select(lt(at, 0), add(at, extent - 1), at)',
  }),
  ...onBoth({
    name: 'a sum over a window at the border counts the nearest pixels twice',
    file: 'compiler/templates/pool.ts',
    find: "if (spec.operation !== 'max' || !small)",
    replace: "if (spec.operation === 'avg' || !small)",
  }),
  ...onBoth({
    name: 'the maximum of a large window is at least zero',
    file: 'compiler/templates/pool.ts',
    find: 'fmax(value.value, read(h, w, c, count))',
    replace: 'fmax(fmax(value.value, v.constant(0)), read(h, w, c, count))',
  }),
  ...onBoth({
    name: 'adaptive windows of a kernel end where the next one starts',
    file: 'compiler/templates/pool.ts',
    find: 'div(add(mul(add(at, 1), extent), outputs - 1), outputs)',
    replace: 'div(mul(add(at, 1), extent), outputs)',
  }),
  ...onBoth({
    name: 'the kernel of resizing takes the corners of pixels for their centres',
    file: 'compiler/templates/resample-taps.ts',
    find: 'fsub(fmul(fadd(number, f64(0.5)), f64(scale)), f64(0.5))',
    replace: 'fmul(number, f64(scale))',
  }),
  ...onBoth({
    name: 'bilinear upsampling goes on in a straight line beyond the border',
    file: 'compiler/templates/resample-taps.ts',
    find: 'fmax(place, f64(0))',
    replace: 'fmax(place, f64(-0.5))',
  }),
  ...onBoth({
    name: 'a reflection in a kernel repeats the last pixel',
    file: 'compiler/templates/pad.ts',
    find: 'sub(2 * (extent - 1), folded)',
    replace: 'sub(2 * extent - 1, folded)',
  }),
  ...onBoth({
    name: 'a row below the map is copied instead of filled',
    file: 'compiler/templates/pad.ts',
    find: 'lt(h, input.height)',
    replace: 'lt(h, input.height + 1)',
  }),
  {
    name: 'a residual is read as if it lay densely (JavaScript)',
    file: 'compiler/templates/epilogue.ts',
    find: 'mul(place.pixel, step.pixelStride)',
    replace: 'mul(place.pixel, v.lanes === 1 ? 1 : step.pixelStride)',
    tests: fused,
  },
  {
    name: 'a residual is read as if it lay densely (WebAssembly)',
    file: 'compiler/templates/epilogue.ts',
    find: 'mul(place.pixel, step.pixelStride)',
    replace: 'mul(place.pixel, v.lanes > 1 ? 1 : step.pixelStride)',
    tests: fused,
  },
  {
    name: 'a gate is added (JavaScript)',
    file: 'compiler/templates/epilogue.ts',
    find: "step.operation === 'add' ? fadd",
    replace: "step.operation === 'add' || v.lanes === 1 ? fadd",
    tests: fused,
  },
  {
    name: 'a gate is added (WebAssembly)',
    file: 'compiler/templates/epilogue.ts',
    find: "step.operation === 'add' ? fadd",
    replace: "step.operation === 'add' || v.lanes > 1 ? fadd",
    tests: fused,
  },
  {
    name: 'a limit on vectors swallows NaN',
    file: 'compiler/templates/scalar.ts',
    find: 'const larger = pmax(value, limit);',
    replace: 'const larger = pmax(limit, value);',
    tests: webassembly,
  },
];

export const windowFaults: readonly Fault[] = [...inReferences, ...inKernels];
