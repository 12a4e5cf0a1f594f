// Unfolds a network: calls its blocks, runs its loops, takes its conditions, names every step, and counts all of it against
// the limits. Its steps are told as they come, so that the shape of what flows is known.

import type { NetworkDefinition } from '../../../grammar/ast.ts';
import { innerScope, moduleScope } from '../names/scope.ts';
import type { Module } from '../names/scope.ts';
import { problem } from '../report.ts';
import type { Value } from '../values/types.ts';
import { body } from './expand-statement.ts';
import { chain } from './expand-step.ts';
import type { Expansion, Steps } from './expansion.ts';
import { listed } from './flows.ts';
import { createNaming } from './naming.ts';
import type { Naming } from './naming.ts';
import { parameterEntry, poison } from './walk.ts';
import type { Expander, Flow, Place, Walk } from './walk.ts';

/** Expands a network whose parameters have the given values; its steps go to `steps`. */
export function expandNetwork(
  definition: NetworkDefinition,
  module: Module,
  bindings: ReadonlyMap<string, Value | undefined>,
  expander: Expander,
  steps: Steps,
): Expansion {
  const walk: Walk = {
    ...expander,
    steps,
    inputs: [],
    outputs: [],
    put: new Set(),
    named: new Set(),
    hasOutput: false,
    taps: new Map(),
    chains: [],
    incomplete: definition.partial === true,
    values: 0,
    body: (content, place, flow) => body(walk, content, place, flow),
    chain: (content, place, flow, options) => chain(walk, content, place, flow, options),
  };
  const scope = innerScope(moduleScope(module));
  for (const parameter of definition.parameters) {
    const { name } = parameter.name;
    scope.names.set(name, parameterEntry(parameter, bindings.get(name)));
  }
  const start: Place = { scope, naming: namingOf(expander), scopes: [], looped: false, depth: 0 };
  end(walk, definition, body(walk, definition.body, start, poison));
  const { incomplete, inputs, outputs, taps, chains } = walk;
  return { incomplete, inputs, outputs, taps, chains };
}

function namingOf({ reporter, budget }: Expander): Naming {
  return createNaming(
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
  );
}

/** What a network ends with is its output, where it names none. */
function end(walk: Walk, { name: { name, span } }: NetworkDefinition, last: Flow): void {
  const { reporter, budget, inputs, incomplete, hasOutput } = walk;
  if (inputs.length === 0 && !incomplete) {
    reporter.report(
      problem('flow/no-input', span, `\`${name}\` has no input`, {
        found: `network ${name} { … }`,
        expected: 'for example `input image: [1, 28, 28]`',
        fixes: [{ message: 'write `input image: [1, 28, 28]` as the first line: channels, height, width' }],
      }),
    );
  } else if (!hasOutput && !incomplete && !budget.exhausted) {
    if ('ref' in last) walk.outputs.push({ name: 'output', ref: last.ref, span });
    else if ('refs' in last) for (const output of listed('output', span, last.refs)) walk.outputs.push(output);
    else
      reporter.report(
        problem('flow/no-output', span, `\`${name}\` ends without a value: ${last.none}`, {
          found: 'nothing that flows',
          expected: 'a value, or `output NAME`',
          fixes: [{ message: 'go on from a name: `NAME -> relu`, or put it out: `output NAME`' }],
        }),
      );
  }
}
