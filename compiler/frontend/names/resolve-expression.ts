// Names in expressions: variables, constants, words and functions.

import type { Argument, CallStep, Expression } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { functions } from '../values/evaluate.ts';
import { isList, isNamedValue, valueChain } from '../values/calls.ts';
import { bind, wordKnown } from './bindings.ts';
import { isForeign, lookupOperator, unknownName } from './foreign.ts';
import { hiddenName } from './hidden.ts';
import * as misuse from './misuse.ts';
import { areFew, definitionOf, flows, markUsed, quietly, report, unknownStepAt, use, whole } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup, valuesOf, variablesOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { pythonRange } from './traps.ts';

/** Resolves what is known when compiling; `words` may stand there beside variables. */
export function expression(resolver: Resolver, node: Expression, scope: Scope, words: readonly string[] = []): void {
  const child = (inside: Expression): void => expression(resolver, inside, scope);
  switch (node.kind) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'size':
      return;
    case 'name':
      return named(resolver, node, scope, words);
    case 'call':
      return called(resolver, node, scope);
    case 'tuple':
    case 'list':
      return node.items.forEach(child);
    case 'unary':
      return child(node.operand);
    case 'binary':
      child(node.left);
      return child(node.right);
    case 'conditional':
      child(node.condition);
      child(node.then);
      return child(node.otherwise);
    case 'member':
      return child(node.tuple);
    case 'index':
      held(resolver, node, scope);
      return isList(node.list, scope) ? report(resolver, misuse.itemAsNumber(node)) : undefined;
    case 'property':
      return property(resolver, node, scope);
    case 'chain':
      // Reported when it is evaluated, unless it is an argument that may be a chain.
      return resolver.chain(node.chain, scope);
    default:
      node satisfies never;
  }
}

/** Resolves a value or list of values of which an item, a property or the length is asked. */
export function held(resolver: Resolver, node: Expression, scope: Scope): void {
  if (node.kind === 'index') {
    held(resolver, node.list, scope);
    return expression(resolver, node.index, scope);
  }
  if (node.kind === 'list') return node.items.forEach((item) => held(resolver, item, scope));
  const entry = node.kind === 'name' ? lookup(scope, node.name) : undefined;
  if (entry?.kind === 'value' || entry?.kind === 'values') use(resolver, entry, node.span);
  else expression(resolver, node, scope);
}

function property(resolver: Resolver, node: Extract<Expression, { kind: 'property' }>, scope: Scope): void {
  if (!isNamedValue(node.value, scope)) {
    report(resolver, misuse.propertyOfNoValue(node, isList(node.value, scope)));
    markUsed(resolver, node.value, scope);
    return quietly(resolver, () => held(resolver, node.value, scope));
  }
  held(resolver, node.value, scope);
  const { name, span } = node.name;
  bind(resolver.table, span, wordKnown(resolver.table, 'word', name));
}

function named(
  resolver: Resolver,
  node: Extract<Expression, { kind: 'name' }>,
  scope: Scope,
  words: readonly string[],
): void {
  const entry = lookup(scope, node.name);
  if (entry) {
    use(resolver, entry, node.span);
    if (!['variable', 'const', 'missing'].includes(entry.kind)) report(resolver, misuse.noNumber(node, entry));
    return;
  }
  if (resolver.quiet > 0) return;
  const hidden = hiddenName(resolver, node, scope);
  if (hidden) return report(resolver, hidden);
  if (words.includes('same') && node.name.toLowerCase() === 'valid')
    return report(resolver, misuse.validPadding(node.name, node.span));
  if (words.length === 0 && lookupOperator(resolver.operators, node.name))
    return report(resolver, misuse.operatorAsNumber(node));
  const variables = areFew(resolver) ? [...words, ...variablesOf(scope)] : words;
  const nearest = unknownName(node, variables, words.length > 0 ? 'variable or word' : 'variable');
  const isGuess = nearest.fixes?.some(({ edits }) => edits);
  const unknown = {
    ...nearest,
    ...(words.length > 0 && { expected: `${words.join(', ')}, or the name of a variable` }),
    ...(words.length > 1 &&
      !isGuess && { fixes: [{ message: `write ${words.slice(0, -1).join(', ')} or ${words.at(-1)!}` }] }),
  };
  // What was most likely meant is not unused.
  const meant = lookup(scope, unknown.fixes?.[0]?.edits?.[0]?.text ?? '');
  if (meant) resolver.used.add(meant);
  report(resolver, unknown);
}

/**
 * Reports an argument or operand that is a name without meaning, where a value may stand, or a number if `numbers`. False where it
 * is anything else, or nearer to one of the words.
 */
export function unknownValue(
  resolver: Resolver,
  node: Expression,
  scope: Scope,
  { words = [], numbers }: { readonly words?: readonly string[]; readonly numbers: boolean },
): boolean {
  if (node.kind !== 'name' || lookup(scope, node.name) || lookupOperator(resolver.operators, node.name)) return false;
  if (resolver.quiet > 0) return true;
  const known = areFew(resolver) ? [...valuesOf(scope), ...(numbers ? variablesOf(scope) : []), ...words] : words;
  const unknown = unknownName(node, known, numbers ? 'value or variable' : 'value');
  const meant = unknown.fixes?.[0]?.edits?.[0]?.text ?? '';
  if (words.includes(meant)) return false;
  const entry = lookup(scope, meant);
  if (entry) resolver.used.add(entry);
  report(resolver, hiddenName(resolver, node, scope) ?? unknown);
  return true;
}

function called(resolver: Resolver, node: Extract<Expression, { kind: 'call' }>, scope: Scope): void {
  const { callee, arguments: given, span } = node;
  const arity = functions.get(callee.name);
  if (!arity && isForeign(callee.name)) {
    const step: CallStep = { kind: 'step', callee, arguments: given, span };
    whole(resolver, step, scope, () => resolver.foreign.push(unknownStepAt(resolver, step, scope, false)));
    return quietly(resolver, () => either(resolver, given, scope));
  }
  if (arity) bind(resolver.table, callee.span, wordKnown(resolver.table, 'function', callee.name));
  const each = callee.name === 'len' ? held : expression;
  for (const argument of given) each(resolver, argument.value, scope);
  if (!arity) {
    const entry = lookup(scope, callee.name);
    if (entry) bind(resolver.table, callee.span, definitionOf(resolver, entry));
    if (resolver.quiet === 0) report(resolver, unknownFunction(node));
  } else if (given.some(({ name }) => name)) report(resolver, misuse.namedForFunction(node));
  else if (given.length < arity.min || given.length > arity.max) {
    const expected = arity.min === arity.max ? `${arity.min}` : `${arity.min} or more`;
    report(resolver, misuse.argumentCount(node, expected));
  }
}

function unknownFunction(node: Extract<Expression, { kind: 'call' }>): Diagnostic {
  const { callee } = node;
  if (callee.name === 'range') return pythonRange(node);
  const unknown = unknownName(callee, functions.keys(), 'function');
  if (unknown.fixes?.some(({ edits }) => edits)) return unknown;
  const known = `the functions are ${[...functions.keys()].join(', ')}`;
  return { ...unknown, fixes: [{ message: instead.get(callee.name) ?? known }] };
}

/** Functions of other languages. */
const instead: ReadonlyMap<string, string> = new Map([
  ['int', 'floor(x), where x is not whole'],
  ['round', 'floor(x + 0.5)'],
  ['div', 'floor(a / b)'],
  ['enumerate', 'count: for i in 0..len(xs) { … }, and xs[i] for the item'],
  ['zip', 'count: for i in 0..len(xs) { … }, with xs[i] and ys[i]'],
  ['reversed', 'count: for i in 1..len(xs) + 1 { … }, and xs[-i] for the item'],
]);

/** Arguments of a step that is not known, which may take values. */
export function either(resolver: Resolver, given: readonly Argument[], scope: Scope): void {
  for (const { value } of given) {
    if (flows(resolver, value, scope)) valueArgument(resolver, value, scope);
    else expression(resolver, value, scope);
  }
}

/** Resolves an argument that is a value which flows. */
export function valueArgument(resolver: Resolver, value: Expression, scope: Scope): void {
  resolver.chain(valueChain(value), scope);
}
