// The weights that the examples ship, and what PyTorch computes with them (test/fixtures/pytorch/trained.py).

import { readFileSync } from 'node:fs';
import found from '../fixtures/pytorch/trained.json' with { type: 'json' };

export type TrainedExample = keyof typeof found;

export interface TrainedAnswers {
  /** Of Fashion-MNIST's test images, how many get their class. */
  readonly correct: number;
  readonly total: number;
  /** Of the first 64 test images. */
  readonly logits: readonly (readonly number[])[];
  /** Of the pictures in examples/pictures, by name. */
  readonly drawings: Readonly<Record<string, readonly number[]>>;
}

export const trainedExamples: readonly (readonly [TrainedExample, TrainedAnswers])[] = Object.entries(found) as never;

/** From the root of the project. */
export const trainedWeightsPath = (example: TrainedExample): string =>
  `examples/${example}/${example}-fashion-mnist.safetensors`;

export function trainedWeights(example: TrainedExample): Uint8Array {
  return readFileSync(new URL(`../../${trainedWeightsPath(example)}`, import.meta.url));
}

/** Mean and standard deviation of an example's input. */
const normal: Readonly<Record<TrainedExample, readonly [number, number]>> = {
  lenet: [0, 1],
  'lenet-bn': [0, 1],
  fashion: [0.286, 0.353],
};

/** What an example's network takes for bytes. */
export function trainedInput(example: TrainedExample, pixels: Uint8Array): Float32Array {
  const [mean, deviation] = normal[example];
  const values = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean) / deviation);
  const input = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 1) input[at] = values[pixels[at]!]!;
  return input;
}

/** Probabilities of a drawing's classes, in their order. */
export function drawnProbabilities(example: TrainedExample, drawing: string): readonly number[] {
  const [, answers] = trainedExamples.find(([name]) => name === example)!;
  const powers = answers.drawings[drawing]!.map(Math.exp);
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum);
}
