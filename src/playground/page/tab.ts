// What a tab beside the editor is, and what it can do.

import type { CompilerCalls } from '../protocol.ts';
import type { Range } from '../../ide/types.ts';
import type { Client } from './client.ts';
import type { ProgramState } from './state.ts';

export type { ProgramState } from './state.ts';

export interface Host {
  /** The compiler, in a worker of its own, which is started by the first question. */
  readonly compiler: Client<CompilerCalls>;
  /** As of the last `update`. */
  readonly program: () => ProgramState | undefined;
  /** Puts the caret there, and shows it. */
  readonly select: (place: Range) => void;
  /** Marks these layers everywhere, and puts the caret at the first of them. */
  readonly choose: (layers: readonly string[]) => void;
  /** A sentence in the status line, which screen readers speak. */
  readonly say: (sentence: string) => void;
}

/** One of the tabs. All of its markup is in `root`, all of its style in classes that begin with its name. */
export interface Tab {
  /** An identifier: `drawing`. */
  readonly name: string;
  /** What is written on it. */
  readonly title: string;
  /** Called once, before it is first shown. */
  mount(root: HTMLElement, host: Host): void;
  /** It is in view now. */
  show(): void;
  /** Called only while it is in view, and before `show` where the program has changed meanwhile. */
  update(state: ProgramState): void;
  /** Another tab is in view now: cameras, timers and workers rest. */
  hide?(): void;
  /** These layers were chosen somewhere. */
  mark?(layers: readonly string[]): void;
}
