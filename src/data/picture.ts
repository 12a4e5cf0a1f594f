// A decoded picture, and which decoder takes which bytes.

import { InputError } from './input-error.ts';
import { isJpeg, readJpeg } from './jpeg.ts';
import { isPng, readPng } from './png.ts';

/** 8 bits a sample, rows top to bottom, channels interleaved: 1 is grey, 3 is red, green, blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** `height · width · channels` bytes. */
  readonly data: Uint8Array;
}

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
