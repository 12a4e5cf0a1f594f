// The segments of a JPEG file (ITU T.81 annex B): what is in it and what decoding it will take, known before it is decoded.

import { InputError } from './input-error.ts';
import { type Orientation, orientationOf } from './orientation.ts';
import { checkPixels } from './picture-limits.ts';

export interface JpegFile {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3 | 4;
  readonly orientation: Orientation;
  /** The decoder must keep all coefficients: the picture is progressive, or its components come one after another. */
  readonly isBuffered: boolean;
  /** Coefficients of all components, with the pixels that fill up blocks. */
  readonly coefficients: number;
  /** The file without comments and metadata, with the slips that writers are known for put right. */
  readonly parts: readonly Uint8Array[];
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3 | 4;
  readonly isProgressive: boolean;
  readonly coefficients: number;
}

/** A progressive picture has about ten. */
const MAX_SCANS = 100;
/** Each scan may visit every block of a picture, however short it is. */
const MAX_SCANNED_COEFFICIENTS = 1_000_000_000;

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DQT = 0xdb;
const DHT = 0xc4;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;

/** Throws `InputError` for what is damaged, cut off, of a kind that cannot be decoded, or too expensive. */
export function readMarkers(bytes: Uint8Array): JpegFile {
  let frame: Frame | undefined;
  let orientation: Orientation | undefined;
  let isBuffered = false;
  let scans = 0;
  const parts: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  let at = 2;
  for (;;) {
    // Between segments, padding is skipped as libjpeg skips it.
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (bytes[at + 1] === 0xff) at++;
    const marker = bytes[at + 1];
    if (marker === undefined)
      throw damaged(`it is cut off: its end marker FF D9 does not follow within its ${bytes.length} bytes`);
    if (marker === EOI) break;
    if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= SOI)) {
      at += 2;
      continue;
    }
    const length = at + 4 <= bytes.length ? bytes[at + 2]! * 256 + bytes[at + 3]! : 0;
    const next = at + 2 + length;
    if (length < 2 || next > bytes.length)
      throw damaged(`it ends inside the segment FF ${marker.toString(16).toUpperCase().padStart(2, '0')}`);
    const segment = bytes.subarray(at, next);
    if (isFrame(marker)) {
      if (frame) throw damaged('it has two frames');
      frame = checkFrame(marker, segment, bytes.length);
      parts.push(segment);
    } else if (marker === SOS) {
      if (!frame) throw damaged('its data come before its header');
      if (++scans > MAX_SCANS) throw new InputError(`the JPEG file has more than ${MAX_SCANS} scans`, { limit: true });
      if (scans * frame.coefficients > MAX_SCANNED_COEFFICIENTS)
        throw new InputError(
          `the JPEG file goes more than ${scans - 1} times over its ${frame.width}×${frame.height} pixels`,
          { limit: true },
        );
      isBuffered ||= frame.isProgressive || segment[4]! < frame.components;
      let end = next;
      while (end < bytes.length && !(bytes[end] === 0xff && endsScan(bytes[end + 1]))) end++;
      parts.push(frame.isProgressive ? segment : sequentialScan(segment), bytes.subarray(next, end));
      at = end;
      continue;
    } else if (marker === APP1 && isExif(segment)) orientation ??= orientationOf(segment.subarray(10));
    else if (marker === APP0 && isJfif(segment))
      parts.push(Uint8Array.of(...segment.subarray(0, 9), 1, ...segment.subarray(10)));
    else if ([DQT, DHT, DRI, APP14].includes(marker)) parts.push(segment);
    at = next;
  }
  if (!frame || scans === 0) throw damaged('it has no picture');
  parts.push(Uint8Array.of(0xff, EOI));
  const { width, height, components, coefficients } = frame;
  return { width, height, components, orientation: orientation ?? 1, isBuffered, coefficients, parts };
}

/** SOF0…SOF15 without DHT, JPG and DAC. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== DHT && marker !== 0xc8 && marker !== 0xcc;
}

/** Stuffed zeros and restart markers belong to the scan, and so does a repeated FF. */
function endsScan(next: number | undefined): boolean {
  return next !== undefined && next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7);
}

function isExif(segment: Uint8Array): boolean {
  return startsWith(segment, 'Exif\0');
}

function isJfif(segment: Uint8Array): boolean {
  return segment.length >= 16 && startsWith(segment, 'JFIF\0');
}

function startsWith(segment: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => segment[4 + i] === character.charCodeAt(0));
}

/** Some cameras leave the progressive fields of a sequential scan at 0; they mean all 64 coefficients at once (T.81 table B.3). */
function sequentialScan(segment: Uint8Array): Uint8Array {
  return Uint8Array.of(...segment.subarray(0, -3), 0, 63, 0);
}

function checkFrame(marker: number, segment: Uint8Array, fileBytes: number): Frame {
  if (marker > 0xc2)
    throw new InputError(
      'the JPEG file is lossless, hierarchical or arithmetic-coded; only baseline and progressive ones can be read',
    );
  const components = segment[9];
  if (components === undefined || segment.length !== 10 + 3 * components)
    throw damaged('its frame header has the wrong length');
  if (segment[4] !== 8) throw new InputError(`the JPEG file has ${segment[4]} bits a sample; 8 can be read`);
  if (components !== 1 && components !== 3 && components !== 4)
    throw damaged(`it has ${components} colour channels, expected 1, 3 or 4`);
  const height = segment[5]! * 256 + segment[6]!;
  const width = segment[7]! * 256 + segment[8]!;
  checkPixels('JPEG', width, height);
  const factors = Array.from({ length: components }, (_, i) => {
    const [h, v] = [segment[11 + 3 * i]! >> 4, segment[11 + 3 * i]! & 15] as const;
    if (h < 1 || h > 4 || v < 1 || v > 4) throw damaged(`its sampling factor ${h}×${v} is not between 1 and 4`);
    return [h, v] as const;
  });
  const [hMax, vMax] = [Math.max(...factors.map(([h]) => h)), Math.max(...factors.map(([, v]) => v))];
  if (factors.some(([h, v]) => hMax % h !== 0 || vMax % v !== 0))
    throw new InputError('the JPEG file has chroma samples between whole pixels, a rare kind that cannot be read');
  const [across, down] = [Math.ceil(width / (8 * hMax)), Math.ceil(height / (8 * vMax))];
  const coefficients = factors.reduce((sum, [h, v]) => sum + across * h * down * v * 64, 0);
  // The first scan spends at least one bit on each block of 64 pixels.
  if ((width * height) / 64 > fileBytes * 8) throw damaged(`${fileBytes} bytes cannot hold ${width}×${height} pixels`);
  return { width, height, components, isProgressive: marker === 0xc2, coefficients };
}

function damaged(what: string): InputError {
  return new InputError(`damaged JPEG file: ${what}`);
}
