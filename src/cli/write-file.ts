// Writes files where the user asked for them, all or none, and says so; `-` is the standard output.

import { escapeControls } from '../../grammar/terminal.ts';
import { UsageError } from './errors.ts';
import { isStdout } from './guard.ts';
import type { Io, WrittenFile } from './io.ts';

/** Writes one output, or prints it if the path is the standard output. Throws `InputError`. */
export function writeFile(path: string, data: string, io: Io): void {
  writeOutputs([{ path, data }], io);
}

/** Paths are the user's; of `quiet` files nothing is said. Throws `InputError`, `UsageError`. */
export function writeOutputs(
  outputs: readonly (WrittenFile & { readonly data: string })[],
  { files, stdout, stderr }: Io,
  quiet: readonly WrittenFile[] = [],
): void {
  const [printed, ...more] = outputs.filter(({ path }) => isStdout(path));
  if (more.length > 0) throw new UsageError('only one output can be the standard output');
  const written = outputs.filter(({ path }) => !isStdout(path));
  if (written.length + quiet.length > 0) files.write('.', [...written, ...quiet]);
  for (const { path } of written) stderr.write(`${escapeControls(path)} is written\n`);
  if (printed) stdout.writeData(printed.data);
}
