// A network copied from another framework is one mistake: its steps that mean certain steps here are told, and mended, at once.

import type { Diagnostic, Edit } from '../../../../grammar/diagnostic.ts';
import { shortenMessage } from '../../../../grammar/shorten.ts';
import { lineOf, textOf } from '../../../../grammar/source.ts';
import type { Framework } from '../../../ir/foreign.ts';

/** What is said about a step that means nothing here. */
export interface UnknownStep {
  readonly diagnostic: Diagnostic;
  /** The frameworks whose step it certainly is; absent where its fix is not safe. */
  readonly of?: readonly Framework[];
}

/** Steps that are listed; the others are counted. */
const LISTED = 6;
/** Longest text of a step in the list, in UTF-16 units. */
const LONGEST = 48;

/** Combines the diagnostics of one block or network: one for all steps that a framework could have, in the order of the first. */
export function together(steps: readonly UnknownStep[]): readonly Diagnostic[] {
  const groups: { of: readonly Framework[]; readonly members: Diagnostic[] }[] = [];
  for (const { diagnostic, of = [] } of steps) {
    const common = (group: { of: readonly Framework[] }): readonly Framework[] =>
      group.of.filter((framework) => of.includes(framework));
    const group = groups.find((known) => common(known).length > 0);
    if (!group) {
      groups.push({ of, members: [diagnostic] });
      continue;
    }
    group.of = common(group);
    group.members.push(diagnostic);
  }
  return groups.map(({ of, members }) => (members.length > 1 ? joined(of, members) : members[0]!));
}

function joined(of: readonly Framework[], members: readonly Diagnostic[]): Diagnostic {
  const [first] = members;
  const edits = members.flatMap(({ fixes = [] }) => fixes.flatMap((fix) => fix.edits ?? []));
  const listed = edits.slice(0, LISTED);
  const more = edits.length - listed.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return {
    ...first!,
    message: `${members.length} steps are written as in ${of.join(' or ')}`,
    found: [...members.slice(0, LISTED).map(({ found }) => found), ...(more > 0 ? ['…'] : [])].join(', '),
    expected: 'operators, blocks or values',
    notes: [...listed.map(line), ...rest],
    fixes: [{ message: [...listed.map(({ text }) => cut(text)), ...rest].join(', '), edits, safe: true }],
  };
}

function line({ span, text }: Edit): string {
  return `line ${lineOf(span)}: ${cut(textOf(span))} is ${cut(text)}`;
}

function cut(text: string): string {
  const short = shortenMessage(text.replace(/\s+/g, ' '));
  return short.length > LONGEST
    ? `${Array.from(short)
        .slice(0, LONGEST - 1)
        .join('')}…`
    : short;
}
