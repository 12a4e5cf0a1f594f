// The meaning of expressions: each becomes a function that computes it, so that what does not change is looked up once. Every vector has an
// array of its own, which is written anew whenever it is computed; what is kept is copied.

import type { Condition, Expression, Memory, Variable, VectorType } from './ir.ts';
import type { Lanes } from './interpret-narrow.ts';
import { ofNarrow, reinterpreted, reinterprets } from './interpret-narrow.ts';
import { binaryOf, comparisonOf, fromBf16, unaryOf } from './interpret-numbers.ts';
import { childrenOf, comparesLanes, isVector } from './walk.ts';

/** bf16 and u16 memories are Uint16Arrays. */
export type Binding = Float32Array | Float64Array | Uint16Array | Uint8Array | Int8Array | Int32Array;

/** What a variable is; u32 are numbers from 0 to 2^32 − 1. */
export interface Cell {
  isSet: boolean;
  number: number;
  readonly lanes: Lanes;
}

/** A kernel that runs. */
export interface Machine {
  /** Of the kernel. */
  readonly name: string;
  readonly memories: ReadonlyMap<string, Binding>;
  readonly cells: Map<Variable, Cell>;
}

export type NumberOf = () => number;
export type LanesOf = () => Lanes;

/** Where a variable is kept. */
export function cellOf({ cells }: Machine, variable: Variable): Cell {
  const known = cells.get(variable);
  if (known) return known;
  const cell = { isSet: false, number: NaN, lanes: isVector(variable.type) ? lanesOf(variable.type) : noLanes };
  cells.set(variable, cell);
  return cell;
}

/** Computes an expression and keeps it. */
export function keep(machine: Machine, variable: Variable, value: Expression): () => void {
  const cell = cellOf(machine, variable);
  if (isVector(value.type)) {
    const lanes = vector(machine, value);
    return () => {
      cell.lanes.set(lanes());
      cell.isSet = true;
    };
  }
  const computed = number(machine, value);
  return () => {
    cell.number = computed();
    cell.isSet = true;
  };
}

/** The array of a memory. Throws RangeError where there is none, and on an access out of bounds when it is called. */
export function accessTo({ name, memories }: Machine, memory: Memory, count: number): (index: number) => Binding {
  const array = memories.get(memory.name);
  return (index) => {
    if (!array) throw new RangeError(`${name}: memory ${memory.name} is not bound`);
    if (!Number.isInteger(index) || index < 0 || index + count > array.length)
      throw new RangeError(`${name}: ${memory.name}[${index}] of ${array.length}`);
    return array;
  };
}

/** Reads a variable that has been set. */
function read<Value>(machine: Machine, variable: Variable, value: (cell: Cell) => Value): () => Value {
  const cell = cellOf(machine, variable);
  return () => {
    if (!cell.isSet) throw new RangeError(`${machine.name}: ${variable.name} is not set`);
    return value(cell);
  };
}

/** Computes an expression of one number. */
export function number(machine: Machine, expression: Expression): NumberOf {
  switch (expression.kind) {
    case 'constant':
      return () => expression.value;
    case 'variable':
      return read(machine, expression.variable, (cell) => cell.number);
    case 'load': {
      const index = number(machine, expression.index);
      const access = accessTo(machine, expression.memory, 1);
      return () => {
        const at = index();
        return access(at)[at]!;
      };
    }
    case 'unary': {
      const { operation, operand, type } = expression;
      if (isVector(operand.type)) return ofLanes(operation, vector(machine, operand));
      const value = number(machine, operand);
      const compute = unaryOf(operation, type);
      return () => compute(value());
    }
    case 'binary': {
      const { operation, type } = expression;
      const [left, right] = [number(machine, expression.left), number(machine, expression.right)];
      const compute = binaryOf(operation, type);
      return () => compute(left(), right());
    }
    case 'shift': {
      const { operation, count } = expression;
      const operand = number(machine, expression.operand);
      return () => shifted(operation, operand(), count);
    }
    case 'select': {
      const condition = holds(machine, expression.condition);
      const [then, otherwise] = [number(machine, expression.then), number(machine, expression.otherwise)];
      return () => (condition() ? then() : otherwise());
    }
    case 'call': {
      const enter = entry(machine, expression);
      const result = number(machine, expression.function.result);
      return () => {
        enter();
        return result();
      };
    }
    case 'lane-numbers':
    case 'broadcast-bytes':
    case 'dot-bytes':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle':
    case 'madd':
      throw new RangeError(`${expression.kind} of a number`);
    default:
      return expression satisfies never;
  }
}

/** Computes an expression of several lanes. */
export function vector(machine: Machine, expression: Expression): LanesOf {
  const to = lanesOf(expression.type as VectorType);
  switch (expression.kind) {
    case 'constant':
      to.fill(expression.value);
      return () => to;
    case 'lane-numbers':
      to.set([0, 1, 2, 3]);
      return () => to;
    case 'variable':
      return read(machine, expression.variable, (cell) => cell.lanes);
    case 'load':
      return load(machine, expression, to);
    case 'broadcast-bytes': {
      const index = number(machine, expression.index);
      const access = accessTo(machine, expression.memory, 4);
      return () => {
        const at = index();
        const array = access(at);
        return perLane(to, (lane) => array[at + (lane % 4)]!);
      };
    }
    case 'dot-bytes':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle': {
      const operands = childrenOf(expression).map((one) => vector(machine, one));
      return () =>
        ofNarrow(
          expression,
          operands.map((operand) => operand()),
        );
    }
    case 'unary':
      return unaryLanes(machine, expression, to);
    case 'binary': {
      const { operation, type } = expression;
      const compute = binaryOf(operation, type === 'f32x4' || operation === 'pmax' ? 'f32' : 'u32');
      const [left, right] = [vector(machine, expression.left), vector(machine, expression.right)];
      return () => {
        const [a, b] = [left(), right()];
        return perLane(to, (lane) => compute(a[lane]!, b[lane]!));
      };
    }
    case 'shift': {
      const { operation, count } = expression;
      const operand = vector(machine, expression.operand);
      return () => {
        const bits = operand();
        return perLane(to, (lane) => shifted(operation, bits[lane]!, count));
      };
    }
    case 'madd': {
      const [left, right] = [vector(machine, expression.left), vector(machine, expression.right)];
      const addend = vector(machine, expression.addend);
      return () => {
        const [a, b, c] = [left(), right(), addend()];
        return perLane(to, (lane) => c[lane]! + Math.fround(a[lane]! * b[lane]!));
      };
    }
    case 'select':
      return selectLanes(machine, expression, to);
    case 'call': {
      const enter = entry(machine, expression);
      const result = vector(machine, expression.function.result);
      return () => {
        enter();
        to.set(result());
        return to;
      };
    }
    default:
      return expression satisfies never;
  }
}

type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>;

function load(machine: Machine, { index, lanes, memory }: Of<'load'>, to: Lanes): LanesOf {
  const start = number(machine, index);
  const access = accessTo(machine, memory, lanes);
  return () => {
    const at = start();
    const array = access(at);
    for (let lane = 0; lane < lanes; lane += 1) {
      const element = array[at + lane]!;
      to[lane] = memory.type === 'bf16' ? fromBf16(element) : element;
    }
    return to;
  };
}

function unaryLanes(machine: Machine, { operation, operand }: Of<'unary'>, to: Lanes): LanesOf {
  if (operation === 'splat' || operation === 'splat_u32' || operation === 'splat_u8') {
    const value = number(machine, operand);
    return () => to.fill(value());
  }
  const lanes = vector(machine, operand);
  if (reinterprets(operation)) return () => reinterpreted(operation, lanes());
  const compute = laneOf(operation);
  return () => {
    const from = lanes();
    return perLane(to, (lane) => compute(from[lane]!));
  };
}

/** What becomes of a lane. */
function laneOf(operation: Of<'unary'>['operation']): (lane: number) => number {
  if (operation === 'u32x4_to_f32x4') return Math.fround;
  if (operation === 'signed_to_f32x4') return (lane) => lane | 0;
  return unaryOf(operation, 'f32');
}

/** One number of several lanes. */
function ofLanes(operation: Of<'unary'>['operation'], operand: LanesOf): NumberOf {
  if (operation === 'max_lanes') return () => Math.max(...operand());
  if (operation !== 'sum_lanes') throw new RangeError(`${operation} of lanes is no number`);
  return () => {
    const [a, b, c, d] = operand() as unknown as Four;
    return Math.fround(Math.fround(a + c) + Math.fround(b + d));
  };
}

function selectLanes(machine: Machine, { condition, then, otherwise }: Of<'select'>, to: Lanes): LanesOf {
  const [one, other] = [vector(machine, then), vector(machine, otherwise)];
  if (!comparesLanes(condition)) {
    const chosen = holds(machine, condition);
    return () => (chosen() ? one() : other());
  }
  const prepare = lanesHold(machine, condition);
  return () => {
    const chosen = prepare();
    const [a, b] = [one(), other()];
    return perLane(to, (lane) => (chosen(lane) ? a[lane]! : b[lane]!));
  };
}

/** Computes the argument of a function, and what its body says. */
function entry(machine: Machine, { function: called, argument }: Of<'call'>): () => void {
  const argued = keep(machine, called.parameter, argument);
  const body = called.body.map((statement) => {
    if (statement.kind !== 'let') throw new RangeError(`${called.name}: ${statement.kind} in a function`);
    return keep(machine, statement.variable, statement.value);
  });
  return () => {
    argued();
    for (const one of body) one();
  };
}

/** Whether a condition of numbers holds. */
export function holds(machine: Machine, condition: Condition): () => boolean {
  if (condition.kind === 'and') {
    const [left, right] = [holds(machine, condition.left), holds(machine, condition.right)];
    return () => left() && right();
  }
  const compare = comparisonOf(condition.comparison);
  const [left, right] = [number(machine, condition.left), number(machine, condition.right)];
  return () => compare(left(), right());
}

/** Computes both sides; whether the condition holds of a lane is asked afterwards. */
function lanesHold(machine: Machine, condition: Condition): () => (lane: number) => boolean {
  if (condition.kind === 'and') {
    const [left, right] = [lanesHold(machine, condition.left), lanesHold(machine, condition.right)];
    return () => {
      const [a, b] = [left(), right()];
      return (lane) => a(lane) && b(lane);
    };
  }
  const compare = comparisonOf(condition.comparison);
  const [left, right] = [vector(machine, condition.left), vector(machine, condition.right)];
  return () => {
    const [a, b] = [left(), right()];
    return (lane) => compare(a[lane]!, b[lane]!);
  };
}

/** Zeros follow from either side. */
const shifted = (operation: Of<'shift'>['operation'], bits: number, count: number): number =>
  (operation === 'shl' ? bits << count : bits >>> count) >>> 0;

function perLane(to: Lanes, valueOf: (lane: number) => number): Lanes {
  for (let lane = 0; lane < to.length; lane += 1) to[lane] = valueOf(lane);
  return to;
}

type Four = readonly [number, number, number, number];

const noLanes: Lanes = new Uint8Array(0);

const lanesOf = (type: VectorType): Lanes => emptyOf[type]();

const emptyOf = {
  f32x4: () => new Float32Array(4),
  u32x4: () => new Uint32Array(4),
  i16x8: () => new Int16Array(8),
  u8x16: () => new Uint8Array(16),
} as const satisfies Record<VectorType, () => Lanes>;
