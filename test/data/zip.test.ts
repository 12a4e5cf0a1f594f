import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openZip } from '../../src/data/zip.ts';
import { isZip } from '../../src/data/zip-directory.ts';
import { concat, fuzz, truncate } from './shared.ts';
import { type ZipPart, zipOf } from './zip-writer.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const readAll = (bytes: Uint8Array): string[] => {
  const archive = openZip(bytes);
  return [...archive.entries.values()].map((entry) =>
    new TextDecoder().decode(archive.read(entry, 1 << 20, 'checked')),
  );
};
const one = (data: string, directory: NonNullable<ZipPart['directory']> = {}, deflate = false): Uint8Array =>
  zipOf([{ name: 'a', data: text(data), deflate, directory }]);

test('stored and deflated entries, with a comment behind the directory', () => {
  const good = zipOf([
    { name: 'a', data: text('one') },
    { name: 'b/c', data: text('two'.repeat(1000)), deflate: true },
  ]);
  expect(isZip(good)).toBe(true);
  expect([...openZip(good).entries.keys()]).toEqual(['a', 'b/c']);
  expect(readAll(good)).toEqual(['one', 'two'.repeat(1000)]);
  const commented = concat(good.subarray(0, -2), [3, 0], 'PK\x05');
  expect(readAll(commented)).toEqual(['one', 'two'.repeat(1000)]);
});

describe('ZIP64', () => {
  const part = { name: 'a', data: text('one'), zip64: true };
  test('sizes and places of 64 bits', () => {
    expect(readAll(zipOf([{ ...part, name: 'b' }, part]))).toEqual(['one', 'one']);
  });
  test('a file that would have 2^60 bytes', () => {
    const directory = { sizeBytes: 2 ** 60, compressedBytes: 2 ** 60 };
    expect(() => readAll(zipOf([{ ...part, directory }]))).toThrow('a reaches into what follows it');
  });
  test('a number of 64 bits that is missing', () => {
    expect(() => readAll(one('abc', { offsetBytes: 0xffff_ffff }))).toThrow('the ZIP64 field of a is too short');
  });
  test('a record of the directory that is elsewhere', () => {
    const plain = one('abc');
    const locator = concat('PK\x06\x07', [0, 0, 0, 0], [9, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0]);
    const bytes = concat(plain.subarray(0, -22), locator, plain.subarray(-22));
    expect(() => readAll(bytes)).toThrow('the ZIP64 record of its directory is not where it should be');
  });
});

test('what is stored is a view of the file', () => {
  const good = one('abc');
  const archive = openZip(good);
  expect(archive.read(archive.entries.get('a')!, 3, 'checked').buffer).toBe(good.buffer);
});

test('the beginning of an entry', () => {
  const archive = openZip(
    zipOf([
      { name: 'a', data: text('abcdef') },
      { name: 'b', data: new Uint8Array(1 << 20), deflate: true },
    ]),
  );
  expect(archive.start(archive.entries.get('a')!, 3)).toEqual(text('abc'));
  const start = archive.start(archive.entries.get('b')!, 1000);
  expect(start.length).toBeGreaterThanOrEqual(1000);
  expect(start.length).toBeLessThan(200_000);
});

describe('refused', () => {
  const overlapping = zipOf([
    { name: 'a', data: text('x'.repeat(100)) },
    { name: 'b', data: text('y'.repeat(100)), directory: { offsetBytes: 40 } },
  ]);
  const twice = ['a', 'a'].map((name) => ({ name, data: text('x') }));
  test.each([
    ['a name that comes twice', zipOf(twice), 'it has a twice'],
    ['entries that overlap', overlapping, 'a reaches into what follows it'],
    ['an entry that is elsewhere', one('abc', { offsetBytes: 1 }), 'a does not begin where its directory says'],
    ['another name in the directory', one('abc', { name: 'b' }), 'calls an entry b that has another name itself'],
    ['fewer bytes than are stored', one('abc', { sizeBytes: 2 }), 'a is stored in 3 bytes and should have 2'],
    ['more bytes than the file has', one('abc', { sizeBytes: 4e9, compressedBytes: 4e9 }), 'reaches into what follows'],
    ['more than deflate can give', one('abc', { sizeBytes: 4e9 }, true), 'more than 5 deflated ones can give'],
    ['other sizes in the entry itself', one('abc'.repeat(9), { sizeBytes: 20 }, true), 'a has 27 bytes, and 20 by'],
    ['another checksum', one('abc', { crc: 1 }), 'the bytes of a do not have its checksum'],
    ['a method that is not read', one('abc', { method: 12 }), 'is compressed by method 12'],
    ['an entry that is encrypted', one('abc', { flags: 1 }), 'a in the zip archive is encrypted'],
    ['more entries than there are', zipOf([{ name: 'a', data: text('x') }], 2), 'should have 2 entries, but has 1'],
    ['more entries than are read', zipOf([{ name: 'a', data: text('x') }], 60_000), 'has 60000 entries; at most 20000'],
    ['bytes behind the archive', concat(one('abc'), 'x'), 'it does not end with its directory'],
    ['bytes before the archive', concat('xx', one('abc')), 'its directory should end at byte'],
    ['a name that is not UTF-8', one('abc', { name: '\xff' }), 'the name of entry 1 is not UTF-8'],
  ])('%s', (_, bytes, words) => expect(() => readAll(bytes)).toThrow(words));

  test('a stream that is longer than the size that entry and directory give', () => {
    const good = zipOf([{ name: 'a', data: text('x'.repeat(50)), deflate: true, directory: { sizeBytes: 49 } }]);
    new DataView(good.buffer).setUint32(22, 49, true);
    expect(() => readAll(good)).toThrow('a has more than the 49 bytes that its directory gives');
  });

  test('a stream that is none', () => {
    const good = zipOf([{ name: 'a', data: text('x'.repeat(50)), deflate: true }]);
    good.fill(0xff, 31, 34);
    expect(() => readAll(good)).toThrow('a cannot be inflated');
  });

  test('more bytes than are wanted', () => {
    const archive = openZip(one('abc'));
    expect(() => archive.read(archive.entries.get('a')!, 2, 'checked')).toThrow(
      'a in the zip archive has 3 bytes; at most 2',
    );
  });

  test('a ratio that deflate reaches is not', () => {
    const zeros = new Uint8Array(1 << 20);
    expect(zeros.length / deflateRawSync(zeros).length).toBeGreaterThan(1000);
    expect(() => openZip(zipOf([{ name: 'a', data: zeros, deflate: true }]))).not.toThrow();
  });
});

test('damaged archives', () => {
  const good = zipOf([
    { name: 'a', data: text('one') },
    { name: 'b', data: text('two'.repeat(20)), deflate: true },
  ]);
  truncate(good, readAll);
  fuzz(good, readAll, 300);
});
