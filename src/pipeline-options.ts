// What the public API says to the compiler: passes and target.

import type { PipelineOptions } from '../compiler/pipeline.ts';
import { readTuning } from './tune/tuning-file.ts';

/** Which passes compile the network; `cnnc help passes` lists them. */
export type PassOptions = Omit<PipelineOptions, 'inspect' | 'target' | 'math' | 'weightsType' | 'wide' | 'choices'>;

/** What the network is compiled for. */
export interface TargetOptions extends Pick<PipelineOptions, 'math' | 'weightsType' | 'wide'> {
  /** `ts`: `net.ts`. `js`: `net.js` and `net.d.ts`. `wasm`: these two, with WebAssembly SIMD inside. Default `ts`. */
  readonly target?: 'ts' | 'js' | 'wasm';
  /** For `wasm`: the text of a file that `cnnc tune` wrote. What is no such text throws an error of one sentence. */
  readonly tuning?: string;
}

/** Throws RangeError where an option names no pass, and an error of one sentence where `tuning` is no such text. */
export function pipelineOf({
  target,
  math,
  weightsType,
  wide,
  tuning,
  ...passes
}: PassOptions & TargetOptions): PipelineOptions {
  const choices = tuning === undefined ? undefined : readTuning(tuning);
  return {
    ...passesOf(passes),
    ...(target === 'wasm' && { target }),
    ...(choices && { choices }),
    ...(math && { math }),
    ...(weightsType && { weightsType }),
    ...(wide && { wide }),
  };
}

/** Without `undefined`. */
export function passesOf({ level, disable, only, stopAfter }: PassOptions): PassOptions {
  return {
    ...(level !== undefined && { level }),
    ...(disable && { disable }),
    ...(only && { only }),
    ...(stopAfter !== undefined && { stopAfter }),
  };
}
