// PNG pictures (https://www.w3.org/TR/png-3): every colour type, bit depth and both interlace methods. Alpha is dropped, not
// blended, as `Image.convert('RGB')` of Pillow and so torchvision's loaders do; of 16-bit samples the high byte is kept, as browsers
// and Pillow do with colours (it clips 16 bits of grey).

import { crc32, inflateSync } from 'node:zlib';
import { InputError } from './input-error.ts';
import { type Orientation, orientationOf, upright } from './orientation.ts';
import { isPng } from './picture-kind.ts';
import { checkDecoderBytes, checkPixels } from './picture-limits.ts';
import type { Picture } from './decoded.ts';

const SIGNATURE_BYTES = 8;

/**
 * Checksums of all chunks are verified; an eXIf chunk's orientation is applied. As `numbers`, pixels are what the file has for them, as grey
 * of up to 8 bits or as the index of a colour. Throws `InputError`.
 */
export function readPng(bytes: Uint8Array, as: 'picture' | 'numbers' = 'picture'): Picture {
  if (!isPng(bytes)) throw new InputError('not a PNG file: its signature is missing');
  const { header, palette, orientation, compressed } = chunksOf(bytes);
  const { width, height } = header;
  if (as === 'numbers') checkNumbers(header);
  const channels = as === 'numbers' || header.colorType === 0 || header.colorType === 4 ? 1 : 3;
  const passes = passesOf(header);
  const lineBytes = passes.reduce((sum, pass) => sum + pass.height * (1 + pass.lineBytes), 0);
  const pictureBytes = width * height * channels;
  // Lines that are longer than what they become are overwritten by it.
  const inPlace = !header.interlaced && header.bitsPerPixel >= 8 * channels;
  checkDecoderBytes(
    header.interlaced ? 'interlaced PNG' : header.depth === 16 ? '16-bit PNG' : 'PNG',
    width,
    height,
    bytes.length,
    lineBytes + (inPlace ? 0 : pictureBytes) + (orientation === 1 ? 0 : pictureBytes),
  );
  const lines = inflate(joined(compressed), lineBytes);
  const data = inPlace ? lines.subarray(0, pictureBytes) : new Uint8Array(pictureBytes);
  const toSamples = as === 'numbers' ? numberReader(header) : sampleReader(header, palette);
  let at = 0;
  for (const pass of passes) {
    let previous: Uint8Array = new Uint8Array(pass.lineBytes);
    let line: Uint8Array = new Uint8Array(pass.lineBytes);
    for (let y = 0; y < pass.height; y++) {
      line.set(lines.subarray(at + 1, at + 1 + pass.lineBytes));
      unfilter(lines[at]!, line, previous, header.bytesPerPixel);
      const row = (pass.y + y * pass.yStep) * width + pass.x;
      for (let x = 0; x < pass.width; x++) toSamples(line, x, data, (row + x * pass.xStep) * channels);
      [previous, line] = [line, previous];
      at += 1 + pass.lineBytes;
    }
  }
  return upright({ width, height, channels, data }, orientation);
}

type ColorType = 0 | 2 | 3 | 4 | 6;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: ColorType;
  readonly interlaced: boolean;
  readonly bitsPerPixel: number;
  /** Rounded up to 1: the distance of the filters' left neighbour. */
  readonly bytesPerPixel: number;
}

const samplesPerPixel: Readonly<Record<ColorType, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const depthsOf: Readonly<Record<ColorType, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

interface Chunks {
  readonly header: Header;
  readonly palette: Uint8Array;
  readonly orientation: Orientation;
  readonly compressed: readonly Uint8Array[];
}

function chunksOf(bytes: Uint8Array): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette: Uint8Array = new Uint8Array(0);
  let orientation: Orientation = 1;
  const parts: Uint8Array[] = [];
  for (let at: number = SIGNATURE_BYTES; ;) {
    if (at + 12 > bytes.length) throw damaged(`it ends after ${bytes.length} bytes, before its last chunk`);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const label = /^[A-Za-z]{4}$/.test(type) ? `the ${type} chunk` : 'a chunk';
    if (length > bytes.length - at - 12)
      throw damaged(`${label} should have ${length} bytes, but only ${bytes.length - at - 12} follow`);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(at + 8 + length))
      throw damaged(`${label} has a wrong checksum`);
    at += 12 + length;
    if (!header) {
      if (type !== 'IHDR' || length !== 13) throw damaged('it does not start with a header chunk of 13 bytes');
      header = headerOf(body);
    } else if (type === 'PLTE') palette = body;
    else if (type === 'IDAT') parts.push(body);
    else if (type === 'eXIf') orientation = orientationOf(body);
    else if (type === 'IEND') return { header, palette, orientation, compressed: parts };
  }
}

function headerOf(body: Uint8Array): Header {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const [depth, color, compression, filter, interlace] = [...body.subarray(8)] as [
    number,
    number,
    number,
    number,
    number,
  ];
  const colorType = color as ColorType;
  if (!depthsOf[colorType]?.includes(depth)) throw damaged(`colour type ${color} with ${depth} bits does not exist`);
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw damaged('its compression, filter or interlace method is unknown');
  checkPixels('PNG', width, height);
  const bitsPerPixel = depth * samplesPerPixel[colorType];
  return {
    width,
    height,
    depth,
    colorType,
    interlaced: interlace === 1,
    bitsPerPixel,
    bytesPerPixel: Math.ceil(bitsPerPixel / 8),
  };
}

interface Pass {
  readonly x: number;
  readonly y: number;
  readonly xStep: number;
  readonly yStep: number;
  readonly width: number;
  readonly height: number;
  readonly lineBytes: number;
}

/** `[x, y, xStep, yStep]` of Adam7. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf(header: Header): Pass[] {
  const steps = header.interlaced ? adam7 : ([[0, 0, 1, 1]] as const);
  return steps.flatMap(([x, y, xStep, yStep]) => {
    const width = Math.ceil((header.width - x) / xStep);
    const height = Math.ceil((header.height - y) / yStep);
    if (width <= 0 || height <= 0) return [];
    return [{ x, y, xStep, yStep, width, height, lineBytes: Math.ceil((width * header.bitsPerPixel) / 8) }];
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function inflate(compressed: Uint8Array, expected: number): Uint8Array {
  let lines: Uint8Array;
  try {
    // One piece as large as everything: otherwise pieces are copied together, which takes twice the memory.
    lines = inflateSync(compressed, { maxOutputLength: expected, chunkSize: Math.max(64, expected + 1) });
  } catch (cause) {
    const larger = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    throw damaged(
      larger
        ? `its data is longer than the ${expected} bytes its header needs`
        : `its data cannot be decompressed (${(cause as Error).message})`,
      cause,
    );
  }
  if (lines.length !== expected) throw damaged(`its data has ${lines.length} bytes, but its header needs ${expected}`);
  return new Uint8Array(lines.buffer, lines.byteOffset, expected);
}

/** In place; `previous` is the line above, zeros for the first. */
function unfilter(filter: number, line: Uint8Array, previous: Uint8Array, distance: number): void {
  switch (filter) {
    case 0:
      return;
    case 1:
      for (let i = distance; i < line.length; i++) line[i]! += line[i - distance]!;
      return;
    case 2:
      for (let i = 0; i < line.length; i++) line[i]! += previous[i]!;
      return;
    case 3:
      for (let i = 0; i < line.length; i++) line[i]! += ((i < distance ? 0 : line[i - distance]!) + previous[i]!) >> 1;
      return;
    case 4:
      for (let i = 0; i < line.length; i++) {
        line[i]! += i < distance ? previous[i]! : paeth(line[i - distance]!, previous[i]!, previous[i - distance]!);
      }
      return;
    default:
      throw damaged(`it has the unknown line filter ${filter}`);
  }
}

function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

type ReadPixel = (line: Uint8Array, x: number, out: Uint8Array, to: number) => void;

/** Sample number `index` of a line; of 16 bits the upper ones. */
const sampleOf =
  (depth: number) =>
  (line: Uint8Array, index: number): number => {
    if (depth === 8) return line[index]!;
    if (depth === 16) return line[2 * index]!;
    return (line[(index * depth) >> 3]! >> (8 - depth - ((index * depth) & 7))) & ((1 << depth) - 1);
  };

function checkNumbers({ colorType, depth }: Header): void {
  if (colorType !== 0 && colorType !== 3)
    throw new InputError(
      'its pixels have colours; expected a grey PNG, or one with a palette, whose numbers are classes',
    );
  if (depth === 16) throw new InputError('its pixels have 16 bits; expected up to 8, whose numbers are classes');
}

/** Writes what a line has for pixel x at `to`. */
function numberReader({ depth }: Header): ReadPixel {
  const sample = sampleOf(depth);
  return (line, x, out, to) => {
    out[to] = sample(line, x);
  };
}

/** Writes pixel x of a line as 1 or 3 samples at `to`. */
function sampleReader(header: Header, palette: Uint8Array): ReadPixel {
  const { depth, colorType } = header;
  const perPixel = samplesPerPixel[colorType];
  const sample = sampleOf(depth);
  if (colorType === 3) {
    if (palette.length === 0 || palette.length % 3 !== 0)
      throw damaged(`its palette has ${palette.length} bytes, not 3 for each colour`);
    return (line, x, out, to) => {
      const from = sample(line, x) * 3;
      if (from >= palette.length) throw damaged(`it uses colour ${from / 3} of a palette of ${palette.length / 3}`);
      for (let channel = 0; channel < 3; channel++) out[to + channel] = palette[from + channel]!;
    };
  }
  if (colorType === 0 || colorType === 4) {
    const scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
    return (line, x, out, to) => {
      out[to] = sample(line, x * perPixel) * scale;
    };
  }
  return (line, x, out, to) => {
    for (let channel = 0; channel < 3; channel++) out[to + channel] = sample(line, x * perPixel + channel);
  };
}

function damaged(what: string, cause?: unknown): InputError {
  return new InputError(`damaged PNG file: ${what}`, { cause });
}
