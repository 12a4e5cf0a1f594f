// Whatever the brackets of a text are, the parser sees them in pairs.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { balance } from '../../grammar/balance.ts';
import { closerOf } from '../../grammar/brackets.ts';
import { lex } from '../../grammar/lex.ts';
import { parse } from '../../grammar/parse.ts';
import type { Source } from '../../grammar/source.ts';

const words = [
  ...['{', '}', '(', ')', '[', ']', '=', ':', ',', '->', '"', '3', 'b', '\n', '\n ', '\n  '],
  ...[
    '{',
    '}',
    ')',
    '\n',
    '\n ',
    'block N',
    'network N',
    'repeat 3',
    'parallel add',
    'path',
    'if x',
    'else',
    'train N',
  ],
];
const closers: ReadonlySet<unknown> = new Set(closerOf.values());

/** Brackets that were put in, taken out or moved in a way that once left them crossing each other, or one of them open. */
const crossing = [
  'b{$\n=$\n }$\n)',
  'train N[} \n ] \n)}',
  'path3-> =train N\n {\n  } repeat 3\n]} ',
  ',\n network N\n  ={ else] }\n \n )\n  "\n \n }\n  ',
  '[\n\n path, \n\n  \n  path,}\n } \n  )',
  '[network N else\n :\n bconstrepeat 3 \n )\n\n}( path',
  ':[ \n if xb( {3))parallel add const\n \n}})( ){)\n ',
  'b \n \n ( (parallel add{) \n}{\n  [ ',
  '[ [->\n   parallel add { \n   {\nbparallel add"block N\n "path \n}',
];

test('brackets are paired', () => {
  const soup = fc
    .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom('', ' ')), { maxLength: 40 })
    .map((parts) => parts.flat().join(''));
  fc.assert(
    fc.property(soup, (text) => {
      const source: Source = { path: 'a.cnn', text };
      const sink = { report: () => {} };
      const lexed = lex(source, sink);
      const open: unknown[] = [];
      for (const { tokenType } of balance(source, lexed.tokens, sink, lexed.cut).tokens) {
        if (closerOf.has(tokenType)) open.push(closerOf.get(tokenType));
        else if (closers.has(tokenType)) expect(open.pop()).toBe(tokenType);
      }
      expect(open).toEqual([]);
      expect(parse(source).file.source).toBe(source);
    }),
    { seed: 15, numRuns: 5000, examples: crossing.map((text): [string] => [text]) },
  );
});
