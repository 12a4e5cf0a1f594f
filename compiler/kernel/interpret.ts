// The meaning of kernel IR: executes a kernel on typed arrays. Slow and plain; every index is checked.

import type { Condition, Expression, Kernel, Memory, Statement, Variable, VectorType } from './ir.ts';
import type { Lanes } from './interpret-narrow.ts';
import { ofNarrow, reinterpreted } from './interpret-narrow.ts';
import { binary, compare, fromBf16, toBf16, unary } from './interpret-numbers.ts';
import { childrenOf, comparesLanes, isVector } from './walk.ts';

/** bf16 and u16 memories are Uint16Arrays. */
export type Binding = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** Vectors are arrays of their lanes, never changed once made; u32 are numbers from 0 to 2^32 − 1. */
type Value = number | Lanes;

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
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle':
      return ofNarrow(
        expression,
        childrenOf(expression).map((one) => evaluate(machine, one) as Lanes),
      );
    case 'unary':
      return applyUnary(machine, expression);
    case 'binary': {
      const { operation, type } = expression;
      const [left, right] = [evaluate(machine, expression.left), evaluate(machine, expression.right)];
      if (typeof left === 'number') return binary(operation, type, left, right as number);
      const element = type === 'f32x4' || operation === 'pmax' ? 'f32' : 'u32';
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
  const asOther = typeof operand === 'number' ? undefined : reinterpreted(operation, operand);
  if (asOther) return asOther;
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
      case 'prefetch':
        access(machine, statement.memory, number(machine, statement.index), 1);
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
  i16x8: () => new Int16Array(8),
  u8x16: () => new Uint8Array(16),
} as const satisfies Record<VectorType, () => Lanes>;
