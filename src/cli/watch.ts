// `--watch`: does something again whenever one of the files that it read has changed, until Ctrl-C.

import { watch as watchFolder } from 'node:fs';
import { basename, dirname } from 'node:path';
import { InputError } from '../data/input-error.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import { DiagnosticsError } from './errors.ts';
import type { Io, WatchFiles } from './io.ts';
import { printDiagnostics } from './source.ts';

/** What is wrong with a file is printed, and its next version awaited. Ends when the watching ends. */
export async function repeat(io: Io, action: (io: Io) => void): Promise<void> {
  const watching = io.watch;
  if (!watching) return action(io);
  for (;;) {
    const paths = new Set<string>();
    const files = {
      ...io.files,
      read(path: string, maxBytes: number): Uint8Array {
        paths.add(io.files.resolve(path));
        return io.files.read(path, maxBytes);
      },
    };
    try {
      action({ ...io, files });
    } catch (error) {
      if (error instanceof DiagnosticsError) printDiagnostics(error.diagnostics, io);
      else if (error instanceof InputError) io.stderr.write(`error: ${escapeControls(error.message)}\n`);
      else throw error;
    }
    if (!(await watching([...paths]))) return;
  }
}

/** Editors write files in several steps; this is how long they have been quiet, in milliseconds. */
const quiet = 120;

/** Folders are watched, because many editors replace a file by another of its name. */
export const watchFiles: WatchFiles = (paths) =>
  new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const folders = new Map<string, Set<string>>();
    for (const path of paths) folders.set(dirname(path), (folders.get(dirname(path)) ?? new Set()).add(basename(path)));
    const end = (changed: boolean): void => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      process.off('SIGINT', interrupted);
      resolve(changed);
    };
    const interrupted = (): void => end(false);
    const watchers = [...folders].map(([folder, names]) =>
      watchFolder(folder, (_, name) => {
        if (name !== null && !names.has(name)) return;
        clearTimeout(timer);
        timer = setTimeout(() => end(true), quiet);
      }),
    );
    process.once('SIGINT', interrupted);
  });
