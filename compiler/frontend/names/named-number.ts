// `half = x.channels / 2`: a number that is given a name without `const`. It is read as the constant it is meant to be, so that its uses
// are no further mistakes.

import type { Expression, FlowStatement } from '../../../grammar/ast.ts';
import { repair } from '../../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { plainValue } from '../../../grammar/refusals/line-start.ts';
import { textOf } from '../../../grammar/source.ts';
import type { OperatorTable } from '../../ir/operator.ts';
import { problem } from '../report.ts';
import { isValueArgument } from '../values/calls.ts';
import { functions } from '../values/evaluate.ts';
import { lookupOperator } from './foreign.ts';
import { lookup } from './scope.ts';
import type { Scope } from './scope.ts';

/** The number that the statement names; undefined where it is a chain. */
export function namedNumber(
  { names, chain: { steps, shape } }: FlowStatement,
  scope: Scope,
  operators: OperatorTable,
): Expression | undefined {
  const [step] = steps;
  if (names.length !== 1 || steps.length !== 1 || shape || !step) return undefined;
  if (step.kind === 'operation') return isNumber(step.value, scope, operators) ? step.value : undefined;
  if (step.kind !== 'step' || step.input) return undefined;
  const { callee, arguments: given, span } = step;
  // `n = classes`
  if (!given && lookup(scope, callee.name)?.kind === 'variable') return { kind: 'name', ...callee };
  const isFunction = given && functions.has(callee.name) && !lookup(scope, callee.name);
  const isCalled = isFunction && !lookupOperator(operators, callee.name);
  const flows = given?.some(({ value }) => isValueArgument(value, scope, operators));
  return isCalled && (!flows || callee.name === 'len') ? { kind: 'call', span, callee, arguments: given } : undefined;
}

/** Whether it is calculated from numbers alone. */
function isNumber(node: Expression, scope: Scope, operators: OperatorTable): boolean {
  return (
    ['binary', 'unary', 'conditional', 'member', 'property'].includes(node.kind) &&
    !isValueArgument(node, scope, operators)
  );
}

/** What is said of it. */
export function withoutConst({ names: [name], span }: FlowStatement, number: Expression): Diagnostic {
  return problem('syntax/value', number.span, plainValue, {
    found: textOf(number.span),
    expected: 'a step, or const before the name',
    fixes: [repair({ ...span, end: span.start }, 'const ', `write const ${name!.name} = …`)],
  });
}
