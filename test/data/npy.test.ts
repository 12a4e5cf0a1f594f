import { describe, expect, test } from 'vitest';
import { isNpy, readNpy, writeNpy } from '../../src/data/npy.ts';
import { concat, fuzz, truncate } from './shared.ts';

/** As `numpy.lib.format` writes it: dictionary padded with blanks and a newline to a multiple of 64. */
function npy(dictionary: string, body: readonly number[] | Uint8Array, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12;
  const length = Math.ceil((start + dictionary.length + 1) / 64) * 64 - start;
  const size = version === 1 ? [length & 255, length >> 8] : [length & 255, length >> 8, 0, 0];
  return concat('\x93NUMPY', [version, 0], size, `${dictionary.padEnd(length - 1)}\n`, body);
}
const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

test('the file that numpy.save writes for float32 [[1, 2, 3], [4, 5, 6]]', () => {
  const expected = npy(header('<f4', '(2, 3)'), new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer));
  const array = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  expect(writeNpy(array)).toEqual(expected);
  expect(readNpy(expected)).toEqual(array);
  expect(readNpy(writeNpy({ shape: [4], data: new Float32Array(4) })).shape).toEqual([4]);
  expect(readNpy(writeNpy({ shape: [], data: Float32Array.of(5) }))).toEqual({ shape: [], data: Float32Array.of(5) });
});

test.each([1, 2, 3])('version %i', (version) => {
  expect([...readNpy(npy(header('|u1', '(3,)'), [0, 128, 255], version)).data]).toEqual([0, 128, 255]);
});

test.each([
  `{"descr": "|u1", "fortran_order": False, "shape": (2, 1)}`,
  `{'shape': (2L, 1L), 'fortran_order': False, 'descr': '|u1'}`,
  `{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , }`,
])('any dictionary of the three keys: %s', (dictionary) => {
  expect(readNpy(npy(dictionary, [7, 8]))).toEqual({ shape: [2, 1], data: Float32Array.of(7, 8) });
});

test.each([
  ['>f4', [0x3f, 0x80, 0, 0], 1],
  ['<f8', [0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5],
  ['>f8', [0xbf, 0xf8, 0, 0, 0, 0, 0, 0], -1.5],
  ['<f2', [0x00, 0xc0], -2],
  ['|i1', [0xff], -1],
  ['<i2', [0xfe, 0xff], -2],
  ['>i4', [0xff, 0xff, 0xff, 0xfd], -3],
  ['<i8', [0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -4],
  ['>u2', [0x01, 0x00], 256],
  ['|b1', [1], 1],
])('%s', (descr, body, value) => {
  expect([...readNpy(npy(header(descr, '(1,)'), body)).data]).toEqual([value]);
});

test('Fortran order: the first axis runs fastest', () => {
  expect([...readNpy(npy(header('|u1', '(2, 3)', 'True'), [1, 4, 2, 5, 3, 6])).data]).toEqual([1, 2, 3, 4, 5, 6]);
  const body = Array.from({ length: 24 }, (_, at) => {
    const [i, j, k] = [at % 2, Math.floor(at / 2) % 3, Math.floor(at / 6)];
    return i * 12 + j * 4 + k;
  });
  expect([...readNpy(npy(header('|u1', '(2, 3, 4)', 'True'), body)).data]).toEqual(body.map((_, i) => i));
});

describe('refused', () => {
  test.each([true, false])('f64 beyond f32, little-endian: %s; infinities and NaN are read as they are', (little) => {
    const file = (...values: number[]): Uint8Array => {
      const body = new DataView(new ArrayBuffer(8 * values.length));
      values.forEach((value, i) => body.setFloat64(8 * i, value, little));
      return npy(header(little ? '<f8' : '>f8', `(${values.length},)`), new Uint8Array(body.buffer));
    };
    expect(() => readNpy(file(1, -1e39))).toThrow(
      'element 1 of the npy file is -1e+39, which is beyond the 32-bit numbers',
    );
    expect([...readNpy(file(Infinity, -Infinity, NaN, 3.4e38)).data]).toEqual([
      Infinity,
      -Infinity,
      NaN,
      Math.fround(3.4e38),
    ]);
  });

  test.each<[string, Uint8Array, RegExp]>([
    ['another format', concat('PK\x03\x04'), /not an npy file/],
    ['version 4', npy(header('<f4', '(1,)'), [0, 0, 0, 0], 4), /version 4/],
    ['complex numbers', npy(header('<c8', '(1,)'), new Uint8Array(8)), /element type is <c8/],
    ['objects', npy(header('|O', '(1,)'), [1]), /element type is \|O/],
    [
      'structures',
      npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }`, [0, 0, 0, 0]),
      /element type is structured/,
    ],
    ['an enormous shape', npy(header('<f4', '(99999999999, 99999999999)'), []), /its shape is not/],
    ['a large shape', npy(header('<f4', '(1000000, 1000000)'), []), /needs 4000000000000 bytes of data, but it has 0/],
    ['trailing bytes', npy(header('|u1', '(1,)'), [1, 2]), /needs 1 bytes of data, but it has 2/],
    ['an axis too many', npy(header('<f4', `(${'1, '.repeat(65)})`), [0, 0, 0, 0]), /more than 64 axes/],
    ['no dictionary', npy('[1, 2]', []), /has "?\[.*"? where \{ was expected/],
    ['something behind the dictionary', npy(`${header('|u1', '(1,)')} 7`, [1]), /has 7 where nothing behind/],
    ['a fourth key', npy(`{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}`, [1]), /has more where/],
    ['a key twice', npy(`{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}`, [1]), /has 'descr' twice/],
    ['a number for a tuple', npy(header('|u1', '(1)'), [1]), /where , was expected/],
    ['a list for a tuple', npy(header('|u1', '[1]'), [1]), /where \( was expected/],
    ['a negative extent', npy(header('|u1', '(-1,)'), [1]), /which is no part of a dictionary/],
    ['an extent that is no whole number', npy(header('|u1', '(1.5,)'), [1]), /which is no part of a dictionary/],
    ['another truth', npy(header('|u1', '(1,)', '1'), [1]), /where True or False was expected/],
    [
      'keys in a comment',
      npy(`{'descr': '|u1'} # 'fortran_order': False, 'shape': (1,)`, [1]),
      /no part of a dictionary/,
    ],
    ['text', npy(header('<U4', '(1,)'), []), /element type is <U4 \(text\)/],
    ['no byte order', npy(header('f4', '(1,)'), [0, 0, 0, 0]), /element type is f4;/],
    ['no shape', npy(`{'descr': '<f4', 'fortran_order': False, }`, []), /lacks descr/],
  ])('%s', (_, bytes, message) => expect(() => readNpy(bytes)).toThrow(message));

  test('cut or damaged anywhere', () => {
    const good = writeNpy({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(isNpy(good)).toBe(true);
    truncate(good, readNpy);
    fuzz(good, readNpy, 2000);
  });
});
