// Names in arithmetic on values, `a - b`, and in other heads of chains that are expressions: `xs[-1]`, `(a, b)`.

import type { Expression } from '../../../grammar/ast.ts';
import { isNamedValue, valueChain } from '../values/calls.ts';
import { joinOf } from '../values/numbers.ts';
import * as misuse from './misuse.ts';
import { expression, held, unknownValue } from './resolve-expression.ts';
import { flows, quietly, report } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Scope } from './scope.ts';
import { noArithmetic } from './traps.ts';

/** Resolves a head that is an expression. A number in it is an operand; alone it cannot flow. */
export function operation(resolver: Resolver, node: Expression, scope: Scope): void {
  if (node.kind === 'tuple' || node.kind === 'list') {
    for (const item of node.items) operation(resolver, item, scope);
  } else if (node.kind === 'binary' && joinOf(node.operator) === undefined) {
    report(resolver, noArithmetic(node));
    quietly(resolver, () => parts(resolver, node, scope));
  } else if (flows(resolver, node, scope)) parts(resolver, node, scope);
  // That a value is no list is said when it is expanded.
  else if (node.kind === 'index' && isNamedValue(node.list, scope)) held(resolver, node, scope);
  else {
    const errors = resolver.reporter.errors;
    expression(resolver, node, scope);
    // A name that means nothing may be one that could not be read.
    const isKnown = node.kind !== 'name' || lookup(scope, node.name) !== undefined;
    if (isKnown && resolver.reporter.errors === errors) report(resolver, misuse.numberAsStep(node));
  }
}

function parts(resolver: Resolver, node: Expression, scope: Scope): void {
  const operand = (inner: Expression): void => {
    if (flows(resolver, inner, scope)) parts(resolver, inner, scope);
    else if (unknownValue(resolver, inner, scope, { numbers: true })) return;
    else expression(resolver, inner, scope);
  };
  switch (node.kind) {
    case 'binary':
      operand(node.left);
      return operand(node.right);
    case 'unary':
      return operand(node.operand);
    case 'conditional':
      expression(resolver, node.condition, scope);
      operation(resolver, node.then, scope);
      return operation(resolver, node.otherwise, scope);
    case 'index':
      return held(resolver, node, scope);
    case 'name':
    case 'call':
    case 'chain':
      return resolver.chain(valueChain(node), scope);
    default:
      return expression(resolver, node, scope);
  }
}
