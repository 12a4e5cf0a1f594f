// The binary format: numbers, instructions and modules as the WebAssembly Core Specification 3.0 writes them (5.2.2, 5.4, 5.5), and
// every instruction accepted by the host in a module that uses it.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble, printModule } from '../../compiler/codegen/wasm/assembler.ts';
import type { ValueType, WasmFunction } from '../../compiler/codegen/wasm/assembler.ts';
import type { Encoding, Instruction, Operation } from '../../compiler/codegen/wasm/instructions.ts';
import { encodings, instruction, signed, unsigned } from '../../compiler/codegen/wasm/instructions.ts';
import { runs } from '../support/runs.ts';

const bytesOf = (text: string): number[] => text.split(' ').map((byte) => parseInt(byte, 16));

describe('LEB128', () => {
  // DWARF Debugging Information Format 4, figures 22 and 23, and the longest of 32 and 53 bits.
  test.each([
    [0, '00'],
    [2, '02'],
    [127, '7f'],
    [128, '80 01'],
    [129, '81 01'],
    [130, '82 01'],
    [12_857, 'b9 64'],
    [624_485, 'e5 8e 26'],
    [2 ** 32 - 1, 'ff ff ff ff 0f'],
    [2 ** 32, '80 80 80 80 10'],
    [2 ** 53 - 1, 'ff ff ff ff ff ff ff 0f'],
  ])('%i unsigned', (value, text) => expect(unsigned(value)).toEqual(bytesOf(text)));

  test.each([
    [0, '00'],
    [2, '02'],
    [-2, '7e'],
    [63, '3f'],
    [64, 'c0 00'],
    [-64, '40'],
    [-65, 'bf 7f'],
    [127, 'ff 00'],
    [-127, '81 7f'],
    [128, '80 01'],
    [-128, '80 7f'],
    [129, '81 01'],
    [-129, 'ff 7e'],
    [-123_456, 'c0 bb 78'],
    [2 ** 31 - 1, 'ff ff ff ff 07'],
    [-(2 ** 31), '80 80 80 80 78'],
    [60e9, '80 b0 9d c2 df 01'],
    [2 ** 53 - 1, 'ff ff ff ff ff ff ff 0f'],
    [-(2 ** 53) + 1, '81 80 80 80 80 80 80 70'],
  ])('%i signed', (value, text) => expect(signed(value)).toEqual(bytesOf(text)));

  test('decodes to what was encoded, in as few bytes as there can be', () => {
    const decode = (bytes: readonly number[], isSigned: boolean): bigint => {
      const all = bytes.reduce((sum, byte, at) => sum | (BigInt(byte & 127) << BigInt(7 * at)), 0n);
      return isSigned ? BigInt.asIntN(7 * bytes.length, all) : all;
    };
    const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -300, max: 300 }));
    fc.assert(
      fc.property(whole, (value) => {
        const [u, s] = [unsigned(Math.abs(value)), signed(value)];
        expect(decode(u, false)).toBe(BigInt(Math.abs(value)));
        expect(decode(s, true)).toBe(BigInt(value));
        for (const bytes of [u, s])
          expect(bytes.map((byte) => byte >> 7)).toEqual(bytes.map((_, at) => (at < bytes.length - 1 ? 1 : 0)));
        if (u.length > 1) expect(decode(u.slice(0, -1), false)).not.toBe(BigInt(Math.abs(value)));
        if (s.length > 1) expect(decode(s.slice(0, -1), true)).not.toBe(BigInt(value));
      }),
      runs(2000),
    );
  });
});

const functionOf = (body: readonly Instruction[], change: Partial<WasmFunction> = {}): WasmFunction => ({
  name: 'f',
  parameters: [],
  results: [],
  locals: [],
  body,
  exported: true,
  ...change,
});

describe('modules', () => {
  test('of one function: header, type, import, function, export and code section', () => {
    const add = functionOf([instruction('local.get', 0), instruction('local.get', 1), instruction('i32.add')], {
      parameters: ['i32', 'i32'],
      results: ['i32'],
      locals: ['f32', 'f32', 'v128'],
    });
    const { bytes, sharedAt } = assemble({ functions: [add], pages: 3 });
    expect([...bytes]).toEqual(
      bytesOf(
        [
          '00 61 73 6d 01 00 00 00',
          '01 07 01 60 02 7f 7f 01 7f',
          '02 0b 01 01 6d 01 6d 02 01 03 80 80 04',
          '03 02 01 00',
          '07 05 01 01 66 00 00',
          '0a 0d 01 0b 02 02 7d 01 7b 20 00 20 01 6a 0b',
        ].join(' '),
      ),
    );
    expect(bytes[sharedAt]).toBe(1);
    const memory = new WebAssembly.Memory({ initial: 3, maximum: 3 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    expect((exports['f'] as (a: number, b: number) => number)(2, 40)).toBe(42);
  });

  test('equal types stand once, unexported functions are not exported', () => {
    const functions = [functionOf([]), functionOf([], { name: 'g', exported: false }), functionOf([], { name: 'h' })];
    const { bytes } = assemble({ functions, pages: 1 });
    expect([...bytes.slice(8, 14)]).toEqual(bytesOf('01 04 01 60 00 00'));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    expect(Object.keys(exports)).toEqual(['f', 'h']);
  });

  test('one byte makes the memory shared', () => {
    const { bytes, sharedAt } = assemble({ functions: [functionOf([])], pages: 1 });
    const instantiate = (shared: boolean): unknown => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
      return new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    };
    expect(() => instantiate(false)).not.toThrow();
    expect(() => instantiate(true)).toThrow();
    bytes[sharedAt] = 3;
    expect(() => instantiate(false)).toThrow();
    expect(() => instantiate(true)).not.toThrow();
  });

  test('numbers lie in the memory as little-endian f32', () => {
    const floats = [1, -0, NaN, Infinity, 2 ** -149];
    const { bytes } = assemble({ functions: [functionOf([])], pages: 1, data: { offset: 64, floats } });
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    void new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    const view = new DataView(memory.buffer);
    expect(floats.map((_, at) => view.getFloat32(64 + 4 * at, true))).toEqual(floats);
  });
});

/** What every instruction takes from the stack and leaves there; immediates where it has some. */
const uses: Readonly<
  Record<
    Exclude<Operation, 'block' | 'loop' | 'if' | 'else' | 'end' | 'br' | 'br_if' | 'return' | 'unreachable'>,
    string
  >
> = {
  nop: ' > ',
  'v128.const i8x16': ' > v128',
  'i8x16.shuffle': 'v128 v128 > v128',
  'i8x16.swizzle': 'v128 v128 > v128',
  'i8x16.sub': 'v128 v128 > v128',
  'i8x16.splat': 'i32 > v128',
  'i8x16.narrow_i16x8_u': 'v128 v128 > v128',
  'i8x16.max_u': 'v128 v128 > v128',
  'i32x4.extadd_pairwise_i16x8_s': 'v128 > v128',
  'i16x8.narrow_i32x4_s': 'v128 v128 > v128',
  'i16x8.narrow_i32x4_u': 'v128 v128 > v128',
  'i16x8.relaxed_dot_i8x16_i7x16_s': 'v128 v128 > v128',
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': 'v128 v128 v128 > v128',
  'i32x4.dot_i16x8_s': 'v128 v128 > v128',
  'i16x8.shl': 'v128 i32 > v128',
  'i16x8.add': 'v128 v128 > v128',
  'i16x8.sub': 'v128 v128 > v128',
  'i16x8.extend_high_i8x16_u': 'v128 > v128',
  'i16x8.shr_s': 'v128 i32 > v128',
  'i32x4.extract_lane': 'v128 > i32',
  call: ' > ',
  drop: 'i32 > ',
  select: 'f64 f64 i32 > f64',
  'select v128': 'v128 v128 i32 > v128',
  'local.get': ' > i32',
  'local.set': 'i32 > ',
  'local.tee': 'i32 > i32',
  'i32.load': 'i32 > i32',
  'f32.load': 'i32 > f32',
  'f64.load': 'i32 > f64',
  'i32.load8_s': 'i32 > i32',
  'i32.load8_u': 'i32 > i32',
  'i32.load16_u': 'i32 > i32',
  'i32.store8': 'i32 i32 > ',
  'i32.store16': 'i32 i32 > ',
  'i32.store': 'i32 i32 > ',
  'f32.store': 'i32 f32 > ',
  'i32.const': ' > i32',
  'i64.const': ' > i64',
  'f32.const': ' > f32',
  'f64.const': ' > f64',
  'i32.eqz': 'i32 > i32',
  'i32.eq': 'i32 i32 > i32',
  'i32.ne': 'i32 i32 > i32',
  'i32.lt_s': 'i32 i32 > i32',
  'i32.lt_u': 'i32 i32 > i32',
  'i32.le_s': 'i32 i32 > i32',
  'i32.le_u': 'i32 i32 > i32',
  'i32.ge_s': 'i32 i32 > i32',
  'f32.eq': 'f32 f32 > i32',
  'f32.lt': 'f32 f32 > i32',
  'f32.le': 'f32 f32 > i32',
  'f64.eq': 'f64 f64 > i32',
  'f64.lt': 'f64 f64 > i32',
  'f64.le': 'f64 f64 > i32',
  'i32.add': 'i32 i32 > i32',
  'i32.sub': 'i32 i32 > i32',
  'i32.mul': 'i32 i32 > i32',
  'i32.div_u': 'i32 i32 > i32',
  'i32.rem_u': 'i32 i32 > i32',
  'i32.and': 'i32 i32 > i32',
  'i32.or': 'i32 i32 > i32',
  'i32.xor': 'i32 i32 > i32',
  'i32.shl': 'i32 i32 > i32',
  'i32.shr_u': 'i32 i32 > i32',
  'f32.abs': 'f32 > f32',
  'f32.neg': 'f32 > f32',
  'f32.floor': 'f32 > f32',
  'f32.sqrt': 'f32 > f32',
  'f32.add': 'f32 f32 > f32',
  'f32.sub': 'f32 f32 > f32',
  'f32.mul': 'f32 f32 > f32',
  'f32.div': 'f32 f32 > f32',
  'f32.min': 'f32 f32 > f32',
  'f32.max': 'f32 f32 > f32',
  'f64.abs': 'f64 > f64',
  'f64.neg': 'f64 > f64',
  'f64.floor': 'f64 > f64',
  'f64.sqrt': 'f64 > f64',
  'f64.add': 'f64 f64 > f64',
  'f64.sub': 'f64 f64 > f64',
  'f64.mul': 'f64 f64 > f64',
  'f64.div': 'f64 f64 > f64',
  'f64.min': 'f64 f64 > f64',
  'f64.max': 'f64 f64 > f64',
  'f32.convert_i32_u': 'i32 > f32',
  'f64.convert_i32_u': 'i32 > f64',
  'f32.demote_f64': 'f64 > f32',
  'f64.convert_i32_s': 'i32 > f64',
  'f64.promote_f32': 'f32 > f64',
  'i32.trunc_sat_f64_s': 'f64 > i32',
  'i32.trunc_sat_f64_u': 'f64 > i32',
  'v128.load': 'i32 > v128',
  'v128.load16x4_u': 'i32 > v128',
  'v128.load32_splat': 'i32 > v128',
  'v128.store': 'i32 v128 > ',
  'v128.const': ' > v128',
  'v128.const i32x4': ' > v128',
  'i32x4.splat': 'i32 > v128',
  'i64x2.splat': 'i64 > v128',
  'i64x2.extract_lane': 'v128 > i64',
  'i64x2.replace_lane': 'v128 i64 > v128',
  'f32x4.splat': 'f32 > v128',
  'f32x4.extract_lane': 'v128 > f32',
  'i32x4.eq': 'v128 v128 > v128',
  'i32x4.lt_u': 'v128 v128 > v128',
  'i32x4.le_u': 'v128 v128 > v128',
  'f32x4.eq': 'v128 v128 > v128',
  'f32x4.lt': 'v128 v128 > v128',
  'f32x4.le': 'v128 v128 > v128',
  'v128.and': 'v128 v128 > v128',
  'v128.or': 'v128 v128 > v128',
  'v128.xor': 'v128 v128 > v128',
  'v128.bitselect': 'v128 v128 v128 > v128',
  'v128.load8_lane': 'i32 v128 > v128',
  'v128.load16_lane': 'i32 v128 > v128',
  'v128.store8_lane': 'i32 v128 > ',
  'v128.store16_lane': 'i32 v128 > ',
  'v128.load32_lane': 'i32 v128 > v128',
  'v128.store32_lane': 'i32 v128 > ',
  'v128.store64_lane': 'i32 v128 > ',
  'v128.load32_zero': 'i32 > v128',
  'v128.load64_zero': 'i32 > v128',
  'f32x4.floor': 'v128 > v128',
  'i16x8.extend_low_i8x16_u': 'v128 > v128',
  'i32x4.extend_low_i16x8_u': 'v128 > v128',
  'i32x4.shl': 'v128 i32 > v128',
  'i32x4.shr_u': 'v128 i32 > v128',
  'i32x4.add': 'v128 v128 > v128',
  'i32x4.sub': 'v128 v128 > v128',
  'i32x4.mul': 'v128 v128 > v128',
  'i32x4.max_u': 'v128 v128 > v128',
  'f32x4.abs': 'v128 > v128',
  'f32x4.neg': 'v128 > v128',
  'f32x4.sqrt': 'v128 > v128',
  'f32x4.add': 'v128 v128 > v128',
  'f32x4.sub': 'v128 v128 > v128',
  'f32x4.mul': 'v128 v128 > v128',
  'f32x4.div': 'v128 v128 > v128',
  'f32x4.min': 'v128 v128 > v128',
  'f32x4.max': 'v128 v128 > v128',
  'f32x4.pmin': 'v128 v128 > v128',
  'f32x4.pmax': 'v128 v128 > v128',
  'i32x4.trunc_sat_f32x4_s': 'v128 > v128',
  'f32x4.convert_i32x4_s': 'v128 > v128',
  'f32x4.convert_i32x4_u': 'v128 > v128',
  'f32x4.relaxed_madd': 'v128 v128 v128 > v128',
  'memory.atomic.notify': 'i32 i32 > i32',
  'memory.atomic.wait32': 'i32 i32 i64 > i32',
  'i32.atomic.load': 'i32 > i32',
  'i32.atomic.store': 'i32 i32 > ',
  'i32.atomic.rmw.add': 'i32 i32 > i32',
};

const constants = {
  i32: 'i32.const',
  i64: 'i64.const',
  f32: 'f32.const',
  f64: 'f64.const',
  v128: 'v128.const',
} as const;

/** Instructions with the numbers they need after their code. */
function withImmediates(operation: Operation): Instruction {
  const { immediates } = encodings[operation];
  const counts: Readonly<Record<string, number>> = { 'none-block': 0, shuffle: 16 };
  return instruction(operation, ...immediates.flatMap((kind) => Array.from({ length: counts[kind] ?? 1 }, () => 0)));
}

/** A body that pushes what the instruction takes and drops what it leaves. */
function around(operation: keyof typeof uses): readonly Instruction[] {
  const [before, after] = uses[operation].split('>').map((types) => types.trim().split(' ').filter(Boolean));
  return [
    ...before!.map((type) => instruction(constants[type as keyof typeof constants], 0)),
    withImmediates(operation),
    ...after!.map(() => instruction('drop')),
  ];
}

const control: readonly Instruction[] = [
  instruction('block'),
  instruction('loop'),
  instruction('i32.const', 1),
  instruction('br_if', 1),
  instruction('br', 0),
  instruction('end'),
  instruction('end'),
  instruction('i32.const', 1),
  instruction('if'),
  instruction('return'),
  instruction('else'),
  instruction('unreachable'),
  instruction('end'),
];

describe('instructions', () => {
  const locals: readonly ValueType[] = ['i32'];
  const validate = (body: readonly Instruction[]): boolean =>
    WebAssembly.validate(assemble({ functions: [functionOf(body, { locals })], pages: 1 }).bytes);

  test('all are tried', () => {
    const tried = [...Object.keys(uses), ...control.map(({ operation }) => operation)];
    expect(Object.keys(encodings).filter((operation) => !tried.includes(operation))).toEqual([]);
  });

  test('control', () => {
    expect(validate(control)).toBe(true);
    expect(validate(control.slice(0, -1))).toBe(false);
  });

  test.each(Object.keys(uses) as (keyof typeof uses)[])('%s', (operation) => {
    expect(validate(around(operation))).toBe(true);
    // A result too many, so that "true" says something about the types.
    expect(validate([...around(operation), instruction('i32.const', 0)])).toBe(false);
  });

  test('alignments are the greatest that are allowed: of what is read or written', () => {
    const aligned = (Object.entries(encodings) as [keyof typeof uses, Encoding][]).filter(([, { align }]) => align);
    expect(aligned.length).toBeGreaterThan(15);
    for (const [operation, { code, align = 0 }] of aligned) {
      const body = around(operation);
      const { bytes } = assemble({ functions: [functionOf(body, { locals })], pages: 1 });
      const at = bytes.findIndex((_, start) => [...code, align, 0].every((byte, k) => bytes[start + k] === byte));
      bytes[at + code.length] = align + 1;
      expect(WebAssembly.validate(bytes), `${operation} aligned to ${2 ** (align + 1)}`).toBe(false);
    }
  });

  // The specification's own codes, of instructions with immediates.
  test.each<[string, Instruction, string]>([
    ['a local', instruction('local.get', 300), '20 ac 02'],
    ['an offset', instruction('f32.load', 70_000), '2a 02 f0 a2 04'],
    ['a lane', instruction('v128.store64_lane', 16, 1), 'fd 5b 03 10 01'],
    ['a number', instruction('f32.const', 1.5), '43 00 00 c0 3f'],
    ['a long number', instruction('f64.const', -2), '44 00 00 00 00 00 00 00 c0'],
    ['a vector', instruction('v128.const', 1), 'fd 0c 00 00 80 3f 00 00 80 3f 00 00 80 3f 00 00 80 3f'],
    [
      'a vector of integers',
      instruction('v128.const i32x4', 0, 1, 0x89abcdef, 2 ** 32 - 1),
      'fd 0c 00 00 00 00 01 00 00 00 ef cd ab 89 ff ff ff ff',
    ],
    ['a negative number', instruction('i32.const', -8), '41 78'],
    ['64 bits', instruction('i64.const', 60e9), '42 80 b0 9d c2 df 01'],
    ['a code of two bytes', instruction('f32x4.relaxed_madd'), 'fd 85 02'],
    ['a code after its prefix', instruction('f32x4.add'), 'fd e4 01'],
    ['an atomic one', instruction('i32.atomic.rmw.add', 4), 'fe 1e 02 04'],
  ])('%s', (_, one, text) => {
    const { bytes } = assemble({ functions: [functionOf([one])], pages: 1 });
    const code = bytesOf(text);
    expect([...bytes.slice(-1 - code.length)]).toEqual([...code, 0x0b]);
  });
});

test('the text of a module', () => {
  const functions = [
    functionOf([instruction('unreachable')], {
      name: 'trap',
      parameters: ['i32', 'v128'],
      results: ['f32'],
      exported: false,
    }),
    functionOf(
      [
        instruction('i32.const', -4),
        instruction('if'),
        instruction('v128.const', -0),
        instruction('v128.const', NaN),
        instruction('local.get', 0),
        instruction('select v128'),
        instruction('f32x4.extract_lane', 3),
        instruction('drop'),
        instruction('else'),
        instruction('block'),
        instruction('f64.const', -Infinity),
        instruction('drop'),
        instruction('br', 0),
        instruction('end'),
        instruction('end'),
        instruction('i32.const', 0),
        instruction('f32.load', 0),
        instruction('i32.const', 0),
        instruction('v128.load', 160),
        instruction('call', 0),
      ],
      { name: 'main', locals: ['i32', 'i32'] },
    ),
  ];
  expect(printModule({ functions, pages: 2, data: { offset: 16, floats: [1, -2] } })).toMatchInlineSnapshot(`
    "(module
      (import "m" "m" (memory 2 65536))
      (func $trap (param i32 v128) (result f32)
        unreachable
      )
      (func $main (export "main")
        (local i32 i32)
        i32.const -4
        if
          v128.const f32x4 -0 -0 -0 -0
          v128.const f32x4 nan nan nan nan
          local.get 0
          select (result v128)
          f32x4.extract_lane 3
          drop
        else
          block
            f64.const -inf
            drop
            br 0
          end
        end
        i32.const 0
        f32.load
        i32.const 0
        v128.load offset=160
        call $trap
      )
      (data (i32.const 16) "\\00\\00\\80\\3f\\00\\00\\00\\c0")
    )
    "
  `);
});
