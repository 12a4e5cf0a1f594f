// The library as a module: its text is up to date, its files are free of mistakes, what is imported from it is found, and mistakes
// in its use point at the text that uses it.

import { describe, expect, test } from 'vitest';
import { blockTexts } from '../../compiler/blocks/block-text.ts';
import { blockNames, fileOfBlock, LIBRARY, libraryText } from '../../compiler/blocks/library.ts';
import { format } from '../../grammar/format.ts';
import { parse } from '../../grammar/parse.ts';
import { lineOf, textOf } from '../../grammar/source.ts';
import { blockTexts as written } from '../../scripts/generate-block-text.ts';
import { cnnc } from '../cli/harness.ts';
import { compile, mistakes, networkOf, nodeNames } from '../frontend/support.ts';

const using = (names: string, statements: string): string =>
  `import { ${names} } from "cnnc:blocks"\nnetwork A {\n  input x: [8, 16, 16]\n  ${statements}\n}\n`;

test('the compiler has the files as they are', () => expect(blockTexts).toEqual(written()));

test.each(Object.entries(blockTexts))('%s has no mistakes and is formatted', (path, text) => {
  expect(compile(text, { path: `${LIBRARY}/${path}` }).diagnostics).toEqual([]);
  expect(format({ path, text })).toEqual({ text });
});

test('every block is found by its name, and there is no other file', () => {
  for (const name of blockNames) expect(libraryText(fileOfBlock(name)!)).toContain(`block ${name}`);
  const documented = Object.entries(blockTexts).flatMap(([path, text]) =>
    parse({ path, text }).file.definitions.filter((one) => one.kind === 'block' && 'doc' in one),
  );
  expect(blockNames).toEqual(documented.map((one) => 'name' in one && one.name.name));
  expect(new Set(blockNames).size).toBe(blockNames.length);
  expect(() => libraryText('cnnc:blocks/none.cnn')).toThrow(RangeError);
});

describe('an import from the library', () => {
  test('takes what it names, under another name, too', () => {
    expect(nodeNames(networkOf(using('fire as f', 'f(4, 8)')))).toEqual([
      'f1.conv1',
      'f1.act1',
      'f1.path1.conv1',
      'f1.path1.act1',
      'f1.path2.conv1',
      'f1.path2.act1',
      'f1.concat1',
    ]);
  });

  test('needs nothing that reads files, and reads none', () => {
    const files = new Proxy({}, { getOwnPropertyDescriptor: (_, name) => expect.unreachable(String(name)) });
    networkOf(using('fire, inception', 'fire(4, 8)\n  inception(1, (2, 3), (4, 5), 6)'), { files });
  });

  test('may be made by several files of a project', () => {
    const files = { 'part.cnn': 'import { fire } from "cnnc:blocks"\nblock part { fire(2, 4) }\n' };
    const text = `import { part } from "./part.cnn"\n${using('fire', 'fire(4, 8) -> part')}`;
    expect(nodeNames(networkOf(text, { files })).at(-1)).toBe('part1.fire1.concat1');
  });

  test('suggests the nearest name', () => {
    const { diagnostics } = compile(using('fier', 'fier(4, 8)'));
    expect(diagnostics.map(({ code }) => code)).toEqual(['import/unknown-name']);
    expect(diagnostics[0]!.fixes![0]!.message).toBe('did you mean `fire`?');
  });

  test('does not offer the blocks that others are made of, nor its files', () => {
    expect(mistakes(using('crossed', 'crossed(4)'))).toEqual(['import/unknown-name "crossed"']);
    const file = using('fire', 'fire(4, 8)').replace('cnnc:blocks', 'cnnc:blocks/fire.cnn');
    expect(mistakes(file)).toEqual(['import/outside-root "\\"cnnc:blocks/fire.cnn\\""']);
  });
});

test('what a block of the library makes is from the line that calls it', () => {
  const { graph } = networkOf(using('dense_block', 'relu\n  dense_block(2)'));
  expect(new Set(graph.nodes.map(({ origin }) => lineOf(origin!.span)))).toEqual(new Set([4, 5]));
  const { scopes } = graph.nodes.findLast(({ op }) => op === 'conv')!.origin!;
  expect(scopes.map(({ name, span }) => `${name} ${textOf(span)}`)).toEqual([
    'dense_block1 dense_block(2)',
    'dense_block1.dense_layer2 dense_block(2)',
    'dense_block1.dense_layer2.layer dense_block(2)',
  ]);
});

describe('a mistake that shows inside a block points at the call', () => {
  test.each([
    ['an argument', 'shuffle_unit(6, stride: 2)\n  shuffle_unit(7, stride: 2)', 'value/not-whole', 5],
    ['the input', 'conv(7, kernel: 1)\n  shuffle_unit(8)', 'split/C2', 5],
    ['the size of the input', 'max_pool(8)\n  inception_v3_d', 'conv/C4', 5],
  ])('of %s', (_, statements, code, line) => {
    const { diagnostics } = compile(using(statements.match(/[a-z]+_(?:unit|v3_d)/)![0], statements));
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
    const [{ span, related, fixes }] = diagnostics as [(typeof diagnostics)[0]];
    expect([span!.source.path, lineOf(span!)]).toEqual(['main.cnn', line]);
    expect(textOf(span!)).toBe(statements.split('\n  ')[1]);
    expect(related![0]!.span.source.path).toMatch(/^cnnc:blocks\/\w+\.cnn$/);
    expect(fixes!.every(({ edits }) => edits === undefined)).toBe(true);
  });

  test('in a block of the project, which says where it is called, too', () => {
    const text = `block mine(c: int) { shuffle_unit(c, stride: 2) }\n${using('shuffle_unit', 'mine(6) -> mine(7)')}`;
    const { diagnostics } = compile(text.replace(/^(.*)\n(import.*)\n/, '$2\n$1\n'));
    expect(diagnostics.map(({ span }) => textOf(span!))).toEqual(['shuffle_unit(c, stride: 2)']);
    expect(diagnostics[0]!.related!.map(({ span }) => textOf(span)).slice(1)).toEqual(['mine(6)', 'mine(7)']);
  });

  test('and is told once for each call', () => {
    const text = using('shuffle_unit', 'repeat 3 { shuffle_unit(7, stride: 2) }');
    expect(mistakes(text)).toEqual(['value/not-whole "shuffle_unit(7, stride: 2)"']);
  });

  test('after it, mistakes of the file itself are where they are', () => {
    expect(mistakes(using('fire', 'fire(4, 8) -> dense(3)'))).toEqual(['dense/C1 "dense(3)"']);
  });
});

test('cnnc help lists the blocks, and explains each', async () => {
  const { stdout } = await cnnc(['help', 'blocks']);
  expect(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')[0]),
  ).toEqual(blockNames);
  const one = await cnnc(['help', 'unet_stage']);
  expect(one.stdout).toMatch(/^unet_stage\(channels: int, /);
  expect(one.stdout).toContain('Besides what flows, it takes skip.\n\nimport { unet_stage } from "cnnc:blocks"\n');
  expect((await cnnc(['help', 'bottlenek'])).stderr).toContain('did you mean bottleneck?');
});
