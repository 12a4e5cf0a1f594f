// What the bench compares: a network with its weights loaded, ready to run one image at a time.

export interface Engine {
  readonly name: string;
  /** One image, `[C, H, W]` row-major, to the network's first output. */
  run(x: Float32Array): Float32Array;
}

export type Weights = ReadonlyMap<string, Float32Array>;
