// `--watch`: does something again whenever one of the files that it read has changed, until Ctrl-C.

import { existsSync, watch as watchFolder } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { InputError } from '../data/input-error.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import { DiagnosticsError, Quit, UsageError } from './errors.ts';
import { isStdin } from './guard.ts';
import type { Files, Io, WatchFiles } from './io.ts';
import { printDiagnostics } from './print-diagnostics.ts';

/** What is wrong with a file is printed, and its next version awaited. Ends when the watching ends. */
export async function repeat(io: Io, action: (io: Io) => void | Promise<void>): Promise<void> {
  const watching = io.watch;
  if (!watching) return action(io);
  for (let isFirst = true; ; isFirst = false) {
    const paths = new Set<string>();
    const files: Files = {
      ...io.files,
      read(path, ...limits) {
        if (isStdin(path)) throw new UsageError('--watch needs files; the standard input is read once');
        paths.add(io.files.resolve(path));
        return io.files.read(path, ...limits);
      },
    };
    try {
      await action({ ...io, files });
    } catch (error) {
      // The command line is what it was; whether it fits the file may change with the file.
      if (isFirst && error instanceof UsageError) throw error;
      say(error, io);
    }
    if (!(await watching([...paths]))) return;
  }
}

function say(error: unknown, io: Io): void {
  if (error instanceof DiagnosticsError) printDiagnostics(error.diagnostics, io);
  else if (error instanceof InputError || error instanceof UsageError)
    io.stderr.write(`error: ${escapeControls(error.message)}\n`);
  else if (!(error instanceof Quit)) throw error;
}

/** Editors write files in several steps; this is how long they have been quiet, in milliseconds. */
const quiet = 120;

/** Folders are watched, because many editors replace a file by another of its name. Rejects where the system has no watchers left. */
export const watchFiles: WatchFiles = (paths, signal) =>
  new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const folders = new Map<string, Set<string>>();
    for (const path of paths) {
      const [folder, name] = watchable(path);
      folders.set(folder, (folders.get(folder) ?? new Set()).add(name));
    }
    const end = (changed: boolean): void => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      process.off('SIGINT', interrupted);
      signal?.removeEventListener('abort', interrupted);
      resolve(changed);
    };
    const interrupted = (): void => end(false);
    const watchers: FSWatcher[] = [];
    const failed = (error: unknown): void => {
      reject(error as Error);
      end(false);
    };
    try {
      for (const [folder, names] of folders) {
        const watcher = watchFolder(folder, (_, name) => {
          if (name !== null && !names.has(name)) return;
          clearTimeout(timer);
          timer = setTimeout(() => end(true), quiet);
        });
        watchers.push(watcher.on('error', failed));
      }
    } catch (error) {
      failed(error);
      return;
    }
    process.once('SIGINT', interrupted);
    signal?.addEventListener('abort', interrupted, { once: true });
    if (signal?.aborted) interrupted();
  });

/** The innermost folder of a path that exists, and what in it leads there. */
function watchable(path: string): readonly [folder: string, name: string] {
  const folder = dirname(path);
  return existsSync(folder) || folder === path ? [folder, basename(path)] : watchable(folder);
}
