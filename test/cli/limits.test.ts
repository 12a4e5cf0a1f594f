// Hostile inputs are refused before they cost anything: within 2 s and 256 MiB of the whole process, in less than 1 KB of words.
// A row is the name of a file, what is in it, and the words that refuse it.

import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measured, missing } from '../support/measure.ts';
import { fixture } from '../support/pictures.ts';
import { torchFile, zipOf } from '../data/zip-writer.ts';

const lenet = fileURLToPath(new URL('../../examples/lenet/lenet.cnn', import.meta.url));

const bytes = (...parts: readonly (string | Uint8Array | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))));
const u32 = (n: number): readonly number[] => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const idx = (...shape: readonly number[]): Uint8Array => bytes([0, 0, 8, shape.length], ...shape.map(u32));
const zeros = (length: number): Uint8Array => new Uint8Array(length);

const chunk = (type: string, body: Uint8Array): Uint8Array =>
  bytes(u32(body.length), type, body, u32(crc32(bytes(type, body))));
const png = (depth: number, color: number, interlace: number, pixels: Uint8Array): Uint8Array =>
  bytes(
    '\x89PNG\r\n\x1a\n',
    chunk('IHDR', bytes(u32(5000), u32(5000), [depth, color, 0, 0, interlace])),
    chunk('IDAT', new Uint8Array(deflateSync(pixels, { level: 1 }))),
    chunk('IEND', zeros(0)),
  );

/** Frame and tables of a small picture, another size, and hardly any data. */
function jpeg(frame: number, side: number): Uint8Array {
  const small = fixture('444.jpg');
  const at = Buffer.from(small).indexOf(Buffer.of(0xff, 0xc0));
  const scan = Buffer.from(small).indexOf(Buffer.of(0xff, 0xda));
  const size = [side >> 8, side & 255];
  const head = bytes(small.subarray(0, at), [0xff, frame], small.subarray(at + 2, at + 5), size, size);
  return bytes(head, small.subarray(at + 9, scan + 14), zeros(400_000), [0xff, 0xd9]);
}

const npy = (dictionary: string, body = zeros(0)): Uint8Array =>
  bytes('\x93NUMPY\x01\x00', [118, 0], dictionary.padEnd(117), '\n', body);

const inputs: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
  ['billions.idx', () => idx(0xffff_ffff, 0, 0), /0×0 pixels/],
  ['large.idx', () => idx(1, 65_535, 65_535), /65535×65535 pixels, more than/],
  [
    'pixels.idx.gz',
    () => new Uint8Array(gzipSync(bytes(idx(100_000_000, 1, 1), zeros(100_000_000)), { level: 1 })),
    /1×1 pixels, but/,
  ],
  [
    'liar.idx.gz',
    () => new Uint8Array(gzipSync(bytes(idx(1, 28, 28), zeros(300_000_000)), { level: 1 })),
    /more than the 800 bytes/,
  ],
  ['zeros.gz', () => new Uint8Array(gzipSync(zeros(300_000_000), { level: 1 })), /not an IDX file/],
  ['deep.json', () => bytes('['.repeat(12_000_000), ']'.repeat(12_000_000)), /nested more than 8 deep/],
  ['deeper.json', () => bytes('['.repeat(20_000_000), ']'.repeat(20_000_000)), /40000000 bytes, more than/],
  ['lists.json', () => bytes('[', '[],'.repeat(8_000_000), '[]]'), /the array is \[8000001, 0\]/],
  ['flat.json', () => bytes('[', '1,'.repeat(12_000_000), '1]'), /more than the 28 numbers/],
  ['objects.json', () => bytes('{"a":'.repeat(4_000_000)), /is an object/],
  ['row.csv', () => bytes('1,'.repeat(12_000_000)), /the table has 12000001 columns/],
  ['lines.csv', () => bytes('\n'.repeat(24_000_000)), /no row of numbers/],
  [
    'cell.csv',
    () => bytes('1\n', '1'.repeat(24_000_000)),
    /line 2, column 1 holds 1{77}\.\.\., expected a number|the table has 1 columns/,
  ],
  ['exponent.csv', () => bytes('1e400'), /beyond the 32-bit numbers/],
  ['shape.npy', () => npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967295, 4294967295)}"), /its shape/],
  [
    'bytes.npy',
    () => npy("{'descr': '|u1', 'fortran_order': True, 'shape': (50000000,)}", zeros(50_000_000)),
    /the array is \[50000000\]/,
  ],
  ['16-bit.png', () => png(16, 6, 0, zeros(200_005_000)), /takes \d+ MiB/],
  ['interlaced.png', () => png(16, 6, 1, zeros(300_000_000)), /takes \d+ MiB/],
  ['long.png', () => png(8, 0, 0, zeros(300_000_000)), /longer than the 25005000 bytes/],
  ['damaged.jpg', () => jpeg(0xc0, 5000), /invalid or incomplete/],
  ['progressive.jpg', () => jpeg(0xc2, 5000), /takes \d+ MiB/],
];

const safetensors = (header: string): Uint8Array => {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, header.length, true);
  return bytes(length, header);
};
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const one = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';

const manyZeros = `{'descr': '<f4', 'fortran_order': False, 'shape': (${(150 << 20) / 4},)}`;

const weights: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
  ['nest.safetensors', () => safetensors(`{"a":${nested(4_000_000)}}`), /at most 8000000 are read/],
  ['deep.safetensors', () => safetensors(`{"a":${nested(3_900_000)}}`), /nested deeper than/],
  [
    'longshape.safetensors',
    () => safetensors(`{"a":{"dtype":"F32","shape":[${'1,'.repeat(3_000_000)}1],"data_offsets":[0,8]}}`),
    /more than 120000 values/,
  ],
  [
    'zeros.npz',
    () => zipOf([{ name: 'conv1.weight.npy', data: npy(manyZeros, zeros(150 << 20)), deflate: true }]),
    /zeros.npz has \[39321600\]/,
  ],
  ['tuples.pt', () => torchFile(bytes(`\x80\x02)${'\x85'.repeat(900_000)}.`)), /holds a tuple of 1/],
];

const tunings: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
  ['lists.json', () => bytes(`{"schemaVersion":1,"choices":[${nested(4_000_000)}]}`), /nested more than 4 deep/],
  ['objects.json', () => bytes(`{"schemaVersion":1,"choices":[${'{},'.repeat(2_600_000)}{}]}`), /more than 120000 val/],
];

/** Beginnings of files of 900 MiB that hold nothing else. */
const large: readonly (readonly [string, '--input' | '--weights', () => Uint8Array, RegExp])[] = [
  ['zeros.safetensors', '--weights', () => zeros(8), /its header does not start with/],
  ['torch.safetensors', '--weights', () => bytes('PK\x03\x04 archive/data.pkl'), /does not end with its directory/],
  ['trail.safetensors', '--weights', () => safetensors(one), /bytes after a belong to no tensor/],
  ['trail.safetensors', '--input', () => safetensors(one), /bytes after a belong to no tensor/],
  ['noise.bin', '--input', () => Uint8Array.of(0xde, 0xad, 0xbe, 0xef), /no file of a known kind/],
  ['large.png', '--input', () => bytes('\x89PNG\r\n\x1a\n'), /more than the 48 MiB/],
  ['large.jpg', '--input', () => Uint8Array.of(0xff, 0xd8, 0xff), /more than the 48 MiB/],
  [
    'short.npy',
    '--input',
    () => npy("{'descr': '<f4', 'fortran_order': False, 'shape': (28, 28)}"),
    /needs 3136 bytes/,
  ],
  ['short.idx', '--input', () => idx(9, 28, 28), /needs 7056 bytes/],
  ['large.csv', '--input', () => bytes('1,2\n'), /more than the 25165824/],
];

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cnnc-limits-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missing)(missing === undefined ? 'hostile inputs' : `hostile inputs (skipped: ${missing})`, () => {
  const refuses = (argv: readonly string[], words: RegExp): void => {
    const run = measured(argv, folder);
    expect(run.stderr).toMatch(words);
    expect(run.stderr.length).toBeLessThan(1024);
    expect({ code: run.code === 1 || run.code === 3, stdout: run.stdout }).toEqual({ code: true, stdout: '' });
    expect(run.seconds).toBeLessThan(2);
    expect(run.mebibytes).toBeLessThan(256);
  };
  const commands = [
    ...inputs.map(
      ([name, ...row]) => [name, ['run', lenet, '--weights', 'random:1', '--input', name], ...row] as const,
    ),
    ...weights.map(
      ([name, ...row]) => [name, ['run', lenet, '--input', 'none.png', '--weights', name], ...row] as const,
    ),
    ...tunings.map(
      ([name, ...row]) => [name, ['compile', lenet, '-o', 'o', '--target', 'wasm', '--tuning', name], ...row] as const,
    ),
  ];
  test.each(commands)(
    '%s',
    (name, argv, make, words) => {
      writeFileSync(join(folder, name), make());
      refuses(argv, words);
      rmSync(join(folder, name));
    },
    120_000,
  );

  test.each(large)(
    '900 MiB of %s as %s',
    (name, option, start, words) => {
      writeFileSync(join(folder, name), start());
      truncateSync(join(folder, name), 900 << 20);
      const other = option === '--input' ? ['--weights', 'random:1'] : ['--input', 'none.png'];
      refuses(['run', lenet, ...other, option, name], words);
      rmSync(join(folder, name));
    },
    120_000,
  );
});
