// Whatever ended a command, as text for people, as an object for programs, and as an exit code.

import { escapeControls } from '../../grammar/terminal.ts';
import { InputError } from '../data/input-error.ts';
import { diagnosticJson } from './diagnostic-json.ts';
import { BugFound, DiagnosticsError, Quit, UsageError, exitCodeOf, exitCodes, short } from './errors.ts';
import type { Io } from './io.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { systemReason } from './system-error.ts';

type Kind = 'input' | 'usage' | 'limit' | 'bug';

/** Returns the exit code. With `json`, stdout gets `{ schemaVersion, error }` or `{ schemaVersion, diagnostics }`. */
export function explain(error: unknown, argv: readonly string[], json: boolean, io: Io): number {
  const { stdout, stderr, env } = io;
  const print = (data: object): void => {
    if (json) stdout.write(`${JSON.stringify({ schemaVersion: 1, ...data }, null, 2)}\n`);
  };
  const fail = (kind: Kind, message: string): number => {
    print({ error: { kind, message } });
    return exitCodes[kind];
  };
  const say = (kind: Kind, message: string): number => {
    stderr.write(`error: ${escapeControls(short(message))}\n`);
    return fail(kind, short(message));
  };

  if (error instanceof Quit) return error.exitCode;
  if (error instanceof UsageError) return say('usage', error.message);
  if (error instanceof InputError) return say(error.limit ? 'limit' : 'input', error.message);
  if (error instanceof DiagnosticsError) {
    const { diagnostics, appendix } = error;
    printDiagnostics(diagnostics, io);
    if (appendix !== '') stderr.write(appendix);
    print({ diagnostics: diagnostics.map(diagnosticJson), ...(appendix !== '' && { suggestion: appendix }) });
    return exitCodeOf(diagnostics);
  }
  if (error instanceof BugFound) {
    stderr.write(error.message);
    return fail('bug', error.message);
  }
  if (isCommanderError(error)) {
    if (error.exitCode === 0) return exitCodes.ok;
    // Commander itself has written the message to stderr.
    const isHelp = error.code === 'commander.help';
    return fail(
      'usage',
      isHelp ? 'a command is missing; `cnnc --help` lists them' : short(error.message.replace(/^error: /, '')),
    );
  }
  const reason = systemReason(error);
  if (reason !== undefined) return say('input', `${(error as { path?: string }).path ?? 'the system'}: ${reason}`);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const what = `cnnc met a bug of its own (${short(message.split('\n')[0]!)})`;
  stderr.write(
    `${what}. Your files are as they were. Please report it together with the command, ` +
      `"cnnc ${short(argv.join(' '))}", and the file it was given; with CNNC_DEBUG=1 in the environment the place in the program is printed as well.\n`,
  );
  if (env['CNNC_DEBUG']) stderr.write(`${stack}\n`);
  return fail('bug', what);
}

interface CommanderLike {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
}

/** Known by its code, so that commander need not be loaded to say so. */
function isCommanderError(error: unknown): error is CommanderLike {
  return error instanceof Error && String((error as { code?: unknown }).code).startsWith('commander.');
}
