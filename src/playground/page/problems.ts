// The line below the text that counts what is wrong, and the list that opens above it, over the end of the text, so that nothing
// moves: at which line, and what would mend it. Choosing an entry goes there; a fix is one press.

import type { Range } from '../../ide/types.ts';
import type { TextEdit } from '../protocol.ts';
import { button, byId, element } from './dom.ts';
import type { ProgramState } from './tab.ts';

/** Entries that are listed; the text marks them all. */
const maxListed = 20;

export interface ProblemActions {
  readonly go: (place: Range) => void;
  readonly fix: (edits: readonly TextEdit[]) => void;
}

/** Shows the diagnostics of the state in `#problems`. */
export function showProblems({ diagnostics, text, shown, isCurrent }: ProgramState, { go, fix }: ProblemActions): void {
  const place = byId('problems');
  // Of which text this is.
  place.dataset['length'] = `${text.length}`;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const others = diagnostics.length - errors;
  const parts = [
    ...(errors === 0 ? [] : [count(errors, 'error')]),
    ...(others === 0 ? [] : [count(others, 'warning')]),
  ];
  const summary =
    parts.length > 0
      ? parts.join(', ')
      : shown && isCurrent
        ? 'No problems'
        : 'No network yet: write `network Name { … }`, or choose an example';
  const items = diagnostics.slice(0, maxListed).map(({ start, end, severity, message, fixes }) =>
    element(
      'li',
      { class: severity },
      button(`${lineOf(text, start)}`, () => go({ start, end }), {
        class: 'line',
        title: 'Go to this line',
        'aria-label': `Line ${lineOf(text, start)}`,
      }),
      element(
        'div',
        {},
        element('p', { class: 'message' }, ...withCode(message)),
        ...(fixes.length === 0
          ? []
          : [
              element(
                'p',
                { class: 'fixes' },
                ...fixes.map(({ title, edits }) => button(withoutTicks(title), () => fix(edits), { class: 'fix' })),
              ),
            ]),
      ),
    ),
  );
  const list = element('ul', { tabindex: '0', 'aria-label': 'Problems' }, ...items);
  const more = diagnostics.length - maxListed;
  const state = errors > 0 ? 'error' : others > 0 ? 'warning' : 'fine';
  place.replaceChildren(
    element('p', { class: `summary ${state}` }, summary),
    ...(items.length === 0
      ? []
      : [
          element(
            'div',
            { class: 'listed' },
            list,
            ...(more > 0 ? [element('p', { class: 'soft' }, `and ${more} more`)] : []),
          ),
        ]),
  );
}

/** How many pixels of the end of the text the list lies over. */
export function coveredHeight(): number {
  return byId('problems').querySelector<HTMLElement>('.listed')?.offsetHeight ?? 0;
}

/** What stands between backticks as code. */
const withCode = (text: string): readonly (string | Node)[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? element('code', {}, part) : part));
const withoutTicks = (text: string): string => text.replaceAll('`', '');

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
