// What can be called and with what: parameters of blocks, and arguments that are values which flow.

import type { BlockDefinition, Chain, Expression, NetworkDefinition } from '../../../grammar/ast.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { Callable } from './arguments.ts';
import { functions } from './evaluate.ts';
import { isForeign, lookupOperator } from '../names/foreign.ts';
import { lookup } from '../names/scope.ts';
import type { Scope } from '../names/scope.ts';

/** What can be given to a block or a network. */
export function blockCallable(definition: BlockDefinition | NetworkDefinition): Callable {
  const slots = definition.parameters.map((parameter) => ({ name: parameter.name.name, required: !parameter.default }));
  return { name: definition.name.name, slots };
}

/** Whether an argument is a value that flows (a name, a step, a chain) rather than a number known when compiling. */
export function isValueArgument(node: Expression, scope: Scope, operators: OperatorTable): boolean {
  if (node.kind === 'chain') return true;
  if (node.kind !== 'name' && node.kind !== 'call') return false;
  const name = node.kind === 'name' ? node.name : node.callee.name;
  const entry = lookup(scope, name);
  if (node.kind === 'call' && functions.has(name) && entry?.kind !== 'block') return false;
  if (entry) return entry.kind === 'value' || entry.kind === 'block';
  // A step in the words of another framework is a step, too: what it is called here is said where it is resolved.
  return lookupOperator(operators, name) !== undefined || (node.kind === 'call' && isForeign(name));
}

/** A value argument as the chain it stands for. */
export function valueChain(node: Expression): Chain | undefined {
  if (node.kind === 'chain') return node.chain;
  if (node.kind === 'name') {
    return {
      span: node.span,
      steps: [{ kind: 'step', callee: { name: node.name, span: node.span }, span: node.span }],
    };
  }
  if (node.kind !== 'call') return undefined;
  return {
    span: node.span,
    steps: [{ kind: 'step', callee: node.callee, arguments: node.arguments, span: node.span }],
  };
}
