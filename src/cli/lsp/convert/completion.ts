// What may stand at the caret: completions, and the arguments of the call around it.

import { CompletionItemKind, InsertTextFormat } from 'vscode-languageserver-protocol/node';
import type {
  CompletionItem as ShownItem,
  CompletionList,
  SignatureHelp as ShownHelp,
} from 'vscode-languageserver-protocol/node';
import type { CompletionItem, CompletionKind, SignatureHelp } from '../../../ide/types.ts';
import type { Client } from '../client.ts';
import type { OpenText } from '../workspace.ts';
import { toTextEdit } from './edits.ts';
import { documentation } from './hover.ts';
import { toRange } from './places.ts';

const kinds: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  operator: CompletionItemKind.Function,
  block: CompletionItemKind.Class,
  network: CompletionItemKind.Module,
  attribute: CompletionItemKind.Property,
  parameter: CompletionItemKind.TypeParameter,
  value: CompletionItemKind.Variable,
  constant: CompletionItemKind.Constant,
  variable: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  keyword: CompletionItemKind.Keyword,
  type: CompletionItemKind.Interface,
  setting: CompletionItemKind.Field,
  literal: CompletionItemKind.Value,
  file: CompletionItemKind.File,
  snippet: CompletionItemKind.Snippet,
};

/** For clients that know the protocol's first kinds only, those to 18. */
const olderKinds: Partial<Record<CompletionKind, CompletionItemKind>> = {
  parameter: CompletionItemKind.Variable,
  constant: CompletionItemKind.Variable,
};

/** `sortText` keeps the service's order, which editors would otherwise make alphabetical. */
export function toCompletions(items: readonly CompletionItem[], text: OpenText, client: Client): CompletionList {
  return { isIncomplete: false, items: items.map((item, at) => toCompletion(item, at, text, client)) };
}

function toCompletion(item: CompletionItem, at: number, text: OpenText, client: Client): ShownItem {
  const { label, kind, detail, markdown, insert, snippet, range, also } = item;
  const placeholders = snippet === true && client.snippets;
  return {
    label,
    kind: client.newerKinds ? kinds[kind] : (olderKinds[kind] ?? kinds[kind]),
    sortText: String(at).padStart(4, '0'),
    textEdit: { range: toRange(text, range), newText: snippet && !placeholders ? withoutPlaceholders(insert) : insert },
    ...(placeholders && { insertTextFormat: InsertTextFormat.Snippet }),
    ...(detail !== undefined && { detail }),
    ...(markdown !== undefined && { documentation: documentation(markdown, client.markdown.completion) }),
    ...(also && { additionalTextEdits: also.map(toTextEdit) }),
  };
}

/** What a snippet inserts before anything is typed: `${1:name}` → `name`, `\}` → `}`. */
export function withoutPlaceholders(snippet: string): string {
  return snippet.replace(
    /\\([\\$}])|\$\d+|\$\{\d+(?::((?:[^\\}]|\\.)*))?\}/g,
    (_, escaped: string | undefined, name: string | undefined) =>
      escaped ?? (name === undefined ? '' : withoutPlaceholders(name)),
  );
}

/** The call's one signature; `active` past the last parameter marks none. */
export function toSignatureHelp(help: SignatureHelp, client: Client): ShownHelp {
  const { label, markdown, parameters, active } = help;
  return {
    signatures: [
      {
        label,
        ...(markdown !== undefined && { documentation: documentation(markdown, client.markdown.signature) }),
        parameters: parameters.map(({ range, markdown: about }) => ({
          label: client.labelOffsets ? [range.start, range.end] : label.slice(range.start, range.end),
          ...(about !== undefined && { documentation: documentation(about, client.markdown.signature) }),
        })),
      },
    ],
    activeSignature: 0,
    activeParameter: active ?? parameters.length,
  };
}
