// Names in chains: what each step is, which of its arguments are values that flow, and what the others are called.

import type { Argument, BlockDefinition, CallStep, Chain, Expression, ParallelStep } from '../../../grammar/ast.ts';
import type { Operator } from '../../ir/operator.ts';
import { isBlank } from '../blanks.ts';
import { bindArguments, operatorCallable } from '../values/arguments.ts';
import type { Callable } from '../values/arguments.ts';
import { blockCallable, inputsOf, valueChain } from '../values/calls.ts';
import { attributeKnown, bind, namedBy, operatorKnown, wordKnown } from './bindings.ts';
import { classifyForBlock, classifyForOperator, parted } from './classify.ts';
import type { Classified } from './classify.ts';
import { isForeign, lookupOperator } from './foreign.ts';
import { foreignArguments } from './foreign/arguments.ts';
import { numbersOneByOne, sidesOneByOne, wordWithoutName } from './foreign/numbers.ts';
import * as misuse from './misuse.ts';
import { bindParameterNames } from './parameters.ts';
import { either, expression, unknownValue } from './resolve-expression.ts';
import { operation } from './resolve-operation.ts';
import { flows, quietly, report, unknownStepAt, unread, use, whole } from './resolver.ts';
import type { Resolver } from './resolver.ts';
import { lookup } from './scope.ts';
import type { Entry, Scope } from './scope.ts';
import { calledWithInput, flowingPart, listOfValues, noArithmetic } from './traps.ts';

/** Resolves the steps of a chain and the shape behind it. */
export function chain(resolver: Resolver, { steps, shape }: Chain, scope: Scope): void {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'parallel') parallel(resolver, step, scope);
    else if (step.kind === 'operation') operation(resolver, step.value, scope);
    else call(resolver, step, scope, { first: index === 0, partial: false });
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
  for (const { body } of step.begun ?? []) unread(resolver, () => resolver.inner(body, scope));
  for (const inner of step.held?.bodies ?? []) resolver.inner(inner, scope);
  call(resolver, step.join, scope, { first: false, partial: false });
  const { name, span } = step.join.callee;
  const operator = lookup(scope, name) ? undefined : lookupOperator(resolver.operators, name);
  if (operator && (operator.arity?.max ?? 1) < 2) report(resolver, misuse.joinOfOne(operator, span));
}

interface Standing {
  /** The step begins its chain. */
  readonly first: boolean;
  /** More arguments may be given to it later. */
  readonly partial: boolean;
}

function call(resolver: Resolver, step: CallStep, scope: Scope, standing: Standing): void {
  const { first, partial } = standing;
  const { name, span } = step.callee;
  const given = step.arguments ?? [];
  const entry = lookup(scope, name);
  if (entry) use(resolver, entry, span);
  const operator = entry ? undefined : lookupOperator(resolver.operators, name);
  if (operator) bind(resolver.table, span, operatorKnown(resolver.table, operator));
  if (step.input && (entry || operator)) {
    whole(resolver, step, scope, () => report(resolver, calledWithInput(step, first)));
    return quietly(resolver, () => {
      if (operator) operatorCall(resolver, operator, step, scope, standing);
      else either(resolver, given, scope);
      either(resolver, step.input ?? [], scope);
    });
  }
  if (operator) return operatorCall(resolver, operator, step, scope, standing);
  if (entry?.kind === 'block') return blockCall(resolver, entry, step, scope, partial);
  if (entry?.kind === 'step') {
    if (!resolver.disputed.has(entry)) resolver.table.calls.set(step, { kind: 'step' });
    // A name that means nothing may be a word of the step, which is known when it is expanded.
    const known = given.filter(
      ({ value }) => value.kind !== 'name' || flows(resolver, value, scope) || lookup(scope, value.name),
    );
    return either(resolver, known, scope);
  }
  // One mistake: its arguments are read with it, in that framework's words.
  if (!entry && isForeign(name)) {
    whole(resolver, step, scope, () => resolver.foreign.push(unknownStepAt(resolver, step, scope, first)));
    return quietly(resolver, () => either(resolver, [...given, ...(step.input ?? [])], scope));
  }
  // Whether a step that is not known takes values is not known either.
  if (!entry) either(resolver, given, scope);
  else if (entry.kind === 'value' || entry.kind === 'values') quietly(resolver, () => either(resolver, given, scope));
  else for (const { value } of given) expression(resolver, value, scope);
  if (entry?.kind === 'missing') return;
  if (!entry) {
    if (resolver.quiet === 0) report(resolver, unknownStepAt(resolver, step, scope, first).diagnostic);
    quietly(resolver, () => either(resolver, step.input ?? [], scope));
  } else if (entry.kind === 'network') report(resolver, misuse.networkAsStep(name, span));
  else if (partial || (entry.kind !== 'value' && entry.kind !== 'values'))
    report(resolver, misuse.notAStep(name, span, entry, lookupOperator(resolver.operators, name) !== undefined));
  else if (!first) report(resolver, misuse.valueInChain(step));
  else {
    if (!resolver.disputed.has(entry)) resolver.table.calls.set(step, { kind: 'value' });
    if (step.arguments) report(resolver, misuse.valueWithArguments(step));
  }
}

function blockCall(
  resolver: Resolver,
  entry: Extract<Entry, { kind: 'block' }>,
  step: CallStep,
  scope: Scope,
  partial: boolean,
): void {
  const { definition, module } = entry;
  const given = step.arguments ?? [];
  const classified = classifyForBlock(definition, given, () => scope, resolver.operators);
  if (!resolver.disputed.has(entry))
    resolver.table.calls.set(step, { kind: 'block', definition, module, given: classified });
  bindParameterNames(resolver.table, given, definition);
  blockArguments(resolver, classified, scope, valuesTaken(definition), step);
  // Nothing is known about parameters that could not be read.
  if (definition.partial || definition.body.incomplete) return;
  boundTo(resolver, parted(classified).others, blockCallable(definition), step, scope, partial);
}

/** Reports arguments that do not fit; more may be given to a `partial` step later. */
function boundTo(
  resolver: Resolver,
  given: readonly Argument[],
  callable: Callable,
  { span }: CallStep,
  scope: Scope,
  partial: boolean,
): void {
  // A name that means nothing may be that of a value, which is no argument too many.
  const unknown = given.some(({ name, value }) => !name && value.kind === 'name' && !lookup(scope, value.name));
  bindArguments(given, callable, span, (diagnostic) => {
    const isConsequence = { 'argument/missing': partial, 'argument/too-many': unknown }[diagnostic.code];
    if (!isConsequence) report(resolver, diagnostic);
  });
}

/** How many values a block takes besides the one that flows. */
function valuesTaken(definition: BlockDefinition): number {
  const inputs = inputsOf(definition);
  // An input that could not be read may be missing.
  return definition.partial || definition.body.incomplete || inputs.some(({ list }) => list)
    ? Infinity
    : Math.max(0, inputs.length - 1);
}

/** Resolves the arguments of a block, a network or an alias, which take `most` values. */
export function blockArguments(
  resolver: Resolver,
  classified: readonly Classified[],
  scope: Scope,
  most: number,
  { callee }: Pick<CallStep, 'callee'>,
): void {
  let values = 0;
  for (const one of classified) {
    const { value } = one.argument;
    if (one.kind === 'block') blockArgument(resolver, value, scope);
    else if (one.kind !== 'value') {
      const joins = !one.argument.name && values < most;
      if (!joins || !unknownValue(resolver, value, scope, { numbers: true })) expression(resolver, value, scope);
    } else {
      values += 1;
      if (values <= most) resolver.chain(one.chain, scope);
      else {
        report(resolver, misuse.valueForBlock(callee.name, one.argument, most));
        quietly(resolver, () => resolver.chain(one.chain, scope));
      }
    }
  }
}

/** Resolves what is given to a parameter of type `block`: a step, to which more arguments may be given where it is called. */
export function blockArgument(resolver: Resolver, node: Expression, scope: Scope): void {
  if (node.kind === 'conditional') {
    expression(resolver, node.condition, scope);
    blockArgument(resolver, node.then, scope);
    return blockArgument(resolver, node.otherwise, scope);
  }
  const [step] = node.kind === 'name' || node.kind === 'call' ? valueChain(node).steps : [];
  if (step?.kind === 'step') call(resolver, step, scope, { first: false, partial: true });
  else expression(resolver, node, scope);
}

function operatorCall(
  resolver: Resolver,
  operator: Operator,
  step: CallStep,
  scope: Scope,
  { first, partial }: Standing,
): void {
  const classified = classifyForOperator(operator, step.arguments ?? [], () => scope, resolver.operators);
  const { values, others: attributes } = parted(classified);
  resolver.table.calls.set(step, { kind: 'operator', operator, given: classified });
  for (const { name } of attributes) {
    if (name && Object.hasOwn(operator.attributes, name.name))
      bind(resolver.table, name.span, attributeKnown(resolver.table, operator, name.name));
  }
  const said = saidAsWhole(resolver, operator, step, scope, first);
  if (said) return quietly(resolver, () => operatorArguments(resolver, classified, scope, false));
  operatorArguments(resolver, classified, scope, (operator.arity?.max ?? 1) > 1);
  if (values.length > 0 && (operator.arity?.max ?? 1) < 2) {
    const { argument } = values[0]!;
    if (!isDisputed(resolver, argument.value, scope))
      report(resolver, misuse.valueForOperator(operator, step, argument, first));
  } else {
    boundTo(resolver, attributes, operatorCallable(operator), step, scope, partial);
  }
}

/** Sums and lists of values, and arguments in the words of other frameworks, are one mistake each. */
function saidAsWhole(resolver: Resolver, operator: Operator, step: CallStep, scope: Scope, first: boolean): boolean {
  if (resolver.quiet > 0) return true;
  const given = step.arguments ?? [];
  for (const { value } of given) {
    const part = flowingPart(value, (node: Expression) => flows(resolver, node, scope));
    if (!part) continue;
    const wrong = part.kind === 'binary' ? noArithmetic(part) : listOfValues(step, part, first, operator);
    whole(resolver, step, scope, () => report(resolver, wrong));
    return true;
  }
  const isKnown = (name: string): boolean =>
    lookup(scope, name) !== undefined || lookupOperator(resolver.operators, name) !== undefined;
  const written =
    numbersOneByOne(step, operator) ??
    sidesOneByOne(step, operator) ??
    wordWithoutName(step, operator, isKnown) ??
    foreignArguments(step, operator);
  if (written) whole(resolver, step, scope, () => report(resolver, written));
  return written !== undefined;
}

/** `joins`: values may be among the arguments. */
function operatorArguments(resolver: Resolver, classified: readonly Classified[], scope: Scope, joins: boolean): void {
  for (const one of classified) {
    const { value, name } = one.argument;
    const words = one.kind === 'attribute' ? one.words : [];
    const numbers = one.kind === 'number' || (one.kind === 'attribute' && one.known && words.length === 0);
    if (one.kind === 'value' && isDisputed(resolver, value, scope))
      quietly(resolver, () => resolver.chain(one.chain, scope));
    else if (one.kind === 'value') resolver.chain(one.chain, scope);
    else if (one.kind === 'word') bind(resolver.table, value.span, wordKnown(resolver.table, 'word', wordIn(value)));
    else if (joins && !name && unknownValue(resolver, value, scope, { words, numbers })) continue;
    // What is given to an argument that does not exist says nothing by itself.
    else if (one.kind === 'attribute' && !one.known && name)
      quietly(resolver, () => expression(resolver, value, scope));
    else expression(resolver, value, scope, words);
  }
}

/** Whether it is a name that was given twice, to different things: which of them is meant is not known. */
function isDisputed({ disputed }: Resolver, node: Expression, scope: Scope): boolean {
  const entry = node.kind === 'name' ? lookup(scope, node.name) : undefined;
  return entry !== undefined && disputed.has(entry);
}

function wordIn(value: Expression): string {
  return value.kind === 'name' ? value.name : '';
}
