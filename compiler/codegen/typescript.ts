// Prints kernel IR as TypeScript or JavaScript: a total table over its node kinds. Every decision about speed was made
// by the template.

import type { Condition, Expression, Kernel, KernelFunction, Statement, Type } from '../kernel/ir.ts';
import { withoutDeadVariables } from '../kernel/dead.ts';
import { commentText, numberLiteral } from './literals.ts';

/** The typed array that holds a memory. */
export const arrays = {
  f32: 'Float32Array',
  f64: 'Float64Array',
  bf16: 'Uint16Array',
  u8: 'Uint8Array',
  u16: 'Uint16Array',
  i8: 'Int8Array',
  i32: 'Int32Array',
} as const;

/** `typed` false leaves type annotations out. */
export function printKernelFunction(kernel: Kernel, typed: boolean): string {
  const { body } = withoutDeadVariables(kernel);
  const parameters = [
    ...kernel.memories.map(({ name, type }) => ({ name, type: arrays[type] })),
    ...kernel.parameters.map(({ name }) => ({ name, type: 'number' })),
  ];
  return `// ${commentText(kernel.summary)}\n${printFunction(kernel.name, parameters, printStatements(body, '  ', typed), typed)}`;
}

interface Parameter {
  readonly name: string;
  readonly type: string;
}

/** Without a result. Parameters that the body does not name get an underscore, by which TypeScript knows them. */
export function printFunction(name: string, parameters: readonly Parameter[], body: string, typed: boolean): string {
  const list = parameters.map(
    (one) => `${isNamed(one.name, body) ? '' : '_'}${one.name}${typed ? `: ${one.type}` : ''}`,
  );
  return `function ${name}(${list.join(', ')})${typed ? ': void' : ''} {\n${body}}\n`;
}

/** Whether a name is among the words of a text, most of which have it near their start. */
function isNamed(name: string, text: string): boolean {
  const isPart = (at: number): boolean => /[\w$]/.test(text.charAt(at));
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!isPart(at - 1) && !isPart(at + name.length)) return true;
  return false;
}

/** A function of one number that kernels call. */
export function printScalarFunction({ name, parameter, body, result }: KernelFunction, typed: boolean): string {
  const header = `function ${name}(${parameter.name}${typed ? ': number' : ''})${typed ? ': number' : ''} {`;
  return `${header}\n${printStatements(body, '  ', typed)}  return ${print(result, 0, typed)};\n}\n`;
}

function printStatements(statements: readonly Statement[], indent: string, typed: boolean): string {
  return statements.map((statement) => printStatement(statement, indent, typed)).join('');
}

function printStatement(statement: Statement, indent: string, typed: boolean): string {
  switch (statement.kind) {
    case 'let': {
      const { name, type } = statement.variable;
      return `${indent}${statement.mutable ? 'let' : 'const'} ${name} = ${printValue(statement.value, type, typed)};\n`;
    }
    case 'set':
      return `${indent}${printSet(statement, typed)};\n`;
    case 'store': {
      const { memory, index, value } = statement;
      const text = print(stored(value), 0, typed);
      const rounded = memory.type === 'bf16' ? `bf16(${text})` : text;
      return `${indent}${memory.name}[${print(index, 0, typed)}] = ${rounded};\n`;
    }
    case 'for': {
      const { name } = statement.variable;
      const step = statement.step === 1 ? `${name}++` : `${name} += ${statement.step}`;
      const head = `for (let ${name} = ${print(statement.from, 0, typed)}; ${name} < ${print(statement.to, comparisonLevel + 1, typed)}; ${step})`;
      return `${indent}${head} {\n${printStatements(statement.body, `${indent}  `, typed)}${indent}}\n`;
    }
    case 'if': {
      const then = `${indent}if (${printCondition(statement.condition, typed)}) {\n${printStatements(statement.then, `${indent}  `, typed)}${indent}}`;
      if (statement.otherwise.length === 0) return `${then}\n`;
      return `${then} else {\n${printStatements(statement.otherwise, `${indent}  `, typed)}${indent}}\n`;
    }
    case 'prefetch':
    case 'barrier':
      return '';
    case 'comment':
      return `${indent}// ${commentText(statement.text)}\n`;
    default:
      return statement satisfies never;
  }
}

/** `s += x` for s = s + x: in f64 only, where a result needs neither rounding nor marking. */
function printSet({ variable, value }: Extract<Statement, { kind: 'set' }>, typed: boolean): string {
  if (value.kind === 'binary' && value.type === 'f64' && Object.hasOwn(symbols, value.operation)) {
    const { left, right, operation } = value;
    const isOwn = left.kind === 'variable' && left.variable === variable;
    if (isOwn) return `${variable.name} ${symbols[operation as keyof typeof symbols]}= ${print(right, 0, typed)}`;
  }
  return `${variable.name} = ${printValue(value, variable.type, typed)}`;
}

/** A Float32Array rounds what is stored in it. */
function stored(value: Expression): Expression {
  return value.kind === 'unary' && value.operation === 'demote' ? value.operand : value;
}

/** i32 arithmetic is marked as such, for the engine. */
function printValue(value: Expression, type: Type, typed: boolean): string {
  const compound = value.kind === 'binary' && value.operation !== 'min' && value.operation !== 'max';
  return type === 'i32' && compound ? `(${print(value, 0, typed)}) | 0` : print(value, 0, typed);
}

const comparisonLevel = 1;
const levels = { add: 2, sub: 2, mul: 3, div: 3, rem: 3 } as const;
const symbols = { add: '+', sub: '-', mul: '*', div: '/', rem: '%' } as const;
const comparisons = { lt: '<', le: '<=', eq: '===' } as const;

/** `level` is the binding strength around the expression. */
function print(expression: Expression, level: number, typed: boolean): string {
  const wrap = (own: number, text: string): string => (own < level ? `(${text})` : text);
  switch (expression.kind) {
    case 'constant': {
      const text = numberLiteral(expression.value);
      return text.startsWith('-') && level > 0 ? `(${text})` : text;
    }
    case 'joins-dots':
      return '0';
    case 'lane-numbers':
    case 'broadcast-bytes':
    case 'dot-bytes':
    case 'joined-dots':
    case 'dot-pairs':
    case 'narrow-bytes':
    case 'interleave':
    case 'swizzle':
      throw new TypeError(`JavaScript has no vectors: ${expression.kind.replace('-', ' ')}`);
    case 'variable':
      return expression.variable.name;
    case 'load':
      return `${expression.memory.name}[${print(expression.index, 0, typed)}]${typed ? '!' : ''}`;
    case 'unary':
      return printUnary(expression, typed);
    case 'binary': {
      const { operation, left, right, type } = expression;
      if (type === 'u32') return wrap(comparisonLevel, `${printBits(expression, typed)} >>> 0`);
      if (operation === 'or' || operation === 'xor') throw new TypeError(`${operation} of ${type}`);
      if (operation === 'pmin' || operation === 'pmax' || operation === 'umax' || operation === 'and')
        throw new TypeError(`JavaScript has no vectors: ${operation}`);
      if (operation === 'min' || operation === 'max')
        return `Math.${operation}(${print(left, 0, typed)}, ${print(right, 0, typed)})`;
      const own = levels[operation];
      const text = `${print(left, own, typed)} ${symbols[operation]} ${print(right, own + 1, typed)}`;
      if (type === 'i32' && operation === 'div') return `((${text}) | 0)`;
      if (type === 'f32') return `Math.fround(${text})`;
      return wrap(own, text);
    }
    case 'shift': {
      const { operation, operand, count } = expression;
      if (operation === 'shl') return wrap(comparisonLevel, `${printBits(expression, typed)} >>> 0`);
      return wrap(comparisonLevel, `${printBits(operand, typed)} >>> ${count}`);
    }
    case 'madd':
      throw new TypeError('JavaScript has no vectors: madd');
    case 'select':
      return `(${printCondition(expression.condition, typed)} ? ${print(expression.then, 1, typed)} : ${print(expression.otherwise, 1, typed)})`;
    case 'call':
      return `${expression.function.name}(${print(expression.argument, 0, typed)})`;
    default:
      return expression satisfies never;
  }
}

const bitSymbols = { add: '+', sub: '-', and: '&', or: '|', xor: '^' } as const;

/** A number that equals a u32 modulo 2^32, where that is enough: for operations on bits, and before `>>> 0`. */
function printBits(expression: Expression, typed: boolean): string {
  if (expression.kind === 'shift' && expression.operation === 'shl')
    return `(${printBits(expression.operand, typed)} << ${expression.count})`;
  if (expression.kind === 'unary' && expression.operation === 'i32_to_u32') return print(expression.operand, 4, typed);
  if (expression.kind !== 'binary') return print(expression, 4, typed);
  const { operation } = expression;
  const [left, right] = [printBits(expression.left, typed), printBits(expression.right, typed)];
  if (operation === 'mul') return `Math.imul(${left}, ${right})`;
  if (!Object.hasOwn(bitSymbols, operation)) throw new TypeError(`${operation} of ${expression.type}`);
  return `(${left} ${bitSymbols[operation as keyof typeof bitSymbols]} ${right})`;
}

function printUnary(expression: Extract<Expression, { kind: 'unary' }>, typed: boolean): string {
  const operand = (level: number): string => print(expression.operand, level, typed);
  switch (expression.operation) {
    case 'neg':
      return `(-${operand(4)})`;
    case 'abs':
    case 'floor':
      return `Math.${expression.operation}(${operand(0)})`;
    case 'sqrt':
      return expression.type === 'f32' ? `Math.fround(Math.sqrt(${operand(0)}))` : `Math.sqrt(${operand(0)})`;
    case 'promote':
    case 'convert':
    case 'u32_to_f64':
      return operand(4);
    case 'i32_to_u32':
    case 'f64_to_u32':
      return `(${operand(4)} >>> 0)`;
    case 'u32_to_i32':
      return `(${printBits(expression.operand, typed)} | 0)`;
    case 'demote':
    case 'u32_to_f32':
      return `Math.fround(${operand(0)})`;
    case 'truncate':
      return `(${operand(1)} | 0)`;
    case 'pow2':
    case 'exponent':
      return `${expression.operation}(${operand(0)})`;
    case 'splat':
    case 'pow2_lanes':
    case 'pow2_of_sum':
    case 'exponent_lanes':
    case 'sum_lanes':
    case 'max_lanes':
    case 'splat_u32':
    case 'u32x4_to_f32x4':
    case 'splat_u8':
    case 'signed_to_f32x4':
    case 'f32x4_bits':
    case 'u8x16_to_u32x4':
    case 'u8x16_to_i16x8':
    case 'u32x4_to_u8x16':
    case 'i16x8_to_u8x16':
    case 'widen_low':
    case 'widen_high':
      throw new TypeError(`JavaScript has no vectors: ${expression.operation}`);
    default:
      return expression.operation satisfies never;
  }
}

function printCondition(condition: Condition, typed: boolean): string {
  if (condition.kind === 'and')
    return `${printCondition(condition.left, typed)} && ${printCondition(condition.right, typed)}`;
  const { left, right, comparison } = condition;
  return `${print(left, comparisonLevel + 1, typed)} ${comparisons[comparison]} ${print(right, comparisonLevel + 1, typed)}`;
}
