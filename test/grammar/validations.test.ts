// What Chevrotain validates in tokens and grammar, which is left out when the parser starts.

import { expect, test } from 'vitest';
import { CnnParser } from '../../grammar/parser.ts';
import { validateTokens } from '../../grammar/tokens.ts';

test('the tokens are valid', () => expect(validateTokens).not.toThrow());

test('the grammar is valid: no ambiguity, no left recursion', () => expect(() => new CnnParser(false)).not.toThrow());
