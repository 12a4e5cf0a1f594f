// Operators as `cnnc help` shows them, and as the language reference writes them.

import { elsewhere } from '../../compiler/frontend/names/foreign/tables.ts';
import type { Attribute } from '../../compiler/ir/graph.ts';
import type { AttributeSpec, Operator } from '../../compiler/ir/operator.ts';
import { operators } from '../../compiler/ops/index.ts';
import { describedAttributes, summaryOf } from '../../compiler/ops/texts.ts';
import { wrap } from '../text/format.ts';

/** Those that a file can name. */
export const namedOperators: readonly Operator[] = [...operators.values()].filter(({ internal }) => !internal);

/** One line for each; ends with a line break. */
export function operatorsText(): string {
  const width = Math.max(...namedOperators.map(({ name }) => name.length));
  return namedOperators.map(({ name }) => `${name.padEnd(width)}  ${summaryOf({ name })}\n`).join('');
}

/** An operator in full; ends with a line break. */
export function operatorText(operator: Operator, columns: number): string {
  const { name, constraints } = operator;
  const { same, similar } = elsewhere(name);
  const others = same.map(({ name: other, whose }) => `${other} (${whose})`);
  const near = similar.map(({ name: other, whose, differs }) => [`${other} (${whose})`, differs] as const);
  const rows = Object.entries(describedAttributes(operator)).map(
    ([key, spec]) => [key, `${typeText(spec)}. ${spec.doc}`] as const,
  );
  const rules = Object.entries(constraints).map(([rule, sentence]) => [`${name}/${rule}`, sentence] as const);
  return [
    signature(operator),
    ...wrap(summaryOf(operator), columns),
    ...table('Arguments:', rows, columns),
    ...table('Rules, explained by `cnnc help CODE`:', rules, columns),
    ...(others.length > 0 ? ['', ...wrap(`Compare ${others.join(', ')}.`, columns)] : []),
    ...table('Similar, and what is different there:', near, columns),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

function table(title: string, rows: readonly (readonly [string, string])[], columns: number): readonly string[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([key]) => key.length));
  const lines = rows.flatMap(([key, text]) =>
    wrap(text, columns - width - 4).map((line, at) => `  ${(at === 0 ? key : '').padEnd(width)}  ${line}`),
  );
  return ['', title, ...lines];
}

/** `conv(channels, kernel, stride: 1)`; attributes that stay unset are left out. */
export function signature({ name, attributes }: Operator): string {
  const given = Object.entries(attributes).flatMap(([key, spec]) => {
    if (spec.default === undefined) return [key];
    return spec.default === null ? [] : [`${key}: ${valueText(spec.default)}`];
  });
  return given.length === 0 ? name : `${name}(${given.join(', ')})`;
}

export function typeText({ type, choices, minimum, maximum }: AttributeSpec): string {
  const written = type === 'factor' ? 'float or [float, float]' : type;
  const words = choices ? choices.map((choice) => `\`${choice}\``).join(', ') : written;
  if (minimum === undefined) return words;
  return `${words}, ${maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`}`;
}

/** As it is written in the language: `=kernel` copies another attribute, equal sides stand once. */
function valueText(value: Attribute): string {
  if (typeof value === 'string') return value.replace(/^=/, '');
  if (!Array.isArray(value)) return String(value);
  const [first] = value as readonly number[];
  return value.every((side) => side === first) ? String(first) : value.join('x');
}
