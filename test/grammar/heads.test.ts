// What is calculated at the head of a chain means what the same text means as an argument, over any number of lines.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';
import { printAst } from '../../grammar/print-ast.ts';

const { sum } = fc.letrec<{ sum: string; term: string; atom: string }>((tie) => ({
  sum: fc
    .tuple(
      tie('term'),
      fc.array(fc.tuple(fc.constantFrom(' + ', ' - ', '*', ' / ', '\n  - ', ' -\n'), tie('term')), { maxLength: 4 }),
    )
    .map(([first, others]) => first + others.map((part) => part.join('')).join('')),
  term: fc.tuple(fc.constantFrom('', '', '', '-'), tie('atom')).map((part) => part.join('')),
  atom: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('a', 'b', 'xs[-1]', 'xs[i].size', 'c.0.1', 'relu(3)', 'x.channels'),
    fc.constantFrom('2', '0.5'),
    tie('sum').map((inner) => `(${inner})`),
    tie('sum').map((inner) => `(a -> relu -> add(${inner}))`),
  ),
}));

function treeOf(statement: string): string {
  const { file, diagnostics } = parse({ path: 'a.cnn', text: `block b {\n  ${statement}\n}\n` });
  expect(diagnostics).toEqual([]);
  return printAst(file);
}

test('a head has the tree of an argument', () => {
  fc.assert(
    fc.property(sum, (text) => {
      fc.pre(/[a-z]/.test(text));
      const [, operation] = /^ {4}operation (.*)$/m.exec(treeOf(`y = a + (${text})`)) ?? [];
      const [, argument] = /^ {4}f\((.*)\)$/m.exec(treeOf(`f(a + (${text}))`)) ?? [];
      expect(operation).toBe(argument);
      const [, bare] = /^ {4}operation (.*)$/m.exec(treeOf(`y = a + ${text}`)) ?? [];
      const [, given] = /^ {4}f\((.*)\)$/m.exec(treeOf(`f(a + ${text})`)) ?? [];
      expect(bare).toBe(given);
      expect(bare).toBeDefined();
    }),
    { numRuns: 300 },
  );
});
