// How much two modules of the same network differ in what they compute, on made-up inputs.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import { madeUpImages } from '../data/made-up.ts';
import type { EmittedModule, Values, WeightsSource } from './module.ts';
import { byName } from './module.ts';

export interface OutputDifference {
  readonly output: string;
  /** The largest difference of two numbers, as a part of the largest number; NaN or Infinity where outputs are not finite. */
  readonly relative: number;
}

interface Side {
  readonly module: EmittedModule;
  readonly weights: WeightsSource;
}

/** On so many images; modules are loaded one after the other, so that the memory of one is enough. */
export async function moduleDifferences(
  first: Side,
  second: Side,
  images: number,
): Promise<readonly OutputDifference[]> {
  const x = madeUpInputs(first.module, images);
  const names = Object.keys(first.module.outputs);
  const a = byName(await valuesOf(first, x), names);
  const b = byName(await valuesOf(second, x), names);
  return names.map((output) => {
    const [before, after] = [a.get(output)!, b.get(output)!];
    return { output, relative: before.every(Number.isFinite) ? relativeDifference(before, after) : NaN };
  });
}

/** As `run` takes them: an array, or several by name. */
export function madeUpInputs({ inputs, settings }: EmittedModule, images: number): Values {
  const arrays = Object.entries(inputs).map(([name, shape]) => {
    const of = Object.hasOwn(settings, name) ? (settings[name] as InputSettings) : undefined;
    return [name, madeUpImages(shape, images, of)] as const;
  });
  return arrays.length === 1 ? arrays[0]![1] : Object.fromEntries(arrays);
}

async function valuesOf({ module, weights }: Side, x: Values): Promise<Values> {
  const net = await module.load(weights);
  try {
    return net.run(x);
  } finally {
    net.close?.();
  }
}

/** max |a − b| / max |a|, the latter of finite numbers; Infinity where only one of them has numbers that are none. */
export function relativeDifference(a: Float32Array, b: Float32Array): number {
  let delta = 0;
  let largest = 0;
  for (let at = 0; at < a.length; at += 1) {
    const [left, right] = [a[at]!, b[at]!];
    if (Object.is(left, right)) continue;
    const distance = Math.abs(left - right);
    delta = Math.max(delta, Number.isNaN(distance) ? Infinity : distance);
  }
  for (const value of a) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  return delta === 0 ? 0 : delta / largest;
}
