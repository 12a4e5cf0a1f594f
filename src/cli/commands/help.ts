// `cnnc help`: explains a command, an operator, a block of the library, or the code of a diagnostic with an example of what is wrong and of what is
// right.

import { Command } from 'commander';
import { blockNames } from '../../../compiler/blocks/library.ts';
import { blockReference, blockReferences } from '../../../compiler/blocks/reference.ts';
import { ruleExamples } from '../../../compiler/ops/examples.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import { catalog } from '../../../grammar/catalog.ts';
import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { wrap } from '../../text/format.ts';
import { weightsCatalog } from '../../weights/catalog.ts';
import type { WeightsExample } from '../../weights/catalog.ts';
import { blocksText, blockText, summaryOf } from '../block-text.ts';
import { UsageError } from '../errors.ts';
import { exitCodesText } from '../exit-code-text.ts';
import type { Io } from '../io.ts';
import { describedAttributes, summaryOf as operatorSummary } from '../../../compiler/ops/texts.ts';
import { namedOperators, operatorText, operatorsText } from '../operator-text.ts';
import { passesText } from '../pass-list.ts';

export function helpCommand(io: Io): Command {
  return new Command('help')
    .description('explain a command, an operator, a block of the library, or a code such as conv/C4 or syntax/comma')
    .argument(
      '[topic]',
      'a command, an operator, a block, the code of a diagnostic, or: operators, blocks, codes, passes, exit-codes',
    )
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  cnnc help report      the options of a command
  cnnc help conv        the arguments and rules of an operator
  cnnc help bottleneck  a block that can be imported from "cnnc:blocks"
  cnnc help conv/C4     what an error means, with an example
  cnnc help codes       all of them
  cnnc help exit-codes  what 0, 1, 2, 3 and 70 say

JSON: { schemaVersion: 1, code, title, explanation, bad, good } of a code; { schemaVersion: 1, operator: { name, summary,
attributes, constraints } } of an operator; { schemaVersion: 1, block: { name, file, signature, inputs, doc } } of a block;
{ schemaVersion: 1, help } of a command; and lists: codes: [{ code, title }], operators and blocks: [{ name, summary }], passes: [{ name, summary, level, stage }], exitCodes: [{ code, meaning }].`,
    )
    .action((topic: string | undefined, { json = false }: { readonly json?: boolean }, command: Command) =>
      help(topic, json, command.parent!, io),
    );
}

function help(topic: string | undefined, json: boolean, program: Command, { stdout }: Io): void {
  const named = program.commands.find((other) => other.name() === topic);
  if (topic === undefined || named) return (named ?? program).outputHelp();
  if (topic === 'passes') return stdout.write(passesText(json));
  if (topic === 'exit-codes') return stdout.write(exitCodesText(json, stdout.columns));
  const list = lists.get(topic);
  if (list) return stdout.write(json ? jsonText(list.json()) : list.text());
  const entry = explanationOf(topic);
  if (entry) {
    return stdout.write(json ? jsonText(entry) : entryText(entry, stdout.columns));
  }
  const block = blockReference(topic);
  if (block) return stdout.write(json ? jsonText({ block }) : blockText(block, stdout.columns));
  const operator = namedOperators.find(({ name }) => name === topic);
  if (!operator) throw unknownTopic(topic, program);
  const { name, constraints } = operator;
  const [summary, attributes] = [operatorSummary(operator), describedAttributes(operator)];
  const data = { operator: { name, summary, attributes, constraints } };
  stdout.write(json ? jsonText(data) : operatorText(operator, stdout.columns));
}

const operatorList = {
  json: () => ({ operators: namedOperators.map(({ name }) => ({ name, summary: operatorSummary({ name }) })) }),
  text: operatorsText,
};

const codeList = {
  json: () => ({ codes: explainedCodes.map((code) => ({ code, title: explanationOf(code)!.title })) }),
  text: codesText,
};

const blockList = {
  json: () => ({ blocks: blockReferences().map((block) => ({ name: block.name, summary: summaryOf(block) })) }),
  text: blocksText,
};

interface List {
  readonly json: () => object;
  readonly text: () => string;
}

const lists: ReadonlyMap<string, List> = new Map<string, List>([
  ['operators', operatorList],
  ['blocks', blockList],
  ['codes', codeList],
]);

const jsonText = (data: object): string => `${JSON.stringify({ schemaVersion: 1, ...data }, null, 2)}\n`;

export interface Explanation {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  readonly bad?: string;
  readonly good?: string;
}

const rules = ruleExamples(operators);

/** What is said of files before anything in them is read. */
const files: ReadonlyMap<string, Explanation> = new Map([
  [
    'file/unreadable',
    {
      code: 'file/unreadable',
      title: 'file that cannot be read',
      explanation:
        'There is no file of that name, it is a folder, a pipe or a device, it is no UTF-8 text, or it is larger than any network needs.',
      bad: 'cnnc check lenet\n',
      good: 'cnnc check lenet.cnn\n',
    },
  ],
  [
    'onnx/unsupported',
    {
      code: 'onnx/unsupported',
      title: 'model that cannot be read',
      explanation:
        'An ONNX file holds an operator, an attribute or a type that has no meaning here, leaves a dimension open that must be known, or is damaged. Each message says what can be done; all of them are listed.',
      bad: 'cnnc check detector.onnx\n',
      good: 'cnnc check detector.onnx --dim height=240 --dim width=320\n',
    },
  ],
]);

/** Every code that a diagnostic can have, in the order of the catalogues. */
export const explainedCodes: readonly string[] = [
  ...catalog.keys(),
  ...weightsCatalog.keys(),
  ...files.keys(),
  ...rules.keys(),
];

/** What a code means: from the catalogue of the language, of weights, or the rule of an operator. */
export function explanationOf(code: string): Explanation | undefined {
  const rule = rules.get(code);
  if (rule) {
    const [name = '', id = ''] = code.split('/');
    const { explanation, bad, good } = rule;
    const title = operators.get(name)!.constraints[id]!;
    return { code, title, explanation, ...(bad !== undefined && { bad }), ...(good !== undefined && { good }) };
  }
  const weights = weightsCatalog.get(code);
  if (!weights) return catalog.get(code) ?? files.get(code);
  const { title, explanation, network, bad, good } = weights;
  return { code, title, explanation, bad: network + weightsText(bad), good: network + weightsText(good) };
}

/** The call and the tensors of its file, as comments below a network. */
function weightsText({ tensors, dtype, value, match, map }: WeightsExample): string {
  const options = `${match ? ` --match ${match}` : ''}${map === undefined ? '' : ' --map names.txt'}`;
  const lines = [
    `cnnc run a.cnn --weights w.safetensors${options}`,
    `w.safetensors: ${tensors.map(([name, shape]) => `${name} ${dtype ?? 'F32'} ${formatShape(shape)}`).join(', ')}`,
    ...(value === undefined ? [] : [`all its weights are ${value}`]),
    ...(map === undefined ? [] : [`names.txt: ${map.trim()}`]),
  ];
  return lines.map((line) => `// ${line}\n`).join('');
}

function entryText({ code, title, explanation, bad, good }: Explanation, columns: number): string {
  const example = (label: string, text: string | undefined): readonly string[] =>
    text === undefined ? [] : ['', `${label}:`, ...excerpt(text).map((line) => `  ${line}`.trimEnd())];
  const lines = [
    `${code}: ${title}`,
    '',
    ...wrap(explanation, columns),
    ...example('wrong', bad),
    ...example('right', good),
  ];
  return `${lines.join('\n')}\n`;
}

/** Examples of limits are long. */
function excerpt(text: string): readonly string[] {
  const lines = text.trimEnd().split('\n');
  const cut = lines.slice(0, 20).map((line) => (line.length > 120 ? `${line.slice(0, 119)}…` : line));
  return lines.length > 20 ? [...cut, '…'] : cut;
}

function codesText(): string {
  const width = Math.max(...explainedCodes.map(({ length }) => length));
  return explainedCodes.map((code) => `${code.padEnd(width)}  ${explanationOf(code)!.title}\n`).join('');
}

function unknownTopic(topic: string, program: Command): UsageError {
  const near = suggest(topic, [
    ...['passes', 'operators', 'blocks', 'codes', 'exit-codes'],
    ...program.commands.map((other) => other.name()),
    ...namedOperators.map(({ name }) => name),
    ...blockNames,
    ...explainedCodes,
  ]);
  const hint = near === undefined ? '`cnnc help codes` lists the codes' : `did you mean ${near}?`;
  return new UsageError(`there is no command, operator, block or code ${printable(topic)}; ${hint}`);
}
