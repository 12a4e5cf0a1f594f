// The command line as commander reads it.

import { Command } from 'commander';
import { commandsFor } from './commands.ts';
import type { Io } from './io.ts';

/** With the command that `argv` begins with, or with all. `json`: help is an object, too. */
export async function program(argv: readonly string[], version: string, json: boolean, io: Io): Promise<Command> {
  const root = new Command('cnnc')
    .description('Compiles .cnn files, which describe convolutional networks, to modules without dependencies.')
    .version(version)
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 the input is wrong, 2 the command line is wrong, 3 a limit refused the input, 70 a bug of cnnc;
\`cnnc help exit-codes\` says more. A file may be FILE:NETWORK, or - for the standard input.
Every command takes --json; its form stands in the command's --help.`,
    );
  for (const make of await commandsFor(argv[0])) root.addCommand(make(io));
  const help = (text: string): string =>
    json ? `${JSON.stringify({ schemaVersion: 1, help: text }, null, 2)}\n` : text;
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut: (text) => io.stdout.write(help(text)),
        writeErr: (text) => io.stderr.write(text),
        getOutHelpWidth: () => io.stdout.columns,
        getErrHelpWidth: () => io.stderr.columns,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
  }
  return root;
}
