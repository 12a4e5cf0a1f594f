// The statements of a network or block as they are expanded: inputs, outputs, chains with the names they give, constants.

import type { Body, FlowStatement, InputStatement, OutputStatement, Statement } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { inputSettings, inputShape, outputLabels } from '../build/pictures.ts';
import { withoutName } from '../names/misuse.ts';
import { innerScope, lookup } from '../names/scope.ts';
import { problem } from '../report.ts';
import { constantValue } from '../values/evaluate.ts';
import { condition, loop, repeat } from './expand-loop.ts';
import { chain } from './expand-step.ts';
import type { ExpandedInput } from './expansion.ts';
import { evaluationAt, fresh, nothingFlows, poison } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

/** Expands the statements between braces. */
export function body(walk: Walk, content: Body, outer: Place, flow: Flow): Flow {
  const { budget, reporter } = walk;
  if (!budget.enter(outer.depth, content.span, reporter.report)) return poison;
  const place: Place = { ...outer, scope: innerScope(outer.scope), depth: outer.depth + 1 };
  const gap = content.incomplete === true;
  walk.incomplete ||= gap;
  for (const item of content.statements) {
    // What follows an output has been reported, and does not count.
    if (budget.exhausted || (walk.outputStatement && outer.depth === 0)) return poison;
    flow = statement(walk, item, place, gap ? poison : flow);
  }
  return gap ? poison : flow;
}

function statement(walk: Walk, item: Statement, place: Place, flow: Flow): Flow {
  switch (item.kind) {
    case 'input':
      return input(walk, item, place);
    case 'output':
      return output(walk, item, place, flow);
    case 'flow':
      return flowStatement(walk, item, place, flow);
    case 'const': {
      const value = constantValue(item, evaluationAt(walk, place, item.span));
      place.scope.names.set(item.name.name, { kind: 'variable', value, span: item.name.span });
      return flow;
    }
    case 'share':
    case 'learned':
      // Reported where names are resolved.
      return flow;
    case 'repeat':
      return repeat(walk, item, place, flow);
    case 'for':
      return loop(walk, item, place, flow);
    case 'if':
      return condition(walk, item, place, flow);
    default:
      return item satisfies never;
  }
}

function input(walk: Walk, item: InputStatement, place: Place): Flow {
  const { budget, inputs, steps, taps } = walk;
  const at = evaluationAt(walk, place, item.span);
  const shape = inputShape(item, at);
  const settings = shape && inputSettings(item, shape, at);
  const ref = fresh(walk);
  const name = place.naming.labelled(item.name.name, item.name.span, false);
  const expanded: ExpandedInput = { name, ref, shape, statement: item, ...(settings && { settings }) };
  inputs.push(expanded);
  // A name that is over the limit stays without what makes it unique.
  if (!budget.exhausted) steps.input(expanded);
  place.scope.names.set(item.name.name, { kind: 'value', ref, span: item.name.span });
  taps.set(name, ref);
  return inputs.length === 1 ? { ref } : { none: 'after several inputs a name must start the chain' };
}

function output(walk: Walk, item: OutputStatement, place: Place, flow: Flow): Flow {
  const { inputs, reporter } = walk;
  if (walk.outputStatement) return flow;
  walk.outputStatement = item;
  const labels = outputLabels(item, evaluationAt(walk, place, item.span));
  const put = new Set<string>();
  walk.outputs = item.names.flatMap(({ name, span }, index) => {
    // One that is named twice has been reported.
    if (put.has(name)) return [];
    put.add(name);
    const entry = lookup(place.scope, name);
    if (entry?.kind !== 'value') return [];
    if (inputs.some(({ ref }) => ref === entry.ref)) {
      reporter.report(
        problem('flow/output-input', span, `\`${name}\` is an input, not a result`, {
          found: 'an input',
          expected: 'the result of a step',
          fixes: withoutName(item, index),
        }),
      );
    }
    return [{ name, ref: entry.ref, span, ...(labels !== undefined && { labels }) }];
  });
  return flow;
}

function flowStatement(walk: Walk, item: FlowStatement, place: Place, flow: Flow): Flow {
  const { reporter, taps } = walk;
  const { chain: content, names } = item;
  const looked = content.steps[0]!;
  const startsFromName = looked.kind === 'step' && walk.bindings.calls.get(looked)?.kind === 'value';
  const built = content.steps.length - (startsFromName ? 1 : 0);
  const [label] = names;
  if (names.length !== 1 || !label) {
    const results = chain(walk, content, place, flow, { names: names.map(({ name }) => name), statement: item });
    if (names.length === 0) return results;
    if ('ref' in results && results.ref !== undefined) {
      reporter.report(
        problem('flow/result-count', item.span, `this chain gives one result, not ${names.length}`, {
          found: names.map(({ name }) => name).join(', '),
          expected: 'one name: a block and a `parallel` have one output each',
          fixes: [{ message: `${label!.name} = ${firstLine(textOf(content.span))}` }],
        }),
      );
    }
    return { none: 'after several results a name must start the chain' };
  }
  const name = place.naming.labelled(label.name, label.span, place.looped);
  const naming = place.naming.inside(name);
  // The one step takes the label as its name; the steps of a chain are named inside it.
  const result =
    built === 1
      ? chain(walk, content, place, flow, { label: { name, naming }, statement: item })
      : chain(walk, content, { ...place, naming, looped: false }, flow, { statement: item });
  const ref = 'ref' in result ? result.ref : undefined;
  if ('none' in result) reporter.report(nothingFlows(content.span, result.none));
  place.scope.names.set(label.name, { kind: 'value', ref, span: label.span });
  taps.set(name, ref);
  return { ref };
}

function firstLine(text: string): string {
  const [first = '', ...others] = text.split('\n');
  return others.length > 0 ? `${first} …` : first;
}
