// Pickles that torch.save would not write: nothing in them is ever called, and what a tensor is not made of is refused by its name.

import { describe, expect, test } from 'vitest';
import { readPickle } from '../../src/data/pytorch/pickle.ts';
import { readWeightsFile } from '../../src/data/weights-file.ts';
import { concat, fuzz, truncate } from './shared.ts';
import { torchFile } from './zip-writer.ts';

/** A pickle of protocol 2 in Latin-1. */
const pickle = (body: string): Uint8Array => concat(`\x80\x02${body}.`);
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const int = (value: number): string => `K${String.fromCharCode(value)}`;
const tuple = (...items: readonly string[]): string => `(${items.join('')}t`;
const global = (module: string, name: string): string => `c${module}\n${name}\n`;
const call = (module: string, name: string, ...args: readonly string[]): string =>
  `${global(module, name)}${tuple(...args)}R`;
const dict = (...pairs: readonly (readonly [string, string])[]): string =>
  `}(${pairs.map(([key, value]) => text(key) + value).join('')}u`;

interface Parts {
  readonly rebuild?: string;
  readonly kind?: string;
  readonly key?: string;
  readonly elements?: string;
  readonly start?: string;
  readonly shape?: string;
  readonly strides?: string;
  readonly storage?: string;
  /** What PyTorch 2 writes behind the hooks, where there is something. */
  readonly metadata?: string;
}
/** A tensor [2, 2] of f32 in the storage 0, apart from what is given. */
function tensor({
  rebuild = '_rebuild_tensor_v2',
  kind = global('torch', 'FloatStorage'),
  ...parts
}: Parts = {}): string {
  const { key = text('0'), elements = int(4), start = int(0), shape = tuple(int(2), int(2)) } = parts;
  const { strides = tuple(int(2), int(1)) } = parts;
  const { storage = `${tuple(text('storage'), kind, key, text('cpu'), elements)}Q` } = parts;
  const hooks = call('collections', 'OrderedDict');
  const { metadata = '' } = parts;
  return call('torch._utils', rebuild, storage, start, shape, strides, '\x89', hooks, metadata);
}
const numbers = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const read = (body: string) => readWeightsFile(torchFile(pickle(body), { 0: numbers })).tensors;

test('a tensor by a pickle that is written by hand', () => {
  expect(read(dict(['a', tensor()])).map(({ name, shape, data }) => [name, shape, [...data]])).toEqual([
    ['a', [2, 2], [1, 2, 3, 4]],
  ]);
});

test('a tensor whose numbers are stored with another sign is refused', () => {
  const readWith = (metadata: string) => read(dict(['a', tensor({ metadata })]));
  expect([...readWith(dict(['neg', '\x89']))[0]!.data]).toEqual([1, 2, 3, 4]);
  for (const word of ['neg', 'conj'])
    expect(() => readWith(dict([word, '\x88']))).toThrow('a is stored with another sign than it has');
});

describe('what Python would call stays a name', () => {
  test.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['__builtin__', 'exec'],
    ['subprocess', 'Popen'],
    ['torch.hub', 'load'],
  ])('%s.%s', (module, name) => {
    const evil = call(module, name, text('touch /tmp/pickled'));
    const [only, ...others] = read(dict(['evil', evil], ['a', tensor()]));
    expect([only?.name, others]).toEqual(['a', []]);
    expect(() => read(evil)).toThrow(`an object of ${module}.${name}, perhaps a whole module, and no state dict`);
    expect(() => read(dict(['evil', evil]))).toThrow('a dictionary with evil and no state dict');
    expect(() => read(dict(['a', tensor({ storage: evil })]))).toThrow(
      `a cannot be read: its storage is a call of ${module}.${name}, expected one of this file`,
    );
    expect(() => read(dict(['a', tensor({ shape: evil })]))).toThrow(`its shape is a call of ${module}.${name}`);
    expect(() => read(dict(['a', tensor({ kind: global(module, name) })]))).toThrow(
      `its storage is of the type ${module}.`,
    );
  });

  test('by STACK_GLOBAL, NEWOBJ, NEWOBJ_EX and BUILD', () => {
    const evil = `${text('os')}${text('system')}\x93`;
    const made = { kind: 'call', callee: { kind: 'global', module: 'os', name: 'system' }, args: [], entries: [] };
    expect(readPickle(pickle(`${evil})R`))).toEqual(made);
    expect(readPickle(pickle(`${evil})\x81`))).toEqual(made);
    expect(readPickle(pickle(`${evil})}\x92`))).toEqual(made);
    expect(readPickle(pickle(`${evil})R}b`))).toEqual(made);
  });
});

const huge = '\x8a\x06\0\0\0\0\0\x01';

test.each([
  ['a storage that the file lacks', { key: text('../1') }, 'data/../1, where a is stored, is not in it'],
  ['a storage of another size', { elements: int(5) }, 'has 16 bytes, but 5 elements of F32 need 20'],
  ['a storage of 2^40 elements', { elements: huge }, 'has 16 bytes, but 1099511627776 elements'],
  ['an offset beyond the storage', { start: int(1) }, 'its last element is number 4 of a storage of 4'],
  ['a negative offset', { start: 'J\xff\xff\xff\xff' }, 'its offset is the number -1'],
  ['strides beyond the storage', { strides: tuple(int(3), int(1)) }, 'its last element is number 4 of a storage of 4'],
  ['negative strides', { strides: tuple('J\xff\xff\xff\xff', int(1)) }, 'its strides has the number -1'],
  ['a stride too few', { strides: tuple(int(1)) }, 'it has 2 axes and 1 strides'],
  [
    'a shape that cannot be counted',
    { shape: tuple(huge, huge) },
    'its shape [1099511627776, 1099511627776] is too large',
  ],
  ['33 axes', { shape: tuple(...Array.from({ length: 33 }, () => int(1))) }, 'it has 33 axes'],
  ['a fraction as extent', { shape: tuple('G?\xe0\0\0\0\0\0\0') }, 'its shape has the number 0.5'],
  [
    'a tensor of another kind',
    { rebuild: '_rebuild_qtensor' },
    'a is a call of torch._utils._rebuild_qtensor, and only',
  ],
])('%s', (_, parts, words) => expect(() => read(dict(['a', tensor(parts)]))).toThrow(words));

test('a tensor without elements needs no storage, and one of complex numbers is refused where it is wanted', () => {
  const empty = tensor({ shape: tuple(int(0), int(2)) });
  const complex = tensor({
    kind: global('torch', 'ComplexFloatStorage'),
    elements: int(2),
    shape: tuple(int(2)),
    strides: tuple(int(1)),
  });
  const [first, second] = read(dict(['empty', empty], ['complex', complex]));
  expect([...first!.data]).toEqual([]);
  expect(() => second!.data).toThrow('the data type of complex is ComplexFloatStorage');
});

test('wrappers around wrappers come to an end', () => {
  const parameter = (inner: string): string => call('torch._utils', '_rebuild_parameter', inner, '\x88');
  expect(read(dict(['a', parameter(tensor())]))).toHaveLength(1);
  let deep = tensor();
  for (let level = 0; level < 50; level++) deep = parameter(deep);
  expect(() => read(dict(['a', deep]))).toThrow('a is a call of torch._utils._rebuild_parameter, and only');
});

test('several dictionaries of tensors: which one is not guessed', () => {
  const both = dict(['encoder', dict(['a', tensor()])], ['decoder', dict(['a', tensor()])]);
  expect(() => read(both)).toThrow(
    'several dictionaries of tensors: encoder, decoder; save the one that is meant: torch.save(torch.load(path)["encoder"], other_path)',
  );
  expect(read(dict(['ema', dict(['a', tensor()])], ['model', dict(['b', tensor()])])).map(({ name }) => name)).toEqual([
    'b',
  ]);
});

describe('damaged pickles', () => {
  test.each([
    ['no value', '', 'it ends at byte 3 with 0 values, expected one'],
    ['two values', 'NN', 'it ends at byte 5 with 2 values'],
    ['a value too few', 'R', 'takes more values than there are'],
    ['a value before the mark', 'N(0R', 'takes more values than there are'],
    ['no mark', 't', 'what ends at byte 3 has no beginning'],
    ['a key without a value', '}(Nu', 'has a key without a value'],
    ['no dictionary', 'NNNs', 'is no dictionary'],
    ['a name that nothing has', 'h\x07', 'byte 4 refers to 7, which nothing has been called'],
    ['text beyond the end', 'X\xff\xff\xff\xffa', 'begins something of 4294967295 bytes, but 2 are left'],
    ['bytes of 2^63', '\x8e\0\0\0\0\0\0\0\x80', 'begins something of 9223372036854776000 bytes'],
    ['a function that is no text', 'NN\x93', 'the name of a function before byte 5 is not text'],
    ['a function whose name has no end', `c${'a'.repeat(2000)}`, 'the name at byte 3 has no end'],
    ['a whole number of 256 bytes', `\x8b\0\x01\0\0${'\0'.repeat(256)}`, 'a whole number of 256 bytes'],
    ['an operation of protocol 0', 'I1\n', 'byte 2 is 0x49, which is no operation of the protocols 2 to 5'],
    ['an extension', '\x82\x01', 'byte 2 is 0x82'],
  ])('%s', (_, body, words) => expect(() => readPickle(pickle(body))).toThrow(words));

  test('a protocol of the future', () =>
    expect(() => readPickle(concat('\x80\x06N.'))).toThrow('protocol 6 is unknown'));

  test('any others', () => {
    const good = torchFile(pickle(dict(['a', tensor()], ['b', tensor()])), { 0: numbers });
    truncate(good, readWeightsFile, 7);
    fuzz(good, (bytes) => readWeightsFile(bytes).tensors.map(({ data }) => data), 500);
  });
});

describe('bombs', () => {
  /** Lists that each hold the one before ten times: 10^n elements, if anything followed them. */
  const nested = (levels: number): string => `]q\x000${`](${'h\0'.repeat(10)}eq\x000`.repeat(levels)}h\0`;

  /** A dictionary with as many fields, each of which is this dictionary. */
  const dictionaries = (fields: number): string => {
    const names = ['state_dict', 'model', 'net', ...Array.from({ length: fields }, (_, i) => `${i}`)];
    return `}q\0(${names.map((name) => `${text(name)}h\0`).join('')}u`;
  };

  test.each([
    ['lists of lists', () => nested(50_000), 'holds a list and no state dict'],
    ['dictionaries in each other', () => dictionaries(300_000), 'holds a dictionary with state_dict, '],
    ['tuples in tuples', () => `)${'\x85'.repeat(900_000)}`, 'holds a tuple of 1 and no state dict'],
    ['dictionaries without end', () => '}'.repeat(2_000_000), 'describes more than 1000000 objects'],
    ['marks without end', () => '('.repeat(2_000_000), 'describes more than 1000000 objects'],
    ['values without end', () => 'N'.repeat(2_000_000), 'keeps more than 1000000 values at once'],
    ['operations without end', () => `N${'20'.repeat(2_500_000)}`, 'takes more than 4000000 operations'],
    ['more names than are needed', () => `N${'r\x01\0\0\0'.repeat(1_200_000)}`, 'describes more than 1000000 objects'],
    ['a pickle that is too long', () => '\0'.repeat(17 << 20), 'has 17825795 bytes; at most 16777216 are read'],
  ])('%s', (_, body, words) => {
    const file = torchFile(pickle(body()));
    const start = process.cpuUsage();
    expect(() => readWeightsFile(file)).toThrow(words);
    expect((process.cpuUsage(start).user + process.cpuUsage(start).system) / 1e6).toBeLessThan(2);
  });
});
