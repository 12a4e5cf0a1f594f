// The steps of a chain, one after the other: values, operators, blocks, `parallel`, and heads that are expressions.

import type { CallStep, Chain, Step } from '../../../grammar/ast.ts';
import { lookup } from '../names/scope.ts';
import { blockCall } from './block-call.ts';
import { checked } from './check-shape.ts';
import { namedStep } from './named-step.ts';
import { operation } from './operation.ts';
import { operatorCall } from './operator-call.ts';
import { parallel } from './parallel.ts';
import { flowingType, poison } from './walk.ts';
import type { ChainOptions, Flow, Place, StepOptions, Walk } from './walk.ts';

/** Expands the steps of a chain, one after the other; the result is what flows out of the last. */
export function chain(walk: Walk, content: Chain, place: Place, flow: Flow, options: ChainOptions = {}): Flow {
  const { budget } = walk;
  const { names = [], label, statement: around } = options;
  let at = flow;
  for (const [index, step] of content.steps.entries()) {
    const isLast = index === content.steps.length - 1;
    const before =
      index === 0 && around && around.names.length > 0
        ? { offset: around.span.start, own: true }
        : { offset: step.span.start, own: false };
    at = expandStep(walk, step, place, at, { label, before, names: isLast ? names : [], first: index === 0 });
    if (budget.exhausted) return poison;
  }
  if (content.incomplete) return poison;
  if (content.shape) at = checked(walk, content, content.shape, place, at);
  const type = flowingType(walk, at);
  if (type) {
    const call = place.scopes.findLast(({ kind }) => kind === 'block')?.name;
    walk.chains.push({ span: content.span, shape: type.shape, ...(call !== undefined && { call }) });
  }
  return at;
}

function expandStep(walk: Walk, step: Step, place: Place, flow: Flow, options: StepOptions): Flow {
  switch (step.kind) {
    case 'parallel':
      return parallel(walk, step, place, flow, options);
    case 'operation':
      return operation(walk, step.value, place, flow, options);
    case 'step':
      return call(walk, step, place, flow, options);
    default:
      return step satisfies never;
  }
}

function call(walk: Walk, step: CallStep, place: Place, flow: Flow, options: StepOptions): Flow {
  const found = walk.bindings.calls.get(step);
  // A step that is called with its input has been reported.
  if (step.input || !found) return poison;
  const written = { scopeOf: () => place.scope, late: false };
  switch (found.kind) {
    case 'value':
      return valueNamed(step.callee.name, place);
    case 'step':
      return namedStep(walk, step, place, flow, options);
    case 'block':
      return blockCall(walk, step, { ...found, ...written }, place, flow, options.label);
    case 'operator':
      return operatorCall(walk, step, { ...found, ...written }, place, flow, options);
    default:
      return found satisfies never;
  }
}

function valueNamed(name: string, { scope }: Place): Flow {
  const entry = lookup(scope, name);
  if (entry?.kind === 'values' && entry.items) return { refs: entry.items.map(({ ref }) => ref) };
  return entry?.kind === 'value' ? { ref: entry.ref } : poison;
}
