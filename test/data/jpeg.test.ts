import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readJpeg } from '../../src/data/jpeg.ts';
import { orientationOf } from '../../src/data/orientation.ts';
import { readPicture } from '../../src/data/picture.ts';
import { decoded, fixture } from '../support/pictures.ts';
import { concat, data, fuzz, hasData, truncate } from './shared.ts';

describe('the samples of Pillow (libjpeg-turbo), upright', () => {
  test.each(decoded)('%s', (name, expected) => {
    const { channels, ...picture } = readPicture(fixture(name));
    expect(channels).toBe(name === 'grey.jpg' ? 1 : 3);
    expect(picture).toEqual(expected);
  });
});

const good = fixture('444.jpg');
const indexOf = (bytes: Uint8Array, marker: number): number => Buffer.from(bytes).indexOf(Buffer.of(0xff, marker));
const frame = indexOf(good, 0xc0);
const scan = indexOf(good, 0xda);
const patched = (at: number, ...values: readonly number[]): Uint8Array => {
  const bytes = good.slice();
  bytes.set(values, at);
  return bytes;
};
const inserted = (bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array =>
  concat(bytes.subarray(0, at), values, bytes.subarray(at));

describe('slips of writers that every viewer forgives', () => {
  const pixels = readJpeg(good).data;
  test.each([
    ['a scan without its spectral range', patched(scan + 4 + 7, 0, 0, 0)],
    ['bytes between segments', inserted(good, frame, 1, 2, 3)],
    ['fill bytes before a marker', inserted(good, frame, 0xff, 0xff)],
    ['bytes behind the end', concat(good, [1, 2, 3])],
    ['an unknown version of JFIF', patched(indexOf(good, 0xe0) + 9, 7)],
    ['a long comment', inserted(good, frame, 0xff, 0xfe, 0, 4, 0xff, 0xd9)],
  ])('%s', (_, bytes) => expect(readJpeg(bytes).data).toEqual(pixels));
});

describe('refused', () => {
  const scanData = good.subarray(scan, good.length - 2);
  const large = patched(frame + 5, 15, 160, 15, 160);
  test.each<[string, Uint8Array, RegExp]>([
    ['12 bits', patched(frame + 4, 12), /12 bits a sample/],
    ['arithmetic coding', patched(frame + 1, 0xc9), /lossless, hierarchical or arithmetic-coded/],
    ['65535×65535', patched(frame + 5, 255, 255, 255, 255), /65535×65535 pixels, more than/],
    ['4000×4000 in a few hundred bytes', large, /cannot hold 4000×4000 pixels/],
    ['no height', patched(frame + 5, 0, 0), /21×0 pixels/],
    ['sampling 0', patched(frame + 11, 0x01), /sampling factor 0×1/],
    ['sampling 3 to 2', patched(frame + 11, 0x31, 1, 2, 0x21), /chroma samples between whole pixels/],
    [
      'two colour channels',
      inserted(patched(frame + 3, 14, 8, 0, 9, 0, 9, 2), frame + 2),
      /2 colour channels|wrong length/,
    ],
    ['cut off', good.subarray(0, good.length - 20), /it is cut off/],
    ['half of its data', concat(good.subarray(0, scan + 200), [0xff, 0xd9]), /invalid or incomplete/],
    ['damaged data', patched(scan + 30, ...Array.from({ length: 60 }, () => 0x7f)), /invalid or incomplete/],
    [
      'hundreds of scans',
      concat(good.subarray(0, scan), ...Array.from({ length: 200 }, () => scanData), [0xff, 0xd9]),
      /more than 100 scans/,
    ],
    [
      'a progressive picture that would take too much memory',
      concat(
        [0xff, 0xd8, 0xff, 0xc2],
        good.subarray(frame + 2, frame + 5),
        [19, 136, 19, 136],
        good.subarray(frame + 9, scan),
        scanData,
        new Uint8Array(60_000),
        [0xff, 0xd9],
      ),
      /decoding the picture \(progressive JPEG, 5000×5000 pixels, \d+ bytes\) takes 215 MiB/,
    ],
  ])('%s', (_, bytes, message) => expect(() => readJpeg(bytes)).toThrow(message));
});

test('cut or damaged anywhere', () => {
  for (const name of ['420.jpg', 'progressive.jpg', 'cmyk.jpg', 'orientation6.jpg']) {
    const bytes = fixture(name);
    truncate(bytes, readJpeg, 7);
    fuzz(bytes, readJpeg, 250);
  }
});

test('an orientation that is damaged, unknown or absent leaves the picture as it is', () => {
  const tiff = (...entry: readonly number[]): Uint8Array =>
    concat('MM\0*', [0, 0, 0, 8], [0, entry.length === 0 ? 0 : 1], entry, [0, 0, 0, 0]);
  expect(orientationOf(tiff(1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0))).toBe(6);
  expect(orientationOf(tiff(1, 0x12, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0))).toBe(1);
  expect(orientationOf(tiff(1, 0x12, 0, 4, 0, 0, 0, 1, 0, 6, 0, 0))).toBe(1);
  expect(orientationOf(tiff(1, 0x0f, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0))).toBe(1);
  expect(orientationOf(tiff())).toBe(1);
  expect(orientationOf(concat('MM\0*', [255, 255, 255, 255], new Uint8Array(20)))).toBe(1);
  expect(orientationOf(concat('JPEG, not TIFF at all'))).toBe(1);
  truncateQuietly(tiff(1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0));
});

function truncateQuietly(tiff: Uint8Array): void {
  for (let length = 0; length < tiff.length; length++)
    expect(orientationOf(tiff.subarray(0, length))).toBeGreaterThan(0);
}

test('an eXIf chunk without sound contents', () => {
  const png = fixture('orientation6.png');
  const at = Buffer.from(png).indexOf('eXIf');
  const length = new DataView(png.buffer).getUint32(at - 4);
  const damaged = png.slice();
  damaged.fill(0xff, at + 4, at + 4 + length);
  new DataView(damaged.buffer).setUint32(at + 4 + length, crc32(damaged.subarray(at, at + 4 + length)));
  expect([readPicture(png).width, readPicture(damaged).width]).toEqual([13, 21]);
});

test.skipIf(!hasData)('damaged photographs end soon (needs ../shared/data)', () => {
  const photo = data('images/orig/caffe_cat.jpg');
  truncate(photo, readJpeg, 2999);
  fuzz(photo, readJpeg, 25);
});
