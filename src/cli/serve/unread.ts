// Answers to requests whose bodies are not read to their end. A connection that is closed while bytes of the client are on their way is
// reset, and the answer with it, before the client has read it; so the connection is closed in stages (RFC 9112, section 9.6): the answer is
// sent, some of what comes is thrown away, and then it is closed.

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What is read after the answer: enough for a client that looks for it while it sends. */
export interface Lingering {
  readonly bytes: number;
  readonly ms: number;
}

/**
 * Bytes that may be on their way although the client does nothing at present: what the buffers of its and the server's system hold, of which
 * Linux gives a connection 4 to 6 MiB each where it needs them.
 */
export const bytesOnTheWay = 2 ** 24;

/** Whether a part of the body has not come yet. */
export const isUnread = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);

/** The payload of an answer that says its length, and ends when the client has stopped to send or has sent more than `lingering`. */
export function lingeringPayload(request: IncomingMessage, payload: string, lingering: Lingering): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from(payload);
      await thrownAway(request, lingering);
    })(),
    { objectMode: false },
  );
}

function thrownAway(request: IncomingMessage, { bytes, ms }: Lingering): Promise<void> {
  return new Promise((resolve) => {
    let left = bytes;
    const end = (): void => {
      clearTimeout(limit);
      request.off('data', take).pause();
      resolve();
    };
    const take = (chunk: Uint8Array): void => {
      left -= chunk.length;
      if (left < 0) end();
    };
    const limit = setTimeout(end, ms);
    for (const event of ['end', 'close', 'error']) request.once(event, end);
    if (request.complete || request.destroyed) return end();
    request.on('data', take);
    request.resume();
  });
}
