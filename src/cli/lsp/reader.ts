// Reads the protocol's messages from a stream: a header with the length, an empty line, JSON (Language Server Protocol 3.17,
// "Base Protocol"). The package's own reader waits for as many bytes as a header names and keeps all bytes that are no header; this
// one bounds both, and finds the next header behind bytes that mean nothing.

import { Emitter } from 'vscode-languageserver-protocol/node';
import type { Message, MessageReader, PartialMessageInfo } from 'vscode-languageserver-protocol/node';

/** Longest message that is read, in bytes. Texts have at most 2²⁰ characters, an eighth of that. */
export const MESSAGE_LIMIT = 16 << 20;
/** Longest header, in bytes. */
const HEADER_LIMIT = 4096;

export interface Faults {
  /** Bytes that are no message: one sentence. */
  report(sentence: string): void;
  /** A message that is not JSON. */
  refuse(sentence: string): void;
}

/** `input` gives chunks of bytes. The result is closed when `input` is. */
export function boundedReader(input: NodeJS.ReadableStream, faults: Faults): MessageReader {
  const [errors, closes, partials] = [new Emitter<Error>(), new Emitter<void>(), new Emitter<PartialMessageInfo>()];
  return {
    onError: errors.event,
    onClose: closes.event,
    onPartialMessage: partials.event,
    listen(callback) {
      let count = 0;
      const give = (body: Buffer): void => {
        count += 1;
        deliver(body, callback, faults);
      };
      const take = messageSplitter(give, faults);
      const close = (): void => afterTurns(count + 1, () => closes.fire());
      input.on('data', take);
      input.on('error', (error) => errors.fire(error));
      input.once('close', close);
      input.once('end', close);
      return { dispose: () => void input.off('data', take) };
    },
    dispose() {
      for (const emitter of [errors, closes, partials]) emitter.dispose();
    },
  };
}

/** The connection takes each message in a turn of the event loop of its own, so that after as many turns all are taken. */
function afterTurns(count: number, action: () => void): void {
  if (count === 0) action();
  else setImmediate(() => afterTurns(count - 1, action));
}

function deliver(body: Buffer, callback: (message: Message) => void, faults: Faults): void {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    return faults.refuse('the message is not JSON');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return faults.refuse('the message is not an object of JSON-RPC 2.0');
  try {
    callback(message as Message);
  } catch {
    // The package looks into some messages at once, as into `$/cancelRequest`, and trusts them.
    faults.report('left out a message without the parameters that it must have');
  }
}

/** Takes chunks as they come, and gives the bodies of messages. */
export function messageSplitter(give: (body: Buffer) => void, faults: Faults): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  let body: { chunks: Buffer[]; missing: number } | undefined;
  let skipping = 0;
  let lost = false;

  /** Takes a header from the front of `waiting`; false where none is complete. */
  function takeHeader(): boolean {
    const start = waiting.indexOf('Content-');
    if (start !== 0 && !lost && waiting.length > 0 && !couldBegin(waiting)) {
      lost = true;
      faults.report('left out bytes that are no message of the language server protocol');
    }
    // What may be the beginning of a header is kept.
    waiting = waiting.subarray(start < 0 ? Math.max(0, waiting.length - 'Content-'.length) : start);
    if (start < 0) return false;
    const end = waiting.indexOf('\r\n\r\n');
    if (end < 0 || end > HEADER_LIMIT) {
      if (waiting.length <= HEADER_LIMIT) return false;
      waiting = waiting.subarray('Content-'.length);
      return true;
    }
    const [, digits] = /^Content-Length: *(\d{1,15})\r?$/im.exec(waiting.toString('latin1', 0, end)) ?? [];
    waiting = waiting.subarray(digits === undefined ? 'Content-'.length : end + 4);
    if (digits === undefined) return true;
    lost = false;
    const length = Number(digits);
    if (length <= MESSAGE_LIMIT) body = { chunks: [], missing: length };
    else {
      skipping = length;
      faults.report(`left out a message of ${length} bytes: the longest that is read has ${MESSAGE_LIMIT}`);
    }
    return true;
  }

  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (;;) {
      if (skipping > 0) {
        const part = Math.min(skipping, waiting.length);
        skipping -= part;
        waiting = waiting.subarray(part);
        if (skipping > 0) return;
      } else if (body) {
        const part = waiting.subarray(0, body.missing);
        body.chunks.push(part);
        body.missing -= part.length;
        waiting = waiting.subarray(part.length);
        if (body.missing > 0) return;
        const whole = Buffer.concat(body.chunks);
        body = undefined;
        give(whole);
      } else if (!takeHeader()) return;
    }
  };
}

/** Whether more bytes could make a header of them. */
function couldBegin(bytes: Buffer): boolean {
  return 'Content-'.startsWith(bytes.toString('latin1', 0, 'Content-'.length));
}
