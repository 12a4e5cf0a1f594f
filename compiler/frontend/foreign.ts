// Names that mean nothing here: the nearest name that does, and what other frameworks' words are called in this language.

import type { CallStep, Identifier } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { problem } from './report.ts';
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
  return problem('name/unknown-step', span, `there is no operator, block or value \`${name}\``, {
    ...(suggestion !== undefined && {
      fixes: [
        {
          message:
            translated === undefined
              ? `did you mean \`${suggestion}\`?`
              : `\`${name}\` is called \`${suggestion}\` here`,
          edits: [{ span, text: suggestion }],
        },
      ],
    }),
  });
}

export function unknownName(
  name: Pick<Identifier, 'name' | 'span'>,
  candidates: Iterable<string>,
  what: string,
): Diagnostic {
  const suggestion = suggest(name.name, candidates);
  return problem('name/unknown', name.span, `there is no ${what} \`${name.name}\``, {
    ...(suggestion !== undefined && {
      fixes: [{ message: `did you mean \`${suggestion}\`?`, edits: [{ span: name.span, text: suggestion }] }],
    }),
  });
}
