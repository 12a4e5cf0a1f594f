// Random weights with the spread of He et al. (2015, "Delving Deep into Rectifiers"). Only integer arithmetic, additions
// and square roots, so every engine makes the same bits: a normal variate is a sum of eight uniform ones (Irwin–Hall).

import type { Initial } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { WeightSpec } from './specs.ts';

/**
 * Every tensor by its name, row-major: weights with mean 0 and variance 2 / fan-in, the others constant.
 * A tensor depends on the seed and on its own name and size only, so adding a layer changes no other layer.
 */
export function randomWeights(specs: readonly WeightSpec[], seed: number): ReadonlyMap<string, Float32Array> {
  return new Map(
    specs.map(({ name, shape, initial }) => [name, initialise(initial, sizeOf(shape), streamOf(name, seed))]),
  );
}

function initialise(initial: Initial, elements: number, stream: number): Float32Array {
  const data = new Float32Array(elements);
  switch (initial.kind) {
    case 'constant':
      return data.fill(initial.value);
    case 'he': {
      const deviation = Math.sqrt(2 / Math.max(1, initial.fanIn));
      for (let i = 0; i < elements; i++) data[i] = deviation * normal(stream, i);
      return data;
    }
    default:
      return initial satisfies never;
  }
}

/** Eight 16-bit uniforms from four words: mean 0, variance 1, at most 4.9 in size. */
function normal(stream: number, index: number): number {
  let sum = 0;
  for (let k = 0; k < 4; k++) {
    const word = mix(stream + mix(index * 4 + k));
    sum += (word & 0xffff) + (word >>> 16);
  }
  return (sum - 8 * 32767.5) * NORMALISE;
}

/** One uniform on 0…65535 has variance (65536² − 1) / 12. */
const NORMALISE = 1 / Math.sqrt((8 * (65536 * 65536 - 1)) / 12);

/** FNV-1a over the name's UTF-16 units, then the seed. */
function streamOf(name: string, seed: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return mix(hash ^ mix(seed + 0x9e3779b9));
}

/** The finaliser of MurmurHash3: 32 bits to 32 bits, a bijection. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
