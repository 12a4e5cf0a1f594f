// Small modules that tell what a host can do: relaxed instructions, and how fast it multiplies matrices.

import type { WasmFunction } from './assembler.ts';
import { assemble } from './assembler.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';

const none = { parameters: [], results: [], locals: [], exported: false } as const;

/** Valid where a host has relaxed SIMD. */
export function relaxedProbe(): Uint8Array {
  const zero = instruction('v128.const', 0);
  const body = [zero, zero, zero, instruction('f32x4.relaxed_madd'), instruction('drop')];
  return assemble({ functions: [{ ...none, name: 'probe', body }], pages: 1 }).bytes;
}

/**
 * Valid where a host has relaxed SIMD. Exports `probe()`: the dot product of four weights 127 and four codes 255, which are too large: the sum
 * tells how the host computes it.
 */
export function dotsProbe(): Uint8Array {
  const bytesOf = (value: number): Instruction =>
    instruction('v128.const i8x16', ...Array.from({ length: 16 }, () => value));
  const body = [
    bytesOf(127),
    bytesOf(255),
    bytesOf(0),
    instruction('i32x4.relaxed_dot_i8x16_i7x16_add_s'),
    instruction('i32x4.extract_lane', 0),
  ];
  return assemble({ functions: [{ ...none, name: 'probe', results: ['i32'], body, exported: true }], pages: 1 }).bytes;
}

/** Exports `probe(repeats)`: so often 6 rows of 256 times 256 × 8, the innermost block of the kernels. */
export function speedProbe(): Uint8Array {
  return assemble({ functions: [speedFunction()], pages: 1 }).bytes;
}

const [rows, depth] = [6, 256];

function speedFunction(): WasmFunction {
  const body: Instruction[] = [];
  const put = (operation: Operation, ...immediates: number[]): void =>
    void body.push(instruction(operation, ...immediates));
  const [repeats, step, first] = [0, 1, 2];
  const left = (row: number): number => 4 * depth * row;
  const right = 4 * depth * rows;
  const result = right + 32 * depth;
  const accumulators = Array.from({ length: 2 * rows }, (_, at) => first + 2 + at);
  put('loop');
  for (const one of accumulators) {
    put('v128.const', 0);
    put('local.set', one);
  }
  put('i32.const', 0);
  put('local.set', step);
  put('loop');
  for (const half of [0, 1]) {
    put('local.get', step);
    put('i32.const', 3);
    put('i32.shl');
    put('v128.load', right + 16 * half);
    put('local.set', first + half);
  }
  for (let row = 0; row < rows; row += 1) {
    for (const half of [0, 1]) {
      put('local.get', accumulators[2 * row + half]!);
      put('local.get', step);
      put('v128.load32_splat', left(row));
      put('local.get', first + half);
      put('f32x4.mul');
      put('f32x4.add');
      put('local.set', accumulators[2 * row + half]!);
    }
  }
  put('local.get', step);
  put('i32.const', 4);
  put('i32.add');
  put('local.tee', step);
  put('i32.const', 4 * depth);
  put('i32.lt_s');
  put('br_if', 0);
  put('end');
  accumulators.forEach((one, at) => {
    put('i32.const', 0);
    put('local.get', one);
    put('v128.store', result + 16 * at);
  });
  put('local.get', repeats);
  put('i32.const', 1);
  put('i32.sub');
  put('local.tee', repeats);
  put('br_if', 0);
  put('end');
  const locals = ['i32', ...Array.from({ length: 2 + accumulators.length }, () => 'v128' as const)] as const;
  return { name: 'probe', parameters: ['i32'], results: [], locals, body, exported: true };
}
