// Signals that end a process wait until the files that it writes are all there, and its temporary ones are gone.

/** What ends a process unless it listens: Ctrl-C, a polite request, and a terminal that was closed. */
export const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where the signals are held: the next turn of the event loop, in which what has come is known, and the holding ends. */
let turn: NodeJS.Immediate | undefined;

/**
 * Runs `action`, which writes files and does not wait. A signal that comes meanwhile ends the process when its event loop turns, as it would
 * have at once; where others listen for it, it is theirs. Who computes for long afterwards lets the loop turn before (`loopTurn`).
 */
export function undisturbed<T>(action: () => T): T {
  if (turn) clearImmediate(turn);
  else for (const signal of endingSignals) process.prependListener(signal, sendAgain);
  try {
    return action();
  } finally {
    turn = setImmediate(release);
  }
}

/** Resolves in the next turn of the event loop; a signal that was held has then ended the process. */
export const loopTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function release(): void {
  clearImmediate(turn);
  turn = undefined;
  for (const signal of endingSignals) process.off(signal, sendAgain);
}

/** Of the first process of a system, what does by default: see `bin/cnnc.js`. */
const usual = process.pid === 1 ? 1 : 0;

function sendAgain(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1 + usual) return;
  release();
  process.kill(process.pid, signal);
}
