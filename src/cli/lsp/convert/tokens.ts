// Semantic tokens: each as five numbers, its place relative to the one before (Language Server Protocol 3.17, "Semantic Tokens").

import type { SemanticTokens, SemanticTokensLegend } from 'vscode-languageserver-protocol/node';
import type { Range, SemanticToken, TokenType } from '../../../ide/types.ts';
import type { OpenText } from '../workspace.ts';
import { toPosition } from './places.ts';

const types = {
  keyword: 0,
  comment: 1,
  string: 2,
  number: 3,
  operator: 4,
  function: 5,
  class: 6,
  namespace: 7,
  parameter: 8,
  property: 9,
  variable: 10,
  type: 11,
  enumMember: 12,
} as const satisfies Record<TokenType, number>;
const modifiers = { declaration: 1, readonly: 2, defaultLibrary: 4 } as const satisfies Record<
  SemanticToken['modifiers'][number],
  number
>;

/** What the numbers stand for. */
export const legend: SemanticTokensLegend = { tokenTypes: Object.keys(types), tokenModifiers: Object.keys(modifiers) };

/** Those that touch `range`, or all. */
export function toSemanticTokens(tokens: readonly SemanticToken[], text: OpenText, range?: Range): SemanticTokens {
  const data: number[] = [];
  let [line, character] = [0, 0];
  for (const { start, length, type, modifiers: own } of tokens) {
    if (range && (start + length < range.start || start > range.end)) continue;
    const at = toPosition(text, start);
    const bits = own.reduce((sum, name) => sum | modifiers[name], 0);
    data.push(at.line - line, at.line === line ? at.character - character : at.character, length, types[type], bits);
    ({ line, character } = at);
  }
  return { data };
}
