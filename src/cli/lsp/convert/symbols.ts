// What a text consists of: symbols and folding ranges.

import { FoldingRangeKind, SymbolKind } from 'vscode-languageserver-protocol/node';
import type {
  DocumentSymbol as ShownSymbol,
  FoldingRange as ShownFolding,
  SymbolInformation,
} from 'vscode-languageserver-protocol/node';
import type { DocumentSymbol, FoldingRange } from '../../../ide/types.ts';
import type { OpenText } from '../workspace.ts';
import { toRange } from './places.ts';

const kinds: Readonly<Record<DocumentSymbol['kind'], SymbolKind>> = {
  network: SymbolKind.Module,
  block: SymbolKind.Class,
  constant: SymbolKind.Constant,
  input: SymbolKind.Interface,
  value: SymbolKind.Variable,
  path: SymbolKind.Field,
  loop: SymbolKind.Array,
  section: SymbolKind.Namespace,
};

/** A tree, for clients that show one. */
export function toSymbol(symbol: DocumentSymbol, text: OpenText): ShownSymbol {
  const { name, detail, kind, range, selection, children } = symbol;
  return {
    name,
    kind: kinds[kind],
    range: toRange(text, range),
    selectionRange: toRange(text, selection),
    ...(detail !== undefined && { detail }),
    children: children.map((child) => toSymbol(child, text)),
  };
}

/** A list, for clients that show no tree. */
export function toSymbolList(
  symbols: readonly DocumentSymbol[],
  text: OpenText,
  container?: string,
): SymbolInformation[] {
  return symbols.flatMap(({ name, kind, range, children }) => [
    {
      name,
      kind: kinds[kind],
      location: { uri: text.uri, range: toRange(text, range) },
      ...(container !== undefined && { containerName: container }),
    },
    ...toSymbolList(children, text, name),
  ]);
}

const foldingKinds = {
  comment: FoldingRangeKind.Comment,
  imports: FoldingRangeKind.Imports,
  region: FoldingRangeKind.Region,
} as const;

/** By lines and characters; editors that fold whole lines leave the characters out of account. */
export function toFolding({ start, end, kind }: FoldingRange, text: OpenText): ShownFolding {
  const range = toRange(text, { start, end });
  return {
    startLine: range.start.line,
    startCharacter: range.start.character,
    endLine: range.end.line,
    endCharacter: range.end.character,
    ...(kind && { kind: foldingKinds[kind] }),
  };
}
