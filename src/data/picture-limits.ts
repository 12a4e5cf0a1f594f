// The limit on pictures, checked on the header before any pixel is decoded.

import { InputError } from './input-error.ts';

/** Decoding a JPEG takes about 20 bytes a pixel, so this bounds it to half a gigabyte. */
export const MAX_PIXELS = 25_000_000;

export function checkPixels(format: string, width: number, height: number): void {
  if (width === 0 || height === 0)
    throw new InputError(`damaged ${format} file: its header says ${width}×${height} pixels`);
  if (width * height > MAX_PIXELS) {
    throw new InputError(
      `the ${format} picture has ${width}×${height} pixels, more than the ${MAX_PIXELS / 1e6} million that may be read`,
      { limit: true },
    );
  }
}
