// Traversals of kernel IR, and questions that they answer.

import type {
  Condition,
  Expression,
  Kernel,
  KernelFunction,
  Memory,
  Statement,
  Type,
  UnaryOperation,
  Variable,
  VectorType,
} from './ir.ts';

/** Whether values of a type have several lanes. */
export const isVector = (type: Type): type is VectorType => !scalars.has(type);

const scalars: ReadonlySet<Type> = new Set(['f64', 'f32', 'i32', 'u32'] as const);

/** Whether a condition compares vectors. */
export const comparesLanes = (condition: Condition): boolean =>
  condition.kind === 'and' ? comparesLanes(condition.left) : isVector(condition.left.type);

/** What elements of a memory are once they are loaded, one by one and by four. */
export const loadedTypes: Readonly<
  Record<Memory['type'], { readonly one: Exclude<Type, VectorType> | undefined; readonly four: VectorType | undefined }>
> = {
  f32: { one: 'f32', four: 'f32x4' },
  f64: { one: 'f64', four: undefined },
  bf16: { one: undefined, four: 'f32x4' },
  u8: { one: 'u32', four: 'u32x4' },
  u16: { one: 'u32', four: 'u32x4' },
  i8: { one: 'i32', four: undefined },
  i32: { one: 'i32', four: 'u32x4' },
};

/** What the expressions of a kernel are, functions that it calls left out. */
interface Facts {
  /** What it calls, callees first. */
  readonly functions: ReadonlySet<KernelFunction>;
  readonly laneConstants: ReadonlySet<number>;
  readonly operations: ReadonlySet<UnaryOperation>;
  readonly kinds: ReadonlySet<Expression['kind']>;
}

const known = new WeakMap<Kernel, Facts>();

/** Found once for a kernel: all that is emitted is asked about them. */
function factsOf(kernel: Kernel): Facts {
  const before = known.get(kernel);
  if (before) return before;
  const functions = new Set<KernelFunction>();
  const [laneConstants, operations] = [new Set<number>(), new Set<UnaryOperation>()];
  const kinds = new Set<Expression['kind']>();
  forEachExpression(kernel.body, (expression) => {
    kinds.add(expression.kind);
    if (expression.kind === 'unary') operations.add(expression.operation);
    else if (expression.kind === 'constant') addLaneConstant(expression, laneConstants);
    else if (expression.kind === 'call') addFunction(expression.function, functions);
  });
  const facts = { functions, laneConstants, operations, kinds };
  known.set(kernel, facts);
  return facts;
}

function addLaneConstant({ type, value }: Extract<Expression, { kind: 'constant' }>, found: Set<number>): void {
  if (type === 'f32x4') found.add(value);
}

function addFunction(called: KernelFunction, found: Set<KernelFunction>): void {
  if (found.has(called)) return;
  const visit = (expression: Expression): void => {
    if (expression.kind === 'call') addFunction(expression.function, found);
  };
  forEachExpression(called.body, visit);
  walkExpression(called.result, visit);
  found.add(called);
}

/** The functions that the kernels call, callees first, each once. */
export const collectFunctions = (kernels: readonly Kernel[]): readonly KernelFunction[] => [
  ...new Set(kernels.flatMap((kernel) => [...factsOf(kernel).functions])),
];

/** The constants that the kernels have in all lanes of a vector, 0 and duplicates left out. */
export function collectLaneConstants(kernels: readonly Kernel[]): readonly number[] {
  const found = new Set<number>();
  const visit = (expression: Expression): void => {
    if (expression.kind === 'constant') addLaneConstant(expression, found);
  };
  for (const { body, result } of collectFunctions(kernels)) {
    forEachExpression(body, visit);
    walkExpression(result, visit);
  }
  for (const kernel of kernels) for (const value of factsOf(kernel).laneConstants) found.add(value);
  found.delete(0);
  return [...found];
}

/** The unary operations that are used. */
export function unaryOperations(
  functions: readonly KernelFunction[],
  kernels: readonly Kernel[],
): ReadonlySet<UnaryOperation> {
  const found = new Set<UnaryOperation>(kernels.flatMap((kernel) => [...factsOf(kernel).operations]));
  const visit = (expression: Expression): void => {
    if (expression.kind === 'unary') found.add(expression.operation);
  };
  for (const { body, result } of functions) {
    forEachExpression(body, visit);
    walkExpression(result, visit);
  }
  return found;
}

/** Whether a kernel has an expression of this kind, functions that it calls left out. */
export const hasKind = (kernels: readonly Kernel[], kind: Expression['kind']): boolean =>
  kernels.some((kernel) => factsOf(kernel).kinds.has(kind));

/** Variables that the statements read, wherever they are declared. */
export function variablesRead(statements: readonly Statement[]): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  forEachExpression(statements, (expression) => {
    if (expression.kind === 'variable') found.add(expression.variable);
  });
  return found;
}

/** Variables that an expression reads. */
export function variablesIn(expression: Expression): ReadonlySet<Variable> {
  const found = new Set<Variable>();
  walkExpression(expression, (part) => {
    if (part.kind === 'variable') found.add(part.variable);
  });
  return found;
}

/** Calls `visit` for every expression of the statements, parents before their children, in the order of evaluation. */
export function forEachExpression(statements: readonly Statement[], visit: (expression: Expression) => void): void {
  for (const statement of statements) {
    for (const expression of expressionsOf(statement)) walkExpression(expression, visit);
    for (const block of blocksOf(statement)) forEachExpression(block, visit);
  }
}

function walkExpression(expression: Expression, visit: (expression: Expression) => void): void {
  visit(expression);
  // The kinds of which there are most, without a list of their children.
  switch (expression.kind) {
    case 'constant':
    case 'variable':
      return;
    case 'load':
      return walkExpression(expression.index, visit);
    case 'unary':
      return walkExpression(expression.operand, visit);
    case 'binary':
      walkExpression(expression.left, visit);
      return walkExpression(expression.right, visit);
    default:
      for (const child of childrenOf(expression)) walkExpression(child, visit);
  }
}

const none: readonly Expression[] = [];

/** The expressions that an expression is made of, in the order of evaluation. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'lane-numbers':
    case 'joins-dots':
    case 'variable':
      return none;
    case 'load':
    case 'broadcast-bytes':
      return [expression.index];
    case 'dot-bytes':
      return [expression.weights, expression.codes, expression.addend];
    case 'joined-dots': {
      const { weights, codes, nextWeights, nextCodes, addend } = expression;
      return [weights, codes, nextWeights, nextCodes, addend];
    }
    case 'narrow-bytes':
      return expression.parts;
    case 'unary':
    case 'shift':
      return [expression.operand];
    case 'dot-pairs':
      return [expression.left, expression.right, expression.addend];
    case 'binary':
    case 'interleave':
      return [expression.left, expression.right];
    case 'swizzle':
      return [expression.table, expression.indices];
    case 'madd':
      return [expression.left, expression.right, expression.addend];
    case 'select':
      return [...comparedBy(expression.condition), expression.then, expression.otherwise];
    case 'call':
      return [expression.argument];
    default:
      return expression satisfies never;
  }
}

/** The same operation on other operands, in the order of `childrenOf`. */
export function withChildren(expression: Expression, children: readonly Expression[]): Expression {
  const [first, second, third] = children as readonly [Expression, Expression, Expression];
  switch (expression.kind) {
    case 'constant':
    case 'lane-numbers':
    case 'joins-dots':
    case 'variable':
      return expression;
    case 'load':
    case 'broadcast-bytes':
      return { ...expression, index: first };
    case 'dot-bytes':
      return { ...expression, weights: first, codes: second, addend: third };
    case 'joined-dots': {
      const [nextCodes, addend] = children.slice(3) as [Expression, Expression];
      return { ...expression, weights: first, codes: second, nextWeights: third, nextCodes, addend };
    }
    case 'narrow-bytes':
      return { ...expression, parts: children as typeof expression.parts };
    case 'unary':
    case 'shift':
      return { ...expression, operand: first };
    case 'binary':
    case 'interleave':
      return { ...expression, left: first, right: second };
    case 'swizzle':
      return { ...expression, table: first, indices: second };
    case 'dot-pairs':
    case 'madd':
      return { ...expression, left: first, right: second, addend: third };
    case 'select': {
      const [then, otherwise] = children.slice(-2) as [Expression, Expression];
      return { ...expression, condition: comparing(expression.condition, children), then, otherwise };
    }
    case 'call':
      return { ...expression, argument: first };
    default:
      return expression satisfies never;
  }
}

/** The same condition on the first of these expressions. */
function comparing(condition: Condition, operands: readonly Expression[]): Condition {
  if (condition.kind === 'compare') return { ...condition, left: operands[0]!, right: operands[1]! };
  const { length } = comparedBy(condition.left);
  return {
    ...condition,
    left: comparing(condition.left, operands),
    right: comparing(condition.right, operands.slice(length)),
  };
}

/** The expressions that a condition compares. */
export function comparedBy(condition: Condition): readonly Expression[] {
  return condition.kind === 'and'
    ? [...comparedBy(condition.left), ...comparedBy(condition.right)]
    : [condition.left, condition.right];
}

/** The expressions of a statement itself; those of its blocks are left out. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case 'let':
    case 'set':
      return [statement.value];
    case 'store':
      return [statement.index, statement.value];
    case 'prefetch':
      return [statement.index];
    case 'for':
      return [statement.from, statement.to];
    case 'if':
      return comparedBy(statement.condition);
    case 'barrier':
    case 'comment':
      return [];
    default:
      return statement satisfies never;
  }
}

/** The statements inside a statement: the body of a loop, the branches of a choice. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === 'for') return [statement.body];
  return statement.kind === 'if' ? [statement.then, statement.otherwise] : [];
}
