// Constructors of expressions and conditions: those of i32 fold constants.

import type {
  BinaryOperation,
  Comparison,
  Condition,
  Expression,
  Interleaving,
  ShiftOperation,
  Type,
  UnaryOperation,
} from './ir.ts';
import { interleavedType } from './signatures.ts';

/** A plain number stands for an i32 constant. */
export type Operand = Expression | number;

/** A constant i32. */
export const i32 = (value: number): Expression => ({ kind: 'constant', type: 'i32', value });
/** A constant f64. */
export const f64 = (value: number): Expression => ({ kind: 'constant', type: 'f64', value });
/** The value, rounded to f32, in every lane. */
export const lanes = (value: number): Expression => ({ kind: 'constant', type: 'f32x4', value: Math.fround(value) });
/** A constant u32. */
export const u32 = (value: number): Expression => ({ kind: 'constant', type: 'u32', value });
/** A u32 in every lane. */
export const u32Lanes = (value: number): Expression => ({ kind: 'constant', type: 'u32x4', value });
/** 0, 1, 2, 3. */
export const laneNumbers: Expression = { kind: 'lane-numbers', type: 'u32x4' };
/** A constant of the type. */
export const numberOf = (type: Type, value: number): Expression =>
  type === 'f32x4' ? lanes(value) : { kind: 'constant', type, value };
/** Numbers stand for constant i32. */
export const asExpression = (operand: Operand): Expression => (typeof operand === 'number' ? i32(operand) : operand);

function binary(operation: BinaryOperation, leftOperand: Operand, rightOperand: Operand): Expression {
  const left = asExpression(leftOperand);
  const right = asExpression(rightOperand);
  if (left.type !== right.type) throw new TypeError(`kernel IR: ${operation} of ${left.type} and ${right.type}`);
  return { kind: 'binary', type: left.type, operation, left, right };
}

/** The number of a constant i32; undefined for all other expressions. */
export const constantOf = (operand: Operand): number | undefined => {
  if (typeof operand === 'number') return operand;
  return operand.kind === 'constant' && operand.type === 'i32' ? operand.value : undefined;
};

/** left + right of i32, simplified where one side is constant. */
export function add(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) return i32(a + b);
  if (b === 0) return asExpression(left);
  if (a === 0) return asExpression(right);
  if (a !== undefined) return add(right, left);
  if (b !== undefined && typeof left !== 'number' && left.kind === 'binary' && left.operation === 'add') {
    const inner = constantOf(left.right);
    if (inner !== undefined) return add(left.left, inner + b);
  }
  // Constants go last, where loads and stores add them by themselves.
  if (typeof right !== 'number' && right.kind === 'binary' && right.operation === 'add') {
    const inner = constantOf(right.right);
    if (inner !== undefined) return add(add(left, right.left), inner);
  }
  if (b === undefined && typeof left !== 'number' && left.kind === 'binary' && left.operation === 'add') {
    const inner = constantOf(left.right);
    if (inner !== undefined) return add(add(left.left, right), inner);
  }
  return b !== undefined && b < 0 ? binary('sub', left, -b) : binary('add', left, right);
}

/** left − right of i32, simplified where the right side is constant. */
export function sub(left: Operand, right: Operand): Expression {
  const b = constantOf(right);
  return b !== undefined ? add(left, -b) : binary('sub', left, right);
}

/** left · right of i32, simplified where one side is constant. */
export function mul(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) return i32(a * b);
  if (a === 0 || b === 0) return i32(0);
  if (b === 1) return asExpression(left);
  if (a === 1) return asExpression(right);
  if (b !== undefined && typeof left !== 'number' && left.kind === 'binary') {
    const inner = left.operation === 'add' ? constantOf(left.right) : undefined;
    if (inner !== undefined) return add(mul(left.left, b), inner * b);
  }
  return a !== undefined ? binary('mul', right, left) : binary('mul', left, right);
}

/** left / right of i32 ≥ 0, rounded down. */
export function div(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) return i32(Math.floor(a / b));
  return b === 1 ? asExpression(left) : binary('div', left, right);
}

/** The rest of left / right of i32 ≥ 0. */
export function rem(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== undefined && b !== undefined) return i32(a % b);
  return b === 1 ? i32(0) : binary('rem', left, right);
}

/** The smaller of two i32. */
export function min(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  return a !== undefined && b !== undefined ? i32(Math.min(a, b)) : binary('min', left, right);
}

/** The larger of two i32. */
export function max(left: Operand, right: Operand): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  return a !== undefined && b !== undefined ? i32(Math.max(a, b)) : binary('max', left, right);
}

/** Sum of several i32 terms. */
export const sum = (...terms: readonly Operand[]): Expression =>
  terms.reduce<Expression>((total, term) => add(total, term), i32(0));

const resultOf: Readonly<Partial<Record<UnaryOperation, Type>>> = {
  promote: 'f64',
  demote: 'f32',
  convert: 'f64',
  truncate: 'i32',
  pow2: 'f64',
  exponent: 'i32',
  splat: 'f32x4',
  sum_lanes: 'f32',
  max_lanes: 'f32',
  i32_to_u32: 'u32',
  u32_to_i32: 'i32',
  u32_to_f32: 'f32',
  u32x4_to_f32x4: 'f32x4',
  u32_to_f64: 'f64',
  f64_to_u32: 'u32',
  splat_u32: 'u32x4',
  splat_u8: 'u8x16',
  signed_to_f32x4: 'f32x4',
  f32x4_bits: 'u32x4',
  u8x16_to_u32x4: 'u32x4',
  u8x16_to_i16x8: 'i16x8',
  u32x4_to_u8x16: 'u8x16',
  i16x8_to_u8x16: 'u8x16',
  widen_low: 'i16x8',
  widen_high: 'i16x8',
};

/** A function of one operand. */
export function unary(operation: UnaryOperation, operand: Expression): Expression {
  return { kind: 'unary', type: resultOf[operation] ?? operand.type, operation, operand };
}

export const compare = (comparison: Comparison, left: Operand, right: Operand): Condition => ({
  kind: 'compare',
  comparison,
  left: asExpression(left),
  right: asExpression(right),
});
/** left < right. */
export const lt = (left: Operand, right: Operand): Condition => compare('lt', left, right);
/** left ≤ right. */
export const le = (left: Operand, right: Operand): Condition => compare('le', left, right);
/** left = right. */
export const eq = (left: Operand, right: Operand): Condition => compare('eq', left, right);
/** Both conditions. */
export const and = (left: Condition, right: Condition): Condition => ({ kind: 'and', left, right });

/** `then` where the condition holds, else `otherwise`; neither has an effect, so both may be computed. */
export function select(condition: Condition, then: Operand, otherwise: Operand): Expression {
  const yes = asExpression(then);
  return { kind: 'select', type: yes.type, condition, then: yes, otherwise: asExpression(otherwise) };
}

/** Floating-point arithmetic, kept apart from the folding i32 constructors above. */
export const fadd = (left: Expression, right: Expression): Expression => binary('add', left, right);
/** left − right. */
export const fsub = (left: Expression, right: Expression): Expression => binary('sub', left, right);
/** left · right. */
export const fmul = (left: Expression, right: Expression): Expression => binary('mul', left, right);
/** left / right. */
export const fdiv = (left: Expression, right: Expression): Expression => binary('div', left, right);
/** The smaller one; NaN where one is NaN. */
export const fmin = (left: Expression, right: Expression): Expression => binary('min', left, right);
/** The larger one; NaN where one is NaN. */
export const fmax = (left: Expression, right: Expression): Expression => binary('max', left, right);
/** On vectors: left · right + addend. */
export const fmadd = (left: Expression, right: Expression, addend: Expression): Expression => ({
  kind: 'madd',
  type: 'f32x4',
  left,
  right,
  addend,
});
/** `pmin` and `pmax` of vectors. */
export const pmin = (left: Expression, right: Expression): Expression => binary('pmin', left, right);
/** On vectors: right where left < right, else left; one instruction on x86. */
export const pmax = (left: Expression, right: Expression): Expression => binary('pmax', left, right);
/** The larger of two vectors of numbers from +0 up, NaN where one is NaN; one instruction. */
export const umax = (left: Expression, right: Expression): Expression => binary('umax', left, right);
/** The bits that both vectors have. */
export const commonBits = (left: Expression, right: Expression): Expression => binary('and', left, right);
/** A loaded value as f64. */
export function promote(value: Expression): Expression {
  const operation = promotions[value.type];
  return operation ? unary(operation, value) : value;
}

const promotions: Readonly<Partial<Record<Type, UnaryOperation>>> = {
  f32: 'promote',
  i32: 'convert',
  u32: 'u32_to_f64',
};

/** addend + the products of codes and weights, four by four. */
export const dotBytes = (codes: Expression, weights: Expression, addend: Expression): Expression => ({
  kind: 'dot-bytes',
  type: 'u32x4',
  codes,
  weights,
  addend,
});
/** What dot products are of. */
export interface Dot {
  readonly codes: Expression;
  readonly weights: Expression;
}
/** addend + two dot products, whose sums of four products fit 16 bits. */
export const joinedDots = ({ codes, weights }: Dot, next: Dot, addend: Expression): Expression => ({
  kind: 'joined-dots',
  type: 'u32x4',
  codes,
  weights,
  nextCodes: next.codes,
  nextWeights: next.weights,
  addend,
});
/** 1 where `joinedDots` are faster here than dot products one by one, else 0. */
export const joinsDots: Expression = { kind: 'joins-dots', type: 'i32' };
/** addend + the products of 16 bits, two by two. */
export const dotPairs = (left: Expression, right: Expression, addend: Expression): Expression => ({
  kind: 'dot-pairs',
  type: 'u32x4',
  left,
  right,
  addend,
});
/** Bytes of a table of sixteen. */
export const swizzle = (table: Expression, indices: Expression): Expression => ({
  kind: 'swizzle',
  type: 'u8x16',
  table,
  indices,
});
/** Halves of two vectors, in turn. */
export const interleave = (of: Interleaving, left: Expression, right: Expression): Expression => ({
  kind: 'interleave',
  type: interleavedType(of),
  of,
  left,
  right,
});

/** left + right of u32 or u32x4, modulo 2^32. */
export const uadd = (left: Expression, right: Expression): Expression => binary('add', left, right);
/** left − right of u32 or u32x4, modulo 2^32. */
export const usub = (left: Expression, right: Expression): Expression => binary('sub', left, right);
/** left · right of u32 or u32x4, modulo 2^32. */
export const umul = (left: Expression, right: Expression): Expression => binary('mul', left, right);
/** The bits that both u32 or u32x4 have. */
export const uand = (left: Expression, right: Expression): Expression => binary('and', left, right);
/** The bits that one of two u32 or u32x4 has, or both. */
export const uor = (left: Expression, right: Expression): Expression => binary('or', left, right);
/** The bits that exactly one of two u32 or u32x4 has. */
export const uxor = (left: Expression, right: Expression): Expression => binary('xor', left, right);

function shift(operation: ShiftOperation, operand: Expression, count: number): Expression {
  const { type } = operand;
  if (type !== 'u32' && type !== 'u32x4' && !(type === 'i16x8' && operation === 'shl'))
    throw new TypeError(`kernel IR: ${operation} of ${type}`);
  return { kind: 'shift', type, operation, operand, count };
}

/** A u32, u32x4 or i16x8 shifted left by a constant, from 0 to 31. */
export const shl = (operand: Expression, count: number): Expression => shift('shl', operand, count);
/** A u32 or u32x4 shifted right by a constant, from 0 to 31; zeros follow. */
export const shr = (operand: Expression, count: number): Expression => shift('shr', operand, count);
/** A u32 or u32x4 rotated left by a constant, from 1 to 31; the operand is written twice, so that it should be a variable. */
export const rotl = (operand: Expression, count: number): Expression =>
  uor(shl(operand, count), shr(operand, 32 - count));
