// What becomes of one call of a block: layers to be made, and statements that apply them, with the numbers of this call.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';
import type { Code } from './code.ts';
import { formOf, operandsOf } from './context.ts';
import type { Context } from './context.ts';
import { constantsIn, moduleText, ownTexts, registrationsOf } from './registrations.ts';
import type { Made, Registration } from './registrations.ts';
import { isInside, nodesIn, pathIn } from './scopes.ts';
import type { Dissolved, Item, Scope } from './scopes.ts';
import { createVariables } from './variables.ts';

export interface Template {
  readonly scope: Scope;
  readonly registrations: readonly Registration[];
  /** Values that are computed outside, in the order of the arguments of `forward`. */
  readonly inputs: readonly ValueId[];
  readonly outputs: readonly ValueId[];
  /** The arguments of `forward`. */
  readonly variables: readonly string[];
  readonly lines: readonly Code[];
  /** What `forward` returns. */
  readonly returned: readonly string[];
}

/** A call whose module is known: its class, and what it is made with. */
export interface Called extends Made {
  readonly template: Template;
}

/** A scope whose calls have modules already. */
export function templateOf(context: Context, scope: Scope, called: ReadonlyMap<Scope, Called>): Template | Dissolved {
  const inside = new Set(nodesIn(scope));
  const isRead = (value: ValueId): boolean =>
    context.outputs.has(value) || (context.readers.get(value) ?? []).some((node) => !inside.has(node));
  const constants = constantsIn(context, scope);
  const own = ownTexts(context, scope, constants);
  const steps = scope.items.map((item) => stepOf(context, item, called));
  const produced = new Set(steps.flatMap(({ results }) => results));
  const isRoot = scope.name === '';
  const inputs = isRoot
    ? context.graph.inputs.map(({ value }) => value)
    : [...new Set(steps.flatMap(({ operands }) => operands))].filter(
        (value) => !own.has(value) && !produced.has(value),
      );
  const read = [...produced].filter(isRead);
  // A block whose result nobody reads returns it nevertheless.
  const outputs = isRoot
    ? context.graph.outputs.map(({ value }) => context.resolve(value))
    : read.length > 0
      ? read
      : [...produced].slice(-1);
  const names = isRoot ? context.graph.inputs.map(({ name }) => name) : undefined;
  const variables = createVariables(inputs, names, [...steps.map(({ operands }) => operands), outputs], context.taken);
  const registrations = registrationsOf(context, scope, called, constants);
  if ('dissolve' in registrations) return registrations;
  const lines: Code[] = [];
  for (const [at, step] of steps.entries()) {
    const operands = step.operands.map((value) => own.get(value) ?? variables.of(value));
    const targets = step.results.map((value) => {
      const path = step.results.length > 1 ? labelIn(context, scope, value, step.name) : pathBelow(step.name, scope);
      return variables.define(value, path, at, operands, step.results.length > 1);
    });
    lines.push([
      `${targets.join(', ')}${targets.length === 1 && step.isTuple ? ',' : ''} = `,
      ...step.code(operands, scope.home),
    ]);
  }
  const returned = outputs.map((value) => own.get(value) ?? variables.of(value));
  return { scope, registrations, inputs, outputs, variables: variables.inputs, lines, returned };
}

const pathBelow = (name: string, { name: place }: Scope): readonly string[] =>
  name.slice(place === '' ? 0 : place.length + 1).split('.');

/** What the text calls one of several results of a step: a label of the scope, else the step's own name. */
function labelIn({ labels }: Context, scope: Scope, value: ValueId, step: string): readonly string[] {
  const own = labels.get(value)?.find((label) => label !== step && isInside(label, scope.name));
  return pathBelow(own ?? step, scope).slice(-1);
}

/** A statement to be written. */
interface Step {
  readonly name: string;
  readonly operands: readonly ValueId[];
  readonly results: readonly ValueId[];
  /** Whether what is computed is a tuple, even of one value. */
  readonly isTuple: boolean;
  code(operands: readonly string[], home: string): Code;
}

function stepOf(context: Context, item: Item, called: ReadonlyMap<Scope, Called>): Step {
  if (item.kind === 'node') {
    const { node } = item;
    const form = formOf(context, node);
    return {
      name: node.name,
      operands: operandsOf(context, node),
      results: node.results,
      isTuple: node.op === 'split',
      code: (operands, home) => form.code(operands, form.layer ? moduleText(pathIn(weightsNameOf(node), home)) : ''),
    };
  }
  const { inputs, outputs, scope } = called.get(item.scope)!.template;
  return {
    name: scope.name,
    operands: inputs,
    results: outputs,
    isTuple: false,
    code: (operands, home) => [`${moduleText(pathIn(scope.home, home))}(${operands.join(', ')})`],
  };
}
