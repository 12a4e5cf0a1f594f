// Colours a text as editors do that know TextMate grammars: with VS Code's own tokenizer, from npm.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { IGrammar } from 'vscode-textmate';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma') as typeof import('vscode-oniguruma');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate') as typeof import('vscode-textmate');

const path = fileURLToPath(new URL('../../editors/vscode/syntaxes/cnn.tmLanguage.json', import.meta.url));

export interface ColouredToken {
  readonly text: string;
  /** The innermost scopes, without `source.cnn` and without the language's name at their ends. */
  readonly scopes: readonly string[];
}

/** The grammar that the extension has. */
export async function loadGrammar(): Promise<IGrammar> {
  const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
  });
  const grammar = await registry.loadGrammar('source.cnn');
  if (!grammar) throw new Error('the grammar has no scope source.cnn');
  return grammar;
}

/** By line; blanks are left out. */
export function coloured(grammar: IGrammar, text: string): readonly (readonly ColouredToken[])[] {
  let state = INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens
      .map(({ startIndex, endIndex, scopes }) => ({
        text: line.slice(startIndex, endIndex),
        scopes: scopes.slice(1).map((scope) => scope.replace(/\.cnn$/, '')),
      }))
      .filter((token) => token.text.trim() !== '');
  });
}
