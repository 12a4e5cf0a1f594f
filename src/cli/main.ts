// The command line: finds the command, and turns whatever happens into an exit code. stdout is data, stderr is progress
// and diagnostics.

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { escapeControls } from '../../grammar/terminal.ts';
import { InputError } from '../data/input-error.ts';
import { benchCommand } from './commands/bench.ts';
import { checkCommand } from './commands/check.ts';
import { compileCommand } from './commands/compile.ts';
import { completionCommand } from './commands/completion.ts';
import { dumpCommand } from './commands/dump.ts';
import { evalCommand } from './commands/eval.ts';
import { explainCommand } from './commands/explain.ts';
import { fmtCommand } from './commands/fmt.ts';
import { helpCommand } from './commands/help.ts';
import { newCommand } from './commands/new.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { tuneCommand } from './commands/tune.ts';
import { whyCommand } from './commands/why.ts';
import { DiagnosticsError, Quit, UsageError, exitCodeOf, exitCodes } from './errors.ts';
import type { Io } from './io.ts';
import { nodeIo } from './node-io.ts';
import { printDiagnostics } from './source.ts';

export const VERSION = '0.1.0';

/** `argv` without the names of the interpreter and the program. Never rejects. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    await program(io).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return explain(error, argv, io);
  }
}

const commands = [
  newCommand,
  checkCommand,
  fmtCommand,
  reportCommand,
  whyCommand,
  explainCommand,
  compileCommand,
  runCommand,
  evalCommand,
  benchCommand,
  tuneCommand,
  dumpCommand,
  completionCommand,
  helpCommand,
];

function program(io: Io): Command {
  const root = new Command('cnnc')
    .description('Compiles .cnn files, which describe convolutional networks, to modules without dependencies.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 the input is wrong, 2 the command line is wrong, 3 a limit refused the input, 70 a bug of cnnc.
Every command but dump and completion takes --json; its form stands in the command's --help.`,
    );
  for (const make of commands) {
    root.addCommand(make(io));
  }
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        getOutHelpWidth: () => io.stdout.columns,
        getErrHelpWidth: () => io.stderr.columns,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
  }
  return root;
}

function explain(error: unknown, argv: readonly string[], io: Io): number {
  const { stderr } = io;
  if (error instanceof Quit) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof UsageError) {
    stderr.write(`error: ${escapeControls(error.message)}\n`);
    return exitCodes.usage;
  }
  if (error instanceof DiagnosticsError) {
    printDiagnostics(error.diagnostics, io);
    if (error.appendix !== '') stderr.write(error.appendix);
    return exitCodeOf(error.diagnostics);
  }
  if (error instanceof InputError) {
    stderr.write(`error: ${escapeControls(error.message)}\n`);
    return error.limit ? exitCodes.limit : exitCodes.input;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  stderr.write(
    `cnnc met a bug of its own (${message.split('\n')[0]}). Your files are as they were. Please report it together with the command, ` +
      `"cnnc ${argv.join(' ')}", and the file it was given; with CNNC_DEBUG=1 in the environment the place in the program is printed as well.\n`,
  );
  if (io.env['CNNC_DEBUG']) stderr.write(`${stack}\n`);
  return exitCodes.bug;
}

/** Runs in this process. Output that nobody reads any more (`cnnc … | head`) ends it quietly. */
export async function start(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
  process.exitCode = await main(process.argv.slice(2), nodeIo);
}

const invoked = process.argv[1];
if (invoked !== undefined && realpathSync(invoked) === fileURLToPath(import.meta.url)) await start();
