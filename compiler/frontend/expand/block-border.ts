// What goes into a block and out of it: `input` and `output` between its braces.

import type { InputStatement, OutputStatement } from '../../../grammar/ast.ts';
import { lookup } from '../names/scope.ts';
import type { FlowingValue, Ref } from '../names/scope.ts';
import { checked } from './check-shape.ts';
import { oneOf } from './flows.ts';
import type { BlockCall, Flow, Place, Walk } from './walk.ts';

/** Gives a name to the next value of the call, or to all that remain. The first input is what flows. */
export function blockInput(walk: Walk, item: InputStatement, place: Place, call: BlockCall, flow: Flow): Flow {
  const { name, span } = item.name;
  const isFirst = call.taken === 0;
  if (item.list) {
    const refs = call.values.slice(call.taken);
    call.taken = call.values.length;
    const items = refs.map((ref): FlowingValue => ({ kind: 'flowing', ref }));
    place.scope.names.set(name, { kind: 'values', items, span, given: !isFirst });
    return isFirst ? { refs } : flow;
  }
  const given: Flow = { ref: call.values[call.taken] };
  call.taken += 1;
  const taken = item.shape ? checked(walk, item, item.shape, place, given) : given;
  place.scope.names.set(name, { kind: 'value', ref: oneOf(walk, taken, span), span, given: !isFirst });
  return isFirst ? taken : flow;
}

/** What the block gives: a value, or a list of all that is named, by this `output` and those before it. */
export function blockOutput(
  walk: Walk,
  { names, span }: OutputStatement,
  { scope }: Place,
  call: BlockCall,
  flow: Flow,
): Flow {
  const entries = names.map(({ name }) => lookup(scope, name));
  const [only] = entries;
  const refs = entries.flatMap((entry): readonly Ref[] => {
    if (entry?.kind === 'values' && entry.items) return entry.items.map(({ ref }) => ref);
    return [entry?.kind === 'value' ? entry.ref : undefined];
  });
  const { result } = call;
  if (result) call.result = { refs: [...('refs' in result ? result.refs : [oneOf(walk, result, span)]), ...refs] };
  else call.result = entries.length === 1 && only?.kind !== 'values' ? { ref: refs[0] } : { refs };
  return flow;
}
