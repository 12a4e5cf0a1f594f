// Which files are pictures, by their first bytes.

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

/** Whether the bytes begin with the signature of PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return PNG.every((byte, i) => bytes[i] === byte);
}

/** Whether the bytes begin with the signature of JPEG. */
export function isJpeg(bytes: Uint8Array): boolean {
  return JPEG.every((byte, i) => bytes[i] === byte);
}

/** Whether the bytes begin as a PNG or JPEG file does. */
export function isPicture(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes);
}
