// A decoded picture, and which decoder takes which bytes.

import type { Picture } from './decoded.ts';
import { InputError } from './input-error.ts';
import { readJpeg } from './jpeg.ts';
import { isJpeg, isPng } from './picture-kind.ts';
import { readPng } from './png.ts';

export type { Picture } from './decoded.ts';

/** PNG or JPEG, told by its first bytes. Throws `InputError`. */
export function readPicture(bytes: Uint8Array): Picture {
  if (isPng(bytes)) return readPng(bytes);
  if (isJpeg(bytes)) return readJpeg(bytes);
  throw new InputError('not a picture that can be read: it starts like neither PNG nor JPEG');
}
