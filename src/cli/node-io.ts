// The world as the operating system shows it.

import type { Io, Output } from './io.ts';
import { nodeFiles, readStdin } from './node-files.ts';
import { watchFiles } from './watch.ts';

export const nodeIo: Io = {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  readStdin,
  files: nodeFiles,
  env: process.env,
  process: { now: () => performance.now(), residentBytes: () => process.memoryUsage.rss() },
  watch: watchFiles,
};

function output(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY ? Math.max(40, stream.columns) : 100;
    },
  };
}
