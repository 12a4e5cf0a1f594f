// Runs one kernel of a template on an arena of maps: verified, interpreted, and as what is emitted for its target, on one thread and
// on three, all with the same bits. What is not part of its result stays as it was.

import { printKernelFunction, printScalarFunction } from '../../compiler/codegen/typescript.ts';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel, Statement } from '../../compiler/kernel/ir.ts';
import { verifyKernel } from '../../compiler/kernel/verify.ts';
import { blocksOf, collectFunctions } from '../../compiler/kernel/walk.ts';
import type { Slice } from '../../compiler/templates/geometry.ts';
import type { Target } from '../../compiler/templates/target.ts';
import { fusedTarget, scalarTarget, stepTarget, vectorTarget } from '../../compiler/templates/target.ts';
import * as bits from '../../runtime/bits.ts';
import { runWasmKernel } from './wasm-kernel.ts';

/** The targets of steps, and the largest error of a sum in each, relative to the sum of magnitudes. */
export const stepTargets: readonly (readonly [name: string, target: Target])[] = [
  ['f64', stepTarget(scalarTarget)],
  ['f32', stepTarget(vectorTarget)],
  ['f32 with fused multiply–adds', stepTarget(fusedTarget)],
];

/** Numbers that nobody may read or write lie between the maps. */
const gap = 7;

export interface Arena {
  /** Lays a map of images out and returns its base. `data`: NCHW. */
  map(slice: Slice, images: number, data?: ArrayLike<number>): number;
  /** Lays numbers out side by side, or makes room for so many. */
  numbers(data: ArrayLike<number> | number): number;
  readonly elements: number[];
}

/** An arena in the making. */
export function arenaOf(): Arena {
  const elements: number[] = [];
  const room = (length: number): number => {
    for (let i = 0; i < gap; i += 1) elements.push(NaN);
    const base = elements.length;
    for (let i = 0; i < length; i += 1) elements.push(NaN);
    return base;
  };
  return {
    elements,
    map(slice, images, data) {
      const base = room(images * slice.imageStride);
      if (data) placesOf(slice, images, base).forEach((place, i) => (elements[place] = data[i]!));
      return base;
    },
    numbers(data) {
      const base = room(typeof data === 'number' ? data : data.length);
      if (typeof data !== 'number') for (let i = 0; i < data.length; i += 1) elements[base + i] = data[i]!;
      return base;
    },
  };
}

/** Where the elements of a map lie, in NCHW order. */
export function placesOf({ channels, height, width, pixelStride, imageStride }: Slice, images: number, base: number) {
  const places: number[] = [];
  for (let n = 0; n < images; n += 1)
    for (let c = 0; c < channels; c += 1)
      for (let p = 0; p < height * width; p += 1) places.push(base + n * imageStride + p * pixelStride + c);
  return places;
}

export interface TemplateRun {
  readonly kernel: Kernel;
  readonly target: Target;
  readonly arena: Arena;
  readonly weights?: Float32Array;
  readonly shared?: number;
  readonly scratch?: number;
  readonly parameters: readonly number[];
  /** Where the result lies. */
  readonly places: readonly number[];
}

/** The result's elements. Throws where anything is wrong. */
export function runTemplate(run: TemplateRun): readonly number[] {
  const { kernel, target, arena, parameters, places } = run;
  const problems = verifyKernel(kernel);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const memories = () =>
    new Map([
      ['arena', Float32Array.from(arena.elements)],
      ['weights', run.weights ?? new Float32Array(0)],
      ['shared', new Float32Array(run.shared ?? 0).fill(NaN)],
      ['scratch', new Float32Array(run.scratch ?? 0).fill(NaN)],
    ]);
  const expected = memories();
  const before = expected.get('arena')!.slice();
  interpretKernel(kernel, expected, parameters);
  const found = expected.get('arena')!;
  const results = places.map((place) => found[place]!);
  const own = new Set(places);
  found.forEach((value, at) => {
    if (!own.has(at) && !Object.is(value, before[at])) throw new Error(`${kernel.name} writes to arena[${at}]`);
  });
  const compare = (how: string, other: Float32Array): void =>
    other.forEach((value, at) => {
      if (!Object.is(value, found[at])) throw new Error(`${how}: arena[${at}] is ${value}, not ${found[at]}`);
    });
  if (target.lanes === 1) {
    const emitted = memories();
    runEmitted(kernel, emitted, parameters);
    compare('JavaScript', emitted.get('arena')!);
    return results;
  }
  const barriers = kernel.body.filter(({ kind }) => kind === 'barrier').length;
  // What is added to from round to round cannot be done again: test/train/threads.test.ts has such kernels in real threads.
  const meetsInLoops = kernel.body.some((statement) => statement.kind === 'for' && holdsBarrier(statement));
  for (const parts of meetsInLoops ? [1] : [1, 3]) {
    const emitted = memories();
    // Threads that run one after the other do all again after each barrier.
    const rounds = parts === 1 ? 1 : barriers + 1;
    runWasmKernel(kernel, emitted, parameters, { parts, rounds, moving: new Set(['scratch']) });
    compare(`WebAssembly in ${parts} parts`, emitted.get('arena')!);
  }
  return results;
}

function holdsBarrier(statement: Statement): boolean {
  return statement.kind === 'barrier' || blocksOf(statement).some((body) => body.some(holdsBarrier));
}

/** As emitted JavaScript. */
export function runEmitted(
  kernel: Kernel,
  memories: ReadonlyMap<string, Float32Array>,
  parameters: readonly number[],
): void {
  const functions = collectFunctions([kernel]).map((one) => printScalarFunction(one, false));
  const text = [...functions, printKernelFunction(kernel, false)].join('\n');
  const run = new Function(...Object.keys(bits), `'use strict';\n${text}\nreturn ${kernel.name};`)(
    ...Object.values(bits),
  );
  run(...kernel.memories.map(({ name }) => memories.get(name)), ...parameters);
}
