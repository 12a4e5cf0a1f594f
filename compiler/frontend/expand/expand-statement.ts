// The statements of a network or block as they are expanded: inputs, outputs, chains with the names they give, constants.

import type {
  Body,
  FlowStatement,
  Gap,
  Identifier,
  InputStatement,
  OutputStatement,
  Statement,
  Step,
} from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { inputSettings, inputShape } from '../build/pictures.ts';
import { outputFacts } from '../build/output-facts.ts';
import { withoutName } from '../names/misuse-border.ts';
import { innerScope, lookup } from '../names/scope.ts';
import type { Ref, Value } from '../names/scope.ts';
import { problem } from '../report.ts';
import { constantValue, evaluate } from '../values/evaluate.ts';
import { condition, loop, repeat } from './expand-loop.ts';
import { blockInput, blockOutput } from './block-border.ts';
import { chain } from './expand-step.ts';
import type { ExpandedInput, Expansion } from './expansion.ts';
import { nameResult } from './operator-call.ts';
import { learned, share } from './declare.ts';
import { listed } from './flows.ts';
import { evaluationAt, fresh, heldBodies, nothingFlows, poison, unnamed } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

/** Expands the statements between braces. */
export function body(walk: Walk, content: Body, outer: Place, flow: Flow): Flow {
  const { budget, reporter } = walk;
  if (!budget.enter(outer.depth, content.span, reporter.report)) return poison;
  const place: Place = { ...outer, scope: innerScope(outer.scope), depth: outer.depth + 1 };
  const { statements, gaps = [] } = content;
  walk.incomplete ||= content.incomplete === true;
  let gap = 0;
  for (let index = 0; index <= statements.length; index += 1) {
    for (; gaps[gap]?.after === index; gap += 1) flow = unread(walk, gaps[gap]!, place, flow);
    const item = statements[index];
    if (!item) break;
    if (budget.exhausted) return poison;
    // What follows an output has been reported, and does not count.
    const isOver = (walk.hasOutput && outer.depth === 0) || place.call?.result !== undefined;
    if (isOver && item.kind !== 'output') return poison;
    flow = statement(walk, item, place, flow);
  }
  return content.incomplete ? poison : flow;
}

/** Expands what there is of a statement that was left out. What flows on is not known. */
function unread(walk: Walk, { begun, held }: Gap, place: Place, flow: Flow): Flow {
  if (begun && !walk.budget.exhausted) walk.reporter.quietly(() => chain(walk, begun.chain, unnamed(place), flow));
  // What flows behind the beginning of a chain is not known.
  if (held) heldBodies(walk, held, place, begun ? poison : flow);
  return poison;
}

function statement(walk: Walk, item: Statement, place: Place, flow: Flow): Flow {
  switch (item.kind) {
    case 'input':
      return place.call ? blockInput(walk, item, place, place.call, flow) : input(walk, item, place);
    case 'output':
      return place.call ? blockOutput(walk, item, place, place.call, flow) : output(walk, item, place, flow);
    case 'share':
      share(walk, item, place);
      return flow;
    case 'learned':
      learned(walk, item, place);
      return flow;
    case 'flow':
      return flowStatement(walk, item, place, flow);
    case 'const':
      variable(walk, item.name, constantValue(item, evaluationAt(walk, place, item.span)), place);
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

function variable(walk: Walk, identifier: Identifier, value: Value | undefined, { scope }: Place): void {
  const { name, span } = identifier;
  walk.steps.variable(identifier, value);
  scope.names.set(name, { kind: 'variable', value, span });
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
  // One inside of braces has been reported.
  if (place.depth > 1) return flow;
  walk.hasOutput = true;
  const facts = outputFacts(item, evaluationAt(walk, place, item.span));
  const outputs = item.names.flatMap((identifier, index) => {
    const { name, span } = identifier;
    // One that is named twice has been reported.
    if (walk.named.has(name)) return [];
    walk.named.add(name);
    const entry = lookup(place.scope, name);
    if (entry?.kind === 'value') {
      unlessInput(walk, item, index, entry.ref);
      return [{ name, ref: entry.ref, span, facts }];
    }
    return entry?.kind === 'values' ? listed(name, span, entry.items?.map(({ ref }) => ref) ?? [undefined]) : [];
  });
  putOut(walk, outputs);
  return flow;
}

function unlessInput({ inputs, reporter, incomplete }: Walk, item: OutputStatement, index: number, ref: Ref): void {
  // What is behind a name may not have been read.
  if (incomplete || !inputs.some((one) => one.ref === ref)) return;
  const { name, span } = item.names[index]!;
  reporter.report(
    problem('flow/output-input', span, `\`${name}\` is an input, not a result`, {
      found: 'an input',
      expected: 'the result of a step',
      fixes: withoutName(item, index),
    }),
  );
}

/** Adds outputs: `output xs` puts out xs1, xs2, …, and one of another output's name is reported and left out. */
function putOut({ reporter, outputs, put }: Walk, more: Expansion['outputs']): void {
  for (const output of more) {
    const { name, span } = output;
    if (!put.has(name)) {
      put.add(name);
      outputs.push(output);
    } else
      reporter.report(
        problem('name/collision', span, `two outputs would both be called \`${name}\``, {
          found: `${name} twice`,
          expected: 'names that differ',
          fixes: [{ message: 'the items of a list are put out with numbers behind its name: choose another name' }],
        }),
      );
  }
}

function flowStatement(walk: Walk, item: FlowStatement, place: Place, flow: Flow): Flow {
  const { reporter, taps } = walk;
  const { chain: content, names } = item;
  const [label] = names;
  const number = walk.bindings.numbers.get(item);
  if (number) {
    variable(walk, label!, evaluate(number, evaluationAt(walk, place, item.span)), place);
    return flow;
  }
  if (names.length !== 1 || !label) {
    const results = chain(walk, content, place, flow, { names: names.map(({ name }) => name), statement: item });
    return names.length === 0 ? results : severalNames(walk, item, place, results);
  }
  const built = content.steps.length - (buildsNothing(walk, content.steps[0]!) ? 1 : 0);
  const name = place.naming.labelled(label.name, label.span, place.looped);
  const naming = place.naming.inside(name);
  // The one step takes the label as its name; the steps of a chain are named inside it.
  const result =
    built === 1
      ? chain(walk, content, place, flow, { label: { name, naming }, statement: item })
      : chain(walk, content, { ...place, naming, looped: false }, flow, { statement: item });
  const { span } = label;
  if ('refs' in result) {
    const items = result.refs.map((ref) => ({ kind: 'flowing' as const, ref }));
    place.scope.names.set(label.name, { kind: 'values', items, span });
    return result;
  }
  const ref = 'ref' in result ? result.ref : undefined;
  if ('none' in result) reporter.report(nothingFlows(content.span, result.none));
  place.scope.names.set(label.name, { kind: 'value', ref, span });
  taps.set(name, ref);
  return { ref };
}

/** `a, b = x -> blk`: a name for each result; those of an operator have theirs already. */
function severalNames(walk: Walk, { names, chain: content, span }: FlowStatement, place: Place, flow: Flow): Flow {
  const known = 'refs' in flow && flow.refs.length === names.length;
  if ('refs' in flow && known) {
    for (const [index, { name, span: at }] of names.entries()) nameResult(walk, name, flow.refs[index], at, place);
  } else if ('refs' in flow || ('ref' in flow && flow.ref !== undefined)) {
    const count = 'refs' in flow ? flow.refs.length : 1;
    const results = count === 1 ? 'one result' : `${count} results`;
    walk.reporter.report(
      problem('flow/result-count', span, `this chain gives ${results}, not ${names.length}`, {
        found: names.map(({ name }) => name).join(', '),
        expected: count === 1 ? 'one name: only `output a, b` gives a block several results' : `${count} names`,
        fixes: [{ message: `${namesFor(count, names)} = ${firstLine(textOf(content.span))}` }],
      }),
    );
  }
  return { none: 'after several results a name must start the chain' };
}

/** As many names as there are results, the given ones first: `a, b, …`. */
function namesFor(count: number, given: FlowStatement['names']): string {
  const names = given.slice(0, count).map(({ name }) => name);
  return [...names, ...(count > names.length ? ['…'] : [])].join(', ');
}

/** Whether the head of a chain is a value that is there already. */
function buildsNothing({ bindings }: Walk, step: Step): boolean {
  if (step.kind === 'step') return bindings.calls.get(step)?.kind === 'value';
  return step.kind === 'operation' && ['index', 'tuple', 'list'].includes(step.value.kind);
}

function firstLine(text: string): string {
  const [first = '', ...others] = text.split('\n');
  return others.length > 0 ? `${first} …` : first;
}
