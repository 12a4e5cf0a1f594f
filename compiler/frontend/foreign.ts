// Names that mean nothing here: the nearest name that does, and what other frameworks' words are called in this language.

import type { CallStep, Identifier } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { textOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { didYouMean, problem } from './report.ts';
import { visible } from './scope.ts';
import type { Scope } from './scope.ts';
import { suggest } from '../../grammar/suggest.ts';

/** The operator of that name, if the language knows it. */
export function lookupOperator(operators: OperatorTable, name: string): Operator | undefined {
  const operator = operators.get(name);
  return operator?.internal ? undefined : operator;
}

/** Our name of what another framework calls so. */
export function translate(operators: OperatorTable, name: string): string | undefined {
  const known = [...operators.values()].filter(({ internal }) => !internal);
  const exact = known.find(({ foreign }) => foreign?.names.includes(name));
  const lower = name.toLowerCase();
  return (exact ?? known.find(({ foreign }) => foreign?.names.some((word) => word.toLowerCase() === lower)))?.name;
}

export function unknownStep(step: CallStep, scope: Scope, operators: OperatorTable, first: boolean): Diagnostic {
  const { name, span } = step.callee;
  const candidates = [...operators.values()].filter(({ internal }) => !internal).map((operator) => operator.name);
  for (const [known, entry] of visible(scope)) {
    if (entry.kind === 'block' || (entry.kind === 'value' && first && !step.arguments)) candidates.push(known);
  }
  const translated = translate(operators, name);
  const suggestion = translated ?? suggest(name, candidates);
  const message =
    translated === undefined ? `did you mean \`${suggestion}\`?` : `\`${name}\` is called \`${suggestion}\` here`;
  const extra = translated === undefined ? undefined : inputChannels(step);
  return problem('name/unknown-step', span, `there is no operator, block or value \`${name}\``, {
    found: name,
    expected: 'an operator, a block or a value',
    ...(extra && { notes: [`the channels of the input are known here: ${textOf(extra)} is left out`] }),
    fixes:
      suggestion === undefined
        ? [{ message: `define it with \`block ${name} { … }\`; \`cnnc help operators\` lists what there is` }]
        : [{ message, edits: [{ span, text: suggestion }, ...(extra ? [{ span: extra, text: '' }] : [])] }],
  });
}

/** Layers of PyTorch that are told the channels of their input first, and how many numbers they then have at least. */
const withInputChannels: ReadonlyMap<string, number> = new Map([
  ['Conv2d', 3],
  ['ConvTranspose2d', 3],
  ['Linear', 2],
  ['BatchNorm1d', 1],
  ['BatchNorm2d', 1],
]);

/** Where the channels of the input are written, with the comma behind them. */
function inputChannels({ callee, arguments: given = [] }: CallStep): Span | undefined {
  const positional = given.filter(({ name }) => !name).length;
  const [first, second] = given;
  if (!first || first.name || positional < (withInputChannels.get(callee.name) ?? Infinity)) return undefined;
  // The kernel may also be named: Conv2d(1, 6, kernel_size: 5).
  return { ...first.span, end: second ? second.span.start : first.span.end };
}

export function unknownName(
  name: Pick<Identifier, 'name' | 'span'>,
  candidates: Iterable<string>,
  what: string,
): Diagnostic {
  const suggestion = suggest(name.name, candidates);
  return problem('name/unknown', name.span, `there is no ${what} \`${name.name}\``, {
    found: name.name,
    expected: `the name of a ${what}`,
    fixes: [
      suggestion === undefined ? { message: `define \`${name.name}\` before it` } : didYouMean(name.span, suggestion),
    ],
  });
}
