// A decoded picture, and which decoder takes which bytes.

import type { Picture } from './decoded.ts';
import { InputError } from './input-error.ts';
import { isJpeg, readJpeg } from './jpeg.ts';
import { isPng, readPng } from './png.ts';

export type { Picture } from './decoded.ts';

/** Whether the bytes begin as a PNG or JPEG file does. */
export function isPicture(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes);
}

/** PNG or JPEG, told by its first bytes. Throws `InputError`. */
export function readPicture(bytes: Uint8Array): Picture {
  if (isPng(bytes)) return readPng(bytes);
  if (isJpeg(bytes)) return readJpeg(bytes);
  throw new InputError('not a picture that can be read: it starts like neither PNG nor JPEG');
}
