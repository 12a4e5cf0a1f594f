// What the page knows of its program.

import type { Problem, ShownNetwork } from '../protocol.ts';

/** The program as the page knows it. A tab gets a new one after each pause in typing. */
export interface ProgramState {
  /** Grows with each edit. */
  readonly version: number;
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly diagnostics: readonly Problem[];
  /** Networks that can be shown, and the one that is. */
  readonly networks: readonly string[];
  readonly network?: string;
  /** Of the last text in which it could be built; absent before there was one. */
  readonly shown?: ShownNetwork;
  /** False where errors keep the network from being built: `shown` is then older than the text. */
  readonly isCurrent: boolean;
  /** Whether the text has no errors, in its sections neither: then it is compiled, run and trained. */
  readonly isSound: boolean;
}
