// Lines for a log, written while the server does other things. Where nothing can be written, as on a full disk, or nobody reads, lines wait,
// and are lost where they would take too much memory: a server goes on without its log.

import { write } from 'node:fs';

/** Characters that wait to be written. */
const MAX_WAITING = 1 << 24;
/** Milliseconds until one who does not read is tried again. */
const PATIENCE = 50;

/** `fd`: a file, pipe or terminal. The process does not end before what has been said is written or lost. */
export function logLines(fd: number): { write(line: string): void } {
  let waiting: string[] = [];
  let length = 0;
  let isWriting = false;
  const writeAll = (bytes: Uint8Array): void => {
    isWriting = bytes.length > 0;
    if (!isWriting) return;
    write(fd, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(writeAll, PATIENCE, bytes);
      else writeAll(error ? taken() : written < bytes.length ? bytes.subarray(written) : taken());
    });
  };
  const taken = (): Uint8Array => {
    const bytes = Buffer.from(waiting.join(''));
    waiting = [];
    length = 0;
    return bytes;
  };
  return {
    write(line) {
      if (length + line.length > MAX_WAITING) return;
      waiting.push(line);
      length += line.length;
      if (!isWriting) writeAll(taken());
    },
  };
}
