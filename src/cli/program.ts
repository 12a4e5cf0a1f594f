// The command line as commander reads it.

import { Command } from 'commander';
import { commandsFor } from './commands.ts';
import { short } from './errors.ts';
import type { Io } from './io.ts';

/** Runs the command that `argv` begins with. `json`: help is an object, too. Throws whatever the command does. */
export async function runCommand(argv: readonly string[], version: string, json: boolean, io: Io): Promise<void> {
  let help = '';
  const writeOut = json ? (text: string) => void (help += text) : io.stdout.write;
  const program = await programFor(argv[0], version, writeOut, io);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } finally {
    if (help !== '') io.stdout.write(`${JSON.stringify({ schemaVersion: 1, help }, null, 2)}\n`);
  }
}

/** With this command, or with all. Commander writes help in several pieces. */
async function programFor(
  name: string | undefined,
  version: string,
  writeOut: (text: string) => void,
  io: Io,
): Promise<Command> {
  const root = new Command('cnnc')
    .description('Compiles .cnn files, which describe convolutional networks, to modules without dependencies.')
    .version(version)
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 the input is wrong, 2 the command line is wrong, 3 a limit refused the input, 70 a bug of cnnc;
\`cnnc help exit-codes\` says more. A file may be FILE:NETWORK, or - for the standard input.
Every command takes --json; the command's --help describes the JSON.`,
    );
  for (const make of await commandsFor(name)) root.addCommand(make(io));
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError()
      .configureOutput({
        writeOut,
        writeErr: (text) => io.stderr.write(text),
        outputError: (text, write) => write(`${short(text.trimEnd())}\n`),
        getOutHelpWidth: () => io.stdout.columns,
        getErrHelpWidth: () => io.stderr.columns,
        getOutHasColors: () => false,
        getErrHasColors: () => false,
      });
  }
  return root;
}
