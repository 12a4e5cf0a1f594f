// Texts about a place, and what is shown between the lines of the text: shapes, costs.

import { InlayHintKind, MarkupKind } from 'vscode-languageserver-protocol/node';
import type {
  CodeLens as ShownLens,
  Hover as ShownHover,
  InlayHint as ShownHint,
  MarkupContent,
} from 'vscode-languageserver-protocol/node';
import type { CodeLens, Hover, InlayHint } from '../../../ide/types.ts';
import type { Client } from '../client.ts';
import type { OpenText } from '../workspace.ts';
import { toPosition, toRange } from './places.ts';

/** Markdown as such, or without its marks for clients that would show them. */
export function documentation(markdown: string, isShown: boolean): MarkupContent {
  return isShown
    ? { kind: MarkupKind.Markdown, value: markdown }
    : { kind: MarkupKind.PlainText, value: withoutMarks(markdown) };
}

/** `**max\\_pool** \`a\`` → `max_pool a`. */
function withoutMarks(markdown: string): string {
  return markdown
    .replaceAll(/^ *```.*$\n?/gm, '')
    .replaceAll(/(?<!\\)(?:\*\*|`)/g, '')
    .replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')
    .replaceAll(/&#(\d{1,4});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}

/** With the range that it is about. */
export function toHover({ range, markdown }: Hover, text: OpenText, client: Client): ShownHover {
  return { contents: documentation(markdown, client.markdown.hover), range: toRange(text, range) };
}

/** A shape is the type of what stands before it. */
export function toInlayHint({ offset, label, tooltip }: InlayHint, text: OpenText): ShownHint {
  const shown = label.trimStart();
  return {
    position: toPosition(text, offset),
    label: shown,
    kind: InlayHintKind.Type,
    ...(shown.length < label.length && { paddingLeft: true }),
    ...(tooltip !== undefined && { tooltip }),
  };
}

/** A title without a command, which editors show as text. */
export function toCodeLens({ range, title }: CodeLens, text: OpenText): ShownLens {
  return { range: toRange(text, range), command: { title, command: '' } };
}
