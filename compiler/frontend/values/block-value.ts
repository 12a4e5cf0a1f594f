// What is given to a parameter of type `block`: a block or an operator, with arguments that are bound to it.

import type { Expression } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { lookupOperator } from '../names/foreign.ts';
import { lookup } from '../names/scope.ts';
import type { BlockValue, GivenArgument } from '../names/scope.ts';
import { BOOL, mismatch } from './convert-at.ts';
import { evaluate, evaluateAs } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';

/** The block that an expression names, `group_norm(32)`. Its arguments are evaluated where it is called, each in its own scope. */
export function blockValue(node: Expression, at: Evaluation, parameter: string): BlockValue | undefined {
  if (node.kind === 'conditional') {
    const condition = evaluateAs(node.condition, BOOL, at, '`if`');
    return condition?.kind === 'bool'
      ? blockValue(condition.value ? node.then : node.otherwise, at, parameter)
      : undefined;
  }
  if (node.kind !== 'name' && node.kind !== 'call') {
    const value = evaluate(node, at);
    if (value) at.report(mismatch(value, 'block', node, `\`${parameter}\``));
    return undefined;
  }
  if (!at.work()) return undefined;
  const name = node.kind === 'name' ? node.name : node.callee.name;
  const written = node.kind === 'name' ? [] : node.arguments;
  const given = written.map((argument): GivenArgument => ({ argument, scope: at.scope }));
  const text = textOf(node.span);
  const entry = lookup(at.scope, name);
  if (entry?.kind === 'block') {
    const { definition, module } = entry;
    return { kind: 'block', target: { kind: 'block', definition, module }, given, text };
  }
  if (entry?.kind === 'step') {
    const { step } = entry;
    if (step?.kind !== 'block') return step && { kind: 'block', target: step, given, text };
    return { ...step, given: joined(step.given, given), text: written.length > 0 ? text : step.text };
  }
  const operator = entry ? undefined : lookupOperator(at.operators, name);
  return operator && { kind: 'block', target: { kind: 'operator', operator }, given, text };
}

/** Arguments that are bound and those of a call: by position first, and a name that is given again counts. */
export function joined(bound: readonly GivenArgument[], given: readonly GivenArgument[]): readonly GivenArgument[] {
  const named = (one: GivenArgument): string | undefined => one.argument.name?.name;
  const own = new Set(given.flatMap((one) => named(one) ?? []));
  return [
    ...bound.filter((one) => named(one) === undefined),
    ...given.filter((one) => named(one) === undefined),
    ...bound.filter((one) => named(one) !== undefined && !own.has(named(one)!)),
    ...given.filter((one) => named(one) !== undefined),
  ];
}
