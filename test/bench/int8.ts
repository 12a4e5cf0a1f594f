// What networks in whole numbers of 8 bits are made and judged by in the bench, ours and those of peers alike.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import type { ImageInputs } from '../../src/quantize/tapped.ts';
import { centred, formulaWeights, inputOf } from '../support/formula.ts';
import type { Engine, Weights } from './engine.ts';
import { createOurs } from './ours.ts';
import type { OursOptions } from './ours.ts';

const CALIBRATION_IMAGES = 4;

/** On which intervals are seen: of the kind of `formulaInput`, with other numbers. */
export function calibrationImages(graph: Graph): readonly ImageInputs[] {
  const { name, value } = graph.inputs[0]!;
  const size = sizeOf(typeOf(graph, value).shape);
  return Array.from({ length: CALIBRATION_IMAGES }, (_, at) => new Map([[name, inputOf(size, at + 1)]]));
}

/**
 * Those of `formulaWeights`, with weights whose distribution is a bell, as that of trained ones is: sums of four numbers, with the same
 * variance. How large most are beside the largest of a channel decides which dot products hosts without VNNI join.
 */
export function bellShapedWeights(graph: Graph): Map<string, Float32Array> {
  const weights = formulaWeights(graph);
  graph.parameters.forEach(({ name, value, initial }, k) => {
    if (initial.kind !== 'he') return;
    const length = sizeOf(typeOf(graph, value).shape);
    const parts = [0, 1, 2, 3].map((part) => centred(1000 * (part + 1) + k, length, Math.sqrt(1.5 / initial.fanIn)));
    weights.set(
      name,
      parts[0]!.map((first, at) => first + parts[1]![at]! + parts[2]![at]! + parts[3]![at]!),
    );
  });
  return weights;
}

/** The emitted module of the network quantised on `images`. */
export async function createOursInt8(
  graph: Graph,
  weights: Weights,
  images: readonly ImageInputs[],
  options: OursOptions = {},
): Promise<Engine> {
  const quantized = await quantizeNetwork({ graph }, weights, images);
  return createOurs(quantized.graph, quantized.tensors, options);
}

/** Signal to noise, 10·log10(Σ x² / Σ (x − y)²); Infinity where nothing differs. */
export function decibels(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  let [signal, noise] = [0, 0];
  for (let at = 0; at < expected.length; at += 1) {
    signal += expected[at]! ** 2;
    noise += (expected[at]! - found[at]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
