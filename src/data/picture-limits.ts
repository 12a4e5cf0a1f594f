// The limits on pictures, checked on the header before any pixel is decoded.

import { InputError } from './input-error.ts';

export const MAX_PIXELS = 25_000_000;

/** What decoding may take, with the file and its copy in the decoder: the whole command then stays below 256 MiB. */
const MAX_DECODER_BYTES = 96 * 2 ** 20;

/** Throws `InputError` if a picture is empty, or has more pixels than the limit. */
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

/** `kind` says what makes it expensive, such as `progressive JPEG`; `decodedBytes` is what is made of the file. */
export function checkDecoderBytes(
  kind: string,
  width: number,
  height: number,
  fileBytes: number,
  decodedBytes: number,
): void {
  const bytes = 2 * fileBytes + decodedBytes;
  if (bytes <= MAX_DECODER_BYTES) return;
  throw new InputError(
    `decoding the picture (${kind}, ${width}×${height} pixels, ${fileBytes} bytes) takes ${Math.ceil(bytes / 2 ** 20)} MiB, ` +
      `more than the ${MAX_DECODER_BYTES / 2 ** 20} that may be used; make the picture smaller`,
    { limit: true },
  );
}

/** A file that no decoder would take, whatever is in it. */
export function checkPictureBytes(fileBytes: number): void {
  if (2 * fileBytes <= MAX_DECODER_BYTES) return;
  throw new InputError(
    `the picture has ${fileBytes} bytes, more than the ${MAX_DECODER_BYTES / 2 ** 21} MiB that may be read; make it smaller`,
    { limit: true },
  );
}
