// Settings `name: value` in braces: each once, only known ones, with other frameworks' names translated.

import type { Setting } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { problem } from './report.ts';
import { suggest } from '../../grammar/suggest.ts';

/** The settings by name. `owner` says whose they are: `an input`. */
export function bindSettings(
  settings: readonly Setting[],
  known: readonly string[],
  owner: string,
  report: (diagnostic: Diagnostic) => void,
  foreign: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, Setting> {
  const bound = new Map<string, Setting>();
  for (const setting of settings) {
    const { name, span } = setting.name;
    if (bound.has(name)) {
      report(problem('setting/duplicate', span, `\`${name}\` is set twice`));
    } else if (known.includes(name)) bound.set(name, setting);
    else {
      const suggestion = foreign.get(name) ?? suggest(name, known);
      report(
        problem('setting/unknown', span, `${owner} has no setting \`${name}\``, {
          expected: known.join(', '),
          ...(suggestion !== undefined && {
            fixes: [{ message: `did you mean \`${suggestion}\`?`, edits: [{ span, text: suggestion }] }],
          }),
        }),
      );
    }
  }
  return bound;
}
