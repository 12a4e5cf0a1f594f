// The meaning of kernel IR: executes a kernel on typed arrays. Slow and plain; every index is checked.

import type { Comparison, Condition, Expression, Kernel, Memory, Statement, Variable, VectorType } from './ir.ts';
import { dotBytes, interleaveBytes, narrowBytes } from './interpret-bytes.ts';
import { childrenOf, comparesLanes, isVector } from './walk.ts';

/** bf16 and u16 memories are Uint16Arrays. */
export type Binding = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** Vectors are arrays of four elements or sixteen bytes, never changed once made; u32 are numbers from 0 to 2^32 − 1. */
type Value = number | Lanes;
type Lanes = Float32Array | Uint32Array | Uint8Array;

/** `memories` by name, `parameters` in the kernel's order (i32). Throws RangeError on an access out of bounds. */
export function interpretKernel(
  kernel: Kernel,
  memories: ReadonlyMap<string, Binding>,
  parameters: readonly number[],
): void {
  const variables = new Map<Variable, Value>(kernel.parameters.map((variable, at) => [variable, parameters[at]!]));
  run({ kernel, memories, variables }, kernel.body);
}

/** A kernel that runs. */
interface Machine {
  readonly kernel: Kernel;
  readonly memories: ReadonlyMap<string, Binding>;
  readonly variables: Map<Variable, Value>;
}

function access(machine: Machine, memory: Memory, index: number, count: number): Binding {
  const array = machine.memories.get(memory.name);
  if (!array) throw new RangeError(`${machine.kernel.name}: memory ${memory.name} is not bound`);
  if (!Number.isInteger(index) || index < 0 || index + count > array.length) {
    throw new RangeError(`${machine.kernel.name}: ${memory.name}[${index}] of ${array.length}`);
  }
  return array;
}

const number = (machine: Machine, expression: Expression): number => evaluate(machine, expression) as number;

function evaluate(machine: Machine, expression: Expression): Value {
  switch (expression.kind) {
    case 'constant':
      return isVector(expression.type) ? splat(expression.type, expression.value) : expression.value;
    case 'lane-numbers':
      return Uint32Array.of(0, 1, 2, 3);
    case 'variable': {
      const value = machine.variables.get(expression.variable);
      if (value === undefined) throw new RangeError(`${machine.kernel.name}: ${expression.variable.name} is not set`);
      return value;
    }
    case 'load':
      return load(machine, expression);
    case 'broadcast-bytes': {
      const index = number(machine, expression.index);
      const array = access(machine, expression.memory, index, 4);
      return Uint8Array.from({ length: 16 }, (_, at) => array[index + (at % 4)]!);
    }
    case 'dot-bytes':
    case 'narrow-bytes':
    case 'interleave':
      return onBytes(machine, expression);
    case 'unary':
      return applyUnary(machine, expression);
    case 'binary': {
      const { operation, type } = expression;
      const [left, right] = [evaluate(machine, expression.left), evaluate(machine, expression.right)];
      if (typeof left === 'number') return binary(operation, type, left, right as number);
      const element = type === 'u32x4' ? 'u32' : 'f32';
      return left.map((lane, at) => binary(operation, element, lane, (right as Lanes)[at]!));
    }
    case 'shift': {
      const { operation, count } = expression;
      const operand = evaluate(machine, expression.operand);
      const shifted = (bits: number): number => (operation === 'shl' ? bits << count : bits >>> count) >>> 0;
      return typeof operand === 'number' ? shifted(operand) : operand.map(shifted);
    }
    case 'madd': {
      const [left, right] = [evaluate(machine, expression.left), evaluate(machine, expression.right)] as [
        Float32Array,
        Float32Array,
      ];
      const addend = evaluate(machine, expression.addend) as Float32Array;
      return addend.map((lane, at) => lane + Math.fround(left[at]! * right[at]!));
    }
    case 'select':
      return select(machine, expression);
    case 'call': {
      const { parameter, body, result } = expression.function;
      machine.variables.set(parameter, evaluate(machine, expression.argument));
      run(machine, body);
      return evaluate(machine, result);
    }
    default:
      return expression satisfies never;
  }
}

/** Operands in the order in which they are computed. */
function onBytes(
  machine: Machine,
  expression: Extract<Expression, { kind: 'dot-bytes' | 'narrow-bytes' | 'interleave' }>,
): Value {
  const operands = childrenOf(expression).map((one) => evaluate(machine, one) as Lanes);
  switch (expression.kind) {
    case 'dot-bytes':
      return dotBytes(...(operands as [Uint8Array, Uint8Array, Uint32Array]));
    case 'narrow-bytes':
      return narrowBytes(operands as readonly Uint32Array[]);
    case 'interleave':
      return interleaveBytes(expression.of, operands as readonly Uint8Array[]);
    default:
      return expression satisfies never;
  }
}

function load(machine: Machine, expression: Extract<Expression, { kind: 'load' }>): Value {
  const index = number(machine, expression.index);
  const { lanes, memory, type } = expression;
  const array = access(machine, memory, index, lanes);
  if (!isVector(type)) return array[index]!;
  const vector = splat(type, 0);
  for (let lane = 0; lane < lanes; lane += 1) {
    const element = array[index + lane]!;
    vector[lane] = memory.type === 'bf16' ? fromBf16(element) : element;
  }
  return vector;
}

function applyUnary(machine: Machine, expression: Extract<Expression, { kind: 'unary' }>): Value {
  const { operation, type } = expression;
  const operand = evaluate(machine, expression.operand);
  if (operation === 'splat') return splat('f32x4', operand as number);
  if (operation === 'splat_u32') return splat('u32x4', operand as number);
  if (operation === 'u32x4_to_f32x4') return Float32Array.from(operand as Lanes);
  if (operation === 'splat_u8') return splat('u8x16', operand as number);
  if (operation === 'signed_to_f32x4') return Float32Array.from(operand as Lanes, (lane) => lane | 0);
  if (operation === 'f32x4_bits') return new Uint32Array((operand as Float32Array).slice().buffer);
  if (typeof operand === 'number') return unary(operation, type, operand);
  if (operation === 'sum_lanes') {
    const [a, b, c, d] = operand as unknown as Four;
    return Math.fround(Math.fround(a + c) + Math.fround(b + d));
  }
  if (operation === 'max_lanes') return Math.max(...operand);
  return operand.map((lane) => unary(operation, 'f32', lane));
}

function select(machine: Machine, expression: Extract<Expression, { kind: 'select' }>): Value {
  const { condition, type } = expression;
  if (!isVector(type) || !comparesLanes(condition))
    return evaluate(machine, holds(machine, condition) ? expression.then : expression.otherwise);
  const chosen = mask(machine, condition);
  const [then, otherwise] = [evaluate(machine, expression.then), evaluate(machine, expression.otherwise)] as [
    Lanes,
    Lanes,
  ];
  return then.map((lane, at) => (chosen[at] ? lane : otherwise[at]!));
}

function holds(machine: Machine, condition: Condition): boolean {
  if (condition.kind === 'and') return holds(machine, condition.left) && holds(machine, condition.right);
  return compare(condition.comparison, number(machine, condition.left), number(machine, condition.right));
}

/** Per lane. */
function mask(machine: Machine, condition: Condition): readonly boolean[] {
  if (condition.kind === 'and') {
    const right = mask(machine, condition.right);
    return mask(machine, condition.left).map((lane, at) => lane && right[at]!);
  }
  const [left, right] = [evaluate(machine, condition.left), evaluate(machine, condition.right)] as [Lanes, Lanes];
  return Array.from(left, (lane, at) => compare(condition.comparison, lane, right[at]!));
}

function run(machine: Machine, statements: readonly Statement[]): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'let':
      case 'set':
        machine.variables.set(statement.variable, evaluate(machine, statement.value));
        break;
      case 'store': {
        const index = number(machine, statement.index);
        const { memory, lanes } = statement;
        const value = evaluate(machine, statement.value);
        const array = access(machine, memory, index, lanes);
        if (typeof value === 'number') array[index] = memory.type === 'bf16' ? toBf16(value) : value;
        else for (let lane = 0; lane < lanes; lane += 1) array[index + lane] = value[lane]!;
        break;
      }
      case 'for': {
        const end = number(machine, statement.to);
        for (let at = number(machine, statement.from); at < end; at += statement.step) {
          machine.variables.set(statement.variable, at);
          run(machine, statement.body);
        }
        break;
      }
      case 'if':
        run(machine, holds(machine, statement.condition) ? statement.then : statement.otherwise);
        break;
      case 'barrier':
      case 'comment':
        break;
      default:
        statement satisfies never;
    }
  }
}

type Four = readonly [number, number, number, number];

const splat = (type: VectorType, value: number): Lanes => vectorOf[type]().fill(value);

const vectorOf = {
  f32x4: () => new Float32Array(4),
  u32x4: () => new Uint32Array(4),
  u8x16: () => new Uint8Array(16),
} as const satisfies Record<VectorType, () => Lanes>;

const word = new DataView(new ArrayBuffer(4));

function fromBf16(half: number): number {
  word.setUint32(0, half << 16);
  return word.getFloat32(0);
}

/** The upper half of an f32, rounded to nearest even; NaN stays one. */
function toBf16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return Number.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function compare(comparison: Comparison, left: number, right: number): boolean {
  switch (comparison) {
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    case 'eq':
      return left === right;
    default:
      return comparison satisfies never;
  }
}

type Unary = Extract<Expression, { kind: 'unary' }>;
type Binary = Extract<Expression, { kind: 'binary' }>;

function unary(operation: Unary['operation'], type: Unary['type'], value: number): number {
  switch (operation) {
    case 'neg':
      return -value;
    case 'abs':
      return Math.abs(value);
    case 'sqrt':
      return round(type, Math.sqrt(value));
    case 'floor':
      return Math.floor(value);
    case 'promote':
    case 'convert':
    case 'u32_to_f64':
      return value;
    case 'demote':
    case 'u32_to_f32':
      return Math.fround(value);
    case 'i32_to_u32':
    case 'f64_to_u32':
      return value >>> 0;
    case 'u32_to_i32':
      return value | 0;
    case 'truncate':
      return Number.isNaN(value) ? 0 : Math.trunc(value);
    case 'pow2':
      return value === -1023 ? 0 : 2 ** value;
    case 'exponent':
    case 'exponent_lanes':
      return exponentOf(value);
    case 'pow2_lanes':
      return value === -127 ? 0 : 2 ** value;
    case 'splat':
    case 'sum_lanes':
    case 'max_lanes':
    case 'splat_u32':
    case 'u32x4_to_f32x4':
    case 'splat_u8':
    case 'signed_to_f32x4':
    case 'f32x4_bits':
      throw new RangeError(`${operation} of a number`);
    default:
      return operation satisfies never;
  }
}

function binary(operation: Binary['operation'], type: Binary['type'], left: number, right: number): number {
  if (type === 'u32') return unsigned(operation, left, right);
  switch (operation) {
    case 'add':
      return round(type, left + right);
    case 'sub':
      return round(type, left - right);
    case 'mul':
      return round(type, left * right);
    case 'div':
      return type === 'i32' ? Math.floor(left / right) : round(type, left / right);
    case 'rem':
      return left % right;
    case 'min':
      return Math.min(left, right);
    case 'max':
      return Math.max(left, right);
    case 'pmin':
      return right < left ? right : left;
    case 'pmax':
      return left < right ? right : left;
    case 'and':
      return commonBits(left, right);
    case 'or':
    case 'xor':
      throw new RangeError(`${operation} of ${type}`);
    default:
      return operation satisfies never;
  }
}

function unsigned(operation: Binary['operation'], left: number, right: number): number {
  switch (operation) {
    case 'add':
      return (left + right) >>> 0;
    case 'sub':
      return (left - right) >>> 0;
    case 'mul':
      return Math.imul(left, right) >>> 0;
    case 'and':
      return (left & right) >>> 0;
    case 'or':
      return (left | right) >>> 0;
    case 'xor':
      return (left ^ right) >>> 0;
    default:
      throw new RangeError(`${operation} of u32`);
  }
}

/** The bits that two f32 have in common, as an f32. */
function commonBits(left: number, right: number): number {
  const [a, b] = new Int32Array(Float32Array.of(left, right).buffer) as unknown as [number, number];
  return new Float32Array(Int32Array.of(a & b).buffer)[0]!;
}

function round(type: Unary['type'], value: number): number {
  return type === 'f32' ? Math.fround(value) : value;
}

function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}
