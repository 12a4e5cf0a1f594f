// Bodies of requests: read within a limit for each and one for all together, into memory that a thread can be given.

import { finished } from 'node:stream';
import type { Readable } from 'node:stream';
import { Refusal } from './protocol.ts';

export interface BodyLimits {
  /** Bytes of one body. */
  readonly each: number;
  /** Bytes of all that are being read or wait for a thread. */
  readonly together: number;
}

/** Memory of bodies; what is taken is given back when the request is answered. */
export interface BodyMemory {
  /** `declared`: the length that the client says. Rejects with `Refusal`, and leaves the stream, paused, to whoever answers. */
  read(stream: Readable, declared: number | undefined): Promise<Body>;
  readonly used: number;
}

export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Gives the memory back; more than once does nothing. */
  release(): void;
}

/** Nothing is read yet. */
export function bodyMemory({ each, together }: BodyLimits): BodyMemory {
  const tooLarge = `a body has at most ${each} bytes; the server's --max-body says how many`;
  let used = 0;
  return {
    get used() {
      return used;
    },
    read: (stream, declared) =>
      new Promise((resolve, reject) => {
        const bytes = growing(each);
        let own = 0;
        const release = (): void => {
          used -= own;
          own = 0;
        };
        const refuse = (status: number, message: string): void => {
          stream.off('data', take).pause();
          release();
          reject(new Refusal(status, message));
        };
        const take = (chunk: Uint8Array): void => {
          if (own + chunk.length > each) return refuse(413, tooLarge);
          if (used + chunk.length > together) return refuse(429, FULL);
          used += chunk.length;
          own += chunk.length;
          bytes.add(chunk);
        };
        if (declared !== undefined && declared > each) return refuse(413, tooLarge);
        stream.on('data', take);
        finished(stream, (error) => {
          if (error) refuse(400, 'the connection ended before the body did');
          else resolve({ bytes: bytes.finish(), release });
        });
      }),
  };
}

const FULL = 'the bodies of the requests that wait take all the memory there is for them; try again';

/**
 * Bytes that are joined as they come. Pieces that are kept would each take many times their own memory where they are small, and the
 * client says how small they are.
 */
function growing(most: number): { add(piece: Uint8Array): void; finish(): Uint8Array<ArrayBuffer> } {
  let bytes = new Uint8Array(0);
  let length = 0;
  return {
    add(piece) {
      const needed = length + piece.length;
      if (needed > bytes.length)
        bytes = new Uint8Array(bytes.buffer.transfer(Math.min(most, Math.max(needed, 2 * length))));
      bytes.set(piece, length);
      length = needed;
    },
    finish: () => new Uint8Array(bytes.buffer.transfer(length)),
  };
}
