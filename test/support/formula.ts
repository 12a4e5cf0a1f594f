// Weights and inputs by a formula, in place of large files: element i of tensor k is a hash of both. PyTorch's goldens were
// computed with the same one.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';

/** `length` numbers in [0, 1), exact in f32: a hash of the element's number, seeded by the tensor's number `k`. */
export function unit(k: number, length: number): Float32Array<ArrayBuffer> {
  const seed = seedOf(k);
  const result = new Float32Array(length);
  for (let i = 0; i < length; i += 1) result[i] = unitAt(i + seed);
  return result;
}

/** `length` numbers in [−limit, limit), rounded to f32 after each step. */
export function centred(k: number, length: number, limit: number): Float32Array<ArrayBuffer> {
  const range = Math.fround(2 * limit);
  const seed = seedOf(k);
  const result = new Float32Array(length);
  for (let i = 0; i < length; i += 1) result[i] = (unitAt(i + seed) - 0.5) * range;
  return result;
}

/** The input of the goldens: `images` images for the graph's first input. */
export function formulaInput(graph: Graph, images = 1): Float32Array {
  return inputOf(images * sizeOf(typeOf(graph, graph.inputs[0]!.value).shape));
}

/** Every input by name, each with other numbers. */
export function formulaInputs(graph: Graph, images: number): Map<string, Float32Array> {
  return new Map(
    graph.inputs.map(({ name, value }, at) => [name, inputOf(images * sizeOf(typeOf(graph, value).shape), at)]),
  );
}

/** Numbers in [−1, 1) for the input of that number. */
export function inputOf(length: number, input = 0): Float32Array {
  return centred(999_999 + input, length, 1);
}

/**
 * Every parameter of a graph by name: weights in ±√(6 / fan-in), what starts at 0 (biases, means) in ±0.1, what starts at 1
 * (scales, variances) in [0.5, 1.5).
 */
export function formulaWeights(graph: Graph): Map<string, Float32Array> {
  return new Map(
    graph.parameters.map(({ name, value, initial }, k) => {
      const length = sizeOf(typeOf(graph, value).shape);
      if (initial.kind === 'he') return [name, centred(k, length, Math.sqrt(6 / initial.fanIn))];
      return [name, initial.value === 0 ? centred(k, length, 0.1) : unit(k, length).map((u) => u + 0.5)];
    }),
  );
}

const seedOf = (k: number): number => Math.imul(k + 1, 0x9e3779b9);

const unitAt = (place: number): number => (mix(place) >>> 8) / 2 ** 24;

/** MurmurHash3's finaliser on 32 bits. */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
