import fc from 'fast-check';
import { encode } from 'fast-png';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readPicture } from '../../src/data/picture.ts';
import { readPng } from '../../src/data/png.ts';
import { concat, data, fuzz, hasData, onlyInputErrors, truncate } from './shared.ts';

const u32 = (n: number): number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const chunk = (type: string, body: Uint8Array | readonly number[]) => {
  const inner = concat(type, body);
  return concat(u32(inner.length - 4), inner, u32(crc32(inner)));
};
interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly color: number;
  readonly interlace?: number;
  readonly palette?: readonly number[];
  /** Filter byte and bytes of each line. */
  readonly lines: readonly number[];
}
const png = ({ width, height, depth, color, interlace = 0, palette, lines }: PngParts) =>
  concat(
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    chunk('IHDR', [...u32(width), ...u32(height), depth, color, 0, 0, interlace]),
    palette ? chunk('PLTE', palette) : [],
    chunk('IDAT', new Uint8Array(deflateSync(Uint8Array.from(lines)))),
    chunk('IEND', []),
  );

const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255);

describe('PNG', () => {
  test.each([
    ['grey', 1, [0], 1],
    ['grey and alpha', 2, [0], 1],
    ['RGB', 3, [0, 1, 2], 3],
    ['RGBA, alpha dropped', 4, [0, 1, 2], 3],
  ] as const)('%s, 8 bits, as another encoder wrote it, plain and interlaced', (_, channels, kept, expected) => {
    const source = noise(13 * 9 * channels);
    for (const interlace of ['null', 'Adam7'] as const) {
      const picture = readPng(encode({ width: 13, height: 9, channels, depth: 8, data: source }, { interlace }));
      expect([picture.width, picture.height, picture.channels]).toEqual([13, 9, expected]);
      const pixels = Array.from({ length: 13 * 9 }, (__, i) => kept.map((channel) => source[i * channels + channel]!));
      expect([...picture.data]).toEqual(pixels.flat());
    }
  });

  test('of 16 bits the high byte, as in browsers and Pillow: 0x0000, 0x00ff, 0x8080, 0xffff are 0, 0, 128, 255', () => {
    const lines = [0, 0x00, 0x00, 0x00, 0xff, 0x80, 0x80, 0xff, 0xff];
    expect([...readPng(png({ width: 4, height: 1, depth: 16, color: 0, lines })).data]).toEqual([0, 0, 128, 255]);
  });

  test('1, 2 and 4 bits of grey are stretched to 255', () => {
    const bits = (depth: number, lines: number[], width: number) => [
      ...readPng(png({ width, height: 1, depth, color: 0, lines })).data,
    ];
    expect(bits(1, [0, 0b10110000], 4)).toEqual([255, 0, 255, 255]);
    expect(bits(2, [0, 0b00011011], 4)).toEqual([0, 85, 170, 255]);
    expect(bits(4, [0, 0x0f, 0x70], 3)).toEqual([0, 255, 119]);
  });

  test('palette, and a colour that it lacks', () => {
    const palette = [10, 20, 30, 40, 50, 60];
    expect([
      ...readPng(png({ width: 2, height: 2, depth: 1, color: 3, palette, lines: [0, 0x40, 0, 0x80] })).data,
    ]).toEqual([10, 20, 30, 40, 50, 60, 40, 50, 60, 10, 20, 30]);
    expect(() => readPng(png({ width: 1, height: 1, depth: 8, color: 3, palette, lines: [0, 2] }))).toThrow(
      'uses colour 2 of a palette of 2',
    );
  });

  test('interlaced with less than a byte a pixel', () => {
    // 2×2: pass 1 has pixel (0,0), pass 6 pixel (1,0), pass 7 the second row.
    const lines = [0, 0x80, 0, 0x00, 0, 0x40];
    expect([...readPng(png({ width: 2, height: 2, depth: 1, color: 0, interlace: 1, lines })).data]).toEqual([
      255, 0, 0, 255,
    ]);
  });

  test('all five line filters, worked by hand', () => {
    const lines = [0, 10, 20, 1, 5, 5, 2, 1, 1, 3, 4, 4, 4, 3, 3];
    // none 10 20 · sub 5 10 · up 6 11 · average 4+3=7, 4+⌊(7+11)/2⌋=13 · Paeth 3+7=10, 3+13=16
    expect([...readPng(png({ width: 2, height: 5, depth: 8, color: 0, lines })).data]).toEqual([
      10, 20, 5, 10, 6, 11, 7, 13, 10, 16,
    ]);
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a billion pixels',
      png({ width: 40000, height: 40000, depth: 8, color: 2, lines: [] }),
      /40000×40000 pixels, more than the 25 million/,
    ],
    ['no pixels', png({ width: 0, height: 4, depth: 8, color: 2, lines: [] }), /0×4 pixels/],
    ['too much data', png({ width: 1, height: 1, depth: 8, color: 0, lines: [0, 1, 2] }), /longer than the 2 bytes/],
    [
      'too little data',
      png({ width: 4, height: 1, depth: 8, color: 0, lines: [0, 1] }),
      /has 2 bytes, but its header needs 5/,
    ],
    ['a bad filter', png({ width: 1, height: 1, depth: 8, color: 0, lines: [5, 1] }), /unknown line filter 5/],
    ['a bad colour type', png({ width: 1, height: 1, depth: 8, color: 5, lines: [0, 1] }), /colour type 5 with 8 bits/],
    ['no palette', png({ width: 1, height: 1, depth: 8, color: 3, lines: [0, 1] }), /palette has 0 bytes/],
  ])('refused: %s', (_, bytes, message) => expect(() => readPng(bytes)).toThrow(message));

  test('a wrong checksum, although the data can be decoded', () => {
    const good = png({ width: 1, height: 1, depth: 8, color: 0, lines: [0, 7] });
    const damaged = good.slice();
    // The checksum of the empty chunk IEND is the end of the file.
    damaged[damaged.length - 1]! ^= 1;
    expect([...readPng(good).data]).toEqual([7]);
    expect(() => readPng(damaged)).toThrow('the IEND chunk has a wrong checksum');
  });

  test('cut or damaged anywhere', () => {
    const good = encode({ width: 5, height: 4, channels: 3, depth: 8, data: noise(60) });
    truncate(good, readPng);
    fuzz(good, readPng, 1500);
  });

  test('hostile pixels and headers behind right checksums', () => {
    const byte = fc.nat(255);
    const parts = fc.record({
      width: fc.nat(12),
      height: fc.nat(6),
      depth: fc.constantFrom(1, 2, 4, 8, 16, 3),
      color: fc.constantFrom(0, 2, 3, 4, 6, 1),
      interlace: fc.nat(2),
      palette: fc.array(byte, { maxLength: 12 }),
    });
    fc.assert(
      fc.property(parts, fc.array(byte, { maxLength: 40 }), (header, noiseBytes) => {
        onlyInputErrors(() => readPng(png({ ...header, lines: noiseBytes })));
        const all = [1, 1, 3, 1, 2, 1, 4][header.color]!;
        const lines = Array.from({ length: header.height }, (_, y) => [
          y % 5,
          ...noise(Math.ceil((header.width * all * header.depth) / 8)),
        ]);
        onlyInputErrors(() => readPng(png({ ...header, interlace: 0, lines: lines.flat() })));
      }),
      { numRuns: 500 },
    );
  });
});

test('neither', () => expect(() => readPicture(concat('GIF89a'))).toThrow('it starts like neither PNG nor JPEG'));

describe.skipIf(!hasData)('real pictures (../shared/data/images)', () => {
  test.each([
    ['crop224/caffe_cat.png', 224, 224, 3],
    ['orig/glow_zebra_340.png', 224, 224, 3],
    ['orig/winml_mnist_28.png', 28, 28, 1],
    ['orig/caffe_cat.jpg', 480, 360, 3],
    ['orig/darknet_dog.jpg', 768, 576, 3],
    ['orig/tract_elephants.jpg', 660, 495, 3],
  ])('%s is %i×%i', (name, width, height, channels) => {
    const picture = readPicture(data(`images/${name}`));
    expect([picture.width, picture.height, picture.channels, picture.data.length]).toEqual([
      width,
      height,
      channels,
      width * height * channels,
    ]);
  });

  test('the same picture with and without an alpha channel', () => {
    expect(readPicture(data('images/orig/glow_zebra_340.png')).data).toEqual(
      readPicture(data('images/crop224/glow_zebra_340.png')).data,
    );
  });
});
