// Bodies of requests: read within a limit for each and one for all together, into memory that a thread can be given.

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
  const tooLarge = new Refusal(413, `a body has at most ${each} bytes; the server's --max-body says how many`);
  let used = 0;
  return {
    get used() {
      return used;
    },
    read: (stream, declared) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed) return reject(cut);
        const pieces = growing(each);
        let own = 0;
        const release = (): void => {
          used -= own;
          own = 0;
        };
        const settle = (): void => {
          stream.off('data', take).off('end', end).off('error', refuseCut).off('close', refuseCut);
        };
        const refuse = (refusal: Refusal): void => {
          settle();
          stream.pause();
          release();
          reject(refusal);
        };
        const take = (chunk: Uint8Array<ArrayBuffer>): void => {
          if (own + chunk.length > each) return refuse(tooLarge);
          if (used + chunk.length > together) return refuse(full);
          used += chunk.length;
          own += chunk.length;
          pieces.add(chunk, chunk.length === declared);
        };
        const end = (): void => {
          settle();
          resolve({ bytes: pieces.finish(), release });
        };
        const refuseCut = (): void => refuse(cut);
        if (declared !== undefined && declared > each) return refuse(tooLarge);
        stream.on('data', take).on('end', end).on('error', refuseCut).on('close', refuseCut);
      }),
  };
}

const full = new Refusal(429, 'the bodies of the requests that wait take all the memory there is for them; try again');
const cut = new Refusal(400, 'the connection ended before the body did');

/**
 * Bytes that are joined as they come. Pieces that are kept would each take many times their own memory where they are small, and the
 * client says how small they are: only one that is the whole is kept as it is.
 */
function growing(most: number): {
  add(piece: Uint8Array<ArrayBuffer>, isWhole: boolean): void;
  finish(): Uint8Array<ArrayBuffer>;
} {
  let bytes = new Uint8Array(0);
  let length = 0;
  return {
    add(piece, isWhole) {
      const needed = length + piece.length;
      if (isWhole) bytes = piece;
      else {
        if (needed > bytes.length)
          bytes = new Uint8Array(bytes.buffer.transfer(Math.min(most, Math.max(needed, 2 * length))));
        bytes.set(piece, length);
      }
      length = needed;
    },
    finish: () => (bytes.length === length ? bytes : new Uint8Array(bytes.buffer.transfer(length))),
  };
}
