// What an emitted module is made of, and what is particular to the modules of a target. Types only.

import type { Scores } from '../../runtime/abi.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { Program } from '../program/program.ts';
import type { RuntimePart } from './runtime-text.ts';

export interface EmittedFile {
  /** Relative: `net.ts`, `net.js`, `net.d.ts`. */
  readonly path: string;
  readonly text: string;
}

/** A file that a module needs beside it. */
export interface EmittedBinary {
  /** Relative: `net.wasm`. */
  readonly path: string;
  readonly data: Uint8Array;
}

export interface SourceInfo {
  /** File name of the source, without its folder. */
  readonly sourceName: string;
  /** `ts`: `net.ts`. `js`: `net.js` and `net.d.ts`. */
  readonly target: 'ts' | 'js';
  /** What the numbers of the only output are. Default: raw scores. */
  readonly scores?: Scores;
  /** `weightsLayout` of the network; weights files that were written for another one are refused. */
  readonly layout?: string;
  /** What it is to a module that trains, which has both and exports the `load` of neither. */
  readonly role?: 'step' | 'evaluation';
  /** A safetensors file to put inside, for a `load` that needs none. */
  readonly weights?: Uint8Array;
  /** Name of a file beside the module that has its WebAssembly, ending in `.wasm`; the module then has none inside. */
  readonly wasmFile?: string;
  /** It becomes part of a bundle: no file of its own, at an address that it could know. */
  readonly isBundled?: boolean;
}

/** What is particular to the modules of a target. */
export interface ModuleEmitter {
  readonly languages: readonly SourceInfo['target'][];
  /** Whether `load` takes a number of threads, and what it gives has `runAsync` and `close`. */
  readonly isThreaded: boolean;
  /** Kernels that become functions of the module; the others are in its binary. */
  printed(program: Program): readonly Kernel[];
  /** Parts of the runtime before `readWeights`. */
  readonly runtime: readonly RuntimePart[];
  /** Whether it has bytes inside, as base64, weights apart. */
  hasBase64(program: Program, info: Pick<SourceInfo, 'wasmFile'>): boolean;
  /** Parts of the runtime behind `prepare`. */
  engine(program: Program, info: Pick<SourceInfo, 'wasmFile'>): readonly RuntimePart[];
  /** What runs a pass. */
  sections(program: Program, typed: boolean, info: SourceInfo): readonly string[];
  /** What `wasmFile` of such a module names; undefined where the target has no WebAssembly. */
  readonly binary?: (program: Program, wasmFile: string, role?: SourceInfo['role']) => EmittedBinary;
  /** What is there once in a file. `isTraining`: it is a module that trains. */
  file(options: Pick<SourceInfo, 'isBundled'> & { readonly isTraining?: boolean }): string;
  load(program: Program, info: SourceInfo, typed: boolean): string;
  /** What a module of this target ends with. */
  readonly end: string;
  /** The last word on the text as a whole. */
  finish(text: string): string;
}
