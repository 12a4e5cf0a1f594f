// The invariants of kernel IR. Tests run this on every kernel of every program.

import type {
  BinaryOperation,
  Condition,
  Expression,
  Kernel,
  KernelFunction,
  NarrowExpression,
  Statement,
  Type,
  Variable,
} from './ir.ts';
import { bitwise, operandsOf, signatures, unsignedOperations } from './signatures.ts';
import { isVector, loadedTypes } from './walk.ts';

/**
 * What is wrong with a kernel, one sentence each; empty when nothing is. Never throws.
 *
 * 1. Names are identifiers; memories, parameters, and the variables of one scope have different ones. Parameters are i32.
 * 2. A variable is declared before it is used, in a scope around the use; only mutable ones are set, and a parallel
 *    loop sets none from outside.
 * 3. Types agree: both operands of an operation, both branches of a select, value and variable or memory. Indices,
 *    bounds and i32 and u32 constants are whole numbers of their type; steps are positive. Integers are not divided as u32.
 * 4. Memories that are read or written are declared.
 * 5. Functions have `let`s only, and read no memory. Neither barriers nor parallel loops stand in a parallel loop.
 * 6. Vectors of f32 are read of f32 or bf16 memory and written to f32 memory, vectors of u32 read of and written to memory of
 *    integers, one to four lanes, of bf16 always four.
 *    Bytes are read of and written to memory of bytes.
 * 7. Conditions compare vectors where they choose between vectors lane by lane, and nowhere else.
 */
export function verifyKernel(kernel: Kernel): readonly string[] {
  const problems: string[] = [];
  const report = (text: string): void => void problems.push(`${kernel.name}: ${text}`);
  const check: Check = { kernel, report, functions: new Set() };

  const names = [kernel.name, ...kernel.memories.map(({ name }) => name), ...kernel.parameters.map(({ name }) => name)];
  names.forEach((name, at) => {
    if (!identifier.test(name)) report(`${JSON.stringify(name)} is no identifier`);
    if (names.indexOf(name) !== at) report(`two declarations of ${name}`);
  });
  for (const { name, type } of kernel.parameters) if (type !== 'i32') report(`parameter ${name} is ${type}`);

  const top = scope();
  for (const parameter of kernel.parameters) add(top, parameter, false);
  statements(check, kernel.body, top);
  return problems;
}

/** What a kernel's verification has at hand. */
interface Check {
  readonly kernel: Kernel;
  readonly report: (text: string) => void;
  /** Those that were checked. */
  readonly functions: Set<KernelFunction>;
}

function statements(check: Check, list: readonly Statement[], inner: Scope): void {
  for (const statement of list) {
    if (inner.pure && statement.kind !== 'let' && statement.kind !== 'comment') {
      check.report(`a function has a ${statement.kind}`);
    }
    switch (statement.kind) {
      case 'let':
        agree(check, statement.variable.name, statement.variable.type, typeOf(check, statement.value, inner));
        declare(check, statement.variable, statement.mutable, inner);
        break;
      case 'set': {
        const { variable } = statement;
        agree(check, variable.name, variable.type, typeOf(check, statement.value, inner));
        const found = find(variable, inner);
        if (!found) check.report(`${variable.name} is set outside its scope`);
        else if (!found.mutable) check.report(`${variable.name} is set but not mutable`);
        else if (found.crossesParallel) check.report(`a parallel loop sets ${variable.name} from outside`);
        break;
      }
      case 'store':
        memory(check, statement.memory);
        agree(check, `index of ${statement.memory.name}`, 'i32', typeOf(check, statement.index, inner));
        stored(check, statement.memory, statement.lanes, typeOf(check, statement.value, inner));
        break;
      case 'prefetch':
        memory(check, statement.memory);
        agree(check, `index of ${statement.memory.name}`, 'i32', typeOf(check, statement.index, inner));
        break;
      case 'for': {
        const { variable, step, mode, body } = statement;
        agree(check, `start of ${variable.name}`, 'i32', typeOf(check, statement.from, inner));
        agree(check, `end of ${variable.name}`, 'i32', typeOf(check, statement.to, inner));
        agree(check, 'a loop variable', 'i32', variable.type);
        if (!Number.isInteger(step) || step < 1) check.report(`${variable.name} steps by ${step}`);
        if (mode === 'parallel' && isParallel(inner)) check.report('a parallel loop stands in a parallel loop');
        const within = scope(inner, { parallel: mode === 'parallel' });
        declare(check, variable, false, within);
        statements(check, body, within);
        break;
      }
      case 'if':
        condition(check, statement.condition, inner, 'number');
        statements(check, statement.then, scope(inner));
        statements(check, statement.otherwise, scope(inner));
        break;
      case 'barrier':
        if (isParallel(inner)) check.report('a barrier stands in a parallel loop');
        break;
      case 'comment':
        break;
      default:
        statement satisfies never;
    }
  }
}

function typeOf(check: Check, expression: Expression, inner: Scope): Type {
  const { type } = expression;
  switch (expression.kind) {
    case 'constant':
      constant(check, type, expression.value);
      break;
    case 'lane-numbers':
    case 'joins-dots':
      agree(check, expression.kind.replace('-', ' '), expression.kind === 'joins-dots' ? 'i32' : 'u32x4', type);
      break;
    case 'variable':
      agree(check, expression.variable.name, expression.variable.type, type);
      if (!find(expression.variable, inner)) check.report(`${expression.variable.name} is used outside its scope`);
      break;
    case 'load':
      if (inner.pure) check.report(`a function reads ${expression.memory.name}`);
      memory(check, expression.memory);
      agree(check, `index of ${expression.memory.name}`, 'i32', typeOf(check, expression.index, inner));
      loaded(check, expression.memory, expression.lanes, type);
      break;
    case 'broadcast-bytes':
      memory(check, expression.memory);
      agree(check, `index of ${expression.memory.name}`, 'i32', typeOf(check, expression.index, inner));
      holdsBytes(check, expression.memory);
      break;
    case 'dot-bytes':
    case 'joined-dots':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle':
      narrow(check, expression, inner);
      break;
    case 'madd':
      for (const part of [expression.left, expression.right, expression.addend])
        agree(check, 'operand of madd', 'f32x4', typeOf(check, part, inner));
      break;
    case 'unary': {
      const { operation } = expression;
      const operand = typeOf(check, expression.operand, inner);
      const [from, to] = signatures[operation] ?? [operand, operand];
      agree(check, `operand of ${operation}`, from, operand);
      agree(check, `result of ${operation}`, to, type);
      const isNumber = operand === 'f64' || operand === 'f32' || operand === 'f32x4';
      if (!isNumber && !signatures[operation] && !(operand === 'i32' && operation === 'neg'))
        check.report(`${operation} of ${operand}`);
      break;
    }
    case 'binary':
      agree(check, `left of ${expression.operation}`, type, typeOf(check, expression.left, inner));
      agree(check, `right of ${expression.operation}`, type, typeOf(check, expression.right, inner));
      combined(check, expression.operation, type);
      break;
    case 'shift': {
      const { operation, count } = expression;
      agree(check, `operand of ${operation}`, type, typeOf(check, expression.operand, inner));
      const isShifted = type === 'u32' || type === 'u32x4' || (type === 'i16x8' && operation === 'shl');
      if (!isShifted) check.report(`${operation} of ${type as Type}`);
      if (!Number.isInteger(count) || count < 0 || count > 31) check.report(`${operation} by ${count}`);
      break;
    }
    case 'select':
      condition(check, expression.condition, inner, isVector(type) ? 'either' : 'number');
      agree(check, 'then of select', type, typeOf(check, expression.then, inner));
      agree(check, 'otherwise of select', type, typeOf(check, expression.otherwise, inner));
      break;
    case 'call':
      callee(check, expression.function);
      agree(check, ...argumentOf(expression), typeOf(check, expression.argument, inner));
      agree(check, `result of ${expression.function.name}`, expression.function.result.type, type);
      break;
    default:
      expression satisfies never;
  }
  return type;
}

/** What the argument of a call is called, and the type that it should have. */
const argumentOf = ({ function: { name, parameter } }: Extract<Expression, { kind: 'call' }>): [string, Type] => [
  `argument of ${name}`,
  parameter.type,
];

function constant(check: Check, type: Type, value: number): void {
  if (type === 'i32' && (value | 0) !== value) check.report(`${value} is no i32`);
  if (type === 'u8x16' && !(Number.isInteger(value) && value >= 0 && value < 256)) check.report(`${value} is no byte`);
  if (type === 'i16x8' && (value << 16) >> 16 !== value) check.report(`${value} is no i16`);
  if ((type === 'u32' || type === 'u32x4') && !Object.is(value >>> 0, value)) check.report(`${value} is no u32`);
}

function narrow(check: Check, expression: NarrowExpression, inner: Scope): void {
  for (const [what, expected, operand] of operandsOf(expression))
    agree(check, what, expected, typeOf(check, operand, inner));
}

/** Whether two of the type can be combined so. */
function combined(check: Check, operation: BinaryOperation, type: Type): void {
  if (operation === 'rem') agree(check, 'rem', 'i32', type);
  if (type === 'u8x16' && (operation === 'pmax' || operation === 'sub' || operation === 'or')) return;
  if (type === 'i16x8' && (operation === 'add' || operation === 'sub')) return;
  if (type === 'u8x16' || type === 'i16x8') return check.report(`${operation} of ${type}`);
  if (operation === 'pmin' || operation === 'pmax' || operation === 'umax') agree(check, operation, 'f32x4', type);
  if (type === 'u32' || type === 'u32x4') {
    if (!unsignedOperations.has(operation)) check.report(`${operation} of ${type}`);
  } else if (bitwise.has(operation) && !(operation === 'and' && type === 'f32x4'))
    check.report(`${operation} of ${type}`);
}

/** What is compared: the parts of an `and` all compare numbers, or all vectors. */
function condition(
  check: Check,
  test: Condition,
  inner: Scope,
  expected: 'number' | 'vector' | 'either',
): 'number' | 'vector' {
  if (test.kind === 'and') return condition(check, test.right, inner, condition(check, test.left, inner, expected));
  const type = typeOf(check, test.left, inner);
  agree(check, `right of ${test.comparison}`, type, typeOf(check, test.right, inner));
  const found = isVector(type) ? 'vector' : 'number';
  if (expected !== 'either' && expected !== found)
    check.report(`${test.comparison} compares ${type}, expected a ${expected}`);
  return found;
}

function callee(check: Check, called: KernelFunction): void {
  if (check.functions.has(called)) return;
  check.functions.add(called);
  if (!identifier.test(called.name)) check.report(`${JSON.stringify(called.name)} is no identifier`);
  const inner = scope(undefined, { pure: true });
  declare(check, called.parameter, false, inner);
  statements(check, called.body, inner);
  typeOf(check, called.result, inner);
}

function declare(check: Check, variable: Variable, mutable: boolean, inner: Scope): void {
  if (!identifier.test(variable.name)) check.report(`${JSON.stringify(variable.name)} is no identifier`);
  if (inner.names.has(variable.name)) check.report(`${variable.name} is declared twice`);
  add(inner, variable, mutable);
}

function memory(check: Check, used: Kernel['memories'][number]): void {
  if (!check.kernel.memories.includes(used)) check.report(`memory ${used.name} is not declared`);
}

function loaded(check: Check, { name, type: held }: Kernel['memories'][number], count: number, type: Type): void {
  const { one, four } = loadedTypes[held];
  if (type === 'u8x16') return bytes(check, { name, type: held }, count === 16);
  if (!isVector(type)) return agree(check, name, one ?? four!, type);
  if (!four) check.report(`a vector is read of ${name}, which is ${held}`);
  else agree(check, `vector of ${name}`, four, type);
  if (!laneCounts.includes(count) || (held === 'bf16' && count < 4)) check.report(`${count} lanes are read of ${name}`);
}

function stored(check: Check, { name, type: held }: Kernel['memories'][number], count: number, type: Type): void {
  const { one, four } = loadedTypes[held];
  if (type === 'u8x16') return bytes(check, { name, type: held }, Number.isInteger(count) && count >= 1 && count <= 16);
  if (!isVector(type)) return agree(check, name, one ?? 'f32', type);
  if (!four || held === 'bf16') check.report(`a vector is written to ${name}, which is ${held}`);
  else agree(check, `vector of ${name}`, four, type);
  if (!laneCounts.includes(count)) check.report(`${count} lanes are written to ${name}`);
}

/** Bytes are read and written by sixteen; fewer may be written. */
function bytes(check: Check, held: Kernel['memories'][number], fits: boolean): void {
  holdsBytes(check, held);
  if (!fits) check.report(`sixteen bytes at most are read or written of ${held.name}`);
}

function holdsBytes(check: Check, { name, type }: Kernel['memories'][number]): void {
  if (type !== 'u8' && type !== 'i8') check.report(`bytes are read of or written to ${name}, which is ${type}`);
}

function agree(check: Check, what: string, expected: Type, found: Type): void {
  if (expected !== found) check.report(`${what} is ${found}, expected ${expected}`);
}

const identifier = /^[a-z][a-zA-Z0-9_]*$/;

const laneCounts: readonly number[] = [1, 2, 3, 4];

interface Scope {
  /** Variable → mutable. */
  readonly declared: Map<Variable, boolean>;
  /** Of these variables. */
  readonly names: Set<string>;
  /** The body of a parallel loop. */
  readonly parallel: boolean;
  /** In a function. */
  readonly pure: boolean;
  readonly outer?: Scope;
}

function scope(outer?: Scope, { parallel = false, pure = outer?.pure ?? false } = {}): Scope {
  return { declared: new Map(), names: new Set(), parallel, pure, ...(outer && { outer }) };
}

function add({ declared, names }: Scope, variable: Variable, mutable: boolean): void {
  declared.set(variable, mutable);
  names.add(variable.name);
}

/** Whether one of the scopes around is a parallel loop's. */
const isParallel = ({ parallel, outer }: Scope): boolean => parallel || (outer !== undefined && isParallel(outer));

function find(
  variable: Variable,
  inner: Scope,
): { readonly mutable: boolean; readonly crossesParallel: boolean } | undefined {
  let crossesParallel = false;
  for (let at: Scope | undefined = inner; at; at = at.outer) {
    const mutable = at.declared.get(variable);
    if (mutable !== undefined) return { mutable, crossesParallel };
    crossesParallel ||= at.parallel;
  }
  return undefined;
}
