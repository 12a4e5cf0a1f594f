// The two functions that show what a machine can do: multiply–adds in the mix of instructions of the matrix tiles (see
// compiler/templates/matmul.ts: of each step two vectors of weights, and for each row a number in all lanes), with operands in
// the nearest cache; and the sum of a memory that no cache holds.

import type { ValueType, WasmModule } from '../../compiler/codegen/wasm/assembler.ts';
import type { Instruction, Operation } from '../../compiler/codegen/wasm/instructions.ts';
import { instruction } from '../../compiler/codegen/wasm/instructions.ts';

export interface PeakKernel {
  readonly module: WasmModule;
  readonly flopsPerStep: number;
}

/** Vectors of columns. */
const vectors = 2;
const lanes = 4;
const vectorBytes = 16;
/** Steps that are written out. */
const unroll = 4;
/** Weights, then the rows, 4 KiB each with room behind for what is written out: they stay in the nearest cache. */
const window = 4096;
const rowsAt = 2 * window;
const rowBytes = 512;
/** Where the sums go, so that nothing is computed in vain. */
const resultAt = 65_536 - vectorBytes;

/**
 * Rows of the tiles. Six are as many as fit into 15 registers where product and sum are one instruction; five where the product
 * needs a register of its own.
 */
export const tileHeights: readonly number[] = [6, 5, 4];

/** Exports `peak(steps)`, `steps` being a multiple of 4. */
export function peakKernel(rows: number, fused: boolean): PeakKernel {
  const [steps, weights, numbers] = [0, 1, 2];
  const sum = (at: number): number => 3 + at;
  const count = rows * vectors;
  const right = (at: number): number => sum(count) + at;
  const left = right(vectors);
  const { body, put } = writer();
  const advance = (local: number, bytes: number): void => {
    put('local.get', local);
    put('i32.const', bytes);
    put('i32.add');
    put('i32.const', window - 1);
    put('i32.and');
    put('local.set', local);
  };
  put('loop');
  for (let step = 0; step < unroll; step += 1) {
    for (let j = 0; j < vectors; j += 1) {
      put('local.get', weights);
      put('v128.load', (step * vectors + j) * vectorBytes);
      put('local.set', right(j));
    }
    for (let i = 0; i < rows; i += 1) {
      put('local.get', numbers);
      put('v128.load32_splat', rowsAt + i * rowBytes + step * 4);
      put('local.set', left);
      for (let j = 0; j < vectors; j += 1) multiplyAdd(put, fused, left, right(j), sum(i * vectors + j));
    }
  }
  advance(weights, unroll * vectors * vectorBytes);
  advance(numbers, unroll * 4);
  put('local.get', steps);
  put('i32.const', unroll);
  put('i32.sub');
  put('local.tee', steps);
  put('br_if', 0);
  put('end');
  storeSum(
    put,
    Array.from({ length: count }, (_, at) => sum(at)),
  );
  const locals: ValueType[] = ['i32', 'i32', ...Array.from({ length: count + vectors + 1 }, () => 'v128' as const)];
  return {
    module: { functions: [{ name: 'peak', parameters: ['i32'], results: [], locals, body, exported: true }], pages: 1 },
    flopsPerStep: 2 * count * lanes,
  };
}

function multiplyAdd(put: Put, fused: boolean, left: number, right: number, sum: number): void {
  if (fused) {
    put('local.get', left);
    put('local.get', right);
    put('local.get', sum);
    put('f32x4.relaxed_madd');
  } else {
    put('local.get', sum);
    put('local.get', left);
    put('local.get', right);
    put('f32x4.mul');
    put('f32x4.add');
  }
  put('local.set', sum);
}

/** 256 MiB. */
const memoryPages = 4096;

/** Exports `sum()`, which reads `bytes` bytes. */
export function bandwidthKernel(): { readonly module: WasmModule; readonly bytes: number } {
  const at = 0;
  const count = 8;
  const bytes = memoryPages * 65_536;
  const { body, put } = writer();
  put('loop');
  for (let k = 0; k < count; k += 1) {
    put('local.get', at);
    put('v128.load', k * vectorBytes);
    put('local.get', 1 + k);
    put('f32x4.add');
    put('local.set', 1 + k);
  }
  put('local.get', at);
  put('i32.const', count * vectorBytes);
  put('i32.add');
  put('local.tee', at);
  put('i32.const', bytes);
  put('i32.lt_u');
  put('br_if', 0);
  put('end');
  storeSum(
    put,
    Array.from({ length: count }, (_, k) => 1 + k),
  );
  const locals: ValueType[] = ['i32', ...Array.from({ length: count }, () => 'v128' as const)];
  return {
    module: {
      functions: [{ name: 'sum', parameters: [], results: [], locals, body, exported: true }],
      pages: memoryPages,
    },
    bytes,
  };
}

type Put = (operation: Operation, ...immediates: number[]) => void;

function writer(): { readonly body: readonly Instruction[]; readonly put: Put } {
  const body: Instruction[] = [];
  return { body, put: (operation, ...immediates) => void body.push(instruction(operation, ...immediates)) };
}

function storeSum(put: Put, [first, ...others]: readonly number[]): void {
  put('i32.const', resultAt);
  put('local.get', first!);
  for (const other of others) {
    put('local.get', other);
    put('f32x4.add');
  }
  put('v128.store', 0);
}
