// Evaluates emitted modules as bodies of functions: they are freed afterwards, and need no import for each network. What modules have in
// common, the text of the runtime, is most of what they are: it is compiled once for all with the same parts of it, and evaluated anew for
// each.

/** What the top level of a text declares. */
const declared = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)/gm)].map(([, name]) => name!);

interface Shared {
  readonly evaluate: (rest: string) => unknown;
  readonly names: ReadonlySet<string>;
}

const known = new Map<string, Shared>();

function sharedBy(runtime: string): Shared {
  const found = known.get(runtime);
  if (found) return found;
  const evaluate = new Function('rest', `'use strict';\n${runtime}\nreturn eval(rest);`) as Shared['evaluate'];
  const made = { evaluate, names: new Set(declared(runtime)) };
  known.set(runtime, made);
  return made;
}

/**
 * The value of the expression `result` behind the text of a module, which has these parts of the runtime in it, in this order. Throws where
 * it has not, or declares a name of theirs a second time.
 */
export function evaluated(text: string, parts: readonly string[], result: string): unknown {
  const rest: string[] = [];
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    if (at < 0) throw new Error(`the module is without ${part.trim().split('\n')[0]}`);
    rest.push(text.slice(from, at));
    from = at + part.length;
  }
  const { evaluate, names } = sharedBy(parts.join('\n'));
  rest.push(text.slice(from));
  // There is no address: nothing that is evaluated so starts threads.
  const own = rest
    .join('')
    .replaceAll(/^export /gm, '')
    .replaceAll('import.meta.url', '"nowhere"');
  const twice = declared(own).find((name) => names.has(name));
  if (twice !== undefined) throw new SyntaxError(`${twice} is declared by the runtime and by the module`);
  return evaluate(`${own}\n;(${result});`);
}
