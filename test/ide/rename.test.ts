// Rename, definition and references: by hand on small projects, and over all examples.

import { describe, expect, test } from 'vitest';
import { definition } from '../../src/ide/definition.ts';
import { references } from '../../src/ide/references.ts';
import { prepareRename, rename } from '../../src/ide/rename.ts';
import type { Rename } from '../../src/ide/types.ts';
import { analyseFile, analyseTexts, edited, exampleFiles, shown } from './marked.ts';

const texts: Readonly<Record<string, string>> = {
  'main.cnn': `import { block1 as stem, depth } from "./parts/other.cnn"
import { squeeze_excite } from "cnnc:blocks"
const n = 2
block twice(width: int, act: block = relu) {
  for k in [1, n] { conv(width * k, kernel: 3, padding: same) -> act }
}
network Own(classes: int = 4) {
  input x: [3, 8, 8]
  a = stem(width: depth) -> twice(4) -> squeeze_excite(4)
  parallel add { path left = conv(8, kernel: 1) path { a } }
  repeat n as i collect all { conv(8 + i, kernel: 1) }
  b = concat(all) -> flatten -> dense(classes)
  output b
}
network Alias = Own(classes: 5)
train Own { loss: cross_entropy epochs: n }
`,
  'parts/other.cnn': `const depth = 8
/// A stem.
block block1(width: int) { conv(width, kernel: 1) }
`,
};
const main = analyseTexts(texts);
const other = analyseTexts(texts, 'parts/other.cnn');
const at = (text: string, inside = 0): number => texts['main.cnn']!.indexOf(text) + inside;

describe('definition', () => {
  test.each([
    ['stem(width', 0, 'parts/other.cnn:3 block1'],
    ['stem, depth', 0, 'parts/other.cnn:3 block1'],
    ['block1', 3, 'parts/other.cnn:3 block1'],
    ['width: depth', 0, 'parts/other.cnn:3 width'],
    ['depth) ->', 0, 'parts/other.cnn:1 depth'],
    ['twice(4)', 5, 'main.cnn:4 twice'],
    ['act }', 0, 'main.cnn:4 act'],
    ['k, kernel', 0, 'main.cnn:5 k'],
    ['n] {', 0, 'main.cnn:3 n'],
    ['i, kernel', 0, 'main.cnn:11 i'],
    ['all)', 0, 'main.cnn:11 all'],
    ['b\n}', 0, 'main.cnn:12 b'],
    ['left =', 0, 'main.cnn:10 left'],
    ['classes: 5', 0, 'main.cnn:7 classes'],
    ['Own(classes: 5', 0, 'main.cnn:7 Own'],
    ['Own { loss', 0, 'main.cnn:7 Own'],
    ['"./parts', 4, 'parts/other.cnn:1 '],
  ])('of %s', (text, inside, expected) => expect(shown(definition(main, at(text, inside))!)).toBe(expected));

  test('of a block of the library is in its text', () => {
    const found = definition(main, at('squeeze_excite(4)'))!;
    expect(found.source.path).toMatch(/^cnnc:blocks\/\w+\.cnn$/);
    expect(found.source.text.slice(found.start - 6, found.end)).toBe('block squeeze_excite');
  });

  test.each(['conv(width', 'kernel: 3', 'same)', 'loss:', 'parallel', 'int,'])('is not there for %s', (text) =>
    expect(definition(main, at(text))).toBeUndefined(),
  );
});

describe('references', () => {
  const found = (text: string, declaration = true): readonly string[] =>
    references(main, at(text), { declaration, others: [other] }).map(shown);

  test('of an imported block are those of either name, in either file', () => {
    const uses = ['main.cnn:1 block1', 'main.cnn:9 stem'];
    expect(found('stem(width', false).toSorted()).toEqual(uses);
    expect(found('block1').toSorted()).toEqual([
      ...['main.cnn:1 block1', 'main.cnn:1 stem', 'main.cnn:9 stem', 'parts/other.cnn:3 block1'],
    ]);
  });

  test('of a network, a constant, a parameter', () => {
    expect(found('Own(classes: int')).toEqual(['main.cnn:7 Own', 'main.cnn:15 Own', 'main.cnn:16 Own']);
    expect(found('n = 2', false)).toEqual(['main.cnn:5 n', 'main.cnn:11 n', 'main.cnn:16 n']);
    expect(found('classes)')).toEqual(['main.cnn:7 classes', 'main.cnn:12 classes', 'main.cnn:15 classes']);
  });

  test('of an operator and of its attribute', () => {
    expect(found('conv(width').filter((place) => place.startsWith('main'))).toEqual([
      ...['main.cnn:5 conv', 'main.cnn:10 conv', 'main.cnn:11 conv'],
    ]);
    expect(found('padding:')).toContain('main.cnn:5 padding');
  });

  test('are none between names', () => expect(found(' = 2')).toEqual(found('n = 2')));
  test('are none in white space', () => expect(references(main, at('  input x') + 1)).toEqual([]));
});

describe('rename', () => {
  const renamed = (text: string, name: string): Readonly<Record<string, string>> => {
    const result = rename(main, at(text), name, [other]);
    if ('refused' in result) throw new Error(result.refused);
    return edited(texts, result.edits);
  };

  test('changes an imported block in both files, and not its alias', () => {
    const after = renamed('block1', 'entry');
    expect(after['main.cnn']).toMatch(/^import \{ entry as stem, depth \}/);
    expect(after['main.cnn']).toContain('a = stem(width');
    expect(after['parts/other.cnn']).toContain('block entry(width: int)');
  });

  test('changes an alias only where it is said', () => {
    const after = renamed('stem(width', 'entry');
    expect(after['main.cnn']).toContain('{ block1 as entry, depth }');
    expect(after['main.cnn']).toContain('a = entry(width');
    expect(after['parts/other.cnn']).toBe(texts['parts/other.cnn']);
  });

  test('of an imported constant, from the file that defines it, reaches its importers', () => {
    const result = rename(other, texts['parts/other.cnn']!.indexOf('depth'), 'channels', [main]) as Rename;
    expect(result.edits.map(({ span }) => shown(span))).toEqual([
      ...['parts/other.cnn:1 depth', 'main.cnn:1 depth', 'main.cnn:9 depth'],
    ]);
  });

  test('changes an output and the loss that names it', () => {
    const text = `${texts['main.cnn']!.replace('loss: cross_entropy', 'loss: cross_entropy(of: b)')}`;
    const result = rename(analyseTexts({ ...texts, 'main.cnn': text }), text.indexOf('b = concat'), 'scores') as Rename;
    expect(edited({ 'main.cnn': text }, result.edits)['main.cnn']).toMatch(
      /scores = concat[^]*output scores\n[^]*cross_entropy\(of: scores\)/,
    );
  });

  test('changes an output and the loss of an alias that names it', () => {
    const text = `${texts['main.cnn']!.replace('train Own { loss: cross_entropy', 'train Alias { loss: cross_entropy(of: b)')}`;
    const result = rename(analyseTexts({ ...texts, 'main.cnn': text }), text.indexOf('b = concat'), 'scores') as Rename;
    expect(edited({ 'main.cnn': text }, result.edits)['main.cnn']).toMatch(
      /output scores\n[^]*train Alias \{ loss: cross_entropy\(of: scores\)/,
    );
  });

  test('changes a parameter and the arguments that name it', () => {
    const after = renamed('width: depth', 'channels');
    expect(after['main.cnn']).toContain('stem(channels: depth)');
    expect(after['main.cnn']).toContain('block twice(width');
    expect(after['parts/other.cnn']).toContain('block block1(channels: int) { conv(channels');
  });

  test('says which weights, outputs and networks are called otherwise', () => {
    const note = (text: string, name: string): string | undefined => (rename(main, at(text), name) as Rename).note;
    expect(note('left =', 'right')).toBe(
      'weights are then called `right.conv1.weight` instead of `left.conv1.weight` (the first of 2): files with the old names need `--map`',
    );
    expect(note('b = concat', 'scores')).toMatch(
      /^weights are then called `scores\.dense1\.weight` instead of `b\.dense1\.weight`/,
    );
    expect(note('Own(classes: int', 'Mine')).toMatch(/^networks are then called `Mine` instead of `Own`/);
    expect(note('k in', 'times')).toBeUndefined();
  });

  test.each([
    ['n = 2', 'relu', '`relu` is an operator, which the name would hide'],
    ['n = 2', 'repeat', '`repeat` is a keyword'],
    ['n = 2', '_', '`_` is a keyword'],
    ['n = 2', '3d', 'a name is made of letters a–z and A–Z, digits and `_`, and does not begin with a digit'],
    ['n = 2', 'größe', 'a name is made of letters a–z and A–Z, digits and `_`, and does not begin with a digit'],
    ['n = 2', 'a b', 'a name is made of letters a–z and A–Z, digits and `_`, and does not begin with a digit'],
    ['n = 2', 'x'.repeat(129), 'a name has at most 128 characters, and this one has 129'],
    ['n = 2', 'width', '`width` is taken by line 4 of main.cnn'],
    ['k in', 'n', '`n` is taken by line 3 of main.cnn'],
    ['a = stem', 'b', '`b` is taken by line 12 of main.cnn'],
    ['twice(width', 'Own', '`Own` is taken by line 7 of main.cnn'],
    ['twice(width', 'stem', '`stem` is taken by line 1 of main.cnn'],
    ['n = 2', 'cross_entropy', '`cross_entropy` would stand for something else on line 16 of main.cnn'],
    ['conv(width', 'fold', '`conv` is an operator of the language, which keeps its name'],
    ['kernel: 3', 'size', '`kernel` is an argument of an operator of the language, which keeps its name'],
    [
      'squeeze_excite(4)',
      'se',
      '`squeeze_excite` belongs to the library "cnnc:blocks", which keeps its names: write `squeeze_excite as` and another name in the import',
    ],
    ['= 2', 'two', 'no name stands here'],
  ])('of %s to %s is refused', (text, name, refused) =>
    expect(rename(main, at(text, text.startsWith('=') ? 2 : 0), name, [other])).toEqual({ refused }),
  );

  test('is refused where an importer has that name', () => {
    const offset = texts['parts/other.cnn']!.indexOf('depth');
    expect(rename(other, offset, 'twice', [main])).toEqual({ refused: '`twice` is taken by line 4 of main.cnn' });
  });

  describe('beside a syntax error', () => {
    const text = `block a(width: int) { conv(width, kernel: 1) }
block b { x = relu }
network A {
  input x: [1, 8, 8]
  = a(width: 4) x
}
`;
    const renamed = (name: string): unknown =>
      rename(analyseTexts({ 'net.cnn': text }), text.indexOf(name), 'other_name');
    const refused = (name: string): string =>
      `line 5 of net.cnn has a syntax error, so that \`${name}\` in it would stay: mend that first`;

    test('is refused where that part could say the name', () => {
      expect(renamed('x: [')).toEqual({ refused: refused('x') });
      expect(renamed('width: int')).toEqual({ refused: refused('width') });
    });

    test('is not where the name is not visible there, nor for other files', () => {
      expect(renamed('x = relu')).toHaveProperty('edits.length', 1);
      const own = analyseTexts({ 'own.cnn': 'network B {\n  input x: [1, 8, 8]\n  x -> relu\n}\n' });
      const result = rename(own, own.source.text.indexOf('x:'), 'y', [analyseTexts({ 'net.cnn': text })]);
      expect(result).toHaveProperty('edits.length', 2);
    });

    test('is refused where it is in an importer', () => {
      const importer = `import { depth } from "./parts/other.cnn"\n${text.replace(') x', ') depth')}`;
      const offset = texts['parts/other.cnn']!.indexOf('depth');
      expect(rename(other, offset, 'channels', [analyseTexts({ 'net.cnn': importer, ...texts })])).toEqual({
        refused: 'line 6 of net.cnn has a syntax error, so that `depth` in it would stay: mend that first',
      });
    });
  });

  test('is refused where a call through a parameter names the argument', () => {
    const text = `block thin(width: int = 4) { conv(width, kernel: 1) }
block outer(step: block) { step(width: 8) }
network A {
  input x: [1, 8, 8]
  outer(thin)
}
`;
    const result = rename(analyseTexts({ 'net.cnn': text }), text.indexOf('width'), 'channels');
    expect(result).toMatchObject({
      refused: expect.stringMatching(/^with the name `channels`, line 2 of net.cnn would be wrong: /),
    });
  });

  test('works beside an import of a file without names, and of none', () => {
    for (const other of [{ 'other.cnn': '// nothing\n' }, {}]) {
      const text = 'import { q } from "./other.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  q\n}\n';
      const analysis = analyseTexts({ 'net.cnn': text, ...other });
      expect(rename(analysis, text.indexOf('x:'), 'image')).toHaveProperty('edits.length', 1);
      expect(rename(analysis, text.indexOf('  q') + 2, 'r')).toEqual({
        refused: 'what `q` stands for is not known, because its import failed',
      });
    }
  });

  test('is prepared by the name and its place', () => {
    const start = at('twice(4)');
    expect(prepareRename(main, start + 2)).toEqual({ range: { start, end: start + 5 }, placeholder: 'twice' });
    expect(prepareRename(main, at('conv(width'))).toHaveProperty('refused');
    expect(prepareRename(main, at('  input x') + 1)).toBeUndefined();
  });
});

test.each(exampleFiles)('%s has one definition for all references of a name', (path) => {
  const analysis = analyseFile(path);
  const uses = analysis.bindings.uses.get(analysis.source) ?? [];
  const checked = new Set<unknown>();
  for (const use of uses) {
    if (checked.has(use.definition)) continue;
    checked.add(use.definition);
    const found = references(analysis, use.span.start);
    expect(found.map(shown)).toContain(shown(use.span));
    const places = found.filter(({ source }) => source === analysis.source);
    expect(new Set(places.map(({ start }) => JSON.stringify(definition(analysis, start)?.start))).size).toBe(1);
  }
});
