// `parallel`: every path takes what flows, and a join takes what they give.

import type { ParallelStep } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Scope as OriginScope } from '../../ir/graph.ts';
import type { Ref } from '../names/scope.ts';
import { problem } from '../report.ts';
import { noValue } from './block-call.ts';
import { oneOf } from './flows.ts';
import { operatorArguments } from './operator-arguments.ts';
import { addNode, fewValues } from './operator-call.ts';
import { fresh, heldBodies, nothingFlows, poison, unnamed } from './walk.ts';
import type { Flow, Place, StepOptions, Walk } from './walk.ts';

/** Expands the paths one after the other, then the join. */
export function parallel(
  walk: Walk,
  step: ParallelStep,
  place: Place,
  flow: Flow,
  { label, before }: Pick<StepOptions, 'label' | 'before'>,
): Flow {
  const { bindings, reporter, budget } = walk;
  const { join } = step;
  const name = label?.name ?? place.naming.numbered(join.callee.name, step.span);
  const inside = label ? { ...place, naming: label.naming, looped: false } : place;
  if ('none' in flow) {
    reporter.report(nothingFlows(step.span, flow.none));
    return poison;
  }
  const paths = expandPaths(walk, step, inside, flow);
  if (!paths) return poison;
  if (step.incomplete) walk.incomplete = true;
  for (const path of step.begun ?? []) reporter.quietly(() => walk.body(path.body, unnamed(inside), flow));
  if (step.held) heldBodies(walk, step.held, inside, flow);
  const found = bindings.calls.get(join);
  if (found?.kind !== 'operator') return poison;
  const { operator, given } = found;
  const { min, max } = operator.arity ?? { min: 1, max: 1 };
  if (max < 2 || step.incomplete) return poison;
  const callee = { operator, given, scopeOf: () => place.scope, late: false };
  const { values, numbers, attributes, weights, whole } = operatorArguments(walk, join, callee, inside, flow);
  const operands = [...paths.map(({ ref }) => ref), ...values];
  if (operands.length < min || operands.length > max || numbers.length > 0) {
    reporter.report(fewValues(operator, operands.length, join.span));
    return poison;
  }
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  const ref = fresh(walk);
  addNode(walk, place, {
    operator,
    name,
    operands: whole ? operands : operands.map(() => undefined),
    results: [ref],
    attributes,
    weights,
    step: join,
    paths,
    before,
  });
  return { ref };
}

interface ExpandedPath {
  readonly name: string;
  readonly span: Span;
  readonly ref: Ref;
}

/** What the paths give; undefined past a limit. */
function expandPaths(
  walk: Walk,
  { join, paths }: ParallelStep,
  place: Place,
  flow: Flow,
): readonly ExpandedPath[] | undefined {
  const { reporter, budget, taps } = walk;
  const ends: ExpandedPath[] = [];
  for (const path of paths) {
    if (!budget.expand(1, path.span, 'the network', reporter.report)) return undefined;
    const { naming } = place;
    const name = path.name
      ? naming.labelled(path.name.name, path.name.span, place.looped)
      : naming.numbered('path', path.span);
    const scopes: readonly OriginScope[] = [
      ...place.scopes,
      { kind: 'path', name, of: join.callee.name, span: path.span },
    ];
    const inside = { ...place, naming: naming.inside(name), scopes, looped: false };
    const end = walk.body(path.body, inside, flow);
    if (budget.exhausted) return undefined;
    if ('none' in end)
      reporter.report(problem('flow/no-value', path.span, `a path ends without a value: ${end.none}`, { ...noValue }));
    const ref = 'none' in end ? undefined : oneOf(walk, end, path.span);
    ends.push({ name: path.name?.name ?? name.slice(name.lastIndexOf('.') + 1), span: path.span, ref });
    taps.set(name, ref);
  }
  return ends;
}
