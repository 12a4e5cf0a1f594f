// JPEG pictures (ITU T.81), baseline and progressive, by libjpeg-turbo: the same samples as Pillow, and so as torchvision's loaders.

import { InputError } from './input-error.ts';
import { decodeJpeg } from './jpeg-decoder.ts';
import { readMarkers } from './jpeg-markers.ts';
import { upright } from './orientation.ts';
import { isJpeg } from './picture-kind.ts';
import { checkDecoderBytes } from './picture-limits.ts';
import type { Picture } from './decoded.ts';

/**
 * Grey or RGB, upright as the EXIF orientation says; CMYK and YCCK become RGB. Lossless and arithmetic-coded pictures and 12-bit
 * samples are refused by name; damaged and cut-off files always. Throws `InputError`.
 */
export function readJpeg(bytes: Uint8Array): Picture {
  if (!isJpeg(bytes)) throw new InputError('not a JPEG file: it does not start with the marker FF D8');
  const { width, height, components, orientation, isBuffered, coefficients, parts } = readMarkers(bytes);
  checkDecoderBytes(
    isBuffered ? 'progressive JPEG' : 'JPEG',
    width,
    height,
    bytes.length,
    width * height * components * (orientation === 1 ? 1 : 2) + (isBuffered ? 2 * coefficients : 0),
  );
  const data = decodeJpeg(parts, width, height, components);
  if (!data) throw new InputError('damaged JPEG file: its compressed data is invalid or incomplete');
  return upright(
    components === 4
      ? { width, height, channels: 3, data: cmykToRgb(data) }
      : { width, height, channels: components, data },
    orientation,
  );
}

/** In place. Adobe stores inks inverted, so that 255 is none of it; then each colour is the product with black, rounded. */
function cmykToRgb(data: Uint8Array): Uint8Array {
  const pixels = data.length / 4;
  for (let i = 0; i < pixels; i++) {
    const black = data[4 * i + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const product = data[4 * i + channel]! * black + 128;
      data[3 * i + channel] = (product + (product >> 8)) >> 8;
    }
  }
  return data.subarray(0, 3 * pixels);
}
