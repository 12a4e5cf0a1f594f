// The table of names: every identifier that refers to something has one entry, and what is renamed by it stays the same network.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { useAt, usesOf } from '../../compiler/frontend/names/bindings.ts';
import type { Bindings, Definition, Named, Use } from '../../compiler/frontend/names/bindings.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import type { FrontendResult } from '../../compiler/frontend/index.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lexAll } from '../../grammar/lex.ts';
import { lineOf, textOf } from '../../grammar/source.ts';
import type { Source } from '../../grammar/source.ts';
import { Identifier } from '../../grammar/tokens.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cnn'))
    .map((name) => join(folder, name))
    .toSorted();

function compileFile(file: string, edit: (path: string, text: string) => string = (_, text) => text): FrontendResult {
  const read = (path: string): string | undefined => {
    const place = join(root, dirname(file), path);
    return existsSync(place) ? edit(path, readFileSync(place, 'utf8')) : undefined;
  };
  const path = file.slice(file.lastIndexOf('/') + 1);
  return frontend({ path, text: read(path)! }, { operators, read });
}

const identifiersOf = (source: Source): readonly string[] =>
  lexAll(source)
    .filter(({ tokenType }) => tokenType === Identifier)
    .map(({ image, startOffset }) => `${image} at ${startOffset}`);
const entriesOf = (uses: readonly Use[]): readonly string[] =>
  uses.map(({ span }) => `${textOf(span)} at ${span.start}`);
const isArgumentName = ({ text }: Source, entry: string): boolean => {
  const [name, start] = entry.split(' at ') as [string, string];
  return text.slice(Number(start) + name.length).startsWith(': ');
};
const isNamed = (definition: Definition): definition is Named => 'span' in definition;

const keywords = new Set<unknown>(['output', 'block']);

const examples = [...filesIn('examples'), ...filesIn('test/hosts/browser')];

describe.each(examples)('%s', (file) => {
  const { bindings, diagnostics } = compileFile(file);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');

  test.skipIf(errors.length > 0)('has one entry for every identifier', () => {
    expect(bindings.uses.size).toBeGreaterThan(0);
    for (const [source, uses] of bindings.uses) {
      // Keywords that are a quantity of `expect` and a type, too.
      const names = uses.filter(({ definition }) => !('name' in definition && keywords.has(definition.name)));
      // What an argument of a parameter of type `block` is called says the step that it turns out to be.
      const found = new Set(entriesOf(names));
      const unknown = identifiersOf(source).filter((entry) => !found.has(entry));
      expect(unknown.filter((entry) => !isArgumentName(source, entry))).toEqual([]);
      expect(entriesOf(names)).toEqual(identifiersOf(source).filter((entry) => found.has(entry)));
    }
  });

  test('has definitions with their exact places', () => {
    for (const use of [...bindings.uses.values()].flat()) {
      const { definition, defines, span } = use;
      expect(useAt(bindings, span.source, span.start)).toBe(use);
      expect(textOf(span)).toBe(definition.name);
      if (!isNamed(definition)) expect(defines).toBe(false);
      else {
        expect(textOf(definition.span)).toBe(definition.name);
        expect(usesOf(bindings, definition).filter((one) => one.defines)).toMatchObject([{ span: definition.span }]);
      }
    }
  });
});

test('the examples are there', () => expect(examples.length).toBeGreaterThan(10));

test.each(filesIn('test/diagnostics'))('%s has no identifier twice, and none that is not there', (file) => {
  for (const [source, uses] of compileFile(file).bindings.uses) {
    const entries = entriesOf(uses);
    expect(new Set(entries).size).toBe(entries.length);
    const words = new Set(lexAll(source).map(({ image, startOffset }) => `${image} at ${startOffset}`));
    expect(entries.filter((entry) => !words.has(entry))).toEqual([]);
  }
});

describe('new names by the table', () => {
  const renamed = (file: string, definition: Named, bindings: Bindings): FrontendResult =>
    compileFile(file, (path, text) => {
      const places = usesOf(bindings, definition).flatMap(({ span }) => (span.source.path === path ? [span] : []));
      return places
        .toSorted((a, b) => b.start - a.start)
        .reduce((at, { start, end }) => `${at.slice(0, start)}other_name${at.slice(end)}`, text);
    });
  const files = [
    'examples/googlenet/googlenet.cnn',
    'examples/tour/tour.cnn',
    'examples/tour/values.cnn',
    'examples/resnet/resnet.cnn',
  ];

  test.each(files)('of %s leave its graphs as they are, but for the names in them', (file) => {
    const { bindings, diagnostics, networks } = compileFile(file);
    const all = new Set([...bindings.uses.values()].flat().flatMap(({ definition }) => definition));
    const own = [...all].filter(isNamed);
    expect(own.length).toBeGreaterThan(5);
    for (const definition of own) {
      const after = renamed(file, definition, bindings);
      expect(after.diagnostics.map(({ code }) => code)).toEqual(diagnostics.map(({ code }) => code));
      // A step is called as its block is where it is used, and that may be a parameter.
      const { source, end } = definition.span;
      const isBlock = definition.kind === 'parameter' && source.text.startsWith(': block', end);
      const isInWeights =
        isBlock || ['block', 'value', 'path', 'input', 'network', 'share', 'learned'].includes(definition.kind);
      const shown = ({ graph }: FrontendResult['networks'][number]): unknown =>
        isInWeights ? graph.nodes.map(({ op, operands, results }) => [op, operands, results]) : printGraph(graph);
      expect(after.networks.map(shown)).toEqual(networks.map(shown));
    }
  });
});

const files: Readonly<Record<string, string>> = {
  'main.cnn': `import { block1 as stem, depth } from "./other.cnn"
const n = 2
block twice(width: int, kernel: size = 3x3) { for k in [1, n] { conv(width * k, kernel: kernel, padding: same) } }
network Own {
  input x: [3, 8, 8] { colors: rgb }
  a = stem(width: depth) -> twice(4)
  const half = n / 2
  parallel add { path left = conv(4, kernel: 1) path { a } } -> relu
  b = conv(max(4, half), 1)
  output b { labels: "labels.txt" }
}
network Alias = Own()
expect Own { macs <= n * 1M }
`,
  'other.cnn': `const depth = 8
block block1(width: int) { conv(width, kernel: 1) }
`,
};
const read = (path: string): string | undefined => files[path];

describe('a project', () => {
  const main = { path: 'main.cnn', text: files['main.cnn']! };
  const { bindings } = frontend(main, { operators, read });
  const [, other] = [...bindings.uses.keys()].toSorted((a, b) => (a.path < b.path ? -1 : 1));

  test('says of every name what it is', () => {
    const shown = bindings.uses.get(main)!.map(({ span, definition, defines }) => {
      const place =
        isNamed(definition) && !defines ? ` of ${definition.span.source.path}:${lineOf(definition.span)}` : '';
      return `${lineOf(span)} ${textOf(span)}: ${defines ? 'defines ' : ''}${definition.kind}${place}`;
    });
    expect(shown.join('\n')).toMatchInlineSnapshot(`
      "1 block1: block of other.cnn:2
      1 stem: defines block
      1 depth: constant of other.cnn:1
      2 n: defines constant
      3 twice: defines block
      3 width: defines parameter
      3 int: type
      3 kernel: defines parameter
      3 size: type
      3 k: defines variable
      3 n: constant of main.cnn:2
      3 conv: operator
      3 width: parameter of main.cnn:3
      3 k: variable of main.cnn:3
      3 kernel: attribute
      3 kernel: parameter of main.cnn:3
      3 padding: attribute
      3 same: word
      4 Own: defines network
      5 x: defines input
      5 colors: setting
      5 rgb: word
      6 a: defines value
      6 stem: block of main.cnn:1
      6 width: parameter of other.cnn:2
      6 depth: constant of other.cnn:1
      6 twice: block of main.cnn:3
      7 half: defines constant
      7 n: constant of main.cnn:2
      8 add: operator
      8 left: defines path
      8 conv: operator
      8 kernel: attribute
      8 a: value of main.cnn:6
      8 relu: operator
      9 b: defines value
      9 conv: operator
      9 max: function
      9 half: constant of main.cnn:7
      10 b: value of main.cnn:9
      10 labels: setting
      12 Alias: defines network
      12 Own: network of main.cnn:4
      13 Own: network of main.cnn:4
      13 macs: setting
      13 n: constant of main.cnn:2"
    `);
  });

  test('leads from an alias to what it stands for, and through files', () => {
    const at = (text: string, from = 0): Definition =>
      useAt(bindings, main, main.text.indexOf(text, from) + 1)!.definition;
    const alias = at('stem', main.text.indexOf('a = stem'));
    expect(alias).toMatchObject({ kind: 'block', name: 'stem', original: { kind: 'block', name: 'block1' } });
    expect(at('block1')).toBe((alias as Named).original);
    expect(usesOf(bindings, at('block1'))).toHaveLength(2);
    const depth = at('depth', main.text.indexOf('a = stem')) as Named;
    expect([depth.span.source, depth.span.start]).toEqual([other, 6]);
    expect(usesOf(bindings, depth).map(({ span }) => span.source.path)).toEqual(['other.cnn', 'main.cnn', 'main.cnn']);
    expect(textOf((at('k in') as Named).scope)).toMatch(/^\{ conv\(.*\) \}$/);
    expect(at('conv')).toMatchObject({ kind: 'operator', operator: operators.get('conv') });
    expect(at('padding')).toMatchObject({ kind: 'attribute', name: 'padding', operator: operators.get('conv') });
  });

  test('has nothing between names, and names to their end', () => {
    const start = main.text.indexOf('twice(4)');
    expect(useAt(bindings, main, start + 'twice'.length)?.definition.name).toBe('twice');
    expect(useAt(bindings, main, start + 'twice('.length)).toBeUndefined();
    expect(useAt(bindings, { path: 'none', text: '' }, 0)).toBeUndefined();
  });
});

describe('mistakes', () => {
  const kinds = (statements: string): readonly string[] => {
    const source = { path: 'a.cnn', text: `network A {\n  input x: [3, 8, 8]\n  ${statements}\n}` };
    const uses = frontend(source, { operators }).bindings.uses.get(source)!;
    return uses.slice(2).map(({ span, definition }) => `${textOf(span)} ${definition.kind}`);
  };
  test.each([
    ['nn.Conv2d(3, n, x)', ['x input']],
    ['relu()(x)', ['relu operator', 'x input']],
    ['add(x + x)', ['add operator', 'x input', 'x input']],
    ['concat([x, x])', ['concat operator', 'x input', 'x input']],
    ['conv(4, kernel: 3, speed: max(x, 2))', ['conv operator', 'kernel attribute', 'max function', 'x input']],
    ['nothing(x) -> relu', ['x input', 'relu operator']],
    ['x = relu\n x -> relu', ['x input', 'relu operator', 'x input', 'relu operator']],
  ])('in %s hide no name', (statements, expected) => expect(kinds(statements)).toEqual(expected));
});
