// A mistake that the parser found → a diagnostic in plain words: by the first habit that recognises it, or else by what the
// rule that failed would have needed.

import { EOF, type IToken } from 'chevrotain';
import type { Diagnostic } from '../diagnostic.ts';
import { shorten, spanOf } from '../token-text.ts';
import type { Mistake } from '../list-parser.ts';
import type { Source } from '../source.ts';
import { arithmetic } from './arithmetic.ts';
import { braces } from './braces.ts';
import { definitions } from './definitions.ts';
import type { Context, Habit } from './habit.ts';
import { headers } from './headers.ts';
import { keywordNames } from './keyword-names.ts';
import { lines } from './lines.ts';
import { otherHeaders } from './other-headers.ts';
import { statementInChain } from './statement-in-chain.ts';
import { statements } from './statements.ts';
import { listOfValues, members } from './members.ts';
import { softKeywords } from './soft-keywords.ts';
import { values } from './values.ts';

/** In the order in which they are asked: the first that recognises the mistake describes it. */
const habits: readonly Habit[] = [
  ...[...otherHeaders, ...statementInChain, keywordNames, ...softKeywords, ...headers, ...members, listOfValues],
  ...[...braces, ...lines, ...arithmetic, ...definitions, ...statements, ...values],
];

/** Always has a finite span inside the source. */
export function describe(source: Source, mistake: Mistake): Diagnostic {
  const context = contextOf(source, mistake);
  for (const habit of habits) {
    const diagnostic = habit(context);
    if (diagnostic) return { severity: 'error', span: context.span, ...diagnostic };
  }
  const expected = expectedBy(context);
  return {
    code: 'syntax/unexpected',
    severity: 'error',
    message: context.atEnd ? `the file ends where ${expected} is expected` : `${context.found} is not allowed here`,
    span: context.span,
    found: context.found,
    expected,
    fixes: [{ message: context.atEnd ? `write ${expected}` : `write ${expected}, or remove ${context.found}` }],
  };
}

function contextOf(source: Source, { error, start }: Mistake): Context {
  const { token } = error;
  const real = (candidate: IToken | undefined): candidate is IToken =>
    candidate !== undefined && candidate.tokenType !== EOF && Number.isFinite(candidate.startOffset);
  const before = (error as { previousToken?: IToken }).previousToken;
  const previous = real(before) ? before : undefined;
  const end = source.text.trimEnd().length;
  const span = real(token) ? spanOf(source, token) : { source, start: end, end };
  return {
    source,
    token,
    previous,
    start,
    span,
    found: real(token) ? (token.image === '' ? 'the end' : shorten(token.image)) : 'the end of the file',
    atEnd: !real(token),
    sameLine: real(token) && previous !== undefined && previous.endLine === token.startLine,
    rule: error.context.ruleStack.at(-1) ?? 'file',
    needed: error.message,
  };
}

/** What a rule with several ways on needs, in plain words. */
const expectedByRule: ReadonlyMap<string, string> = new Map([
  ['file', 'a definition'],
  ['definition', 'import, block, network, const, train or expect'],
  ['network', '( parameters ), { or ='],
  ['statement', 'a step, a name, input, output, share, learned, const, repeat, for or if'],
  ['setting', ': and a value'],
  ['budget', 'a quantity such as parameters, macs, peak_memory or output'],
  ['type', 'a type'],
  ['pattern', 'a name or names in parentheses'],
  ['step', 'a step'],
  ['head', 'a step'],
  ['atom', 'a value'],
  ['flow', 'a step'],
  ['chain', 'a step'],
  ['path', 'a step, a name or {'],
  ['postfix', 'an index'],
  ['primary', 'a value'],
  ['argument', 'a value'],
  ['argumentValue', 'a value'],
  ['value', 'a value'],
  ['extent', 'a number or _'],
]);

const expectedToken: ReadonlyMap<string, string> = new Map([
  ['Identifier', 'a name'],
  ['String', 'a string in double quotes'],
  ['Comparison', 'a comparison'],
  ["','", 'a comma'],
]);

function expectedBy({ rule, needed }: Context): string {
  if (needed === '') return expectedByRule.get(rule) ?? 'something else';
  return expectedToken.get(needed) ?? needed.replace(/^'(.*)'$/, '$1');
}
