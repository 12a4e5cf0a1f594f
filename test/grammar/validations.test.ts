// What Chevrotain validates in tokens and grammar, which is left out when the parser starts; and that it still begins its rules as
// the parser tells it to.

import { expect, test } from 'vitest';
import { balance } from '../../grammar/balance.ts';
import { lex } from '../../grammar/lex.ts';
import { CnnParser } from '../../grammar/parser.ts';
import { validateTokens } from '../../grammar/tokens.ts';

test('the tokens are valid', () => expect(validateTokens).not.toThrow());

test('the grammar is valid: no ambiguity, no left recursion', () => expect(() => new CnnParser(false)).not.toThrow());

// A release of Chevrotain that begins rules by another method would make the tables again, and nothing else would notice.
test('the nodes of the concrete tree are no hash tables', () => {
  const source = { path: 'net.cnn', text: 'const a = 1' };
  const sink = { report: () => {} };
  const { tree } = new CnnParser().read(balance(source, lex(source, sink).tokens, sink).tokens);
  expect(Object.getPrototypeOf(tree.children)).toBe(Object.prototype);
});
