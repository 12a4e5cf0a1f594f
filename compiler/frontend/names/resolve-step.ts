// Names in chains: what each step is, which of its arguments are values that flow, and what the others are called.

import type { Argument, CallStep, Chain, Expression, ParallelStep } from '../../../grammar/ast.ts';
import type { Operator } from '../../ir/operator.ts';
import { isBlank } from '../blanks.ts';
import { bindArguments, operatorCallable } from '../values/arguments.ts';
import { blockCallable, valueChain } from '../values/calls.ts';
import { wordsOf } from '../values/written.ts';
import { attributeKnown, bind, namedBy, operatorKnown, wordKnown } from './bindings.ts';
import type { ValueArgument } from './bindings.ts';
import { isForeign, lookupOperator } from './foreign.ts';
import { foreignArguments } from './foreign/arguments.ts';
import * as misuse from './misuse.ts';
import { notYet } from './not-yet.ts';
import { bindParameterNames } from './parameters.ts';
import { either, expression, valueArgument } from './resolve-expression.ts';
import { flows, markUsed, quietly, report, unknownStepAt, use, whole } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Entry, Scope } from './scope.ts';
import { calledWithInput, flowingPart, listOfValues, sumOfValues } from './traps.ts';

/** Resolves the steps of a chain and the shape behind it. */
export function chain(resolver: Resolver, { steps, shape }: Chain, scope: Scope): void {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'parallel') parallel(resolver, step, scope);
    else if (step.kind === 'operation') report(resolver, notYet(step.span, 'arithmetic with values'));
    else call(resolver, step, scope, index === 0);
  }
  if (shape && resolver.quiet === 0 && isBlank(shape)) resolver.blanks.push(shape.span);
  for (const extent of shape?.items ?? []) if (extent) expression(resolver, extent, scope);
}

function parallel(resolver: Resolver, step: ParallelStep, scope: Scope): void {
  for (const { name, body } of step.paths) {
    if (name) {
      const part = step.span;
      bind(
        resolver.table,
        name.span,
        namedBy(resolver.table, name, () => ({ kind: 'path', name: name.name, span: name.span, scope: part })),
        true,
      );
    }
    resolver.inner(body, scope);
  }
  call(resolver, step.join, scope, false);
  const { name, span } = step.join.callee;
  const operator = lookup(scope, name) ? undefined : lookupOperator(resolver.operators, name);
  if (operator && (operator.arity?.max ?? 1) < 2) report(resolver, misuse.joinOfOne(operator, span));
}

function call(resolver: Resolver, step: CallStep, scope: Scope, first: boolean): void {
  const { name, span } = step.callee;
  const given = step.arguments ?? [];
  const entry = lookup(scope, name);
  if (entry) use(resolver, entry, span);
  const operator = entry ? undefined : lookupOperator(resolver.operators, name);
  if (operator) bind(resolver.table, span, operatorKnown(resolver.table, operator));
  if (step.input && (entry || operator)) {
    whole(resolver, step, scope, () => report(resolver, calledWithInput(step, first)));
    return quietly(resolver, () => {
      if (operator) operatorCall(resolver, operator, step, scope, first);
      else either(resolver, given, scope);
      either(resolver, step.input ?? [], scope);
    });
  }
  if (operator) return operatorCall(resolver, operator, step, scope, first);
  if (entry?.kind === 'block') return blockCall(resolver, entry, step, scope);
  // One mistake: its arguments are read with it, in that framework's words.
  if (!entry && isForeign(name)) {
    whole(resolver, step, scope, () => resolver.foreign.push(unknownStepAt(resolver, step, scope, first)));
    return quietly(resolver, () => either(resolver, [...given, ...(step.input ?? [])], scope));
  }
  // Whether a step that is not known takes values is not known either.
  if (!entry) either(resolver, given, scope);
  else for (const { value } of given) expression(resolver, value, scope);
  if (entry?.kind === 'missing') return;
  if (!entry) {
    if (resolver.quiet === 0) report(resolver, unknownStepAt(resolver, step, scope, first).diagnostic);
    quietly(resolver, () => either(resolver, step.input ?? [], scope));
  } else if (entry.kind === 'network') report(resolver, misuse.networkAsStep(name, span));
  else if (entry.kind !== 'value') report(resolver, misuse.notAStep(name, span, entry));
  else if (!first) report(resolver, misuse.valueInChain(step));
  else {
    if (!resolver.disputed.has(entry)) resolver.table.calls.set(step, { kind: 'value' });
    if (step.arguments) report(resolver, misuse.valueWithArguments(step));
  }
}

function blockCall(resolver: Resolver, entry: Extract<Entry, { kind: 'block' }>, step: CallStep, scope: Scope): void {
  const { definition, module } = entry;
  if (!resolver.disputed.has(entry)) resolver.table.calls.set(step, { kind: 'block', definition, module });
  const given = step.arguments ?? [];
  bindParameterNames(resolver.table, given, definition);
  for (const argument of given) {
    if (!flows(resolver, argument.value, scope)) expression(resolver, argument.value, scope);
    else {
      report(resolver, misuse.valueForBlock(step.callee.name, argument));
      quietly(resolver, () => valueArgument(resolver, argument.value, scope));
    }
  }
  // Nothing is known about parameters that could not be read.
  if (definition.body.incomplete) return;
  const plain = given.filter(({ value }) => !flows(resolver, value, scope));
  bindArguments(plain, blockCallable(definition), step.span, (diagnostic) => report(resolver, diagnostic));
}

/** An argument of an operator, and what it is. */
type Classified = { readonly argument: Argument } & (
  | { readonly kind: 'value'; readonly chain: Chain }
  /** A word such as `same`. */
  | { readonly kind: 'word' }
  /** `words` may stand there, too; `known` is false where the operator has no such attribute. */
  | { readonly kind: 'attribute'; readonly words: readonly string[]; readonly known: boolean }
);

/** Values flow, whatever stands before them; other arguments without a name count. */
function classify(resolver: Resolver, operator: Operator, given: readonly Argument[], scope: Scope): Classified[] {
  const { slots } = operatorCallable(operator);
  let position = 0;
  return given.map((argument): Classified => {
    const { name, value } = argument;
    const slot = name?.name ?? slots[position]?.name;
    const spec = slot !== undefined && Object.hasOwn(operator.attributes, slot) ? operator.attributes[slot] : undefined;
    const words = spec ? wordsOf(spec) : [];
    const isWord = value.kind === 'name' && words.includes(value.name);
    const content = !isWord && !name && flows(resolver, value, scope) ? valueChain(value) : undefined;
    if (content) return { argument, kind: 'value', chain: content };
    if (!name) position += 1;
    return isWord ? { argument, kind: 'word' } : { argument, kind: 'attribute', words, known: spec !== undefined };
  });
}

function operatorCall(resolver: Resolver, operator: Operator, step: CallStep, scope: Scope, first: boolean): void {
  const classified = classify(resolver, operator, step.arguments ?? [], scope);
  const values = classified.flatMap((one): ValueArgument[] => (one.kind === 'value' ? [one] : []));
  const attributes = classified.flatMap(({ kind, argument }) => (kind === 'value' ? [] : [argument]));
  resolver.table.calls.set(step, { kind: 'operator', operator, values, attributes });
  for (const { name } of attributes) {
    if (name && Object.hasOwn(operator.attributes, name.name))
      bind(resolver.table, name.span, attributeKnown(resolver.table, operator, name.name));
  }
  const said = saidAsWhole(resolver, operator, step, scope, first);
  if (said) return quietly(resolver, () => operatorArguments(resolver, classified, scope));
  operatorArguments(resolver, classified, scope);
  if (values.length > 0 && (operator.arity?.max ?? 1) < 2)
    report(resolver, misuse.valueForOperator(operator, step, values[0]!.argument, first));
  else {
    bindArguments(attributes, operatorCallable(operator), step.span, (diagnostic) => report(resolver, diagnostic));
  }
}

/** Sums and lists of values, and arguments in the words of other frameworks, are one mistake each. */
function saidAsWhole(resolver: Resolver, operator: Operator, step: CallStep, scope: Scope, first: boolean): boolean {
  if (resolver.quiet > 0) return true;
  const given = step.arguments ?? [];
  for (const { value } of given) {
    const part = flowingPart(value, (node: Expression) => flows(resolver, node, scope));
    if (!part) continue;
    for (const argument of given) markUsed(resolver, argument.value, scope);
    const joins = (operator.arity?.max ?? 1) > 1;
    report(resolver, part.kind === 'binary' ? sumOfValues(step, part, first) : listOfValues(step, part, first, joins));
    return true;
  }
  const written = foreignArguments(step, operator);
  if (written) whole(resolver, step, scope, () => report(resolver, written));
  return written !== undefined;
}

function operatorArguments(resolver: Resolver, classified: readonly Classified[], scope: Scope): void {
  for (const one of classified) {
    const { value, name } = one.argument;
    if (one.kind === 'value') resolver.chain(one.chain, scope);
    else if (one.kind === 'word') bind(resolver.table, value.span, wordKnown(resolver.table, 'word', wordIn(value)));
    // What is given to an argument that does not exist says nothing by itself.
    else if (!one.known && name) quietly(resolver, () => expression(resolver, value, scope));
    else expression(resolver, value, scope, one.words);
  }
}

function wordIn(value: Expression): string {
  return value.kind === 'name' ? value.name : '';
}
