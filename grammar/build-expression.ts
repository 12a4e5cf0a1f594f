// Concrete tree → expressions, and the chains of steps that arguments may be. Operators come as flat lists and are put in
// order by precedence climbing, so their number costs no stack.

import type { CstNode, IToken } from 'chevrotain';
import type * as ast from './ast.ts';
import { all, type Builder, has, identifierOf, node, spanOfNode, startOf, token, tokens, wantColons } from './build.ts';
import { numberOf, sizeOf, stringOf } from './build-literal.ts';
import { repair } from './diagnostic.ts';
import { refuseLineStart } from './refusals/line-start.ts';
import { shorten, spanOf } from './token-text.ts';
import { join, textOf } from './source.ts';
import type { Span } from './source.ts';
import { NumberLiteral, SizeLiteral, StringLiteral } from './tokens.ts';

/** Loosest first; comparisons and ranges do not chain. */
const precedence: ReadonlyMap<string, number> = new Map(
  [['or'], ['and'], ['not'], ['==', '!=', '<', '<=', '>', '>='], ['..'], ['+', '-'], ['*', '/', '%'], ['sign']].flatMap(
    (operators, level) => operators.map((operator) => [operator, level] as const),
  ),
);
const levelOf = (operator: string): number => precedence.get(operator)!;

/** `a if c else b if d else e` groups to the right. */
export function conditionalOf(builder: Builder, tree: CstNode): ast.Expression {
  const parts = all(tree, 'expression');
  return deeper(builder, parts.length, tree, () => {
    const built = parts.map((part) => expressionOf(builder, part));
    let result = built.pop()!;
    while (built.length > 0) {
      const condition = built.pop()!;
      const then = built.pop()!;
      result = { kind: 'conditional', span: join(then.span, result.span), condition, then, otherwise: result };
    }
    return result;
  });
}

export function expressionOf(builder: Builder, tree: CstNode): ast.Expression {
  const operands = all(tree, 'operand');
  const operators = tokens(tree, 'BinaryOperator');
  // Most are a single operand.
  if (operators.length === 0 && !has(operands[0]!, 'PrefixOperator'))
    return deeper(builder, 1, tree, () => postfixOf(builder, operands[0]!));
  const prefixes = operands.reduce((sum, operand) => sum + tokens(operand, 'PrefixOperator').length, 0);
  return deeper(builder, 1 + operators.length + prefixes, tree, () => climb(builder, operands, operators));
}

function climb(builder: Builder, operands: readonly CstNode[], operators: readonly IToken[]): ast.Expression {
  let at = 0;

  const prefixed = (index: number): ast.Expression => {
    const operand = operands[at]!;
    const prefix = tokens(operand, 'PrefixOperator')[index];
    if (!prefix) return postfixOf(builder, operand);
    const operator = builder.operator(prefix) as '-' | 'not';
    const inner = binary(levelOf(operator === '-' ? 'sign' : 'not'), () => prefixed(index + 1));
    return { kind: 'unary', span: join(spanOf(builder.source, prefix), inner.span), operator, operand: inner };
  };

  /** An operand and the operators behind it that bind at least as tightly as `level`. */
  const binary = (level: number, first: () => ast.Expression): ast.Expression => {
    let left = first();
    let previous: number | undefined;
    for (let written = operators[at]; written; written = operators[at]) {
      const operator = builder.operator(written) as ast.BinaryOperator;
      const own = levelOf(operator);
      if (own < level) break;
      at++;
      const right = binary(own + 1, () => prefixed(0));
      if (own === previous && (own === levelOf('==') || own === levelOf('..'))) notChained(builder, written);
      previous = own;
      left = { kind: 'binary', span: join(left.span, right.span), operator, left, right };
    }
    return left;
  };

  return binary(0, () => prefixed(0));
}

function notChained(builder: Builder, operator: IToken): void {
  const span = spanOf(builder.source, operator);
  const fixes = [{ message: 'join comparisons with and, or use parentheses' }];
  builder.report('syntax/comparison-chain', `${operator.image} cannot follow another one`, span, {
    found: operator.image,
    expected: 'and, or',
    fixes,
  });
  builder.spoil();
}

function postfixOf(builder: Builder, operand: CstNode): ast.Expression {
  const postfixes = all(operand, 'postfix');
  const primary = node(operand, 'primary');
  if (postfixes.length === 0) return primaryOf(builder, primary);
  return deeper(builder, postfixes.length, operand, () =>
    postfixes.reduce<ast.Expression>(
      (inner, postfix) => {
        const span = join(inner.span, spanOfNode(builder, postfix));
        if (has(postfix, 'TupleIndex')) {
          return { kind: 'member', span, tuple: inner, index: Number(token(postfix, 'TupleIndex').image.slice(1)) };
        }
        if (has(postfix, 'Identifier')) {
          return { kind: 'property', span, value: inner, name: identifierOf(builder, token(postfix, 'Identifier')) };
        }
        return { kind: 'index', span, list: inner, index: conditionalOf(builder, node(postfix, 'conditional')) };
      },
      primaryOf(builder, primary),
    ),
  );
}

function primaryOf(builder: Builder, tree: CstNode): ast.Expression {
  const span = spanOfNode(builder, tree);
  const kind = Object.keys(tree.children)[0]!;
  switch (kind) {
    case NumberLiteral.name:
      return numberOf(builder, token(tree, kind));
    case StringLiteral.name:
      return stringOf(builder, token(tree, kind));
    case SizeLiteral.name:
      return sizeOf(builder, token(tree, kind));
    case "'true'":
      return { kind: 'boolean', span, value: true };
    case "'false'":
      return { kind: 'boolean', span, value: false };
    case 'call':
      return nameOrCall(builder, node(tree, kind));
    case 'tuple':
      return tupleOf(builder, node(tree, kind));
    default: {
      const items = all(node(tree, kind), 'conditional').map((item) => conditionalOf(builder, item));
      return { kind: 'list', span, items, ...partialIfMended(builder, span) };
    }
  }
}

/** Parentheses around one value leave no trace but its span; a comma makes a tuple. */
function tupleOf(builder: Builder, tree: CstNode): ast.Expression {
  const span = spanOfNode(builder, tree);
  const items = all(tree, 'argumentValue').map((item) => valueOf(builder, item));
  const [only] = items;
  if (!only) {
    builder.report('syntax/empty-tuple', 'these parentheses are empty', span, {
      found: '()',
      expected: 'a value',
      fixes: [{ message: 'write a value into them: (3)' }],
    });
    builder.spoil();
  }
  if (!only || items.length > 1 || has(tree, "','"))
    return { kind: 'tuple', span, items, ...partialIfMended(builder, span) };
  // The span of a name is the name.
  return only.kind === 'name' || only.kind === 'call' ? only : { ...only, span };
}

const partialIfMended = (builder: Builder, span: Span): { readonly partial?: true } =>
  builder.isMended(span) ? { partial: true } : {};

const foreignValues: ReadonlyMap<string, boolean> = new Map([
  ['True', true],
  ['False', false],
]);

function nameOrCall(builder: Builder, tree: CstNode): ast.Expression {
  const callee = identifierOf(builder, token(tree, 'Identifier'));
  const span = spanOfNode(builder, tree);
  refuseLineStart(builder, tree);
  if (has(tree, 'arguments')) {
    return { kind: 'call', span, callee, arguments: argumentsOf(builder, node(tree, 'arguments')) };
  }
  const value = foreignValues.get(callee.name);
  if (value === undefined) return { kind: 'name', span, name: callee.name };
  builder.report('syntax/capital-literal', `booleans are written in lower case`, span, {
    found: callee.name,
    expected: String(value),
    fixes: [repair(span, String(value))],
  });
  return { kind: 'boolean', span, value };
}

export function argumentsOf(builder: Builder, tree: CstNode): readonly ast.Argument[] {
  const written = all(tree, 'argument');
  wantColons(builder, written, 'an argument');
  return written.map((argument) => {
    const span = spanOfNode(builder, argument);
    const value = valueOf(builder, node(argument, 'argumentValue'));
    if (!has(argument, 'Identifier')) return { span, value };
    return { span, name: identifierOf(builder, token(argument, 'Identifier')), value };
  });
}

/** The value of an argument or a setting: an expression, or a chain whose first step was read as one. */
export function valueOf(builder: Builder, tree: CstNode): ast.Expression {
  const steps = all(tree, 'step');
  const chained = steps.length > 0 || has(tree, 'shape');
  if (has(tree, 'parallel')) return asChain(builder, tree, parallelOf(builder, node(tree, 'parallel')));
  const written = node(tree, has(tree, 'conditional') ? 'conditional' : 'expression');
  const first = has(tree, 'conditional') ? conditionalOf(builder, written) : expressionOf(builder, written);
  return chained ? asChain(builder, tree, firstStep(builder, first)) : first;
}

function asChain(builder: Builder, tree: CstNode, first: ast.Step): ast.Expression {
  const span = spanOfNode(builder, tree);
  const steps = [first, ...all(tree, 'step').map((step) => stepOf(builder, step))];
  const shape = has(tree, 'shape') && { shape: shapeOf(builder, node(tree, 'shape')) };
  return { kind: 'chain', span, chain: { span, steps, ...shape } };
}

/** A chain's first step, from what was read as an expression at `span`. */
function firstStep(builder: Builder, written: ast.Expression, span = written.span): ast.Step {
  if (written.kind === 'call') return { kind: 'step', span, callee: written.callee, arguments: written.arguments };
  if (written.kind === 'name') return { kind: 'step', span, callee: { span, name: written.name } };
  // An empty one has been reported.
  if (mayFlow(written) || (written.kind === 'tuple' && written.items.length === 0))
    return { kind: 'operation', span, value: written };
  builder.report('syntax/chain-start', 'a chain begins with a step or a named value', span, {
    found: shorten(textOf(span)),
    expected: 'a name',
    fixes: [{ message: 'begin with a step such as conv(6, kernel: 3), or with the name of a value' }],
  });
  builder.spoil();
  return { kind: 'step', span, callee: { span, name: '' } };
}

/** Whether a value that flows may come of it: neither a plain value nor a comparison. */
function mayFlow(written: ast.Expression): boolean {
  switch (written.kind) {
    case 'name':
    case 'call':
    case 'chain':
    case 'member':
    case 'index':
    case 'property':
      return true;
    case 'tuple':
      return written.items.some(mayFlow);
    case 'binary':
      return arithmetic.has(written.operator) && (mayFlow(written.left) || mayFlow(written.right));
    case 'unary':
      return written.operator === '-' && mayFlow(written.operand);
    case 'conditional':
      return mayFlow(written.then) || mayFlow(written.otherwise);
    default:
      return false;
  }
}

const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/']);

export function chainOf(builder: Builder, tree: CstNode): ast.Chain {
  const steps = [headOf(builder, node(tree, 'head')), ...all(tree, 'step').map((step) => stepOf(builder, step))];
  const shape = has(tree, 'shape') && { shape: shapeOf(builder, node(tree, 'shape')) };
  return { span: spanOfNode(builder, tree), steps, ...shape };
}

function headOf(builder: Builder, tree: CstNode): ast.Step {
  if (has(tree, 'parallel')) return parallelOf(builder, node(tree, 'parallel'));
  const sum = node(tree, 'sum');
  const [term, ...others] = all(sum, 'operand');
  const atom = node(term!, 'primary');
  if (others.length === 0 && has(atom, 'call') && !has(term!, 'postfix') && !has(term!, 'PrefixOperator'))
    return stepFrom(builder, node(atom, 'call'));
  return firstStep(builder, expressionOf(builder, sum), spanOfNode(builder, sum));
}

function stepOf(builder: Builder, tree: CstNode): ast.Step {
  if (has(tree, 'property')) {
    const span = spanOfNode(builder, tree);
    const name = token(tree, 'property').image;
    builder.report('syntax/member', 'a property is a number: it is given to a step, and is none itself', span, {
      found: shorten(textOf(span)),
      expected: 'the name of a step',
      fixes: [{ message: `give it to a step: conv(x.${name}, kernel: 1)` }],
    });
    builder.spoil();
  }
  return has(tree, 'parallel') ? parallelOf(builder, node(tree, 'parallel')) : stepFrom(builder, node(tree, 'call'));
}

function parallelOf(builder: Builder, tree: CstNode): ast.ParallelStep {
  const join = stepFrom(builder, node(tree, 'call'));
  return { kind: 'parallel', span: spanOfNode(builder, tree), join, ...pathsOf(builder, node(tree, 'paths')) };
}

/** The paths in braces; of those with a mistake, what can be read. */
function pathsOf(builder: Builder, tree: CstNode): Omit<ast.ParallelStep, 'kind' | 'span' | 'join'> {
  const written = all(tree, 'path');
  const paths = written.flatMap((path) => builder.whole(() => pathOf(builder, path)) ?? []);
  const skipped = all(tree, 'skipped');
  if (skipped.length === 0 && paths.length === written.length) return { paths };
  const begun = skipped.flatMap(
    (one) => builder.begun(one, (before) => pathOf(builder, before, { incomplete: true })) ?? [],
  );
  return { paths, incomplete: true, ...(begun.length > 0 && { begun }), ...heldIn(builder, skipped) };
}

/** What is between braces in elements that did not parse, in the order of the text. */
export function heldIn(builder: Builder, skipped: readonly CstNode[]): { readonly held?: ast.Held } {
  const bodies = skipped.flatMap((tree) =>
    [...all(tree, 'body'), ...all(tree, 'paths')]
      .toSorted((a, b) => startOf(a) - startOf(b))
      .flatMap((inner) => (inner.name === 'body' ? builder.body(inner) : bodiesOf(pathsOf(builder, inner)))),
  );
  const conditional = skipped.some((tree) =>
    /^(if|else)\b/.test(builder.source.text.slice(startOf(tree), startOf(tree) + 5)),
  );
  return bodies.length === 0 ? {} : { held: { bodies, ...(conditional && { conditional }) } };
}

function bodiesOf({ paths, held }: ReturnType<typeof pathsOf>): readonly ast.Body[] {
  return [...paths.map(({ body }) => body), ...(held?.bodies ?? [])];
}

/** `state`: whether there is more of its chain, which could not be read. */
function pathOf(builder: Builder, tree: CstNode, state: Pick<ast.Chain, 'incomplete'> = {}): ast.Path {
  const name = has(tree, 'Identifier') && { name: identifierOf(builder, token(tree, 'Identifier')) };
  const span = spanOfNode(builder, tree);
  if (has(tree, 'body')) return { span, ...name, body: builder.body(node(tree, 'body')) };
  const chain = { ...chainOf(builder, node(tree, 'chain')), ...state };
  return {
    span,
    ...name,
    body: { span: chain.span, statements: [{ kind: 'flow', span: chain.span, names: [], chain }] },
  };
}

export function shapeOf(builder: Builder, tree: CstNode): ast.ShapePattern {
  const items = all(tree, 'extent').map((extent) =>
    has(extent, 'Wildcard') ? undefined : conditionalOf(builder, node(extent, 'conditional')),
  );
  return { span: spanOfNode(builder, tree), items };
}

function stepFrom(builder: Builder, tree: CstNode): ast.CallStep {
  const callee = identifierOf(builder, token(tree, 'Identifier'));
  refuseLineStart(builder, tree);
  const written = has(tree, 'arguments') && { arguments: argumentsOf(builder, node(tree, 'arguments')) };
  const input = has(tree, 'input') && { input: argumentsOf(builder, node(tree, 'input')) };
  return { kind: 'step', span: spanOfNode(builder, tree), callee, ...written, ...input };
}

function deeper(builder: Builder, height: number, tree: CstNode, build: () => ast.Expression): ast.Expression {
  return builder.deeper(height, tree, build) ?? { kind: 'tuple', span: spanOfNode(builder, tree), items: [] };
}
