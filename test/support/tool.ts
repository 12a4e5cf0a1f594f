// Commands for those who work on the compiler: `--help` says what they do, and what they do not know they refuse in one sentence.

import { Command, InvalidArgumentError } from 'commander';

/** Ends with exit code 2 where the command line is wrong. */
export const tool = (name: string, what: string): Command =>
  new Command(name)
    .description(what)
    .helpOption('-h, --help', 'print this')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

/** A whole number from 0 on. */
export function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It takes a whole number.');
  return Number(text);
}

export const listed = (text: string): readonly string[] => text.split(',');
