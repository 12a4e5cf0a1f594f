// Parameters of blocks and networks: the arguments that name them, and their types.

import type { Argument, BlockDefinition, NetworkDefinition, TypeExpression } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import { bind, namedBy, wordKnown } from './bindings.ts';
import type { BindingTable } from './bindings.ts';

/** Notes which parameters the arguments name; a call may stand before the definition. */
export function bindParameterNames(
  table: BindingTable,
  given: readonly Argument[],
  { parameters, span: scope }: BlockDefinition | NetworkDefinition,
): void {
  for (const { name: argument } of given) {
    const identifier = argument && parameters.find(({ name }) => name.name === argument.name)?.name;
    if (!argument || !identifier) continue;
    const { name, span } = identifier;
    bind(
      table,
      argument.span,
      namedBy(table, identifier, () => ({ kind: 'parameter', name, span, scope })),
    );
  }
}

/** Notes the words of a type. */
export function bindType(table: BindingTable, type: TypeExpression): void {
  const open = [type];
  for (let at = open.pop(); at; at = open.pop()) {
    // Where it was guessed, no word says it.
    if (at.kind === 'named' && textOf(at.span) !== at.name) continue;
    if (at.kind === 'named') bind(table, at.span, wordKnown(table, 'type', at.name));
    else if (at.kind === 'list-type') open.push(at.item);
    else open.push(...at.items);
  }
}
