// The world as the operating system shows it.

import type { Io, Output } from './io.ts';
import { endingSignals } from './held-signals.ts';
import { nodeFiles } from './node-files.ts';
import { printer } from './output.ts';
import { readStdin } from './read-file.ts';

export const nodeIo: Io = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  readStdin,
  files: nodeFiles,
  env: process.env,
  process: { now: () => performance.now(), residentBytes: () => process.memoryUsage.rss(), onInterrupt },
  watch: async (paths) => (await import('./watch.ts')).watchFiles(paths),
  // Node opens them when they are first asked for.
  get streams() {
    return { input: process.stdin, output: process.stdout };
  },
  playground: async (options) => (await import('./playground-server.ts')).servePlayground(options),
  work: async (options) => (await import('./queue/work.ts')).runWorker(options, nodeIo),
  serve: async (options) => (await import('./serve/server.ts')).serveModels(options),
};

/** A second Ctrl-C ends the process at once, as it would without this. */
function onInterrupt(action: () => void): () => void {
  const end = (): void => {
    for (const signal of endingSignals) process.off(signal, interrupted);
  };
  const interrupted = (): void => {
    end();
    action();
  };
  for (const signal of endingSignals) process.on(signal, interrupted);
  return end;
}

function output(stream: NodeJS.WriteStream): Output {
  return printer(
    {
      write: (text) => void stream.write(text),
      get isTerminal() {
        return stream.isTTY === true;
      },
      get columns() {
        return stream.isTTY ? Math.max(40, stream.columns) : 100;
      },
    },
    process.env,
  );
}
