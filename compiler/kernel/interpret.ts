// The meaning of kernel IR: executes a kernel on typed arrays. Slow and plain; every index is checked.

import type { Condition, Expression, Kernel, Memory, Statement, Variable } from './ir.ts';

export type Binding = Float32Array | Float64Array;

/** `memories` by name, `parameters` in the kernel's order (i32). Throws RangeError on an access out of bounds. */
export function interpretKernel(
  kernel: Kernel,
  memories: ReadonlyMap<string, Binding>,
  parameters: readonly number[],
): void {
  const variables = new Map<Variable, number>(kernel.parameters.map((variable, at) => [variable, parameters[at]!]));

  const access = (memory: Memory, index: number): Binding => {
    const array = memories.get(memory.name);
    if (!array) throw new RangeError(`${kernel.name}: memory ${memory.name} is not bound`);
    if (!Number.isInteger(index) || index < 0 || index >= array.length) {
      throw new RangeError(`${kernel.name}: ${memory.name}[${index}] of ${array.length}`);
    }
    return array;
  };

  const evaluate = (expression: Expression): number => {
    switch (expression.kind) {
      case 'constant':
        return expression.value;
      case 'variable': {
        const value = variables.get(expression.variable);
        if (value === undefined) throw new RangeError(`${kernel.name}: ${expression.variable.name} is not set`);
        return value;
      }
      case 'load': {
        const index = evaluate(expression.index);
        return access(expression.memory, index)[index]!;
      }
      case 'unary':
        return unary(expression.operation, expression.type, evaluate(expression.operand));
      case 'binary':
        return binary(expression.operation, expression.type, evaluate(expression.left), evaluate(expression.right));
      case 'select':
        return evaluate(holds(expression.condition) ? expression.then : expression.otherwise);
      case 'call': {
        const { parameter, body, result } = expression.function;
        variables.set(parameter, evaluate(expression.argument));
        run(body);
        return evaluate(result);
      }
      default:
        return expression satisfies never;
    }
  };

  const holds = (condition: Condition): boolean => {
    if (condition.kind === 'and') return holds(condition.left) && holds(condition.right);
    const [left, right] = [evaluate(condition.left), evaluate(condition.right)];
    switch (condition.comparison) {
      case 'lt':
        return left < right;
      case 'le':
        return left <= right;
      case 'eq':
        return left === right;
      default:
        return condition.comparison satisfies never;
    }
  };

  const run = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      switch (statement.kind) {
        case 'let':
        case 'set':
          variables.set(statement.variable, evaluate(statement.value));
          break;
        case 'store': {
          const index = evaluate(statement.index);
          access(statement.memory, index)[index] = evaluate(statement.value);
          break;
        }
        case 'for': {
          const end = evaluate(statement.to);
          for (let at = evaluate(statement.from); at < end; at += statement.step) {
            variables.set(statement.variable, at);
            run(statement.body);
          }
          break;
        }
        case 'if':
          run(holds(statement.condition) ? statement.then : statement.otherwise);
          break;
        case 'comment':
          break;
        default:
          statement satisfies never;
      }
    }
  };
  run(kernel.body);
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
      return value;
    case 'demote':
      return Math.fround(value);
    case 'truncate':
      return Number.isNaN(value) ? 0 : Math.trunc(value);
    case 'pow2':
      return value === -1023 ? 0 : 2 ** value;
    case 'exponent':
      return exponentOf(value);
    default:
      return operation satisfies never;
  }
}

function binary(operation: Binary['operation'], type: Binary['type'], left: number, right: number): number {
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
    default:
      return operation satisfies never;
  }
}

function round(type: Unary['type'], value: number): number {
  return type === 'f32' ? Math.fround(value) : value;
}

function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}
