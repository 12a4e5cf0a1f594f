// Steps that a name stands for: one of a `share`, and what a parameter of type `block` was given.

import type { CallStep } from '../../../grammar/ast.ts';
import type { Scope as OriginScope } from '../../ir/graph.ts';
import { classifyForBlock, classifyForOperator } from '../names/classify.ts';
import { argumentsOfShare } from '../names/misuse.ts';
import { lookup } from '../names/scope.ts';
import type { BlockValue, GivenArgument, SharedStep } from '../names/scope.ts';
import { joined } from '../values/block-value.ts';
import { blockCall } from './block-call.ts';
import { operatorCall } from './operator-call.ts';
import { nothingFlows, poison } from './walk.ts';
import type { Flow, Place, StepOptions, Walk } from './walk.ts';

/** Expands a step by what its name stands for at this place. */
export function namedStep(walk: Walk, step: CallStep, place: Place, flow: Flow, options: StepOptions): Flow {
  const entry = lookup(place.scope, step.callee.name);
  const found = entry?.kind === 'step' ? entry.step : undefined;
  if (!found) return poison;
  const own = (step.arguments ?? []).map((argument): GivenArgument => ({ argument, scope: place.scope }));
  if (found.kind === 'share') return sharedStep(walk, step, found, own, place, flow, options);
  return blockParameter(walk, step, found, own, place, flow, options);
}

function blockParameter(
  walk: Walk,
  step: CallStep,
  { target, given }: BlockValue,
  own: readonly GivenArgument[],
  place: Place,
  flow: Flow,
  options: StepOptions,
): Flow {
  const all = joined(given, own);
  if (target.kind === 'share') return sharedStep(walk, step, target, all, place, flow, options);
  const scopes = new Map(all.map(({ argument, scope }) => [argument, scope]));
  const scopeOf = (argument: GivenArgument['argument']) => scopes.get(argument) ?? place.scope;
  const written = all.map(({ argument }) => argument);
  if (target.kind === 'operator') {
    const { operator } = target;
    const classified = classifyForOperator(operator, written, scopeOf, walk.operators);
    return operatorCall(walk, step, { operator, given: classified, scopeOf, late: true }, place, flow, options);
  }
  const { definition, module } = target;
  const classified = classifyForBlock(definition, written, scopeOf, walk.operators);
  return blockCall(
    walk,
    step,
    { definition, module, given: classified, scopeOf, late: true },
    place,
    flow,
    options.label,
  );
}

/** Its nodes are named by this use, its weights by the `share`. */
function sharedStep(
  walk: Walk,
  step: CallStep,
  { name: of, chain, scope, weights, slot }: SharedStep,
  given: readonly GivenArgument[],
  place: Place,
  flow: Flow,
  { label }: StepOptions,
): Flow {
  const { budget, reporter, taps } = walk;
  const name = label?.name ?? place.naming.numbered(step.callee.name, step.span);
  const [argument] = given;
  if (argument) reporter.report(argumentsOfShare(of, argument.argument));
  if ('none' in flow) reporter.report(nothingFlows(step.span, flow.none));
  if (argument || 'none' in flow || !budget.enter(place.depth, step.span, reporter.report)) return poison;
  if (!budget.expand(1, step.span, 'the network', reporter.report)) return poison;
  reporter.called(chain.span, step.span);
  const naming = label?.naming ?? place.naming.inside(name);
  const around: readonly OriginScope[] = [...place.scopes, { kind: 'block', name, of, span: step.span }];
  const single = chain.steps.length === 1;
  const inside: Place = {
    ...place,
    scope,
    naming,
    scopes: single ? place.scopes : around,
    looped: false,
    depth: place.depth + 1,
    shared: { name, weights, slot },
  };
  const result = walk.chain(chain, inside, flow, single ? { label: { name, naming } } : {});
  reporter.returned();
  if ('ref' in result) taps.set(name, result.ref);
  return result;
}
