// Exit codes, and the errors that carry them from a command to `main`.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { InputError } from '../data/input-error.ts';

export const exitCodes = {
  ok: 0,
  /** What was read is wrong. */
  input: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A limit refused it. */
  limit: 3,
  /** A mistake of this program. */
  bug: 70,
  /** Ctrl-C ended what can go on later; what shells say of a program that SIGINT has ended. */
  interrupted: 130,
} as const;

/** The command line asks for something that cannot be; one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A source or weights file has errors; `appendix` follows them. */
export class DiagnosticsError extends Error {
  override readonly name = 'DiagnosticsError';
  readonly diagnostics: readonly Diagnostic[];
  readonly appendix: string;

  constructor(diagnostics: readonly Diagnostic[], appendix = '') {
    super(`${diagnostics.length} diagnostics`);
    this.diagnostics = diagnostics;
    this.appendix = appendix;
  }
}

/** A mistake of this program that it has found itself; the message is all that is to be said of it. */
export class BugFound extends Error {
  override readonly name = 'BugFound';
}

/** Everything has been said; only the exit code is left. */
export class Quit extends Error {
  override readonly name = 'Quit';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** A limit counts only where nothing else is wrong. */
export function exitCodeOf(diagnostics: readonly Diagnostic[]): number {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return exitCodes.ok;
  return errors.every(({ limit }) => limit) ? exitCodes.limit : exitCodes.input;
}

/** Puts the name of the file before what a reader says about its bytes. */
export function inFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${path}: ${error.message}`, { limit: error.limit, cause: error });
  }
}

/** What went wrong, on one line. */
export function explained(error: Error): string {
  if (!(error instanceof DiagnosticsError)) return error.message;
  return error.diagnostics.map(({ code, message }) => `[${code}] ${message}`).join('; ');
}

const MAX_MESSAGE = 900;

/** A message that repeats what the user gave does not become as long as that. */
export function short(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}
