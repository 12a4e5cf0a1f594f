// What the bench of trainings compares: a network with first weights and one batch, taking steps of SGD.

import type { Graph } from '../../../compiler/ir/graph.ts';

export interface StepTime {
  readonly milliseconds: number;
  /** Before the step's update. */
  readonly loss: number;
}

export interface Learner {
  readonly name: string;
  /** So many steps, one after another, from where the last ones ended. */
  steps(count: number): Promise<readonly StepTime[]>;
  close(): void | Promise<void>;
}

/** The same for all learners. */
export interface Lesson {
  readonly graph: Graph;
  /** Weights and running statistics by their names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** `[N, …]`, row-major. */
  readonly images: Float32Array;
  /** `[N]`, classes. */
  readonly labels: Float32Array;
  readonly rate: number;
}
