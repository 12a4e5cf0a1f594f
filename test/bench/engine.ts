// What the bench compares: a network with its weights loaded, ready to run a batch of images at a time.

/** Answers when called, as emitted modules and tfjs with `dataSync` do. */
export interface Engine {
  readonly name: string;
  readonly isAsync?: false;
  /** One batch, `[N, C, H, W]` row-major, to the network's first output. The result may be overwritten by the next run. */
  run(x: Float32Array): Float32Array;
  /** Gives memory back that is not collected by itself. */
  release?(): void;
}

/** Answers with a promise, as onnxruntime does; a run is measured until it is fulfilled. */
export interface AsyncEngine {
  readonly name: string;
  readonly isAsync: true;
  run(x: Float32Array): Promise<Float32Array>;
  release?(): Promise<void>;
}

export type AnyEngine = Engine | AsyncEngine;

export type Weights = ReadonlyMap<string, Float32Array>;
