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

/**
 * Exports `probe(repeats)`: so often 5 rows of 256 times 256 × `columns`, the innermost block of the kernels for hosts without fused
 * multiply–adds.
 */
export function speedProbe(columns: 8 | 16): Uint8Array {
  return assemble({ functions: [speedFunction(columns / 4)], pages: 1 }).bytes;
}

const [rows, depth] = [5, 256];

/** `width`: vectors of four numbers in a row of the block. */
function speedFunction(width: number): WasmFunction {
  const body: Instruction[] = [];
  const put = (operation: Operation, ...immediates: number[]): void =>
    void body.push(instruction(operation, ...immediates));
  const [repeats, step, first] = [0, 1, 2];
  const parts = Array.from({ length: width }, (_, part) => part);
  const left = (row: number): number => 4 * depth * row;
  const right = 4 * depth * rows;
  const result = right + 16 * width * depth;
  const accumulators = Array.from({ length: width * rows }, (_, at) => first + width + at);
  put('loop');
  for (const one of accumulators) {
    put('v128.const', 0);
    put('local.set', one);
  }
  put('i32.const', 0);
  put('local.set', step);
  put('loop');
  for (const part of parts) {
    put('local.get', step);
    put('i32.const', 4 * width);
    put('i32.mul');
    put('v128.load', right + 16 * part);
    put('local.set', first + part);
  }
  for (let row = 0; row < rows; row += 1) {
    for (const part of parts) {
      put('local.get', accumulators[width * row + part]!);
      put('local.get', step);
      put('v128.load32_splat', left(row));
      put('local.get', first + part);
      put('f32x4.mul');
      put('f32x4.add');
      put('local.set', accumulators[width * row + part]!);
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
  const locals = ['i32', ...Array.from({ length: width + accumulators.length }, () => 'v128' as const)] as const;
  return { name: 'probe', parameters: ['i32'], results: [], locals, body, exported: true };
}
