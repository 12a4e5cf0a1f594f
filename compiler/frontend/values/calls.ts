// What can be called and with what: parameters of blocks, and arguments that are values which flow.

import type { BlockDefinition, Chain, Expression, InputStatement, NetworkDefinition } from '../../../grammar/ast.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import type { Callable } from './arguments.ts';
import { functions } from './evaluate.ts';
import { joinOf } from './numbers.ts';
import { isForeign, lookupOperator } from '../names/foreign.ts';
import { lookup } from '../names/scope.ts';
import type { Scope } from '../names/scope.ts';

/** What can be given to a block or a network. */
export function blockCallable(definition: BlockDefinition | NetworkDefinition): Callable {
  const slots = definition.parameters.map((parameter) => ({ name: parameter.name.name, required: !parameter.default }));
  return { name: definition.name.name, slots };
}

/** The inputs that a block names; one without any takes the flowing value. */
export function inputsOf({ body }: BlockDefinition): readonly InputStatement[] {
  return body.statements.filter((statement) => statement.kind === 'input');
}

/** Whether a block gives a list: the results of `output a, b`, or a list that is its output. */
export function givesList({ body: { statements } }: BlockDefinition): boolean {
  const names = statements.flatMap((statement) => (statement.kind === 'output' ? statement.names : []));
  const [first] = names;
  if (!first) return false;
  return (
    names.length > 1 ||
    statements.some(
      (statement) =>
        ((statement.kind === 'for' || statement.kind === 'repeat') && statement.collect?.name === first.name) ||
        (statement.kind === 'input' && statement.list === true && statement.name.name === first.name),
    )
  );
}

/** Whether an argument is a value that flows (a name, a step, a chain, arithmetic on one) rather than a number known when compiling. */
export function isValueArgument(node: Expression, scope: Scope, operators: OperatorTable): boolean {
  const isOne = (inner: Expression): boolean => isValueArgument(inner, scope, operators);
  switch (node.kind) {
    case 'chain':
      return true;
    case 'name':
    case 'call':
      return isFlowingName(node, scope, operators);
    case 'index':
      return isList(node.list, scope);
    case 'unary':
      return node.operator === '-' && isOne(node.operand);
    case 'binary':
      return joinOf(node.operator) !== undefined && (isOne(node.left) || isOne(node.right));
    case 'conditional':
      return isOne(node.then) || isOne(node.otherwise);
    default:
      return false;
  }
}

function isFlowingName(
  node: Extract<Expression, { kind: 'name' | 'call' }>,
  scope: Scope,
  operators: OperatorTable,
): boolean {
  const name = node.kind === 'name' ? node.name : node.callee.name;
  const entry = lookup(scope, name);
  if (node.kind === 'call' && functions.has(name) && entry?.kind !== 'block' && entry?.kind !== 'step') return false;
  if (entry) return ['value', 'values', 'block', 'step'].includes(entry.kind);
  // A step in the words of another framework is a step, too: what it is called here is said where it is resolved.
  return lookupOperator(operators, name) !== undefined || (node.kind === 'call' && isForeign(name));
}

/** Whether an expression is a list of values that flow: a name that `collect` or `input xs[]` gives, or `[a, b]`. */
export function isList(node: Expression, scope: Scope): boolean {
  if (node.kind === 'name') return lookup(scope, node.name)?.kind === 'values';
  if (node.kind === 'conditional') return isList(node.then, scope) || isList(node.otherwise, scope);
  return node.kind === 'list' && node.items.length > 0 && node.items.every((item) => isNamedValue(item, scope));
}

/** Whether an expression is the name of a value, or an item of a list of values. */
export function isNamedValue(node: Expression, scope: Scope): boolean {
  if (node.kind === 'index') return isList(node.list, scope);
  return node.kind === 'name' && lookup(scope, node.name)?.kind === 'value';
}

/** Whether an expression is a step for a parameter of type `block`, and no value. */
export function isStep(node: Expression, scope: Scope, operators: OperatorTable): boolean {
  if (node.kind === 'conditional')
    return isStep(node.then, scope, operators) && isStep(node.otherwise, scope, operators);
  if (node.kind !== 'name' && node.kind !== 'call') return false;
  const entry = lookup(scope, node.kind === 'name' ? node.name : node.callee.name);
  return entry?.kind !== 'value' && entry?.kind !== 'values' && isFlowingName(node, scope, operators);
}

/** A value argument as the chain it stands for: the same for the same argument. */
export function valueChain(node: Expression): Chain {
  const known = chains.get(node);
  if (known) return known;
  const made = node.kind === 'chain' ? node.chain : { span: node.span, steps: [stepOf(node)] };
  chains.set(node, made);
  return made;
}

const chains = new WeakMap<Expression, Chain>();

function stepOf(node: Expression): Chain['steps'][number] {
  const { span } = node;
  if (node.kind === 'name') return { kind: 'step', callee: { name: node.name, span }, span };
  if (node.kind === 'call') return { kind: 'step', callee: node.callee, arguments: node.arguments, span };
  return { kind: 'operation', value: node, span };
}
