// Every function at every offset of texts with mistakes: an answer, never an exception.

import { expect, test } from 'vitest';
import { actions } from '../../src/ide/actions.ts';
import { definition } from '../../src/ide/definition.ts';
import { diagnostics } from '../../src/ide/diagnostics.ts';
import { folding } from '../../src/ide/folding.ts';
import { format, formatRange } from '../../src/ide/formatting.ts';
import { references } from '../../src/ide/references.ts';
import { prepareRename, rename } from '../../src/ide/rename.ts';
import { semanticTokens } from '../../src/ide/semantic-tokens.ts';
import { symbols } from '../../src/ide/symbols.ts';
import { analyseTexts } from './marked.ts';

const texts = {
  'an empty text': '',
  'half a network':
    'network A(w: int = 3 {\n  input x: [1, 8\n  conv(w, kernel: ) -> \n  parallel add { path a = relu path {',
  'signs alone': '}}{{ -> : , "open\n /* open',
  'a missing import': 'import { a, b as c from "./none.cnn"\nblock d(x: int) { c(x) -> a(-> }\r\nnetwork N { d(1',
  'names twice':
    'const a = 1\nconst a = a\nblock a(a: block) { a -> a a = a(a) }\nnetwork a { input a: [a] a = a : [a] }',
  'words of others':
    'network A {\n  input x: [28, 28, 1]\n  x = nn.Conv2d(1, 6, 5)(x);\n  x => ReLU() # done\n  größe = x\n}',
} as const;

test.each(Object.entries(texts))('%s', (_, text) => {
  const analysis = analyseTexts({ 'net.cnn': text });
  for (const whole of [diagnostics, folding, format, semanticTokens, symbols])
    expect(whole(analysis)).toBeInstanceOf(Array);
  for (let offset = 0; offset <= text.length; offset += 1) {
    const range = { start: offset, end: Math.min(text.length, offset + 3) };
    expect(actions(analysis, range)).toBeInstanceOf(Array);
    expect(formatRange(analysis, range)).toBeInstanceOf(Array);
    expect(references(analysis, offset)).toBeInstanceOf(Array);
    expect([undefined, 'object']).toContain(definition(analysis, offset) && 'object');
    const target = prepareRename(analysis, offset);
    const result = rename(analysis, offset, 'other_name');
    if (!target || 'refused' in target) expect(result).toHaveProperty('refused');
  }
});
