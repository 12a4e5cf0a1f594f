// An operator as a step: its operands are what flows and its arguments, and its results flow on or get names.

import type { Argument, CallStep } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { withNumber } from '../../ops/with-number.ts';
import type { Operator } from '../../ir/operator.ts';
import { lacksValue, parted } from '../names/classify.ts';
import * as misuse from '../names/misuse.ts';
import { lookup } from '../names/scope.ts';
import type { Ref } from '../names/scope.ts';
import { flowsTwice, loneJoin } from '../names/traps.ts';
import { problem } from '../report.ts';
import { joinsNumbers } from '../values/numbers.ts';
import type { NodeItem } from './expansion.ts';
import { operandsOf } from './flows.ts';
import { operatorArguments } from './operator-arguments.ts';
import type { Callee, Evaluated } from './operator-arguments.ts';
import { fresh, nothingFlows, poison, sharedName } from './walk.ts';
import type { Flow, Place, StepOptions, Walk } from './walk.ts';

/** Expands an operator that is a step of a chain. */
export function operatorCall(
  walk: Walk,
  step: CallStep,
  callee: Callee,
  place: Place,
  flow: Flow,
  options: StepOptions,
): Flow {
  const { budget, reporter } = walk;
  const { operator, late } = callee;
  const { label, before, names, first } = options;
  const title = label?.name ?? place.naming.numbered(step.callee.name, step.span);
  const inside = label ? { ...place, naming: label.naming, looped: false } : place;
  const evaluated = operatorArguments(walk, step, callee, inside, flow);
  const { values, numbers, whole } = evaluated;
  const operands = [...operandsOf(walk, flow, step.span), ...values];
  // A list that was too long to go through gave none.
  if (budget.exhausted) return poison;
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  if (max === 1 && values.length > 0) {
    const argument = callee.given.find(({ kind }) => kind === 'value')!.argument;
    if (late) reporter.report(misuse.valueForOperator(operator, step, argument, first));
    return poison;
  }
  const fits =
    numbers.length > 0 ? operands.length + numbers.length === 2 : operands.length >= min && operands.length <= max;
  if (!fits && lacksValue(callee.given, callee.scopeOf)) return poison;
  if (numbers.length > 0) return joinNumber(walk, step, evaluated, operands, place, { ...options, title });
  if (!fits) {
    const code = 'none' in flow && max === 1 ? 'flow/nothing-flows' : 'argument/values';
    if (!reporter.repeats(code, step.span)) {
      const diagnostic =
        code === 'flow/nothing-flows' && 'none' in flow
          ? nothingFlows(step.span, flow.none)
          : fewValues(operator, operands.length, step.span);
      reporter.report(diagnostic);
    }
    return poison;
  }
  warn(walk, step, evaluated, operands, { place, flow, max, first });
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const results = names.length > 0 ? names.map(() => fresh(walk)) : [fresh(walk)];
  const { attributes, weights } = evaluated;
  addNode(walk, place, {
    operator,
    name: title,
    operands: whole ? operands : operands.map(() => undefined),
    results,
    attributes,
    weights,
    step,
    ...(late && { written: parted(callee.given).others }),
    before,
  });
  if (names.length === 0) return { ref: results[0] };
  for (const [index, result] of names.entries()) nameResult(walk, result, results[index], step.span, place);
  return { none: 'after several results a name must start the chain' };
}

/** Tells of a step, whose names are those of its place. */
export function addNode(walk: Walk, place: Place, item: Omit<NodeItem, 'origin' | 'weightsName' | 'slot'>): void {
  const weightsName = sharedName(place, item.name);
  walk.steps.node({
    ...item,
    ...(weightsName !== undefined && { weightsName, slot: place.shared!.slot }),
    origin: { span: item.step.span, scopes: place.scopes },
  });
  walk.taps.set(item.name, item.results[0]);
}

/** `mul(0.5)`: a number beside the one value that flows. */
function joinNumber(
  walk: Walk,
  step: CallStep,
  { numbers, whole }: Pick<Evaluated, 'numbers' | 'whole'>,
  operands: readonly Ref[],
  place: Place,
  { before, title }: Pick<StepOptions, 'before'> & { readonly title: string },
): Flow {
  const { reporter } = walk;
  const { name } = step.callee;
  if (operands.length !== 1 || numbers.length !== 1) {
    reporter.report(
      problem('argument/values', step.span, `\`${name}\` takes a number beside one value`, {
        found: `${operands.length} ${operands.length === 1 ? 'value' : 'values'} and ${numbers.length} ${numbers.length === 1 ? 'number' : 'numbers'}`,
        expected: 'a value that flows, and a number',
        fixes: [{ message: `one after the other: ${name}(x) -> ${name}(1)` }],
      }),
    );
    return poison;
  }
  const [number] = numbers;
  if (number === undefined || !whole) return poison;
  return applyNumber(walk, step, name, { value: operands[0], number, side: 'right' }, place, { before, title });
}

/** A node that joins a value with a number, which stands on that side. */
export function applyNumber(
  walk: Walk,
  step: CallStep,
  join: string,
  { value, number, side }: { readonly value: Ref; readonly number: number; readonly side: 'left' | 'right' },
  place: Place,
  { before, title }: Pick<StepOptions, 'before'> & { readonly title: string },
): Flow {
  const { budget, operators, reporter } = walk;
  if (!joinsNumbers(join)) return poison;
  if (join === 'div' && side === 'right' && number === 0) {
    reporter.report(
      problem('value/divide-by-zero', step.span, 'division by zero', {
        found: textOf(step.span),
        expected: 'a divisor that is not 0',
        fixes: [{ message: 'choose another divisor' }],
      }),
    );
    return poison;
  }
  const { operator, attributes } = withNumber(join, number, side);
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const ref = fresh(walk);
  addNode(walk, place, {
    operator: operators.get(operator)!,
    name: title,
    operands: [value],
    results: [ref],
    attributes,
    weights: new Map(),
    step,
    before,
  });
  return { ref };
}

/** What is allowed and hardly meant: a join of one value, or of a value with itself. */
function warn(
  { reporter }: Walk,
  step: CallStep,
  { values, whole }: Evaluated,
  operands: readonly Ref[],
  {
    place,
    flow,
    max,
    first,
  }: { readonly place: Place; readonly flow: Flow; readonly max: number; readonly first: boolean },
): void {
  if (max <= 1) return;
  // Of what is not known after a mistake, there may be several.
  const single = 'ref' in flow && flow.ref !== undefined;
  if (operands.length === 1 && values.length === 0 && whole && single) reporter.report(loneJoin(step));
  // Where each value has a part of its own, as queries and keys have, one may play several.
  const again = first && whole && max === Infinity ? flowingArgument(step, place, flow) : undefined;
  if (again) reporter.report(flowsTwice(step, again.argument, again.list));
}

/** The argument that is a name for what flows, or for a list that holds it. */
function flowingArgument(
  { arguments: given = [] }: CallStep,
  { scope }: Place,
  flow: Flow,
): { readonly argument: Argument; readonly list: boolean } | undefined {
  const flowing = new Set('refs' in flow ? flow.refs : 'ref' in flow ? [flow.ref] : []);
  for (const argument of given) {
    const entry = argument.value.kind === 'name' ? lookup(scope, argument.value.name) : undefined;
    if ((entry?.kind !== 'value' && entry?.kind !== 'values') || entry.given) continue;
    const refs = entry.kind === 'value' ? [entry.ref] : (entry.items ?? []).map(({ ref }) => ref);
    if (refs.some((ref) => ref !== undefined && flowing.has(ref))) return { argument, list: entry.kind === 'values' };
  }
  return undefined;
}

/** Gives a name to one of several results. */
export function nameResult(walk: Walk, name: string, ref: Ref, span: Span, place: Place): void {
  place.scope.names.set(name, { kind: 'value', ref, span });
  walk.taps.set(place.naming.labelled(name, span, place.looped), ref);
}

/** The error of a step that takes another number of values. */
export function fewValues({ name, arity = { min: 1, max: 1 } }: Operator, found: number, span: Span): Diagnostic {
  const { min, max } = arity;
  const range = min === max ? `${min}` : Number.isFinite(max) ? `${min} to ${max}` : `${min} or more`;
  const others = ['a', 'b', 'c', 'd'].slice(0, min - 1).join(', ');
  const advice =
    max === 1
      ? `join them before it: \`concat -> ${textOf(span).split('\n', 1)[0]!}\``
      : max === Infinity
        ? `name another value and give it: \`${name}(stem)\``
        : `give it ${min} in all: \`x -> ${name}(${others})\``;
  return problem('argument/values', span, `\`${name}\` takes ${range} ${range === '1' ? 'value' : 'values'}`, {
    found: `${found}`,
    expected: range,
    notes: ['the flowing value counts, further ones are arguments'],
    fixes: [{ message: advice }],
  });
}
