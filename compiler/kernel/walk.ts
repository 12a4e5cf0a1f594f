// Walks over kernel IR: every expression of a kernel, and what can be asked of it.

import type { Condition, Expression, Kernel, KernelFunction, Statement, UnaryOperation, Variable } from './ir.ts';

/** The functions that the kernels call, callees first, each once. */
export function collectFunctions(kernels: readonly Kernel[]): readonly KernelFunction[] {
  const found = new Set<KernelFunction>();
  const visit = (expression: Expression): void => {
    if (expression.kind !== 'call' || found.has(expression.function)) return;
    forEachExpression(expression.function.body, visit);
    walkExpression(expression.function.result, visit);
    found.add(expression.function);
  };
  for (const kernel of kernels) forEachExpression(kernel.body, visit);
  return [...found];
}

/** The constants that the kernels have in all lanes of a vector, 0 and duplicates left out. */
export function collectLaneConstants(kernels: readonly Kernel[]): readonly number[] {
  const found = new Set<number>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'constant' && expression.type === 'f32x4') found.add(expression.value);
  };
  for (const { body, result } of collectFunctions(kernels)) {
    forEachExpression(body, visit);
    walkExpression(result, visit);
  }
  for (const kernel of kernels) forEachExpression(kernel.body, visit);
  found.delete(0);
  return [...found];
}

/** The unary operations that are used. */
export function unaryOperations(
  functions: readonly KernelFunction[],
  kernels: readonly Kernel[],
): ReadonlySet<UnaryOperation> {
  const found = new Set<UnaryOperation>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'unary') found.add(expression.operation);
  };
  for (const kernel of kernels) forEachExpression(kernel.body, visit);
  for (const { body, result } of functions) {
    forEachExpression(body, visit);
    walkExpression(result, visit);
  }
  return found;
}

/** Variables that the statements read, wherever they are declared. */
export function variablesRead(statements: readonly Statement[]): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  forEachExpression(statements, (expression) => {
    if (expression.kind === 'variable') found.add(expression.variable);
  });
  return found;
}

export function forEachExpression(statements: readonly Statement[], visit: (expression: Expression) => void): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'let':
      case 'set':
        walkExpression(statement.value, visit);
        break;
      case 'store':
        walkExpression(statement.index, visit);
        walkExpression(statement.value, visit);
        break;
      case 'for':
        walkExpression(statement.from, visit);
        walkExpression(statement.to, visit);
        forEachExpression(statement.body, visit);
        break;
      case 'if':
        walkCondition(statement.condition, visit);
        forEachExpression(statement.then, visit);
        forEachExpression(statement.otherwise, visit);
        break;
      case 'barrier':
      case 'comment':
        break;
      default:
        statement satisfies never;
    }
  }
}

function walkExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  switch (expression.kind) {
    case 'constant':
    case 'variable':
      break;
    case 'load':
      walkExpression(expression.index, visit);
      break;
    case 'unary':
      walkExpression(expression.operand, visit);
      break;
    case 'binary':
      walkExpression(expression.left, visit);
      walkExpression(expression.right, visit);
      break;
    case 'madd':
      walkExpression(expression.left, visit);
      walkExpression(expression.right, visit);
      walkExpression(expression.addend, visit);
      break;
    case 'select':
      walkCondition(expression.condition, visit);
      walkExpression(expression.then, visit);
      walkExpression(expression.otherwise, visit);
      break;
    case 'call':
      walkExpression(expression.argument, visit);
      break;
    default:
      expression satisfies never;
  }
}

function walkCondition(condition: Condition, visit: (expression: Expression) => void): void {
  if (condition.kind === 'and') {
    walkCondition(condition.left, visit);
    walkCondition(condition.right, visit);
    return;
  }
  walkExpression(condition.left, visit);
  walkExpression(condition.right, visit);
}
