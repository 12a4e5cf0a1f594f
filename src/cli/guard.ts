// The files of one command: `-` is its standard input, and nothing that it has read is written over, whatever it is called.

import { InputError } from '../data/input-error.ts';
import { UsageError } from './errors.ts';
import type { Files, Io } from './io.ts';
import { within } from './paths.ts';

/** The same files, but what a run has read it cannot overwrite, and the standard input can be read more than once. */
export function guarded(io: Io): Io {
  /** Identity and path of everything that was read. */
  const inputs = new Map<string, string>();
  let stdin: Uint8Array | undefined;

  const readStdin = (maxBytes: number): Uint8Array => {
    stdin ??= io.readStdin(maxBytes);
    if (stdin.length > maxBytes) throw new InputError('the standard input has more than may be read', { limit: true });
    return stdin;
  };

  const files: Files = {
    ...io.files,
    get workingFolder() {
      return io.files.workingFolder;
    },
    read(path, maxBytes, check) {
      if (isStdin(path)) return readStdin(maxBytes);
      if (path === '') throw new UsageError('the name of a file to read is empty');
      inputs.set(io.files.identity(path), path);
      return io.files.read(path, maxBytes, check);
    },
    write(folder, written) {
      if (folder === '' || written.some(({ path }) => path === ''))
        throw new UsageError('the name of a file or folder to write is empty');
      const outputs = new Map<string, string>();
      for (const { path } of written) {
        const shown = within(folder, path);
        const identity = io.files.identity(shown);
        const input = inputs.get(identity);
        if (input !== undefined) {
          const other = input === shown ? '' : `, which is ${input},`;
          throw new UsageError(
            `${shown}${other} is read by this command and would be written over; choose another name`,
          );
        }
        const output = outputs.get(identity);
        if (output !== undefined)
          throw new UsageError(`${output} and ${shown} are one file; give each output a name of its own`);
        outputs.set(identity, shown);
      }
      io.files.write(folder, written);
    },
  };
  return { ...io, files, readStdin };
}

const STDIN: ReadonlySet<string> = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0']);
const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

/** Whether the path names the standard input. */
export const isStdin = (path: string): boolean => STDIN.has(path);
/** Whether the path names the standard output. */
export const isStdout = (path: string): boolean => STDOUT.has(path);
