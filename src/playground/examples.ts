// An example of the menu, as the build collects them from `examples/` and the page reads them.

import type { Program } from './program.ts';

export interface Example {
  /** Of its folder: `googlenet`. */
  readonly name: string;
  /** Its networks, separated by commas. */
  readonly networks: string;
  /** What it is worth reading for. */
  readonly about: string;
  readonly program: Program;
}
