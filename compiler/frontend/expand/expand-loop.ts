// Loops and conditions as they are expanded: each body as often as it is taken.

import type { ForStatement, IfStatement, Pattern, RepeatStatement } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { innerScope } from '../names/scope.ts';
import type { FlowingValue, Scope } from '../names/scope.ts';
import { problem, replacement } from '../report.ts';
import { BOOL, INT, mismatch } from '../values/convert-at.ts';
import { evaluateAs, evaluateHeld } from '../values/evaluate.ts';
import { describeKind, formatValue, int } from '../values/types.ts';
import type { Value } from '../values/types.ts';
import { oneOf } from './flows.ts';
import { evaluationAt, poison } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

/** Expands a body a number of times. */
export function repeat(walk: Walk, item: RepeatStatement, place: Place, flow: Flow): Flow {
  const collected = collecting(walk, item, place);
  const { budget, reporter } = walk;
  const count = evaluateAs(item.count, INT, evaluationAt(walk, place, item.count.span), 'the count of `repeat`');
  if (count?.kind !== 'int') return poison;
  if (count.value < 0) {
    reporter.report(
      problem('value/negative', item.count.span, '`repeat` cannot run a negative number of times', {
        found: `${count.value}`,
        expected: 'at least 0',
        fixes: [replacement(item.count.span, `max(0, ${textOf(item.count.span)})`)],
      }),
    );
    return poison;
  }
  if (!budget.expand(count.value, item.count.span, '`repeat`', reporter.report)) return poison;
  for (let index = 0; index < count.value; index += 1) {
    const scope = innerScope(place.scope);
    if (item.index) {
      walk.steps.variable(item.index, int(index));
      scope.names.set(item.index.name, { kind: 'variable', value: int(index), span: item.index.span });
    }
    flow = walk.body(item.body, { ...place, scope, looped: true }, flow);
    if (budget.exhausted) return poison;
    collected.add(flow);
  }
  collected.done();
  return flow;
}

/** The list that `collect` makes of what flows at the end of each iteration; unknown until all of them are done. */
function collecting(walk: Walk, { collect, body }: Pick<RepeatStatement, 'collect' | 'body'>, { scope }: Place) {
  const items: FlowingValue[] = [];
  if (collect) scope.names.set(collect.name, { kind: 'values', items: undefined, span: collect.span });
  return {
    add(flow: Flow): void {
      if (collect) items.push({ kind: 'flowing', ref: oneOf(walk, flow, body.span) });
    },
    done(): void {
      if (collect) scope.names.set(collect.name, { kind: 'values', items, span: collect.span });
    },
  };
}

/** Expands a body once for each item of a list. */
export function loop(walk: Walk, item: ForStatement, place: Place, flow: Flow): Flow {
  const collected = collecting(walk, item, place);
  const { budget, reporter } = walk;
  const list = evaluateHeld(item.list, evaluationAt(walk, place, item.list.span));
  if (!list) return poison;
  if (list.kind !== 'list') {
    reporter.report(mismatch(list, 'list', item.list, 'what `for` runs over'));
    return poison;
  }
  if (!budget.expand(list.items.length, item.list.span, '`for`', reporter.report)) return poison;
  for (const value of list.items) {
    const scope = innerScope(place.scope);
    bindPattern(walk, item.pattern, value, scope);
    flow = walk.body(item.body, { ...place, scope, looped: true }, flow);
    if (budget.exhausted) return poison;
    collected.add(flow);
  }
  collected.done();
  return flow;
}

function bindPattern(walk: Walk, pattern: Pattern, value: Value | undefined, scope: Scope): void {
  if (pattern.kind === 'bind') {
    const { name, span } = pattern.name;
    walk.steps.variable(pattern.name, value);
    scope.names.set(
      name,
      value?.kind === 'flowing' ? { kind: 'value', ref: value.ref, span } : { kind: 'variable', value, span },
    );
    return;
  }
  const fits = value?.kind === 'tuple' && value.items.length === pattern.items.length;
  if (value && !fits) {
    const found = `${formatValue(value)}, ${describeKind(value)}`;
    const expected = `a tuple of ${pattern.items.length}`;
    walk.reporter.report(
      problem('type/pattern', pattern.span, 'an item of the list does not fit the pattern', {
        found,
        expected,
        fixes: [{ message: patternHint(value) }],
      }),
    );
  }
  for (const [index, inner] of pattern.items.entries())
    bindPattern(walk, inner, fits ? value.items[index] : undefined, scope);
}

/** Expands the branch that is taken, if any. */
export function condition(walk: Walk, item: IfStatement, place: Place, flow: Flow): Flow {
  for (const branch of item.branches) {
    const value = evaluateAs(
      branch.condition,
      BOOL,
      evaluationAt(walk, place, branch.condition.span),
      'the condition of `if`',
    );
    if (value?.kind !== 'bool') return poison;
    if (value.value) return walk.body(branch.body, place, flow);
  }
  return item.otherwise ? walk.body(item.otherwise, place, flow) : flow;
}

/** What to write for items of that kind. */
function patternHint(value: Value): string {
  if (value.kind !== 'tuple') return 'one name takes the whole item: `for x in list`';
  const names = ['a', 'b', 'c', 'd'].slice(0, value.items.length);
  return `as many names as the items have parts: (${names.join(', ')}${value.items.length > 4 ? ', …' : ''})`;
}
