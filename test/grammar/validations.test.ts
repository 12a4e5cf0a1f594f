// What Chevrotain validates in tokens and grammar, which is left out when the parser starts; and that it still begins its rules as
// the parser tells it to.

import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { balance } from '../../grammar/balance.ts';
import { lex } from '../../grammar/lex.ts';
import { CnnParser } from '../../grammar/parser.ts';
import { tokenize, validateTokens } from '../../grammar/tokens.ts';

test('the tokens are valid', () => expect(validateTokens).not.toThrow());

test('only tokens that say so hold ends of lines', () => {
  const folder = new URL('../diagnostics/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.cnn'));
  const texts = files.map((name) => readFileSync(new URL(name, folder), 'utf8'));
  // What is cut off ends somewhere in a token, and what follows begins on another line.
  const cut = texts.flatMap((text) =>
    [text.length / 3, text.length / 2].map((at) => `${text.slice(0, at)}\r\n${text}`),
  );
  const comments = '/* of two\nlines */ a\n/* without\nan end';
  const holds = [...texts, ...cut, comments].flatMap((text) => {
    const { tokens, groups } = tokenize(text);
    return [...tokens, ...Object.values(groups).flat()].filter(({ image }) => /[\n\r]/.test(image));
  });
  expect(holds.length).toBeGreaterThan(0);
  expect(holds.filter(({ tokenType }) => !tokenType.LINE_BREAKS).map(({ image }) => image)).toEqual([]);
});

test('the grammar is valid: no ambiguity, no left recursion', () => expect(() => new CnnParser(false)).not.toThrow());

// A release of Chevrotain that begins rules by another method would make the tables again, and nothing else would notice.
test('the nodes of the concrete tree are no hash tables', () => {
  const source = { path: 'net.cnn', text: 'const a = 1' };
  const sink = { report: () => {} };
  const { tree } = new CnnParser().read(balance(source, lex(source, sink).tokens, sink).tokens);
  expect(Object.getPrototypeOf(tree.children)).toBe(Object.prototype);
});
