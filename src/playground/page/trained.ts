// Weights that were learnt in the page: the Train tab gives them, the Run tab takes them.

/** Weights of a network, as a safetensors file. */
export interface TrainedWeights {
  readonly network: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Names of the classes that they were taught. */
  readonly labels: readonly string[];
}

let newest: TrainedWeights | undefined;
let listener: (() => void) | undefined;

/** Weights that are newer than all before. */
export function giveTrained(weights: TrainedWeights): void {
  newest = weights;
  listener?.();
}

/** The newest; undefined before any. */
export const trained = (): TrainedWeights | undefined => newest;

/** There is one listener, the Run tab. */
export function onTrained(heard: () => void): void {
  listener = heard;
}
