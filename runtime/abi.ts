// What the compiler and a running module agree on. Types only: nothing of it is emitted.

/** A tensor of the network as its user sees it: row-major, without the batch axis. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Contract of every emitted module's `load`. */
export interface LoadOptions {
  /** Images per pass; fixes the memory. Larger batches run in chunks. Default 1. */
  readonly maxBatch?: number;
}
