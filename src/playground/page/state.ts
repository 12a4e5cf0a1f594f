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
  /** Of the last text without errors; absent before there was one. */
  readonly shown?: ShownNetwork;
  /** False where the text has errors: `shown` is then older than the text. */
  readonly isCurrent: boolean;
}
