// The invariants of kernel IR. Tests run this on every kernel of every program.

import type {
  BinaryOperation,
  Condition,
  Expression,
  Kernel,
  KernelFunction,
  Statement,
  Type,
  Variable,
} from './ir.ts';
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
<<<<<<< HEAD
 * 5. Functions have `let`s only, and read no memory. Barriers stand in no parallel loop.
 * 6. Vectors of f32 are read of f32 or bf16 memory and written to f32 memory, vectors of u32 read of and written to memory of
 *    integers, one to four lanes, of bf16 always four.
=======
 * 5. Functions have `let`s only, and read no memory. Neither barriers nor parallel loops stand in a parallel loop.
 * 6. Vectors are f32, read of f32 or bf16 memory and written to f32 memory, one to four lanes, of bf16 always four.
>>>>>>> tmpl
 * 7. Conditions compare vectors where they choose between vectors lane by lane, and nowhere else.
 */
export function verifyKernel(kernel: Kernel): readonly string[] {
  const problems: string[] = [];
  const report = (text: string): void => void problems.push(`${kernel.name}: ${text}`);
  const functions = new Set<KernelFunction>();

  const names = [kernel.name, ...kernel.memories.map(({ name }) => name), ...kernel.parameters.map(({ name }) => name)];
  names.forEach((name, at) => {
    if (!identifier.test(name)) report(`${JSON.stringify(name)} is no identifier`);
    if (names.indexOf(name) !== at) report(`two declarations of ${name}`);
  });
  for (const { name, type } of kernel.parameters) if (type !== 'i32') report(`parameter ${name} is ${type}`);

  const top = scope();
  for (const parameter of kernel.parameters) top.declared.set(parameter, false);
  statements(kernel.body, top, false);
  return problems;

  function statements(list: readonly Statement[], inner: Scope, pure: boolean): void {
    for (const statement of list) {
      if (pure && statement.kind !== 'let' && statement.kind !== 'comment') {
        report(`a function has a ${statement.kind}`);
      }
      switch (statement.kind) {
        case 'let':
          agree(statement.variable.name, statement.variable.type, typeOf(statement.value, inner, pure));
          declare(statement.variable, statement.mutable, inner);
          break;
        case 'set': {
          const { variable } = statement;
          agree(variable.name, variable.type, typeOf(statement.value, inner, pure));
          const found = find(variable, inner);
          if (!found) report(`${variable.name} is set outside its scope`);
          else if (!found.mutable) report(`${variable.name} is set but not mutable`);
          else if (found.crossesParallel) report(`a parallel loop sets ${variable.name} from outside`);
          break;
        }
        case 'store':
          memory(statement.memory);
          agree(`index of ${statement.memory.name}`, 'i32', typeOf(statement.index, inner, pure));
          stored(statement.memory, statement.lanes, typeOf(statement.value, inner, pure));
          break;
        case 'for': {
          const { variable, step, mode, body } = statement;
          agree(`start of ${variable.name}`, 'i32', typeOf(statement.from, inner, pure));
          agree(`end of ${variable.name}`, 'i32', typeOf(statement.to, inner, pure));
          agree('a loop variable', 'i32', variable.type);
          if (!Number.isInteger(step) || step < 1) report(`${variable.name} steps by ${step}`);
          if (mode === 'parallel' && isParallel(inner)) report('a parallel loop stands in a parallel loop');
          const within = scope(inner, mode === 'parallel');
          declare(variable, false, within);
          statements(body, within, pure);
          break;
        }
        case 'if':
          condition(statement.condition, inner, pure, 'number');
          statements(statement.then, scope(inner), pure);
          statements(statement.otherwise, scope(inner), pure);
          break;
        case 'barrier':
          if (isParallel(inner)) report('a barrier stands in a parallel loop');
          break;
        case 'comment':
          break;
        default:
          statement satisfies never;
      }
    }
  }

  function typeOf(expression: Expression, inner: Scope, pure: boolean): Type {
    const { type } = expression;
    switch (expression.kind) {
      case 'constant':
        if (type === 'i32' && (expression.value | 0) !== expression.value) report(`${expression.value} is no i32`);
        if ((type === 'u32' || type === 'u32x4') && !Object.is(expression.value >>> 0, expression.value))
          report(`${expression.value} is no u32`);
        break;
      case 'lane-numbers':
        agree('lane numbers', 'u32x4', type);
        break;
      case 'variable':
        agree(expression.variable.name, expression.variable.type, type);
        if (!find(expression.variable, inner)) report(`${expression.variable.name} is used outside its scope`);
        break;
      case 'load':
        if (pure) report(`a function reads ${expression.memory.name}`);
        memory(expression.memory);
        agree(`index of ${expression.memory.name}`, 'i32', typeOf(expression.index, inner, pure));
        loaded(expression.memory, expression.lanes, type);
        break;
      case 'madd':
        for (const part of [expression.left, expression.right, expression.addend])
          agree('operand of madd', 'f32x4', typeOf(part, inner, pure));
        break;
      case 'unary': {
        const { operation } = expression;
        const operand = typeOf(expression.operand, inner, pure);
        const [from, to] = signatures[operation] ?? [operand, operand];
        agree(`operand of ${operation}`, from, operand);
        agree(`result of ${operation}`, to, type);
        const isNumber = operand === 'f64' || operand === 'f32' || operand === 'f32x4';
        if (!isNumber && !signatures[operation] && !(operand === 'i32' && operation === 'neg'))
          report(`${operation} of ${operand}`);
        break;
      }
      case 'binary':
        agree(`left of ${expression.operation}`, type, typeOf(expression.left, inner, pure));
        agree(`right of ${expression.operation}`, type, typeOf(expression.right, inner, pure));
        if (expression.operation === 'rem') agree('rem', 'i32', type);
        if (expression.operation === 'pmin' || expression.operation === 'pmax')
          agree(expression.operation, 'f32x4', type);
        if (type === 'u32' || type === 'u32x4') {
          if (!unsignedOperations.has(expression.operation)) report(`${expression.operation} of ${type}`);
        } else if (bitwise.has(expression.operation) && !(expression.operation === 'and' && type === 'f32x4'))
          report(`${expression.operation} of ${type}`);
        break;
      case 'shift': {
        const { operation, count } = expression;
        agree(`operand of ${operation}`, type, typeOf(expression.operand, inner, pure));
        if (type !== 'u32' && type !== 'u32x4') report(`${operation} of ${type as Type}`);
        if (!Number.isInteger(count) || count < 0 || count > 31) report(`${operation} by ${count}`);
        break;
      }
      case 'select':
        condition(expression.condition, inner, pure, isVector(type) ? 'either' : 'number');
        agree('then of select', type, typeOf(expression.then, inner, pure));
        agree('otherwise of select', type, typeOf(expression.otherwise, inner, pure));
        break;
      case 'call':
        callee(expression.function);
        agree(
          `argument of ${expression.function.name}`,
          expression.function.parameter.type,
          typeOf(expression.argument, inner, pure),
        );
        agree(`result of ${expression.function.name}`, expression.function.result.type, type);
        break;
      default:
        expression satisfies never;
    }
    return type;
  }

  /** What is compared: the parts of an `and` all compare numbers, or all vectors. */
  function condition(
    test: Condition,
    inner: Scope,
    pure: boolean,
    expected: 'number' | 'vector' | 'either',
  ): 'number' | 'vector' {
    if (test.kind === 'and') return condition(test.right, inner, pure, condition(test.left, inner, pure, expected));
    const type = typeOf(test.left, inner, pure);
    agree(`right of ${test.comparison}`, type, typeOf(test.right, inner, pure));
    const found = isVector(type) ? 'vector' : 'number';
    if (expected !== 'either' && expected !== found)
      report(`${test.comparison} compares ${type}, expected a ${expected}`);
    return found;
  }

  function callee(called: KernelFunction): void {
    if (functions.has(called)) return;
    functions.add(called);
    if (!identifier.test(called.name)) report(`${JSON.stringify(called.name)} is no identifier`);
    const inner = scope();
    declare(called.parameter, false, inner);
    statements(called.body, inner, true);
    typeOf(called.result, inner, true);
  }

  function declare(variable: Variable, mutable: boolean, inner: Scope): void {
    if (!identifier.test(variable.name)) report(`${JSON.stringify(variable.name)} is no identifier`);
    if ([...inner.declared.keys()].some(({ name }) => name === variable.name))
      report(`${variable.name} is declared twice`);
    inner.declared.set(variable, mutable);
  }

  function memory(used: Kernel['memories'][number]): void {
    if (!kernel.memories.includes(used)) report(`memory ${used.name} is not declared`);
  }

  function loaded({ name, type: held }: Kernel['memories'][number], count: number, type: Type): void {
    const { one, four } = loadedTypes[held];
    if (!isVector(type)) return agree(name, one ?? four!, type);
    if (!four) report(`a vector is read of ${name}, which is ${held}`);
    else agree(`vector of ${name}`, four, type);
    if (!laneCounts.includes(count) || (held === 'bf16' && count < 4)) report(`${count} lanes are read of ${name}`);
  }

  function stored({ name, type: held }: Kernel['memories'][number], count: number, type: Type): void {
    const { one, four } = loadedTypes[held];
    if (!isVector(type)) return agree(name, one ?? 'f32', type);
    if (!four || held === 'bf16') report(`a vector is written to ${name}, which is ${held}`);
    else agree(`vector of ${name}`, four, type);
    if (!laneCounts.includes(count)) report(`${count} lanes are written to ${name}`);
  }

  function agree(what: string, expected: Type, found: Type): void {
    if (expected !== found) report(`${what} is ${found}, expected ${expected}`);
  }
}

const identifier = /^[a-z][a-zA-Z0-9_]*$/;

const laneCounts: readonly number[] = [1, 2, 3, 4];

const signatures: Readonly<Record<string, readonly [Type, Type]>> = {
  promote: ['f32', 'f64'],
  demote: ['f64', 'f32'],
  convert: ['i32', 'f64'],
  truncate: ['f64', 'i32'],
  pow2: ['i32', 'f64'],
  exponent: ['f64', 'i32'],
  splat: ['f32', 'f32x4'],
  pow2_lanes: ['f32x4', 'f32x4'],
  exponent_lanes: ['f32x4', 'f32x4'],
  sum_lanes: ['f32x4', 'f32'],
  max_lanes: ['f32x4', 'f32'],
  i32_to_u32: ['i32', 'u32'],
  u32_to_i32: ['u32', 'i32'],
  u32_to_f32: ['u32', 'f32'],
  u32x4_to_f32x4: ['u32x4', 'f32x4'],
  u32_to_f64: ['u32', 'f64'],
  f64_to_u32: ['f64', 'u32'],
  splat_u32: ['u32', 'u32x4'],
};

const bitwise: ReadonlySet<BinaryOperation> = new Set(['and', 'or', 'xor'] as const);
const unsignedOperations: ReadonlySet<BinaryOperation> = new Set([...bitwise, 'add', 'sub', 'mul'] as const);

interface Scope {
  /** Variable → mutable. */
  readonly declared: Map<Variable, boolean>;
  readonly parallel: boolean;
  readonly outer?: Scope;
}

function scope(outer?: Scope, parallel = false): Scope {
  return { declared: new Map(), parallel, ...(outer && { outer }) };
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
