// What passes report: every rewrite, and every near miss with its reason.

import type { Origin } from './graph.ts';

export interface Rewrite {
  readonly pass: string;
  readonly rule: string;
  /** Names of the nodes that matched. */
  readonly nodes: readonly string[];
  /** Where the first of them comes from. */
  readonly origin?: Origin;
  /** Per image. */
  readonly macsSaved: number;
  /** Bytes of activations that are no longer stored and loaded, per image. */
  readonly bytesSaved: number;
  /** Kernel calls. */
  readonly callsSaved: number;
}

export interface Miss {
  readonly pass: string;
  readonly rule: string;
  readonly nodes: readonly string[];
  readonly origin?: Origin;
  /** `conv3 has a second use (add1)` */
  readonly reason: string;
}
