// Expressions of the kernel IR as instructions that push their values.

import type { Comparison, Condition, Expression, LaneCount, Memory, Type } from '../../kernel/ir.ts';
import { comparesLanes, isVector } from '../../kernel/walk.ts';
import { elementBytes, isFar } from './addresses.ts';
import { joinsDots, onBytes } from './bytes.ts';
import type { Operation } from './instructions.ts';
import { comparisons, shifts, unsignedOperations } from './integers.ts';
import { linear, narrowLoad, scalarLoads, wholeLoads } from './memory-access.ts';
import { applyUnary } from './unary.ts';
import type { Writer } from './writer.ts';
import { get, lanesOf, put, shift } from './writer.ts';

/** Pushes a value; i32 ones multiplied by `scale`. */
export function value(w: Writer, expression: Expression, scale: number): void {
  const { type } = expression;
  switch (expression.kind) {
    case 'constant':
      if (type === 'f32x4') lanesOf(w, expression.value);
      else if (type === 'u32x4') put(w, 'v128.const i32x4', ...[0, 1, 2, 3].map(() => expression.value));
      else if (type === 'u8x16') put(w, 'v128.const i8x16', ...Array.from({ length: 16 }, () => expression.value));
      else if (type === 'i16x8') put(w, 'v128.const i8x16', ...i16Bytes(expression.value));
      else if (type === 'u32') put(w, 'i32.const', expression.value);
      else put(w, `${type}.const`, expression.value * (type === 'i32' ? scale : 1));
      break;
    case 'lane-numbers':
      put(w, 'v128.const i32x4', 0, 1, 2, 3);
      break;
    case 'joins-dots':
      joinsDots(w);
      shift(w, scale);
      break;
    case 'variable': {
      get(w, expression.variable);
      const held = w.scaleOf(expression.variable);
      if (type === 'i32' && held !== scale) shift(w, scale / held);
      break;
    }
    case 'load':
      load(w, expression);
      if (type === 'i32') shift(w, scale);
      break;
    case 'broadcast-bytes':
      put(w, 'v128.load32_splat', address(w, expression.memory, expression.index));
      break;
    case 'dot-bytes':
    case 'joined-dots':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle':
      onBytes(w, expression, (operand) => value(w, operand, 1));
      break;
    case 'unary':
      unary(w, expression);
      if (type === 'i32') shift(w, scale);
      break;
    case 'binary':
      binary(w, expression, scale);
      break;
    case 'shift':
      value(w, expression.operand, 1);
      put(w, 'i32.const', expression.count);
      put(w, shifts[expression.type][expression.operation]!);
      break;
    case 'madd':
      value(w, expression.left, 1);
      value(w, expression.right, 1);
      // What stands here lets a host without relaxed SIMD multiply and add: see runtime/relaxed.ts.
      if (w.options.fused) for (let i = 0; i < 3; i += 1) put(w, 'nop');
      else put(w, 'f32x4.mul');
      value(w, expression.addend, 1);
      put(w, w.options.fused ? 'f32x4.relaxed_madd' : 'f32x4.add');
      break;
    case 'select':
      select(w, expression, scale);
      break;
    case 'call': {
      const { parameter, body: inner, result } = expression.function;
      value(w, expression.argument, 1);
      put(w, 'local.set', w.declare(parameter));
      w.statements(inner);
      value(w, result, 1);
      break;
    }
    default:
      expression satisfies never;
  }
}

/** An i16 in all lanes. */
const i16Bytes = (value: number): number[] =>
  Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? value : value >> 8) & 0xff);

/** Pushes the variable part of an address; returns the constant part, in bytes. */
export function address(w: Writer, memory: Memory, index: Expression): number {
  const scale = elementBytes[memory.type];
  const terms: Expression[] = [];
  const constant = linear(index, terms);
  const base = w.options.baseOf(memory);
  const fixed = (constant > 0 ? constant * scale : 0) + (base.kind === 'fixed' ? base.bytes : 0);
  let pushed = 0;
  const sum = (): void => {
    pushed += 1;
    if (pushed > 1) put(w, 'i32.add');
  };
  for (const term of terms) {
    value(w, term, scale);
    sum();
  }
  if (base.kind === 'parameter') {
    get(
      w,
      w.bases.find(({ name }) => name === memory.name)!,
    );
    sum();
  }
  if (constant < 0 || pushed === 0) {
    put(w, 'i32.const', Math.min(constant, 0) * scale);
    sum();
  }
  return fixed;
}

function load(w: Writer, { memory, index, lanes, type }: Extract<Expression, { kind: 'load' }>): void {
  if (!isVector(type)) return put(w, scalarLoads[memory.type]!, address(w, memory, index));
  if (type === 'u8x16') return put(w, 'v128.load', address(w, memory, index));
  if (memory.type === 'bf16') {
    if (lanes !== 4) throw new TypeError(`WebAssembly kernels read bf16 by four: ${memory.name}`);
    put(w, 'v128.load16x4_u', address(w, memory, index));
    put(w, 'i32.const', 16);
    return put(w, 'i32x4.shl');
  }
  if (memory.type === 'u8' || memory.type === 'u16') {
    const narrow = narrowLoad(memory.type, lanes as LaneCount);
    const offsets = Array.from({ length: narrow.addresses }, () => address(w, memory, index));
    return void w.body.push(...narrow.instructions(offsets[0]!));
  }
  if (lanes !== 3) return put(w, wholeLoads[lanes as 1 | 2 | 4], address(w, memory, index));
  const third = address(w, memory, index);
  put(w, 'v128.load64_zero', address(w, memory, index));
  put(w, 'v128.load32_lane', third + 8, 2);
}

function unary(w: Writer, { operation, operand, type }: Extract<Expression, { kind: 'unary' }>): void {
  if (operation === 'splat' && operand.kind === 'load') {
    return put(w, 'v128.load32_splat', address(w, operand.memory, operand.index));
  }
  if (operation === 'neg' && type === 'i32') {
    put(w, 'i32.const', 0);
    value(w, operand, 1);
    return put(w, 'i32.sub');
  }
  value(w, operand, 1);
  applyUnary(w, operation, type);
}

/** What vectors of bytes are combined by; there is nothing else. */
const ofBytes = { pmax: 'i8x16.max_u', sub: 'i8x16.sub', or: 'v128.or' } as const;

function binary(w: Writer, expression: Extract<Expression, { kind: 'binary' }>, scale: number): void {
  const { operation, left, right, type } = expression;
  if (type !== 'i32') {
    value(w, left, 1);
    value(w, right, 1);
    if (type === 'u8x16') return put(w, ofBytes[operation as keyof typeof ofBytes]);
    if (type === 'i16x8') return put(w, operation === 'add' ? 'i16x8.add' : 'i16x8.sub');
    if (type === 'u32' || type === 'u32x4') return put(w, unsignedOperations[type][operation]!);
    if (operation === 'umax') return put(w, 'i32x4.max_u');
    return put(w, operation === 'and' ? 'v128.and' : (`${type}.${operation}` as Operation));
  }
  integers(w, expression, scale);
}

/** Divides what was pushed, which is not negative. V8's baseline compiler knows no powers of two, and divisions take ten times as long. */
function divide(w: Writer, operation: 'div' | 'rem', right: Expression): void {
  const power = right.kind === 'constant' ? Math.log2(right.value) : NaN;
  if (Number.isInteger(power)) {
    put(w, 'i32.const', operation === 'div' ? power : 2 ** power - 1);
    return put(w, operation === 'div' ? 'i32.shr_u' : 'i32.and');
  }
  value(w, right, 1);
  put(w, `i32.${operation}_u`);
}

/** i32, multiplied by `scale`. */
function integers(w: Writer, expression: Extract<Expression, { kind: 'binary' }>, scale: number): void {
  const { operation, left, right } = expression;
  switch (operation) {
    case 'add':
    case 'sub':
      value(w, left, scale);
      value(w, right, scale);
      return put(w, `i32.${operation}`);
    case 'mul':
      if (right.kind === 'constant') {
        const held = left.kind === 'variable' ? w.scaleOf(left.variable) : scale;
        value(w, left, held);
        put(w, 'i32.const', (right.value * scale) / held);
        return put(w, 'i32.mul');
      }
      value(w, left, 1);
      value(w, right, 1);
      put(w, 'i32.mul');
      return shift(w, scale);
    case 'div':
    case 'rem':
      value(w, left, 1);
      divide(w, operation, right);
      return shift(w, scale);
    case 'min':
    case 'max': {
      const [a, b] = [w.declare({ name: 'a', type: 'i32' }), w.declare({ name: 'b', type: 'i32' })];
      const compared = isFar(left) || isFar(right) ? 1 : scale;
      value(w, left, compared);
      put(w, 'local.tee', a);
      value(w, right, compared);
      put(w, 'local.tee', b);
      put(w, 'local.get', operation === 'min' ? a : b);
      put(w, 'local.get', operation === 'min' ? b : a);
      put(w, 'i32.lt_s');
      put(w, 'select');
      return shift(w, scale / compared);
    }
    case 'pmin':
    case 'pmax':
    case 'umax':
    case 'and':
    case 'or':
    case 'xor':
      throw new TypeError(`${operation} of i32`);
    default:
      operation satisfies never;
  }
}

function select(w: Writer, expression: Extract<Expression, { kind: 'select' }>, scale: number): void {
  const { condition: test, then, otherwise, type } = expression;
  value(w, then, scale);
  value(w, otherwise, scale);
  if (isVector(type) && comparesLanes(test)) {
    mask(w, test);
    return put(w, 'v128.bitselect');
  }
  condition(w, test);
  put(w, isVector(type) ? 'select v128' : 'select');
}

/** Pushes 1 where the condition holds, else 0. */
export function condition(w: Writer, test: Condition): void {
  if (test.kind === 'and') {
    condition(w, test.left);
    condition(w, test.right);
    return put(w, 'i32.and');
  }
  const { left, right, comparison } = test;
  value(w, left, 1);
  value(w, right, 1);
  compared(w, left.type, comparison);
}

function compared(w: Writer, type: Type, comparison: Comparison): void {
  if (type === 'u8x16' || type === 'i16x8') throw new TypeError(`${type} are not compared`);
  if (type === 'i32' || type === 'u32' || type === 'u32x4') put(w, comparisons[type][comparison]);
  else put(w, `${type}.${comparison}`);
}

function mask(w: Writer, test: Condition): void {
  if (test.kind === 'and') {
    mask(w, test.left);
    mask(w, test.right);
    return put(w, 'v128.and');
  }
  value(w, test.left, 1);
  value(w, test.right, 1);
  compared(w, test.left.type, test.comparison);
}
