// The command line as commander reads it.

import { Command } from 'commander';
import type { Option } from 'commander';
import { commandsFor } from './commands.ts';
import { short } from './errors.ts';
import type { Io } from './io.ts';

/**
 * Runs the command that `argv` begins with. `asks` is told whether it asks for JSON, before anything can be wrong with it; then help is an
 * object, too. Throws whatever the command does.
 */
export async function runCommand(
  argv: readonly string[],
  version: string,
  io: Io,
  asks: (json: boolean) => void,
): Promise<void> {
  let json = false;
  let help = '';
  const writeOut = (text: string): void => (json ? void (help += text) : io.stdout.write(text));
  const program = await programFor(argv[0], version, writeOut, io);
  json = asksForJson(argv, program.commands.find((command) => command.name() === argv[0])?.options ?? []);
  asks(json);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } finally {
    if (help !== '') io.stdout.write(`${JSON.stringify({ schemaVersion: 1, help }, null, 2)}\n`);
  }
}

/** What an option takes is its value, whatever it looks like, also `--`, behind which there are no options. */
function asksForJson(argv: readonly string[], options: readonly Option[]): boolean {
  for (let at = 0; at < argv.length && argv[at] !== '--'; at += 1) {
    if (argv[at] === '--json') return true;
    if (options.some((option) => option.required && [option.short, option.long].includes(argv[at]))) at += 1;
  }
  return false;
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
