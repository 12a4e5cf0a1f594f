// Kernels in the form in which threads share the images of a batch: the same bits as where they share the parts of each image.

import { expect, test } from 'vitest';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel, Statement } from '../../compiler/kernel/ir.ts';
import { channel, constant, mul, sub, x } from '../../compiler/ir/scalar.ts';
import { convDirect, directMemory } from '../../compiler/templates/conv-direct.ts';
import { gatherScratch, sharesColumns } from '../../compiler/templates/conv-geometry.ts';
import { conv } from '../../compiler/templates/conv.ts';
import { dense } from '../../compiler/templates/dense.ts';
import { depthwise } from '../../compiler/templates/depthwise.ts';
import { elementwise } from '../../compiler/templates/elementwise.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import { localResponseNorm, localResponseNormScratch } from '../../compiler/templates/local-response-norm.ts';
import { pad } from '../../compiler/templates/pad.ts';
import { globalPool, pool } from '../../compiler/templates/pool.ts';
import { resample, resampleScratch } from '../../compiler/templates/resample.ts';
import { reshape } from '../../compiler/templates/reshape.ts';
import { softmax } from '../../compiler/templates/softmax.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { winogradMemory } from '../../compiler/templates/winograd-geometry.ts';
import { square } from '../../compiler/templates/winograd-transforms.ts';
import { winograd } from '../../compiler/templates/winograd.ts';
import { centred, unit } from '../support/formula.ts';
import { arenaOf, placesOf, runTemplate, stepTargets } from '../support/template-run.ts';

const images = 5;
const sliceOf = (channels: number, height: number, width: number): Slice => ({
  channels,
  height,
  width,
  pixelStride: channels,
  imageStride: height * width * channels,
});
const [map, wide, halved, pixel] = [sliceOf(6, 8, 8), sliceOf(10, 8, 8), sliceOf(6, 4, 4), sliceOf(6, 1, 1)];
const window = {
  input: map,
  output: wide,
  groups: 1,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
  dilation: [1, 1],
  inputDilation: [1, 1],
  bias: true,
  weights: 'f32',
  epilogue: [],
} as const;

interface Made {
  readonly kernel: Kernel;
  readonly input: Slice;
  readonly output: Slice;
  /** Weights by their place in the memory `weights`. */
  readonly packed?: readonly number[];
  readonly shared?: number;
  readonly scratch?: number;
}

function resized(mode: 'bilinear' | 'bicubic', target: Target): Made {
  const axis = { input: halved.height, output: map.height, scale: halved.height / map.height };
  const resampling = { mode, aligned: false, rows: axis, columns: axis };
  const spec = { input: halved, output: map, resampling };
  return { ...spec, kernel: resample('k', spec, target), scratch: resampleScratch(spec) };
}

const templates: Readonly<Record<string, (target: Target) => Made>> = {
  conv: (target) => {
    const length = gatherScratch(window, target);
    const memory = sharesColumns(window, target) ? { shared: length } : { scratch: length };
    return { ...window, kernel: conv('k', window, target), packed: [0, 2000], ...memory };
  },
  'direct conv': (target) => ({
    ...window,
    kernel: convDirect('k', window, target),
    packed: [0, 2000],
    ...directMemory(window, target),
  }),
  winograd: (target) => {
    const spec = {
      ...window,
      form: square({ results: 2, filter: 3 }),
      kernel: [3, 3],
      stride: 1,
      map: wide,
      epilogue: [],
      then: [],
    } as const;
    const memory = winogradMemory(spec, target);
    return { ...window, kernel: winograd('k', spec, target), packed: [0, 3000, 6000], ...memory };
  },
  depthwise: (target) => {
    const spec = { ...window, output: map };
    return { ...spec, kernel: depthwise('k', spec, target), packed: [0, 500] };
  },
  pool: (target) => {
    const windows = {
      kind: 'sliding',
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0, 0, 0],
      countPadding: true,
    } as const;
    const spec = { operation: 'max', input: map, output: halved, windows, epilogue: [] } as const;
    return { ...spec, kernel: pool('k', spec, target) };
  },
  'global pool': (target) => {
    const spec = { operation: 'avg', input: map, output: pixel, epilogue: [] } as const;
    return { ...spec, kernel: globalPool('k', spec, target) };
  },
  softmax: (target) => ({
    input: map,
    output: map,
    kernel: softmax('k', { input: map, output: map, logarithm: false }, target),
  }),
  bilinear: (target) => resized('bilinear', target),
  bicubic: (target) => resized('bicubic', target),
  pad: (target) => {
    const spec = { input: halved, output: sliceOf(6, 6, 6), padding: [1, 1], mode: 'constant', value: 2 } as const;
    return { ...spec, kernel: pad('k', spec, target) };
  },
  reshape: (target) => {
    const spec = { input: halved, output: sliceOf(96, 1, 1) };
    return { ...spec, kernel: reshape('k', spec, target) };
  },
  'local response norm': (target) => {
    const spec = { input: map, output: map, size: 3, alpha: 0.1, beta: 0.75, k: 1 };
    const scratch = localResponseNormScratch(spec, target);
    return { ...spec, kernel: localResponseNorm('k', spec, target), scratch };
  },
  dense: (target) => {
    const spec = {
      input: sliceOf(9, 1, 1),
      output: sliceOf(20, 1, 1),
      bias: true,
      epilogue: [],
      weights: 'f32',
    } as const;
    return { ...spec, kernel: dense('k', spec, target), packed: [0, 500] };
  },
  elementwise: (target) => {
    const operand = { memory: 'arena', type: 'f32', strides: [48, 6, 1], imageStride: map.imageStride } as const;
    const combination = { kind: 'fold', operation: 'mul' } as const;
    const spec = { extents: [8, 8, 6], operands: [operand], result: operand, combination, then: [], batched: true };
    return { input: map, output: map, kernel: elementwise('k', spec, target) };
  },
};

const parallelLoops = (statements: readonly Statement[]): number =>
  statements.reduce((total, one) => {
    if (one.kind === 'barrier') throw new Error('a barrier');
    if (one.kind === 'if') return total + parallelLoops(one.then) + parallelLoops(one.otherwise);
    if (one.kind !== 'for') return total;
    return total + (one.mode === 'parallel' ? 1 : 0) + parallelLoops(one.body);
  }, 0);

const cases = stepTargets.flatMap(([name, target]) =>
  Object.keys(templates).map((key) => [key, name, target] as const),
);

test.each(cases)('%s in %s', (key, _, target) => {
  const weights = unit(7, 12_000);
  const prepared = ({ input, output, packed = [] }: Made) => {
    const arena = arenaOf();
    const base = arena.map(input, images, centred(3, images * input.imageStride, 2));
    const to = arena.map(output, images);
    return { arena, weights, parameters: [base, ...packed, to, images], places: placesOf(output, images, to) };
  };
  const step = templates[key]!(target);
  const found = runTemplate({ ...step, ...prepared(step), target });
  // Of a dense layer threads share the columns, if there are any.
  if (key !== 'dense' || target.threads) expect(parallelLoops(step.kernel.body)).toBeGreaterThan(0);

  const tiles = templates[key]!({ ...target, parallel: 'tiles' });
  const { arena, parameters, places } = prepared(tiles);
  const elements = Float32Array.from(arena.elements);
  const memories = new Map([
    ['arena', elements],
    ['weights', weights],
    ['shared', new Float32Array(tiles.shared ?? 0)],
    ['scratch', new Float32Array(tiles.scratch ?? 0)],
  ]);
  interpretKernel(tiles.kernel, memories, parameters);
  expect(found).toEqual(places.map((place) => elements[place]));
});

test.each(stepTargets)('an update of parameters in %s', (_, target) => {
  for (const length of [1, 37]) {
    const operand = { memory: 'arena', type: 'f32', strides: [1], imageStride: 0 } as const;
    const combination = { kind: 'scalar', expression: sub(x, mul(constant(0.5), channel(1))) } as const;
    const spec = {
      extents: [length],
      operands: [operand, operand],
      result: operand,
      combination,
      then: [],
      batched: false,
    };
    const arena = arenaOf();
    const [weight, gradient] = [centred(1, length, 1), centred(2, length, 1)];
    const [to, from] = [arena.numbers(weight), arena.numbers(gradient)];
    // Written over its first operand.
    const found = runTemplate({
      kernel: elementwise('update', spec, target),
      target,
      arena,
      parameters: [to, from, to],
      places: Array.from(weight, (_none, i) => to + i),
    });
    found.forEach((value, i) => expect(value).toBeCloseTo(weight[i]! - 0.5 * gradient[i]!, 6));
  }
});
