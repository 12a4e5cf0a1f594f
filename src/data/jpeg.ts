// JPEG pictures (ITU T.81), baseline and progressive, by jpeg-js behind a check of the markers. The orientation in EXIF data is
// not applied, as in Pillow's `Image.open` and so in torchvision's loaders.

import jpeg from 'jpeg-js';
import { InputError } from './input-error.ts';
import { MAX_PIXELS, checkPixels } from './picture-limits.ts';
import type { Picture } from './picture.ts';

/** A progressive picture has about ten; each takes the decoder over the whole picture, however short it is. */
const MAX_SCANS = 100;

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Grey or RGB. CMYK, lossless, arithmetic coding and 12-bit samples are refused by name. Throws `InputError`. */
export function readJpeg(bytes: Uint8Array): Picture {
  if (!isJpeg(bytes)) throw new InputError('not a JPEG file: it does not start with the marker FF D8');
  const { components } = checkMarkers(bytes);
  let decoded: { width: number; height: number; data: Uint8Array };
  try {
    decoded = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: 1024,
    });
  } catch (cause) {
    const limit = /limit exceeded/.test(String(cause));
    const reason = limit ? 'decoding it takes more than 1 GB' : 'its compressed data is invalid';
    throw new InputError(`${limit ? 'refused' : 'damaged'} JPEG file: ${reason}`, { limit, cause });
  }
  const { width, height, data } = decoded;
  return components === 1
    ? { width, height, channels: 1, data: everyThird(data) }
    : { width, height, channels: 3, data };
}

/** Walks the segments, so that sizes, kind and completeness are known before anything is decoded. */
function checkMarkers(bytes: Uint8Array): { components: number } {
  let frame: { components: number } | undefined;
  let scans = 0;
  let at = 2;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++;
    if (at + 2 > bytes.length) throw damaged(`it ends after ${bytes.length} bytes, before its end marker`);
    if (bytes[at] !== 0xff) throw damaged(`byte ${at} should start a marker`);
    const marker = bytes[at + 1]!;
    at += 2;
    if (marker === 0xd9) break;
    const length = at + 2 <= bytes.length ? bytes[at]! * 256 + bytes[at + 1]! : 0;
    if (length < 2 || at + length > bytes.length)
      throw damaged(`it ends inside the segment FF ${marker.toString(16).toUpperCase()}`);
    if (isFrame(marker)) {
      if (frame) throw damaged('it has two frames');
      frame = checkFrame(marker, bytes.subarray(at, at + length), bytes.length);
    }
    at += length;
    if (marker === 0xda) {
      if (!frame) throw damaged('its data come before its header');
      if (++scans > MAX_SCANS) throw new InputError(`the JPEG file has more than ${MAX_SCANS} scans`, { limit: true });
      while (at < bytes.length && !(bytes[at] === 0xff && endsScan(bytes[at + 1]))) at++;
    }
  }
  if (!frame || scans === 0) throw damaged('it has no picture');
  return frame;
}

/** SOF0…SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** Stuffed zeros and restart markers belong to the scan. */
function endsScan(next: number | undefined): boolean {
  return next !== undefined && next !== 0 && !(next >= 0xd0 && next <= 0xd7);
}

function checkFrame(marker: number, segment: Uint8Array, fileBytes: number): { components: number } {
  if (marker > 0xc2)
    throw new InputError(
      'the JPEG file is lossless, hierarchical or arithmetic-coded; only baseline and progressive ones can be read',
    );
  const components = segment[7];
  if (components === undefined || segment.length !== 8 + 3 * components)
    throw damaged('its frame header has the wrong length');
  if (segment[2] !== 8) throw new InputError(`the JPEG file has ${segment[2]} bits a sample; 8 can be read`);
  if (components === 4) throw new InputError('the JPEG file is CMYK (4 colour channels); convert it to RGB first');
  if (components !== 1 && components !== 3) throw damaged(`it has ${components} colour channels, expected 1 or 3`);
  const height = segment[3]! * 256 + segment[4]!;
  const width = segment[5]! * 256 + segment[6]!;
  checkPixels('JPEG', width, height);
  for (let i = 0; i < components; i++) {
    const [h, v] = [segment[9 + 3 * i]! >> 4, segment[9 + 3 * i]! & 15];
    if (h < 1 || h > 4 || v < 1 || v > 4) throw damaged(`its sampling factor ${h}×${v} is not between 1 and 4`);
  }
  // The first scan spends at least one bit on each block of 64 pixels.
  if ((width * height) / 64 > fileBytes * 8) throw damaged(`${fileBytes} bytes cannot hold ${width}×${height} pixels`);
  return { components };
}

function everyThird(rgb: Uint8Array): Uint8Array {
  const gray = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < gray.length; i++) gray[i] = rgb[3 * i]!;
  return gray;
}

function damaged(what: string): InputError {
  return new InputError(`damaged JPEG file: ${what}`);
}
