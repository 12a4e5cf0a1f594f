// Names in the expressions of sections: no step resolves them, so that what stands for nothing is reported where they are read.

import type { Expression, Identifier } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { visit } from '../../../grammar/visit.ts';
import { unknownName } from '../names/foreign.ts';
import { lookup, visible } from '../names/scope.ts';
import type { Scope } from '../names/scope.ts';
import { functions } from '../values/evaluate.ts';

export interface UnknownName extends Identifier {
  readonly isCalled: boolean;
}

/** The first name that stands for nothing; undefined where there is none, or where it may be one of what could not be read. */
export function unknownIn(expression: Expression, scope: Scope): UnknownName | undefined {
  if (scope.module.incomplete) return undefined;
  const found: UnknownName[] = [];
  visit(expression, (node) => {
    const inner = node as unknown as Expression;
    if (inner.kind === 'name' && !lookup(scope, inner.name)) found.push({ ...inner, isCalled: false });
    if (inner.kind === 'call' && !functions.has(inner.callee.name)) found.push({ ...inner.callee, isCalled: true });
  });
  return found[0];
}

/** The error of a name where a number is due. */
export function unknownNumber(name: UnknownName, scope: Scope): Diagnostic {
  if (name.isCalled) return unknownName(name, functions.keys(), 'function');
  const constants = [...visible(scope)].flatMap(([known, { kind }]) => (kind === 'const' ? [known] : []));
  return unknownName(name, constants, 'constant');
}
