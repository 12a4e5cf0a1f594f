// Text of users in Markdown: nothing in it becomes a link, a picture, markup or a list.

import { escapeControls } from '../../grammar/terminal.ts';

/** As a part of a paragraph. Addresses that readers of Markdown would turn into links by themselves stay text. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\\`*_~[\]<>|#&!$]/g, (character) =>
      character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`,
    )
    .replaceAll(/:(?=\/\/)|(?<=www)\.|@|(?<=mailto|xmpp):/gi, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * As a paragraph of its own on one line, of at most `length` characters: what would begin a list does not. Code between single
 * backticks stays code.
 */
export function paragraphOf(text: string, length = 600): string {
  const line = escapeControls(text.replaceAll(/\s+/g, ' ').trim());
  const cut = line.length > length ? `${line.slice(0, length).trimEnd()}…` : line;
  // Runs of backticks pair in ways of their own: where there are any, none is code.
  const parts = cut.includes('``') ? [cut] : cut.split(/(`[^`]{1,80}`)/);
  return parts
    .map((part, at) => (at % 2 === 1 ? inlineCode(part.slice(1, -1)) : escapeMarkdown(part)))
    .join('')
    .replace(/^(?:[-+=]|\d{1,9}(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`));
}

/** As code in a line. */
export function inlineCode(text: string): string {
  const line = escapeControls(text.replaceAll(/\s+/g, ' ').trim());
  if (!line.includes('`')) return `\`${line}\``;
  const longest = Math.max(...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${line} ${fence}`;
}
