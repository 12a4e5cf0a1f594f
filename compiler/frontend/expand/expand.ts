// Unfolds a network: calls its blocks, runs its loops, takes its conditions, names every step, and counts all of it against
// the limits. The result is a flat list over numbered values; nothing here knows a shape.

import type {
  Body,
  FlowStatement,
  ForStatement,
  IfStatement,
  InputStatement,
  NetworkDefinition,
  OutputStatement,
  Pattern,
  RepeatStatement,
  Statement,
} from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { BOOL, constantValue, evaluate, evaluateAs, INT, mismatch } from '../values/evaluate.ts';
import { chain } from './expand-step.ts';
import type { ExpandedInput, Expansion } from './expansion.ts';
import { createNaming } from './naming.ts';
import { inputSettings, inputShape, outputLabels } from '../build/pictures.ts';
import { problem, replacement } from '../report.ts';
import { withoutName } from '../names/misuse.ts';
import { innerScope, lookup, moduleScope } from '../names/scope.ts';
import type { Module, Scope } from '../names/scope.ts';
import { describeKind, formatValue, int } from '../values/types.ts';
import type { Value } from '../values/types.ts';
import { evaluationAt, nothingFlows, poison } from './walk.ts';
import type { Expander, Flow, Place, Walk } from './walk.ts';

/** Expands a network whose parameters have the given values. */
export function expandNetwork(
  definition: NetworkDefinition,
  module: Module,
  bindings: ReadonlyMap<string, Value | undefined>,
  expander: Expander,
): Expansion {
  const { reporter, budget } = expander;
  const inputs: ExpandedInput[] = [];
  let outputs: Expansion['outputs'] = [];
  let outputStatement: OutputStatement | undefined;
  let refs = 0;
  const walk: Walk = {
    ...expander,
    items: [],
    taps: new Map(),
    chains: [],
    incomplete: false,
    fresh: () => refs++,
    body,
  };
  const { items, taps, chains } = walk;

  const scope = innerScope(moduleScope(module));
  for (const { name } of definition.parameters) {
    scope.names.set(name.name, { kind: 'variable', value: bindings.get(name.name), span: name.span });
  }
  const start: Place = {
    scope,
    naming: createNaming(
      (name, span, first) => {
        // A name defined twice is one mistake.
        if (reporter.repeats('name/duplicate', span)) return;
        reporter.report(
          problem('name/collision', span, `two steps would both be called \`${name}\``, {
            related: [{ span: first, message: 'the other' }],
            found: `${name} twice`,
            expected: 'names that differ: weights are found by them',
            fixes: [{ message: `give one of them another label: \`first = …\`` }],
          }),
        );
      },
      (length, span) => budget.name(length, span, reporter.report),
    ),
    scopes: [],
    looped: false,
    depth: 0,
  };
  const last = body(definition.body, start, poison);
  if (inputs.length === 0 && !walk.incomplete) {
    reporter.report(
      problem('flow/no-input', definition.name.span, `\`${definition.name.name}\` has no input`, {
        found: `network ${definition.name.name} { … }`,
        expected: 'for example `input image: [1, 28, 28]`',
        fixes: [{ message: 'write `input image: [1, 28, 28]` as the first line: channels, height, width' }],
      }),
    );
  } else if (!outputStatement && !walk.incomplete && !budget.exhausted) {
    if ('ref' in last) outputs = [{ name: 'output', ref: last.ref, span: definition.name.span }];
    else
      reporter.report(
        problem(
          'flow/no-output',
          definition.name.span,
          `\`${definition.name.name}\` ends without a value: ${last.none}`,
          {
            found: 'nothing that flows',
            expected: 'a value, or `output NAME`',
            fixes: [{ message: 'go on from a name: `NAME -> relu`, or put it out: `output NAME`' }],
          },
        ),
      );
  }
  return {
    incomplete: walk.incomplete,
    inputs,
    items,
    outputs,
    taps,
    chains,
    ...(outputStatement && { outputStatement }),
  };

  function body(content: Body, outer: Place, flow: Flow): Flow {
    if (!budget.enter(outer.depth, content.span, reporter.report)) return poison;
    const place: Place = { ...outer, scope: innerScope(outer.scope), depth: outer.depth + 1 };
    const gap = content.incomplete === true;
    walk.incomplete ||= gap;
    for (const item of content.statements) {
      // What follows an output has been reported, and does not count.
      if (budget.exhausted || (outputStatement && outer === start)) return poison;
      flow = statement(item, place, gap ? poison : flow);
    }
    return gap ? poison : flow;
  }

  function statement(item: Statement, place: Place, flow: Flow): Flow {
    switch (item.kind) {
      case 'input':
        return input(item, place);
      case 'output':
        return output(item, place, flow);
      case 'flow':
        return flowStatement(item, place, flow);
      case 'const': {
        const value = constantValue(item, evaluationAt(walk, place, item.span));
        place.scope.names.set(item.name.name, { kind: 'variable', value, span: item.name.span });
        return flow;
      }
      case 'repeat':
        return repeat(item, place, flow);
      case 'for':
        return loop(item, place, flow);
      case 'if':
        return condition(item, place, flow);
      default:
        return item satisfies never;
    }
  }

  function input(item: InputStatement, place: Place): Flow {
    const at = evaluationAt(walk, place, item.span);
    const shape = inputShape(item, at);
    const settings = shape && inputSettings(item, shape, at);
    const ref = walk.fresh();
    const name = place.naming.labelled(item.name.name, item.name.span, false);
    inputs.push({ name, ref, shape, statement: item, ...(settings && { settings }) });
    place.scope.names.set(item.name.name, { kind: 'value', ref, span: item.name.span });
    taps.set(name, ref);
    return inputs.length === 1 ? { ref } : { none: 'after several inputs a name must start the chain' };
  }

  function output(item: OutputStatement, place: Place, flow: Flow): Flow {
    if (outputStatement) return flow;
    outputStatement = item;
    const labels = outputLabels(item, evaluationAt(walk, place, item.span));
    const put = new Set<string>();
    outputs = item.names.flatMap(({ name, span }, index) => {
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

  function flowStatement(item: FlowStatement, place: Place, flow: Flow): Flow {
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

  function repeat(item: RepeatStatement, place: Place, flow: Flow): Flow {
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
      if (item.index) scope.names.set(item.index.name, { kind: 'variable', value: int(index), span: item.index.span });
      flow = body(item.body, { ...place, scope, looped: true }, flow);
      if (budget.exhausted) return poison;
    }
    return flow;
  }

  function loop(item: ForStatement, place: Place, flow: Flow): Flow {
    const list = evaluate(item.list, evaluationAt(walk, place, item.list.span));
    if (!list) return poison;
    if (list.kind !== 'list') {
      reporter.report(mismatch(list, 'list', item.list, 'what `for` runs over'));
      return poison;
    }
    if (!budget.expand(list.items.length, item.list.span, '`for`', reporter.report)) return poison;
    for (const value of list.items) {
      const scope = innerScope(place.scope);
      bindPattern(item.pattern, value, scope);
      flow = body(item.body, { ...place, scope, looped: true }, flow);
      if (budget.exhausted) return poison;
    }
    return flow;
  }

  function bindPattern(pattern: Pattern, value: Value | undefined, scope: Scope): void {
    if (pattern.kind === 'bind') {
      scope.names.set(pattern.name.name, { kind: 'variable', value, span: pattern.name.span });
      return;
    }
    const fits = value?.kind === 'tuple' && value.items.length === pattern.items.length;
    if (value && !fits) {
      const found = `${formatValue(value)}, ${describeKind(value)}`;
      const expected = `a tuple of ${pattern.items.length}`;
      reporter.report(
        problem('type/pattern', pattern.span, 'an item of the list does not fit the pattern', {
          found,
          expected,
          fixes: [{ message: patternHint(value) }],
        }),
      );
    }
    for (const [index, inner] of pattern.items.entries())
      bindPattern(inner, fits ? value.items[index] : undefined, scope);
  }

  function condition(item: IfStatement, place: Place, flow: Flow): Flow {
    for (const branch of item.branches) {
      const value = evaluateAs(
        branch.condition,
        BOOL,
        evaluationAt(walk, place, branch.condition.span),
        'the condition of `if`',
      );
      if (value?.kind !== 'bool') return poison;
      if (value.value) return body(branch.body, place, flow);
    }
    return item.otherwise ? body(item.otherwise, place, flow) : flow;
  }
}

function firstLine(text: string): string {
  const [first = '', ...others] = text.split('\n');
  return others.length > 0 ? `${first} …` : first;
}

/** What to write for items of that kind. */
function patternHint(value: Value): string {
  if (value.kind !== 'tuple') return 'one name takes the whole item: `for x in list`';
  const names = ['a', 'b', 'c', 'd'].slice(0, value.items.length);
  return `as many names as the items have parts: (${names.join(', ')}${value.items.length > 4 ? ', …' : ''})`;
}
