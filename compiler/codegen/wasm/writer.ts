// What the translation of one function writes to: its instructions so far, its variables and where they are.

import type { Memory, Statement, Type, Variable } from '../../kernel/ir.ts';
import type { Scales } from './addresses.ts';
import type { ValueType } from './assembler.ts';
import type { Instruction, Operation } from './instructions.ts';
import { instruction } from './instructions.ts';

/** Where a memory starts: at a fixed byte, or where a parameter of the function says. */
export type Base = { readonly kind: 'fixed'; readonly bytes: number } | { readonly kind: 'parameter' };

export interface EmitOptions {
  readonly baseOf: (memory: Memory) => Base;
  /** The byte at which a number lies that is needed in all lanes. */
  readonly placeOfConstant: (value: number) => number;
  /** Whether `madd` is one relaxed instruction, or a product and a sum. */
  readonly fused: boolean;
  /** Whether dot products of bytes do without relaxed SIMD from the start. */
  readonly plainDots?: boolean;
  /** Index of the function that waits for all threads. */
  readonly barrier: number;
  /** The byte at which the counters lie by which threads claim ranges of loops; absent: each has its range. */
  readonly counters?: number;
}

/** A loop's body that became a function. */
export interface Outlined {
  /** Of the function. */
  readonly index: number;
  readonly taken: readonly Variable[];
}

export interface Writer {
  readonly options: EmitOptions;
  readonly scaleOf: Scales;
  readonly locals: ReadonlyMap<Variable, number>;
  /** Parameters that say where a memory starts. */
  readonly bases: readonly Variable[];
  /** The parameters that tell the part and the number of parts. */
  readonly threads: readonly Variable[];
  /** Variables that get the number of a range, and the counters they get it by. */
  readonly claims: ReadonlyMap<Variable, number>;
  readonly body: Instruction[];
  readonly declare: (variable: Variable) => number;
  /** The first of two vectors that nothing else uses. */
  readonly spareLocals: () => number;
  readonly outline: (variable: Variable, body: readonly Statement[]) => Outlined;
  /** Writes statements: functions of the kernel IR have some, where a value is asked for. */
  readonly statements: (list: readonly Statement[]) => void;
}

export const valueTypes: Readonly<Record<Type, ValueType>> = {
  f64: 'f64',
  f32: 'f32',
  i32: 'i32',
  u32: 'i32',
  f32x4: 'v128',
  u32x4: 'v128',
  i16x8: 'v128',
  u8x16: 'v128',
};

/** Appends an instruction. */
export const put = (w: Writer, operation: Operation, ...immediates: number[]): void =>
  void w.body.push(instruction(operation, ...immediates));

/** Pushes a variable. */
export const get = (w: Writer, variable: Variable): void => put(w, 'local.get', w.locals.get(variable)!);

/** A power of two times the i32 that was pushed last. */
export function shift(w: Writer, factor: number): void {
  if (factor === 1) return;
  put(w, 'i32.const', Math.log2(factor));
  put(w, 'i32.shl');
}

/** Pushes a number in all lanes. */
export function lanesOf(w: Writer, constant: number): void {
  if (constant === 0) return put(w, 'v128.const', constant);
  put(w, 'i32.const', 0);
  put(w, 'v128.load32_splat', w.options.placeOfConstant(constant));
}
