// What a measurement of a network tells.

import type { Batches } from './batch.ts';

export interface Evaluation {
  readonly count: number;
  /** Mean over the images, or over the pixels that count; of squared errors as the loss says. */
  readonly loss: number;
  /** How many images got their class; of maps, the sum of the shares of their pixels that did. Absent where the network tells no classes. */
  readonly correct?: number;
  /** Of maps: of how many images the pixels are that count; absent where all do. */
  readonly counted?: number;
  /** Of maps: see `MapScore`. */
  readonly meanIou?: number;
  /** Of each of several outputs. */
  readonly losses?: readonly NamedMeasures[];
  /** Absent where the network tells no class of an image. */
  readonly answers?: Answers;
}

/** How well a network did. */
export interface Measures {
  readonly loss: number;
  /** Share of the images, or of the pixels of maps, that got their class. */
  readonly accuracy?: number;
  /** Of maps: see `MapScore`. */
  readonly meanIou?: number;
  /** Of each of several outputs. */
  readonly losses?: readonly NamedMeasures[];
}

/** How well a network did at an output; the loss is that without its factor. */
export interface NamedMeasures extends Omit<Measures, 'losses'> {
  readonly of: string;
}

/** What is told of an evaluation. */
export function measuresOf({ count, loss, correct, counted = count, meanIou, losses }: Evaluation): Measures {
  return {
    loss,
    ...(correct !== undefined && { accuracy: correct / (counted || 1) }),
    ...(meanIou !== undefined && { meanIou }),
    ...(losses && { losses }),
  };
}

/** Of each image, in the order of the indices. */
export interface Answers {
  /** [count]: the class with the largest score, the first of several; −1 where a score is NaN. */
  readonly predicted: Int32Array;
  /** [count]: the probability of that class; with squared errors, its score. NaN where a score is. */
  readonly confidence: Float32Array;
}

/** What the network gives for images [n,…], by the names of its outputs. */
export type Outputs = (x: Float32Array) => Promise<ReadonlyMap<string, Float32Array>>;

/** Measures what is given for these images. */
export type Measure = (run: Outputs, images: Batches, indices: Uint32Array) => Promise<Evaluation>;
