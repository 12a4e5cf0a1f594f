// The meaning of expressions: each becomes a function that computes it, so that what does not change is looked up once. Every vector has an
// array of its own, which is written anew whenever it is computed; what is kept is copied.

import type { Condition, Expression, Variable, VectorType } from './ir.ts';
import type { Lanes } from './interpret-narrow.ts';
import { narrowed, reinterpretation, reinterprets } from './interpret-narrow.ts';
import { binaryOf, comparisonOf, fromBf16, unaryOf } from './interpret-numbers.ts';
import { accessTo, cellOf, lanesOf, notSet, ofVariable } from './machine.ts';
import type { Machine } from './machine.ts';
import { childrenOf, comparesLanes, isVector } from './walk.ts';

export type NumberOf = () => number;
export type LanesOf = () => Lanes;

/** Computes an expression and keeps it. */
export function keep(machine: Machine, variable: Variable, value: Expression): () => void {
  const cell = cellOf(machine, variable);
  if (isVector(value.type)) {
    const lanes = vector(machine, value);
    return () => {
      const from = lanes();
      for (let lane = 0; lane < from.length; lane += 1) cell.lanes[lane] = from[lane]!;
      cell.isSet = true;
    };
  }
  const computed = number(machine, value);
  return () => {
    cell.number = computed();
    cell.isSet = true;
  };
}

/** Computes an expression of one number. */
export function number(machine: Machine, expression: Expression): NumberOf {
  switch (expression.kind) {
    case 'constant': {
      const { value } = expression;
      return () => value;
    }
    case 'variable': {
      const cell = cellOf(machine, expression.variable);
      return () => {
        if (!cell.isSet) throw notSet(machine, expression.variable);
        return cell.number;
      };
    }
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
      if (operation === 'demote') return () => Math.fround(value());
      // Exact in a number of JavaScript.
      if (operation === 'promote' || operation === 'convert' || operation === 'u32_to_f64') return value;
      const compute = unaryOf(operation, type);
      return () => compute(value());
    }
    case 'binary':
      return binary(machine, expression);
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
    case 'joins-dots':
      return () => 1;
    case 'lane-numbers':
    case 'broadcast-bytes':
    case 'dot-bytes':
    case 'joined-dots':
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
    case 'joins-dots':
      throw new RangeError('joins-dots of vectors');
    case 'lane-numbers':
      to.set([0, 1, 2, 3]);
      return () => to;
    case 'variable': {
      const cell = cellOf(machine, expression.variable);
      return () => {
        if (!cell.isSet) throw notSet(machine, expression.variable);
        return cell.lanes;
      };
    }
    case 'load':
      return load(machine, expression, to);
    case 'broadcast-bytes': {
      const index = number(machine, expression.index);
      const access = accessTo(machine, expression.memory, 4);
      return () => {
        const at = index();
        const array = access(at);
        for (let lane = 0; lane < to.length; lane += 1) to[lane] = array[at + (lane % 4)]!;
        return to;
      };
    }
    case 'dot-bytes':
    case 'joined-dots':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle': {
      const operands = childrenOf(expression).map((one) => vector(machine, one));
      const compute = narrowed(expression, to);
      return () => {
        compute(operands.map((operand) => operand()));
        return to;
      };
    }
    case 'unary':
      return unaryLanes(machine, expression, to);
    case 'binary':
      return binaryLanes(machine, expression, to);
    case 'shift': {
      const { operation, count } = expression;
      const operand = vector(machine, expression.operand);
      return () => {
        const bits = operand();
        for (let lane = 0; lane < to.length; lane += 1) to[lane] = shifted(operation, bits[lane]!, count);
        return to;
      };
    }
    case 'madd': {
      const [left, right] = [vector(machine, expression.left), vector(machine, expression.right)];
      const addend = vector(machine, expression.addend);
      return () => {
        const [a, b, c] = [left(), right(), addend()];
        for (let lane = 0; lane < 4; lane += 1) to[lane] = c[lane]! + Math.fround(a[lane]! * b[lane]!);
        return to;
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

/** What most indices and sums are made of is computed here, without a call of what `binaryOf` gives. */
function binary(machine: Machine, { operation, type, left: one, right: other }: Of<'binary'>): NumberOf {
  const [left, right] = [number(machine, one), number(machine, other)];
  if (type === 'f64' || type === 'i32') {
    if (one.kind === 'variable' && (operation === 'add' || operation === 'mul'))
      return ofVariable(machine, operation, one.variable, other.kind === 'constant' ? other.value : right);
    if (operation === 'add' && other.kind === 'constant') {
      const { value } = other;
      return () => left() + value;
    }
    if (operation === 'add' && other.kind === 'variable') {
      const cell = cellOf(machine, other.variable);
      return () => {
        const sum = left();
        if (!cell.isSet) throw notSet(machine, other.variable);
        return sum + cell.number;
      };
    }
    if (operation === 'add') return () => left() + right();
    if (operation === 'sub') return () => left() - right();
    if (operation === 'mul') return () => left() * right();
  }
  const compute = binaryOf(operation, type);
  return () => compute(left(), right());
}

/** Storing lanes rounds them to their type, or takes them modulo its range. */
function binaryLanes(machine: Machine, { operation, type, ...operands }: Of<'binary'>, to: Lanes): LanesOf {
  const [left, right] = [vector(machine, operands.left), vector(machine, operands.right)];
  const { length } = to;
  if (operation === 'add')
    return () => {
      const [a, b] = [left(), right()];
      for (let lane = 0; lane < length; lane += 1) to[lane] = a[lane]! + b[lane]!;
      return to;
    };
  if (operation === 'sub')
    return () => {
      const [a, b] = [left(), right()];
      for (let lane = 0; lane < length; lane += 1) to[lane] = a[lane]! - b[lane]!;
      return to;
    };
  if (operation === 'mul' && type === 'f32x4')
    return () => {
      const [a, b] = [left(), right()];
      for (let lane = 0; lane < length; lane += 1) to[lane] = a[lane]! * b[lane]!;
      return to;
    };
  const compute = binaryOf(operation, type === 'f32x4' || operation === 'pmax' ? 'f32' : 'u32');
  return () => {
    const [a, b] = [left(), right()];
    for (let lane = 0; lane < length; lane += 1) to[lane] = compute(a[lane]!, b[lane]!);
    return to;
  };
}

function load(machine: Machine, { index, lanes, memory }: Of<'load'>, to: Lanes): LanesOf {
  const start = number(machine, index);
  const access = accessTo(machine, memory, lanes);
  const isHalf = memory.type === 'bf16';
  return () => {
    const at = start();
    const array = access(at);
    for (let lane = 0; lane < lanes; lane += 1) to[lane] = isHalf ? fromBf16(array[at + lane]!) : array[at + lane]!;
    return to;
  };
}

function unaryLanes(machine: Machine, { operation, operand }: Of<'unary'>, to: Lanes): LanesOf {
  if (operation === 'splat' || operation === 'splat_u32' || operation === 'splat_u8') {
    const value = number(machine, operand);
    return () => to.fill(value());
  }
  const lanes = vector(machine, operand);
  if (reinterprets(operation)) {
    const convert = reinterpretation(operation, lanesOf(operand.type as VectorType), to);
    return () => convert(lanes());
  }
  const compute = laneOf(operation);
  return () => {
    const from = lanes();
    for (let lane = 0; lane < to.length; lane += 1) to[lane] = compute(from[lane]!);
    return to;
  };
}

/** The operation on one lane. */
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
    for (let lane = 0; lane < to.length; lane += 1) to[lane] = chosen(lane) ? a[lane]! : b[lane]!;
    return to;
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

type Four = readonly [number, number, number, number];
