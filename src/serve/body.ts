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
  /** `declared`: the length that the client says. Rejects with `Refusal`. */
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
  let used = 0;
  const tooLarge = (): Refusal =>
    new Refusal(413, `a body has at most ${each} bytes; the server's --max-body says how many`);
  return {
    get used() {
      return used;
    },
    async read(stream, declared) {
      if (declared !== undefined && declared > each) throw tooLarge();
      let own = 0;
      const take = (bytes: number): void => {
        if (used + bytes > together)
          throw new Refusal(
            429,
            'the bodies of the requests that wait take all the memory there is for them; try again',
          );
        used += bytes;
        own += bytes;
      };
      const release = (): void => {
        used -= own;
        own = 0;
      };
      try {
        const chunks: Uint8Array[] = [];
        let length = 0;
        // The connection stays, so that the refusal can be sent.
        for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
          length += chunk.length;
          if (length > each) throw tooLarge();
          take(chunk.length);
          chunks.push(chunk);
        }
        const bytes = new Uint8Array(length);
        let at = 0;
        for (const chunk of chunks) {
          bytes.set(chunk, at);
          at += chunk.length;
        }
        return { bytes, release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
