// The text form of a kernel, for `cnnc dump --stage kernel` and goldens.

import type { Condition, Expression, Kernel, Statement, Type } from './ir.ts';
import { isVector } from './walk.ts';

/** The kernel as text, one statement per line. */
export function printKernel(kernel: Kernel): string {
  const memories = kernel.memories.map((memory) => `${memory.name}: ${memory.type}[]`);
  const parameters = kernel.parameters.map((parameter) => `${parameter.name}: ${parameter.type}`);
  const header = `kernel ${kernel.name}(${[...memories, ...parameters].join(', ')})  # ${kernel.summary}`;
  return `${header}\n${printStatements(kernel.body, '  ')}`;
}

function printStatements(statements: readonly Statement[], indent: string): string {
  return statements.map((statement) => printStatement(statement, indent)).join('');
}

function printStatement(statement: Statement, indent: string): string {
  switch (statement.kind) {
    case 'let': {
      const { name, type } = statement.variable;
      return `${indent}${statement.mutable ? 'var' : 'let'} ${name}: ${type} = ${printExpression(statement.value)}\n`;
    }
    case 'set':
      return `${indent}${statement.variable.name} = ${printExpression(statement.value)}\n`;
    case 'store':
      return `${indent}${printPlace(statement, statement.value.type)} = ${printExpression(statement.value)}\n`;
    case 'for': {
      const range = `${printExpression(statement.from)} .. ${printExpression(statement.to)}`;
      const step = statement.step === 1 ? '' : ` step ${statement.step}`;
      const mode = statement.mode === 'parallel' ? 'parallel ' : '';
      return `${indent}${mode}for ${statement.variable.name} in ${range}${step}\n${printStatements(statement.body, `${indent}  `)}`;
    }
    case 'if': {
      const then = `${indent}if ${printCondition(statement.condition)}\n${printStatements(statement.then, `${indent}  `)}`;
      if (statement.otherwise.length === 0) return then;
      return `${then}${indent}else\n${printStatements(statement.otherwise, `${indent}  `)}`;
    }
    case 'prefetch':
      return `${indent}prefetch ${statement.memory.name}[${printExpression(statement.index)}]\n`;
    case 'barrier':
      return `${indent}barrier\n`;
    case 'comment':
      return `${indent}# ${statement.text}\n`;
    default:
      return statement satisfies never;
  }
}

/** `x[i]`, of vectors `x[i +4]`. */
function printPlace({ memory, index, lanes }: Place, type: Type): string {
  return `${memory.name}[${printExpression(index)}${isVector(type) ? ` +${lanes}` : ''}]`;
}

type Place = Pick<Extract<Expression, { kind: 'load' }>, 'memory' | 'index' | 'lanes'>;

const symbols = { add: '+', sub: '-', mul: '*', div: '/', rem: '%' } as const;

export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'constant':
      return Object.is(expression.value, -0) ? '-0' : String(expression.value);
    case 'lane-numbers':
      return 'lane_numbers';
    case 'joins-dots':
      return 'joins_dots';
    case 'variable':
      return expression.variable.name;
    case 'load':
      return printPlace(expression, expression.type);
    case 'broadcast-bytes':
      return `broadcast(${expression.memory.name}[${printExpression(expression.index)} +4])`;
    case 'dot-bytes':
      return `dot(${[expression.codes, expression.weights, expression.addend].map(printExpression).join(', ')})`;
    case 'joined-dots': {
      const { codes, weights, nextCodes, nextWeights, addend } = expression;
      return `joinedDots(${[codes, weights, nextCodes, nextWeights, addend].map(printExpression).join(', ')})`;
    }
    case 'dot-pairs':
      return `dotPairs(${[expression.left, expression.right, expression.addend].map(printExpression).join(', ')})`;
    case 'narrow-bytes':
      return `narrow(${expression.parts.map(printExpression).join(', ')})`;
    case 'interleave':
      return `${expression.of}(${printExpression(expression.left)}, ${printExpression(expression.right)})`;
    case 'swizzle':
      return `swizzle(${printExpression(expression.table)}, ${printExpression(expression.indices)})`;
    case 'unary':
      return `${expression.operation}(${printExpression(expression.operand)})`;
    case 'binary': {
      const [left, right] = [printExpression(expression.left), printExpression(expression.right)];
      const { operation } = expression;
      return operation in symbols
        ? `(${left} ${symbols[operation as keyof typeof symbols]} ${right})`
        : `${operation}(${left}, ${right})`;
    }
    case 'shift':
      return `${expression.operation}(${printExpression(expression.operand)}, ${expression.count})`;
    case 'madd':
      return `madd(${[expression.left, expression.right, expression.addend].map(printExpression).join(', ')})`;
    case 'select':
      return `select(${printCondition(expression.condition)}, ${printExpression(expression.then)}, ${printExpression(expression.otherwise)})`;
    case 'call':
      return `${expression.function.name}(${printExpression(expression.argument)})`;
    default:
      return expression satisfies never;
  }
}

const comparisons = { lt: '<', le: '<=', eq: '==' } as const;

function printCondition(condition: Condition): string {
  if (condition.kind === 'and') return `${printCondition(condition.left)} and ${printCondition(condition.right)}`;
  return `${printExpression(condition.left)} ${comparisons[condition.comparison]} ${printExpression(condition.right)}`;
}
