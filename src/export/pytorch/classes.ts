// One class for all calls of a block that differ in numbers only; these become its parameters. Numbers that are the same everywhere
// stand in the class, and one that is always a multiple of another is written as that.

import type { Argument } from './code.ts';
import { option, sameValue } from './code.ts';
import { className, localName, pythonText } from './python.ts';
import type { PyValue } from './python.ts';
import { render } from './render.ts';
import type { Fill, Rendered } from './render.ts';
import type { Called, Template } from './template.ts';

export interface BlockClass extends Rendered {
  readonly name: string;
  /** The block. */
  readonly of: string;
  readonly parameters: readonly string[];
  /** The arguments of `forward`. */
  readonly variables: readonly string[];
}

/** Classes for calls whose inner calls have theirs; adds their names to `taken`. That of the whole network has its name already. */
export function classesOf(
  templates: readonly Template[],
  taken: Set<string>,
  network: string,
): { readonly classes: readonly BlockClass[]; readonly called: readonly Called[] } {
  const groups = new Map<string, Template[]>();
  for (const template of templates) {
    const key = keyOf(template);
    groups.set(key, [...(groups.get(key) ?? []), template]);
  }
  const classes: BlockClass[] = [];
  const called: Called[] = [];
  for (const group of groups.values()) {
    const { of, name: place } = group[0]!.scope;
    const name = place === '' ? network : className(of, taken);
    taken.add(name);
    const { parameters, rendered } = generalised(group);
    const { variables } = group[0]!;
    classes.push({ name, of, parameters: parameters.map((one) => one.name), variables, ...rendered });
    for (const [at, template] of group.entries())
      called.push({ template, className: name, arguments: parameters.map((one) => option(one.name, one.values[at]!)) });
  }
  return { classes, called };
}

/** The text with its holes empty: the same for calls that can have one class. */
function keyOf(template: Template): string {
  const { scope, variables } = template;
  return JSON.stringify([scope.of, variables, render(template, ({ role }) => `‹${role}›`)]);
}

interface Parameter {
  readonly name: string;
  /** At each call. */
  readonly values: readonly PyValue[];
}

function generalised(group: readonly Template[]): {
  readonly parameters: readonly Parameter[];
  readonly rendered: Rendered;
} {
  const columns = columnsOf(group);
  // A number that `forward` needs is an attribute, too.
  const held = new Set(group[0]!.registrations.map(({ path }) => path[0]!));
  const parameters: Parameter[] = [];
  const kept = new Set<string>();
  let at = 0;
  const fill: Fill = (hole, place) => {
    const values = columns[at]!;
    at += 1;
    const [first] = values;
    if (values.every((value) => sameValue(value, first!))) {
      const { omitted } = hole as Argument;
      return omitted !== undefined && sameValue(first!, omitted) ? undefined : pythonText(first!);
    }
    const { parameter, factor } = parameterFor(values, hole.role, parameters, held);
    if (place === 'init') return factor === 1 ? parameter.name : `${parameter.name} * ${factor}`;
    kept.add(parameter.name);
    return factor === 1 ? `self.${parameter.name}` : `(self.${parameter.name} * ${factor})`;
  };
  const { init, forward } = render(group[0]!, fill);
  return { parameters, rendered: { init: [...init, ...[...kept].map((name) => `self.${name} = ${name}`)], forward } };
}

/** For each hole, its value at each call. */
function columnsOf(group: readonly Template[]): readonly (readonly PyValue[])[] {
  const rows = group.map((template) => {
    const row: PyValue[] = [];
    render(template, ({ value }) => {
      row.push(value);
      return '';
    });
    return row;
  });
  return rows[0]!.map((_, at) => rows.map((row) => row[at]!));
}

/** A parameter that has these values, or whose multiples they are; a new one where there is none. */
function parameterFor(
  values: readonly PyValue[],
  role: string,
  parameters: Parameter[],
  held: ReadonlySet<string>,
): { readonly parameter: Parameter; readonly factor: number } {
  for (const parameter of parameters) {
    if (sameValue(values, parameter.values)) return { parameter, factor: 1 };
  }
  for (const parameter of parameters) {
    const factor = factorBetween(parameter.values, values);
    if (factor !== undefined) return { parameter, factor };
  }
  const name = localName(role, new Set([...held, ...parameters.map((one) => one.name)]));
  const parameter = { name, values };
  parameters.push(parameter);
  return { parameter, factor: 1 };
}

/** The whole number by which all of the first are multiplied; undefined where there is none. */
function factorBetween(from: readonly PyValue[], to: readonly PyValue[]): number | undefined {
  const factor = Number(to[0]) / Number(from[0]);
  if (!Number.isInteger(factor) || factor < 2) return undefined;
  const isMultiple = from.every((value, at) => {
    const multiple = to[at];
    return typeof value === 'number' && value > 0 && typeof multiple === 'number' && value * factor === multiple;
  });
  return isMultiple ? factor : undefined;
}
