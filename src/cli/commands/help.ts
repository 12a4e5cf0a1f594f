// `cnnc help`: explains a command, or the code of a diagnostic with an example of what is wrong and what is right.

import { Command } from 'commander';
import { operators } from '../../../compiler/ops/index.ts';
import { catalog } from '../../../grammar/catalog.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { passesText } from '../pass-list.ts';

export function helpCommand(io: Io): Command {
  return new Command('help')
    .description('explain a command, a code such as conv/C4 or syntax/comma, or list the passes')
    .argument('[topic]', 'a command, the code of a diagnostic, or: passes')
    .option('--json', 'print the explanation of a code, or the passes, as JSON')
    .addHelpText(
      'after',
      `
Examples:
  cnnc help run
  cnnc help conv/C4
  cnnc help passes

JSON: { schemaVersion: 1, code, title, explanation, bad, good }, or { schemaVersion: 1, passes: [{ name, summary,
level, stage }] }`,
    )
    .action((topic: string | undefined, { json = false }: { readonly json?: boolean }, command: Command) => {
      const program = command.parent!;
      const named = program.commands.find((other) => other.name() === topic);
      if (topic === undefined || named) return (named ?? program).outputHelp();
      if (topic === 'passes') return void io.stdout.write(passesText(json));
      const entry = explain(topic);
      if (!entry)
        throw unknownTopic(
          topic,
          program.commands.map((other) => other.name()),
        );
      io.stdout.write(json ? `${JSON.stringify({ schemaVersion: 1, ...entry }, null, 2)}\n` : entryText(entry));
    });
}

interface Explanation {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  readonly bad?: string;
  readonly good?: string;
}

/** From the catalogue, or the constraint of an operator. */
function explain(code: string): Explanation | undefined {
  const entry = catalog.get(code);
  if (entry) return entry;
  const [name = '', constraint = ''] = code.split('/');
  const operator = operators.get(name);
  if (!operator || !Object.hasOwn(operator.constraints, constraint)) return undefined;
  return {
    code,
    title: operator.constraints[constraint]!,
    explanation: `A rule of the operator ${name}: ${operator.summary}`,
  };
}

function entryText({ code, title, explanation, bad, good }: Explanation): string {
  const example = (label: string, text: string | undefined): readonly string[] =>
    text === undefined ? [] : ['', `${label}:`, ...excerpt(text).map((line) => `  ${line}`.trimEnd())];
  return `${[`${code}: ${title}`, '', explanation, ...example('wrong', bad), ...example('right', good)].join('\n')}\n`;
}

/** Examples of limits are long. */
function excerpt(text: string): readonly string[] {
  const lines = text.trimEnd().split('\n');
  const cut = lines.slice(0, 20).map((line) => (line.length > 120 ? `${line.slice(0, 119)}…` : line));
  return lines.length > 20 ? [...cut, '…'] : cut;
}

function unknownTopic(topic: string, commands: readonly string[]): UsageError {
  const constraints = [...operators.values()].flatMap(({ name, constraints: rules }) =>
    Object.keys(rules).map((rule) => `${name}/${rule}`),
  );
  const near = suggest(topic, ['passes', ...commands, ...catalog.keys(), ...constraints]);
  return new UsageError(
    `there is no command or code ${printable(topic)}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}
