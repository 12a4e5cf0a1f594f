// Problems while somebody types: what is mended vanishes with the next key, and what is new waits until the keys rest, since half a
// word is not a mistake yet.

import { shownBefore } from '../../ide/calm.ts';
import type { ProgramState } from './state.ts';

/** Milliseconds without a key after which somebody has stopped typing. */
const REST = 500;

export interface Calm {
  /** The text was edited; `typed`: by a key, so that the next may follow soon. */
  edited(typed: boolean): void;
  /** There is news of the text. */
  show(state: ProgramState): void;
}

/** `show` gets each state with the problems that are to be seen now. */
export function createCalm(show: (state: ProgramState) => void): Calm {
  let last: ProgramState | undefined;
  let latest: ProgramState | undefined;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const all = (): void => {
    rest = undefined;
    if (latest && latest !== last) show((last = latest));
  };
  return {
    edited(typed) {
      clearTimeout(rest);
      rest = typed ? setTimeout(all, REST) : undefined;
    },
    show(state) {
      latest = state;
      if (rest === undefined) {
        all();
        return;
      }
      const isKnown = shownBefore(
        { text: last?.text ?? '', starts: last?.diagnostics.map(({ start }) => start) ?? [] },
        state.text,
      );
      const diagnostics = state.diagnostics.filter(({ start }) => isKnown(start));
      const isHeld = diagnostics.length < state.diagnostics.length;
      // Nothing is said of a network that is only half written either.
      show((last = isHeld ? { ...state, diagnostics, isCurrent: true } : state));
    },
  };
}
