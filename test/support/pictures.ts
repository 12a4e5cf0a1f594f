// The pictures of test/fixtures/pictures, and what Pillow makes of them (make.py there).

import { readFileSync } from 'node:fs';

const folder = new URL('../fixtures/pictures/', import.meta.url);

export interface Expected {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

interface Resized extends Expected {
  readonly filter: 'nearest' | 'bilinear' | 'bicubic';
}

type Stored<T> = Omit<T, 'data'> & { readonly data: string };

const json = JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as {
  readonly source: string;
  readonly decoded: Readonly<Record<string, Stored<Expected>>>;
  readonly resized: readonly Stored<Resized>[];
  readonly padded: readonly Stored<Resized>[];
};

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

export const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

/** The pixels that the files were made from. */
export const source = { width: 21, height: 13, channels: 3 as const, data: bytesOf(json.source) };

/** By file name, upright; grey or RGB. */
export const decoded: readonly (readonly [string, Expected])[] = Object.entries(json.decoded).map(([name, picture]) => [
  name,
  { ...picture, data: bytesOf(picture.data) },
]);

/** `source.resize`. */
export const resized: readonly Resized[] = json.resized.map((one) => ({ ...one, data: bytesOf(one.data) }));

/** `ImageOps.pad(source)` with the colour (10, 200, 30). */
export const padded: readonly Resized[] = json.padded.map((one) => ({ ...one, data: bytesOf(one.data) }));
