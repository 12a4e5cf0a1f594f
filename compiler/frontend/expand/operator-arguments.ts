// The arguments of an operator as it is expanded: values that flow, numbers of joins, attributes and weights.

import type { Argument, CallStep } from '../../../grammar/ast.ts';
import type { Attribute } from '../../ir/graph.ts';
import type { Attributes } from '../../ir/graph.ts';
import type { Operator } from '../../ir/operator.ts';
import { attributeValue, bindArguments, operatorCallable, weightsOf } from '../values/arguments.ts';
import type { WeightLiteral } from '../values/arguments.ts';
import { FLOAT } from '../values/convert-at.ts';
import { evaluateAs } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { parted } from '../names/classify.ts';
import type { Classified, ScopeOf, ValueArgument } from '../names/classify.ts';
import { unknownName } from '../names/foreign.ts';
import { lookup, variablesOf } from '../names/scope.ts';
import type { Ref } from '../names/scope.ts';
import { inputFirst } from '../names/traps.ts';
import { operandsOf } from './flows.ts';
import { evaluationAt, nothingFlows } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

/** An operator, and what it is given. */
export interface Callee {
  readonly operator: Operator;
  readonly given: readonly Classified[];
  readonly scopeOf: ScopeOf;
  /** Whether its arguments are first looked at here: those of a parameter of type `block`. */
  readonly late: boolean;
}

export interface Evaluated {
  readonly values: readonly Ref[];
  /** Numbers that it joins with; undefined after a mistake. */
  readonly numbers: readonly (number | undefined)[];
  readonly attributes: Attributes;
  readonly weights: ReadonlyMap<string, WeightLiteral>;
  /** False when an argument was wrong: the step is then not looked at further. */
  readonly whole: boolean;
}

/** Evaluates the arguments, each in the scope where it is written. */
export function operatorArguments(walk: Walk, step: CallStep, callee: Callee, place: Place, flow: Flow): Evaluated {
  const { operator, given: classified, scopeOf, late } = callee;
  const within = (argument: Argument): Place => {
    const scope = scopeOf(argument);
    return scope === place.scope ? place : { ...place, scope };
  };
  const { values: flowing, numbers: written, others: given } = parted(classified);
  const values = flowing.flatMap((one) => argumentValues(walk, one, within(one.argument), flow));
  const numbers = written.map(({ value, span }) => {
    const number = evaluateAs(value, FLOAT, evaluationAt(walk, place, span), 'the number');
    return number?.kind === 'float' ? number.value : undefined;
  });
  let whole = true;
  const bound = bindArguments(given, operatorCallable(operator), step.span, (diagnostic) => {
    whole = false;
    if (late) walk.reporter.report(diagnostic);
  });
  const attributes: Record<string, Attribute> = {};
  const weights = new Map<string, WeightLiteral>();
  for (const [name, argument] of bound) {
    const spec = operator.attributes[name]!;
    const at = attributeEvaluation(walk, step, callee, within(argument), argument);
    if (spec.type === 'weights') {
      const literal = weightsOf(name, argument.value, at);
      if (literal) weights.set(name, literal);
      else whole = false;
    } else {
      const value = attributeValue(name, spec, argument.value, at);
      if (value === undefined) {
        whole = false;
        if (late) unknownWord(argument, at);
      } else attributes[name] = value;
    }
  }
  return { values, numbers, attributes, weights, whole };
}

/** Says of `dense(3456, 10)` what it means. */
function attributeEvaluation(
  walk: Walk,
  step: CallStep,
  { operator, given }: Callee,
  place: Place,
  argument: Argument,
): Evaluation {
  const evaluation = evaluationAt(walk, place, argument.span);
  if (operator.name !== 'dense' || argument.name) return evaluation;
  const others = given.flatMap((one) => (one.kind === 'value' ? [] : [one.argument]));
  if (others.indexOf(argument) !== 1) return evaluation;
  return {
    ...evaluation,
    report: (diagnostic) =>
      evaluation.report(diagnostic.code === 'type/mismatch' ? inputFirst(step, operator) : diagnostic),
  };
}

/** A name that is neither a word of the operator nor a variable: which operator it is was not known before. */
function unknownWord({ value }: Argument, at: Evaluation): void {
  if (value.kind === 'name' && !lookup(at.scope, value.name))
    at.report(unknownName(value, variablesOf(at.scope), 'variable or word'));
}

/** The values of an argument that flows: a list gives all of its own. */
export function argumentValues(
  walk: Walk,
  { argument, chain: content }: ValueArgument,
  place: Place,
  flow: Flow,
): readonly Ref[] {
  const { budget, reporter } = walk;
  const { span } = argument.value;
  if (!budget.enter(place.depth, span, reporter.report)) return [undefined];
  const result = walk.chain(content, { ...place, depth: place.depth + 1 }, flow);
  if (!('none' in result)) return operandsOf(walk, result, span);
  reporter.report(nothingFlows(span, result.none));
  return [undefined];
}
