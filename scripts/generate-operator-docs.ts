// Writes the list of grammar/operators.md from what compiler/ops says of each: its attributes, its rules, and
// what other frameworks call it. A test checks that it is up to date.

import { elsewhere } from '../compiler/frontend/names/foreign/tables.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Operator } from '../compiler/ir/operator.ts';
import { describedAttributes, summaryOf } from '../compiler/ops/texts.ts';
import { namedOperators, signature, typeText } from '../src/cli/operator-text.ts';

const opening = '<!-- operators: written by scripts/generate-operator-docs.ts -->';
const closing = '<!-- end of operators -->';

/** The page with its list written anew. Throws RangeError where the marks are missing. */
export function withOperators(page: string): string {
  const [from, to] = [page.indexOf(opening), page.indexOf(closing)];
  if (from < 0 || to < from) throw new RangeError('the page has no list of operators');
  return `${page.slice(0, from + opening.length)}\n\n${operatorDocs()}\n${page.slice(to)}`;
}

function operatorDocs(): string {
  return [introduction, ...namedOperators.map(section)].join('\n');
}

const introduction = `Attributes may be given by name, or by position in the order shown. Those without a default here are required.
A broken rule is reported under its code, such as \`conv/C4\`; \`cnnc help conv/C4\` explains it.

A \`size\` is one number, \`3\`, or a height and a width, \`3x5\`. A \`padding\` is one number for all sides, \`1x2\` for 1 above and below and 2 left and
right, \`(1, 2, 3, 4)\` for top, left, bottom and right, or \`same\`: as much as makes the result ⌈extent / stride⌉ rows high and columns wide, where an
odd one is added at the bottom or on the right. \`weights\` and \`ints\` are lists of numbers.
`;

function section(operator: Operator): string {
  const { name, constraints, arity } = operator;
  const specs = Object.entries(describedAttributes(operator));
  const { same, similar } = elsewhere(name);
  const others = same.map(({ name: other, whose }) => `\`${other}\` (${whose})`);
  const lines = [
    `## ${name}`,
    '',
    summaryOf(operator),
    '',
    `\`${signature(operator)}\`${arity && arity.max > 1 ? ' joins several values.' : ''}`,
    ...list(specs.map(([key, spec]) => `\`${key}\` (${typeText(spec)}): ${spec.doc}`)),
    ...titled('Rules:', list(Object.entries(constraints).map(([code, sentence]) => `\`${name}/${code}\` ${sentence}`))),
    ...(others.length > 0 ? ['', `Elsewhere: ${others.join(', ')}.`] : []),
    ...titled(
      'Similar:',
      list(similar.map(({ name: other, whose, differs }) => `\`${other}\` (${whose}): ${differs}`)),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function list(items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : ['', ...items.map((item) => `- ${item}`)];
}

function titled(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = new URL('../grammar/operators.md', import.meta.url);
  writeFileSync(page, withOperators(readFileSync(page, 'utf8')));
}
