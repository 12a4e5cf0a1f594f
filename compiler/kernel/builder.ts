// Builds kernel IR: expression constructors that fold i32 arithmetic, and a block builder in which template code
// reads like the loop nest it makes.

import type {
  BinaryOperation,
  Comparison,
  Condition,
  Expression,
  Kernel,
  KernelFunction,
  LaneCount,
  Memory,
  ShiftOperation,
  Statement,
  Type,
  UnaryOperation,
  Variable,
} from './ir.ts';
import { loadedTypes } from './walk.ts';

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

const constantOf = (operand: Operand): number | undefined => {
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

const reference = (variable: Variable): Expression => ({ kind: 'variable', type: variable.type, variable });

/** A mutable variable: `value` reads it. */
export interface Cell {
  readonly variable: Variable;
  readonly value: Expression;
}

export interface BlockBuilder {
  memory(name: string, type: Memory['type']): Memory;
  parameter(name: string): Expression;
  comment(text: string): void;
  /** Names a value that is used several times. Constants, variables and indices next to one pass through. */
  let(hint: string, value: Operand): Expression;
  cell(hint: string, value: Operand): Cell;
  set(cell: Cell, value: Operand): void;
  /** `cell += value` */
  accumulate(cell: Cell, value: Operand): void;
  load(memory: Memory, index: Operand): Expression;
  /** A vector of `count` consecutive elements, f32x4 or u32x4; the other lanes are 0. */
  loadLanes(memory: Memory, index: Operand, count: LaneCount): Expression;
  /** The value is converted to the memory's type: f32 and f64 to each other, and so i32 and u32. */
  store(memory: Memory, index: Operand, value: Expression): void;
  storeLanes(memory: Memory, index: Operand, value: Expression, count: LaneCount): void;
  barrier(): void;
  /** `body` is not emitted for an empty constant range and once, without a loop, for a single constant iteration. */
  for(hint: string, from: Operand, to: Operand, body: (index: Expression) => void, options?: LoopOptions): void;
  if(condition: Condition, then: () => void, otherwise?: () => void): void;
}

export interface LoopOptions {
  readonly step?: number;
  readonly parallel?: boolean;
}

/** Defines a function of one number or vector; returns what calls it. */
export function defineFunction(
  name: string,
  write: (k: BlockBuilder, x: Expression) => Expression,
  type: 'f64' | 'f32x4' = 'f64',
): (argument: Expression) => Expression {
  let defined: KernelFunction | undefined;
  const define = (): KernelFunction => {
    const parameter: Variable = { name: 'x', type };
    let result: Expression = numberOf(type, 0);
    const { body } = buildKernel(name, '', (k) => void (result = write(k, reference(parameter))), {
      reserved: ['x'],
    });
    return { name, parameter, body, result };
  };
  return (argument) => {
    defined ??= define();
    return { kind: 'call', type, function: defined, argument };
  };
}

export interface BuildOptions {
  /** Names that no variable gets. */
  readonly reserved?: readonly string[];
  /** Parallel loops of one iteration stay loops, so that only one thread runs them. */
  readonly keepParallel?: boolean;
  /** Parallel loops within parallel loops are serial, and there are no barriers in either. */
  readonly outermostOnly?: boolean;
}

/** The kernel that `write` builds, without variables that nobody reads. */
export function buildKernel(
  name: string,
  summary: string,
  write: (k: BlockBuilder) => void,
  { reserved = [], keepParallel = false, outermostOnly = false }: BuildOptions = {},
): Kernel {
  const memories: Memory[] = [];
  const parameters: Variable[] = [];
  const body: Statement[] = [];
  const taken = new Map<string, number>(reserved.map((word) => [word, 1]));
  const cells = new Set<Variable>();
  let block = body;
  /** Whether what is built stands in a parallel loop, if that makes a difference. */
  let enclosed = false;

  const fresh = (hint: string, type: Type): Variable => {
    const count = taken.get(hint) ?? 0;
    taken.set(hint, count + 1);
    return { name: count === 0 ? hint : `${hint}_${count}`, type };
  };
  const inside = (action: () => void): Statement[] => {
    const outer = block;
    const inner: Statement[] = [];
    block = inner;
    action();
    block = outer;
    return inner;
  };
  const declare = (hint: string, operand: Operand, mutable: boolean): Variable => {
    const value = asExpression(operand);
    const variable = fresh(hint, value.type);
    block.push({ kind: 'let', variable, value, mutable });
    if (mutable) cells.add(variable);
    return variable;
  };
  /** An index a constant away from a variable that keeps its value: loads and stores add it by themselves. */
  const isNextTo = (value: Expression): boolean => {
    if (value.kind !== 'binary' || (value.operation !== 'add' && value.operation !== 'sub')) return false;
    const { left, right, type } = value;
    return type === 'i32' && left.kind === 'variable' && right.kind === 'constant' && !cells.has(left.variable);
  };

  const builder: BlockBuilder = {
    memory(memoryName, type) {
      const known = memories.find((memory) => memory.name === memoryName);
      if (known) return known;
      const memory: Memory = { name: memoryName, type };
      taken.set(memoryName, 1);
      memories.push(memory);
      return memory;
    },
    parameter(hint) {
      const variable = fresh(hint, 'i32');
      parameters.push(variable);
      return reference(variable);
    },
    comment: (text) => void block.push({ kind: 'comment', text }),
    let(hint, operand) {
      const value = asExpression(operand);
      const isPlain = value.kind === 'constant' || value.kind === 'variable' || isNextTo(value);
      return isPlain ? value : reference(declare(hint, value, false));
    },
    cell(hint, value) {
      const variable = declare(hint, value, true);
      return { variable, value: reference(variable) };
    },
    set: (cell, value) => void block.push({ kind: 'set', variable: cell.variable, value: asExpression(value) }),
    accumulate(cell, value) {
      const right = asExpression(value);
      builder.set(cell, right.type === 'i32' ? add(cell.value, right) : binary('add', cell.value, right));
    },
    load(memory, index) {
      const type = loadedTypes[memory.type].one;
      if (!type) throw new TypeError(`kernel IR: ${memory.name} is read as vectors`);
      return { kind: 'load', type, memory, index: asExpression(index), lanes: 1 };
    },
    loadLanes: (memory, index, count) => ({
      kind: 'load',
      type: loadedTypes[memory.type].four ?? 'f32x4',
      memory,
      index: asExpression(index),
      lanes: count,
    }),
    store(memory, index, value) {
      const held = loadedTypes[memory.type].one ?? 'f32';
      const converted = value.type === held ? value : unary(storing[held], value);
      block.push({ kind: 'store', memory, index: asExpression(index), value: converted, lanes: 1 });
    },
    storeLanes: (memory, index, value, count) =>
      void block.push({ kind: 'store', memory, index: asExpression(index), value, lanes: count }),
    barrier() {
      if (!enclosed) block.push({ kind: 'barrier' });
    },
    for(hint, from, to, write, options = {}) {
      const step = options.step ?? 1;
      const parallel = (options.parallel ?? false) && !enclosed;
      const [first, end] = [constantOf(from), constantOf(to)];
      if (first !== undefined && end !== undefined) {
        if (first >= end) return;
        if (first + step >= end && !(parallel && keepParallel)) return write(i32(first));
      }
      const variable = fresh(hint, 'i32');
      const outside = enclosed;
      enclosed ||= parallel && outermostOnly;
      const inner = inside(() => write(reference(variable)));
      enclosed = outside;
      const mode = parallel ? 'parallel' : 'serial';
      block.push({ kind: 'for', variable, from: asExpression(from), to: asExpression(to), step, mode, body: inner });
    },
    if(condition, then, otherwise) {
      const yes = inside(then);
      const no = otherwise ? inside(otherwise) : [];
      block.push({ kind: 'if', condition, then: yes, otherwise: no });
    },
  };
  write(builder);
  return { name, summary, memories, parameters, body };
}

const storing = { f32: 'demote', f64: 'promote', i32: 'u32_to_i32', u32: 'i32_to_u32' } as const;

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
/** The bits that both vectors have. */
export const commonBits = (left: Expression, right: Expression): Expression => binary('and', left, right);
/** A loaded value as f64. */
export const promote = (value: Expression): Expression => (value.type === 'f32' ? unary('promote', value) : value);

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
  if (type !== 'u32' && type !== 'u32x4') throw new TypeError(`kernel IR: ${operation} of ${type}`);
  return { kind: 'shift', type, operation, operand, count };
}

/** A u32 or u32x4 shifted left by a constant, from 0 to 31. */
export const shl = (operand: Expression, count: number): Expression => shift('shl', operand, count);
/** A u32 or u32x4 shifted right by a constant, from 0 to 31; zeros follow. */
export const shr = (operand: Expression, count: number): Expression => shift('shr', operand, count);
/** A u32 or u32x4 rotated left by a constant, from 1 to 31; the operand is written twice, so that it should be a variable. */
export const rotl = (operand: Expression, count: number): Expression =>
  uor(shl(operand, count), shr(operand, 32 - count));
