// Rename: a name in its file, in the files that it imports, and in those that import it. The text as it would be is analysed
// anew (rename-check.ts), so that nothing is renamed that would come to mean something else.

import { lookupOperator } from '../../compiler/frontend/names/foreign.ts';
import type { Definition, Named } from '../../compiler/frontend/names/bindings.ts';
import { isOfLibrary, LIBRARY } from '../../compiler/blocks/library.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { lexAll } from '../../grammar/lex.ts';
import { NAME_LIMIT } from '../../grammar/token-text.ts';
import { Identifier } from '../../grammar/tokens.ts';
import type { Analysis } from './analysis.ts';
import { isNamed, keyOf, nameAt, usesWhere } from './names.ts';
import { afterwards, whatBreaks } from './rename-check.ts';
import { otherNames } from './rename-note.ts';
import { whereUnread } from './rename-unread.ts';
import type { Refusal, Rename, RenameTarget } from './types.ts';

/** What would be renamed at an offset, or why it keeps its name; undefined where no name stands. */
export function prepareRename(analysis: Analysis, offset: number): RenameTarget | Refusal | undefined {
  const use = nameAt(analysis, offset);
  if (!use) return undefined;
  const { definition, span } = use;
  const refused = whyFixed(definition);
  return refused === undefined
    ? { range: { start: span.start, end: span.end }, placeholder: definition.name }
    : { refused };
}

/**
 * Gives another name to what stands at an offset, wherever it is said. `others` are further files that may say it: the
 * importers. Refused where the name is none, is taken, or would mean something else at one of its places.
 */
export function rename(
  analysis: Analysis,
  offset: number,
  name: string,
  others: readonly Analysis[] = [],
): Rename | Refusal {
  const definition = nameAt(analysis, offset)?.definition;
  if (!definition) return { refused: 'no name stands here' };
  const refused = whyFixed(definition) ?? whyNoName(name);
  if (refused !== undefined) return { refused };
  if (definition.name === name) return { edits: [] };
  const wanted = keyOf(definition);
  const analyses = [analysis, ...others];
  const uses = usesWhere(analyses, (one) => keyOf(one) === wanted);
  const unread = isNamed(definition) ? whereUnread(analyses, definition) : undefined;
  if (unread !== undefined) return { refused: unread };
  const edits = uses.map(({ span }): Edit => ({ span, text: name }));
  const notes: string[] = [];
  for (const one of analyses) {
    const after = afterwards(one, edits);
    if (!after) continue;
    const broken = whatBreaks(one, after, name);
    if (broken !== undefined) return { refused: broken };
    const note = otherNames(one.networks, after.result.networks);
    if (note !== undefined) notes.push(note);
  }
  return { edits, ...(notes[0] !== undefined && { note: notes[0] }) };
}

/** Why what a name stands for is called as it is. */
function whyFixed(definition: Definition): string | undefined {
  const { kind, name } = definition;
  if (!isNamed(definition)) return `\`${name}\` is ${describe[definition.kind]} of the language, which keeps its name`;
  if (kind === 'missing') return `what \`${name}\` stands for is not known, because its import failed`;
  return isOfLibrary(definition.span.source.path) ? ofLibrary(definition) : undefined;
}

function ofLibrary({ kind, name }: Named): string {
  const ofIt = `\`${name}\` belongs to the library "${LIBRARY}", which keeps its names`;
  return kind === 'block' ? `${ofIt}: write \`${name} as\` and another name in the import` : ofIt;
}

const describe = {
  operator: 'an operator',
  attribute: 'an argument of an operator',
  function: 'a function',
  word: 'a word',
  setting: 'a setting',
  type: 'a type',
} as const satisfies Readonly<Record<Exclude<Definition['kind'], Named['kind']>, string>>;

/** Why a text is not for names. */
function whyNoName(name: string): string | undefined {
  if (name.length > NAME_LIMIT) return `a name has at most ${NAME_LIMIT} characters, and this one has ${name.length}`;
  const [token, ...more] = lexAll({ path: '', text: name });
  if (!token || more.length > 0 || token.image !== name || !/^[A-Za-z_]\w*$/.test(name))
    return 'a name is made of letters a–z and A–Z, digits and `_`, and does not begin with a digit';
  if (token.tokenType !== Identifier) return `\`${name}\` is a keyword`;
  if (lookupOperator(operators, name)) return `\`${name}\` is an operator, which the name would hide`;
  return undefined;
}
