// What a fuzzer needs to know of the thing it tries.

import type { Random } from './random.ts';

/** Text is well-formed Unicode: files are UTF-8. */
export type Input = string | Uint8Array;

export interface Target {
  readonly name: string;
  /** Its part of the time, relative to the others. Default 1. */
  readonly share?: number;
  generate(random: Random): Input;
  /** Throws where a promise is broken. Errors that a user may see are caught here. */
  run(input: Input): void | Promise<void>;
}

export type FindKind = 'crash' | 'hang' | 'memory';

export interface Find {
  readonly kind: FindKind;
  readonly seed: number;
  /** What was thrown, or what was measured. */
  readonly message: string;
  readonly input: Input;
}

/** CPU time and growth of memory that one execution may take. */
export const TIME_LIMIT_MS = 2000;
export const MEMORY_LIMIT_BYTES = 256 << 20;

export const bytesOf = (input: Input): Uint8Array =>
  typeof input === 'string' ? new TextEncoder().encode(input) : input;

export const textOf = (input: Input): string => (typeof input === 'string' ? input : new TextDecoder().decode(input));

/** Throws unless `holds`. */
export function expectThat(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
