// Names that a rename would leave behind: those in a part of a text that has a syntax error, where what they stand for is not
// known.

import type { Named } from '../../compiler/frontend/names/bindings.ts';
import { lexAll } from '../../grammar/lex.ts';
import type { Token } from '../../grammar/lex.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Source } from '../../grammar/source.ts';
import { Colon, Identifier } from '../../grammar/tokens.ts';
import type { Analysis } from './analysis.ts';
import { isSeenElsewhere } from './names.ts';

/** One sentence with the first place that says a name and could mean this one; undefined where there is none. */
export function whereUnread(analyses: readonly Analysis[], named: Named): string | undefined {
  for (const { bindings, diagnostics } of analyses) {
    const sources = [...bindings.uses.keys()];
    // A file that does not read the definition's cannot mean it.
    if (!sources.some(({ path }) => path === named.span.source.path)) continue;
    const broken = sources.filter((source) =>
      diagnostics.some(({ code, span }) => code.startsWith('syntax/') && span?.source === source),
    );
    for (const source of broken) {
      const bound = new Set(bindings.uses.get(source)!.map(({ span }) => span.start));
      const tokens = lexAll(source);
      const found = tokens.find(
        (token, at) => !bound.has(token.startOffset) && couldMean(token, tokens[at + 1], source, named),
      );
      if (!found) continue;
      const start = found.startOffset;
      return `line ${lineOf({ source, start, end: start })} of ${source.path} has a syntax error, so that \`${named.name}\` in it would stay: mend that first`;
    }
  }
  return undefined;
}

/** Whether a word lies where the name is visible, or names an argument of its block. */
function couldMean(word: Token, next: Token | undefined, source: Source, named: Named): boolean {
  const { kind, name, span, scope, original } = named;
  if (word.tokenType !== Identifier || word.image !== name) return false;
  if (kind === 'parameter' && next?.tokenType === Colon) return true;
  if (source.path !== span.source.path) return kind !== 'parameter' && isSeenElsewhere(named) && !original;
  return scope.start <= word.startOffset && word.startOffset < scope.end;
}
