// A link that holds a program: `#p=` and its JSON, compressed (RFC 1951) and written in the URL's alphabet (RFC 4648, section 5).
// Whatever a link holds, reading it takes a bounded time and ends in a program or in a sentence.

import { programOf } from '../program.ts';
import type { Program } from '../program.ts';

/** Bytes that a link's program may have, and characters of the link itself. */
const [maxBytes, maxCharacters] = [2 ** 20, 2 ** 20];

/** The fragment, with its `#`, of a link to the program; a sentence where it would be too long. */
export async function linkOf(program: Program): Promise<{ readonly fragment: string } | { readonly refused: string }> {
  const bytes = new TextEncoder().encode(JSON.stringify(program));
  if (bytes.length > maxBytes) return { refused: tooLong };
  const packed = await collected(through(bytes, new CompressionStream('deflate-raw')), maxCharacters);
  const fragment = packed && `#p=${toBase64Url(packed)}`;
  return fragment === undefined || fragment.length > maxCharacters ? { refused: tooLong } : { fragment };
}

const tooLong = 'The program is too long for a link: at most 1 MiB fits.';

/** The program of a fragment; undefined where it holds none, a sentence where it is damaged or too large. */
export async function programOfLink(fragment: string): Promise<Program | { readonly refused: string } | undefined> {
  if (!fragment.startsWith('#p=')) return undefined;
  if (fragment.length > maxCharacters) return { refused: 'The link is too long to hold a program.' };
  const packed = fromBase64Url(fragment.slice(3));
  if (!packed) return { refused: damaged };
  try {
    const bytes = await collected(through(packed, new DecompressionStream('deflate-raw')), maxBytes);
    if (!bytes) return { refused: 'The program in the link is larger than 1 MiB, and was not opened.' };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return programOf(JSON.parse(text)) ?? { refused: damaged };
  } catch {
    return { refused: damaged };
  }
}

const damaged = 'The link is damaged: it holds no program. Perhaps a part of it was cut off.';

function through(bytes: Uint8Array<ArrayBuffer>, transform: CompressionStream | DecompressionStream) {
  return new Blob([bytes]).stream().pipeThrough(transform);
}

/** All bytes of the stream; undefined, and the rest is left unread, where there are more than `most`. */
async function collected(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = stream.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const decoded = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
