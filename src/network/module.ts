// An emitted module in the running process, whatever network it is of.

import type { ClassProbability, LoadOptions, Pixels, TensorSpec } from '../../runtime/abi.ts';
import { isFloats } from '../../runtime/values.ts';
import type { WeightData } from '../../runtime/weights.ts';

/**
 * The bytes of a safetensors file, or a Blob, File or Response that has them; or tensors by the network's names, row-major: whole
 * numbers where a quantised network has them, else f32.
 */
export type WeightsSource =
  | ArrayBufferLike
  | ArrayBufferView
  | { arrayBuffer(): Promise<ArrayBuffer> }
  | ReadonlyMap<string, WeightData>
  | Readonly<Record<string, WeightData>>;

/** What every emitted module exports. */
export interface EmittedModule {
  /** Shapes by name, without the batch axis. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Settings of the inputs that take pictures. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Class names, or the path of a file that has them. */
  readonly labels: Readonly<Record<string, string | readonly string[]>>;
  readonly weightTensors: readonly TensorSpec[];
  /**
   * Only a module with its weights inside can do without `weights`; one with WebAssembly also takes their URL. Throws TypeError for what is neither a file nor tensors,
   * RangeError where a tensor is missing or has another shape.
   */
  load(weights?: WeightsSource | URL | PromiseLike<WeightsSource | URL>, options?: LoadOptions): Promise<Net>;
}

export interface Net {
  /**
   * One input is passed as its array, several as an object by name; the same goes for what comes back. Arrays are row-major
   * `[N, C, H, W]` or `[N, features]`, N taken from the length. Throws TypeError or RangeError for a wrong length.
   */
  run(x: Values, options?: { readonly into?: Values }): Values;
  /** The same without waiting, for a page with threads; modules of the WebAssembly target only, as all that follow. */
  runAsync?(x: Values, options?: { readonly into?: Values }): Promise<Values>;
  readonly threads?: number;
  /** Why there are fewer threads than were asked for, or why `auto` chose so many. */
  readonly reason?: string;
  /** In modules compiled with `--wide`: whether V8 uses 256-bit instructions, and why it does not. */
  readonly wide?: boolean;
  readonly wideReason?: string;
  /** Milliseconds of each kernel call, on what is in the memory, each repeated so often. */
  profile?(repeats?: number): number[];
  /** Ends the threads. */
  close?(): void;
  /** For networks from one picture to classes: the likeliest classes. */
  classify?(
    picture: Omit<Pixels, 'channels'> | Pixels['data'],
    options?: { readonly top?: number; readonly fit?: boolean },
  ): readonly ClassProbability[];
}

export type Values = Float32Array | Readonly<Record<string, Float32Array>>;

/**
 * Runs the text of an emitted `net.js`. The module stays in memory as long as the process. Throws Error where a page's
 * Content-Security-Policy forbids it.
 */
export async function importText(javascript: string): Promise<EmittedModule> {
  const address = `data:text/javascript;charset=utf-8,${encodeURIComponent(javascript)}`;
  try {
    return (await import(address)) as EmittedModule;
  } catch (error) {
    // A browser's message ends in the address, which is the whole module.
    if (!(error instanceof Error) || !error.message.includes('data:text/javascript')) throw error;
    throw new Error("this page's Content-Security-Policy forbids the compiled network: script-src must allow data:", {
      cause: error,
    });
  }
}

/** The values by name, also where there is only one. */
export function byName(values: Values, names: readonly string[]): ReadonlyMap<string, Float32Array> {
  return new Map(names.map((name) => [name, isFloats(values) ? values : values[name]!]));
}
