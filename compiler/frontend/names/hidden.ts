// Names that are known in other braces of the same definition: in a branch, a loop or a path, whose names end with it.

import type { Identifier } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { problem } from '../report.ts';
import type { Entry, Scope } from './scope.ts';

/** All scopes of a file; the outermost is `top`. */
interface Scopes {
  readonly parts: ReadonlyMap<Scope, Span>;
  readonly top: Scope;
}

/** What is wrong with a name that another part of this block or network defines for itself; undefined where none does. */
export function hiddenName(
  { parts, top }: Scopes,
  { name, span }: Pick<Identifier, 'name' | 'span'>,
  scope: Scope,
  code = 'name/unknown',
): Diagnostic | undefined {
  const around = new Set(outwards(scope, top));
  for (const inner of parts.keys()) {
    const entry = around.has(inner) ? undefined : inner.names.get(name);
    if (entry && outwards(inner, top).some((outer) => around.has(outer))) return explained(code, name, span, entry);
  }
  return undefined;
}

/** A scope and those around it, up to the definition's own. */
function outwards(scope: Scope, top: Scope): readonly Scope[] {
  const scopes: Scope[] = [];
  for (let at: Scope | undefined = scope; at && at !== top; at = at.parent) scopes.push(at);
  return scopes;
}

function explained(code: string, name: string, span: Span, entry: Entry): Diagnostic {
  const flows = entry.kind === 'value' || entry.kind === 'values';
  return problem(code, span, `\`${name}\` is known only inside the braces in which it is named`, {
    found: name,
    expected: 'a name from here, or from around these braces',
    related: [{ span: entry.span, message: 'named' }],
    fixes: [
      {
        message: flows
          ? `use it inside those braces; what they result in flows on behind them, where ${name} = identity names it`
          : 'define it before those braces',
      },
    ],
  });
}
