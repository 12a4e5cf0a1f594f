// How a picture is turned to be shown upright: the orientation of EXIF 2.32 (section 4.6.5, tag 0x0112), which cameras write
// into JPEG files and into the eXIf chunk of PNG files. Browsers, viewers and Pillow's `exif_transpose` do the same.

import type { Picture } from './decoded.ts';

/** 1 is upright. 2 to 4 mirror or turn by 180°; 5 to 8 exchange width and height, too. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/** From a TIFF header and its first directory; 1 where there is none, or none that is sound. */
export function orientationOf(tiff: Uint8Array): Orientation {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 14) return 1;
  const byteOrder = view.getUint16(0);
  const little = byteOrder === 0x4949;
  if ((!little && byteOrder !== 0x4d4d) || view.getUint16(2, little) !== 42) return 1;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let i = 0, at = directory + 2; i < entries && at + 12 <= tiff.length; i++, at += 12) {
    if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const value = view.getUint16(at + 8, little);
    const isSound = view.getUint16(at + 2, little) === SHORT && view.getUint32(at + 4, little) === 1;
    return isSound && value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}

/** Whether width and height change places. */
export function isTurned(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** The picture as it is to be seen. */
export function upright(picture: Picture, orientation: Orientation): Picture {
  if (orientation === 1) return picture;
  const { width, height, channels, data } = picture;
  const [outWidth, outHeight] = isTurned(orientation) ? [height, width] : [width, height];
  const result = new Uint8Array(data.length);
  // Pixel (x, y) of the result is read at first + x · xStep + y · yStep.
  const [firstX, firstY] = [
    [2, 3, 7, 8].includes(orientation) ? width - 1 : 0,
    [3, 4, 6, 7].includes(orientation) ? height - 1 : 0,
  ];
  const alongX = firstX === 0 ? channels : -channels;
  const alongY = (firstY === 0 ? width : -width) * channels;
  const [xStep, yStep] = isTurned(orientation) ? [alongY, alongX] : [alongX, alongY];
  const first = (firstY * width + firstX) * channels;
  let to = 0;
  for (let y = 0; y < outHeight; y++) {
    let from = first + y * yStep;
    for (let x = 0; x < outWidth; x++, from += xStep) {
      for (let channel = 0; channel < channels; channel++) result[to++] = data[from + channel]!;
    }
  }
  return { width: outWidth, height: outHeight, channels, data: result };
}
