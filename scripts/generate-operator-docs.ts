// Writes the operators' section of grammar/README.md from what compiler/ops says of each: its attributes, its rules, and
// what other frameworks call it. A test checks that the section is up to date.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Attribute } from '../compiler/ir/graph.ts';
import type { AttributeSpec, Operator } from '../compiler/ir/operator.ts';
import { operators } from '../compiler/ops/index.ts';

const opening = '<!-- operators: written by scripts/generate-operator-docs.ts -->';
const closing = '<!-- end of operators -->';

/** The page with its section written anew. Throws RangeError where the marks are missing. */
export function withOperators(page: string): string {
  const [from, to] = [page.indexOf(opening), page.indexOf(closing)];
  if (from < 0 || to < from) throw new RangeError('the page has no section of operators');
  return `${page.slice(0, from + opening.length)}\n\n${operatorDocs()}\n${page.slice(to)}`;
}

function operatorDocs(): string {
  const known = [...operators.values()].filter(({ internal }) => !internal);
  return [introduction, ...known.map(section)].join('\n');
}

const introduction = `Every attribute may be given by its name; in the order shown, also by its position. What has no value here must be given.
A broken rule is reported under its code, such as \`conv/C4\`; \`cnnc help conv/C4\` explains it.
`;

function section({ name, summary, attributes, constraints, foreign, arity }: Operator): string {
  const specs = Object.entries(attributes);
  const lines = [
    `### ${name}`,
    '',
    summary,
    '',
    `\`${signature(name, specs)}\`${arity && arity.max > 1 ? ' joins several values.' : ''}`,
    ...list(specs.map(([key, spec]) => `\`${key}\` (${typeText(spec)}): ${spec.doc}`)),
    ...titled('Rules:', list(Object.entries(constraints).map(([code, sentence]) => `\`${name}/${code}\` ${sentence}`))),
    ...(foreign ? ['', `Elsewhere: ${foreign.names.map((other) => `\`${other}\``).join(', ')}.`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function list(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', ...items.map((item) => `- ${item}`)];
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** `conv(channels, kernel, stride: 1)`; attributes that stay unset are left out. */
function signature(name: string, specs: readonly (readonly [string, AttributeSpec])[]): string {
  const given = specs.flatMap(([key, spec]) => {
    if (spec.default === undefined) return [key];
    return spec.default === null ? [] : [`${key}: ${valueText(spec.default)}`];
  });
  return given.length === 0 ? name : `${name}(${given.join(', ')})`;
}

/** As it is written in the language: `=kernel` copies another attribute, equal sides stand once. */
function valueText(value: Attribute): string {
  if (typeof value === 'string') return value.replace(/^=/, '');
  if (!Array.isArray(value)) return String(value);
  const [first] = value as readonly number[];
  return value.every((side) => side === first) ? String(first) : value.join('x');
}

function typeText({ type, choices, minimum, maximum }: AttributeSpec): string {
  const words = choices ? choices.map((choice) => `\`${choice}\``).join(', ') : type;
  if (minimum === undefined) return words;
  return `${words}, ${maximum === undefined ? `at least ${minimum}` : `${minimum} to ${maximum}`}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = new URL('../grammar/README.md', import.meta.url);
  writeFileSync(page, withOperators(readFileSync(page, 'utf8')));
}
