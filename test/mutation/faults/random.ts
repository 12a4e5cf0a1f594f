// Faults in the integers of kernels, in random numbers, and in dropout.

import type { Fault } from '../fault.ts';

const integers = ['test/kernels/integers.test.ts'];
const dropout = ['test/kernels/dropout.test.ts'];

export const randomFaults: readonly Fault[] = [
  {
    name: 'at most, of u32 lanes, is equality',
    file: 'compiler/codegen/wasm/integers.ts',
    find: "u32x4: { lt: 'i32x4.lt_u', le: 'i32x4.le_u', eq: 'i32x4.eq' },",
    replace: "u32x4: { lt: 'i32x4.lt_u', le: 'i32x4.eq', eq: 'i32x4.eq' },",
    tests: integers,
  },
  {
    name: 'an index that was loaded counts elements where bytes are asked for',
    file: 'compiler/codegen/wasm/expressions.ts',
    find: 'load(w, expression);\n      if (type ===',
    replace: "load(w, expression);\n      if (type !== 'i32' && type ===",
    tests: integers,
  },
  {
    name: 'lanes of bytes lie one byte apart',
    file: 'compiler/codegen/wasm/memory-access.ts',
    find: "const lane = type === 'u8' ? 4 : 2;",
    replace: "const lane = type === 'u8' ? 1 : 2;",
    tests: integers,
  },
  {
    name: 'a u32 of JavaScript that is printed for its bits has a sign',
    file: 'compiler/codegen/typescript.ts',
    find: "if (type === 'u32') return wrap(comparisonLevel, `${printBits(expression, typed)} >>> 0`);",
    replace: "if (type === 'u32') return wrap(comparisonLevel, `${printBits(expression, typed)} | 0`);",
    tests: integers,
  },
  {
    name: 'the key of random numbers is injected without the number of its round',
    file: 'compiler/kernel/random.ts',
    find: "at === 0 ? next : k.let('key', uadd(next, constant(at)))",
    replace: 'next',
    tests: ['test/kernels/random.test.ts'],
  },
  {
    name: 'random words are rotated by the same bits in every round',
    file: 'runtime/threefry.ts',
    find: 'threefryRotations[round % 8]!',
    replace: 'threefryRotations[0]',
    tests: ['test/kernels/random.test.ts'],
  },
  {
    name: 'the images of every chunk drop what those of the first one do',
    file: 'compiler/templates/dropout.ts',
    find: "uadd(unary('i32_to_u32', n), before)",
    replace: "unary('i32_to_u32', n)",
    tests: dropout,
  },
  {
    name: 'dropout numbers elements in the order of memory',
    file: 'compiler/templates/dropout.ts',
    find: 'add(mul(c, pixels), pixel)',
    replace: 'add(mul(pixel, input.channels), c)',
    tests: dropout,
  },
  {
    name: 'dropout drops one word too many',
    file: 'compiler/ops/dropout-mask.ts',
    find: 'Math.ceil(stream.rate * 2 ** 24)',
    replace: 'Math.floor(stream.rate * 2 ** 24) + 1',
    tests: dropout,
  },
  {
    name: 'dropout scales by 1 / p',
    file: 'compiler/templates/dropout.ts',
    find: 'v.constant(Math.fround(1 - rate))',
    replace: 'v.constant(Math.fround(rate))',
    tests: dropout,
  },
];
