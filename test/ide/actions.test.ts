// Actions at a place: what they are called, what they write, and that a fix mends what it is offered for.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyEdits } from '../../src/edit/apply.ts';
import { actions } from '../../src/ide/actions.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { analyseFile, analyseTexts, caretIn, readFile } from './marked.ts';

/** The titles at `|`, and the text after the one that is asked for. */
function at(marked: string): { readonly titles: readonly string[]; after(title: string): string } {
  const { text, offset } = caretIn(marked);
  const found = actions(analyseTexts({ 'net.cnn': text }), { start: offset, end: offset });
  return {
    titles: found.map(({ title, kind, preferred }) => `${kind}${preferred ? '!' : ''}: ${title}`),
    after: (title) => applyEdits(text, found.find((one) => one.title === title)!.edits)!,
  };
}

const lenet = (lines: string): string => `network LeNet {\n  input image: [1, 28, 28]\n${lines}}\n`;

describe('fixes', () => {
  test('that are safe are preferred, and can be applied all at once', () => {
    const { titles, after } = at(lenet('  conv(6, kernel: 5) |=> relu => tanh\n  max_pool(2) => relu\n'));
    expect(titles[0]).toBe('quickfix!: write ->');
    expect(titles).toContain('quickfix: apply all 3 safe fixes of the file');
    expect(after('apply all 3 safe fixes of the file')).toBe(
      lenet('  conv(6, kernel: 5) -> relu -> tanh\n  max_pool(2) -> relu\n'),
    );
  });

  test('that are guesses are not preferred', () => {
    const { titles, after } = at(lenet('  con|vv(6, kernel: 5)\n'));
    expect(titles).toEqual(['quickfix: write `conv`']);
    expect(after('write `conv`')).toBe(lenet('  conv(6, kernel: 5)\n'));
  });

  test('without edits are none, nor those of other places', () => {
    expect(
      at(lenet('  relu\n|  convv(6, kernel: 5)\n').replace('|  ', '  ').replace('image', 'im|age')).titles,
    ).toEqual([]);
    expect(at(lenet('  a, b| = split(2)\n')).titles).toEqual([]);
  });
});

describe('shapes', () => {
  const text = lenet('  conv(6, kernel: 5) ->| relu\n  max_pool(2) : [6, _, 12]\n  flatten : [864]\n');
  test('are written behind a chain, behind all, and taken away', () => {
    const { titles, after } = at(text);
    expect(titles).toEqual([
      ...['write the shape [6, 24, 24]', 'write all shapes of LeNet', 'remove all shapes of LeNet'].map(
        (title) => `refactor: ${title}`,
      ),
    ]);
    expect(after('write the shape [6, 24, 24]')).toBe(
      lenet('  conv(6, kernel: 5) -> relu : [6, 24, 24]\n  max_pool(2) : [6, _, 12]\n  flatten : [864]\n'),
    );
    expect(after('write all shapes of LeNet')).toBe(
      lenet('  conv(6, kernel: 5) -> relu : [6, 24, 24]\n  max_pool(2) : [6, 12, 12]\n  flatten : [864]\n'),
    );
    expect(after('remove all shapes of LeNet')).toBe(lenet('  conv(6, kernel: 5) -> relu\n  max_pool(2)\n  flatten\n'));
  });

  test('are not written where there is a mistake, and are where a budget fails', () => {
    expect(at(`${text}expect LeNet { macs <= 1 }\n`).titles).toContain('refactor: write the shape [6, 24, 24]');
    expect(at(`${text}block b { nothing }\n`).titles).toEqual(['refactor: remove all shapes of LeNet']);
  });

  test('of one chain are taken away with its colon, not with a comment', () => {
    const { titles, after } = at(lenet('  flat|ten\n    : [784]\n'));
    expect(titles).toEqual(['refactor: remove the shape']);
    expect(after('remove the shape')).toBe(lenet('  flatten\n'));
    expect(at(lenet('  flat|ten /* all */ : [784]\n')).titles).toEqual([]);
  });

  test('that differ from call to call are not written', () => {
    const block = 'block twice(width: int) {\n  conv(width, kernel: 1)| -> relu\n}\n';
    const { titles } = at(`${block}${lenet('  twice(2)\n  twice(3)\n')}`);
    expect(titles).toEqual([]);
  });

  test.each(['lenet', 'tour', 'nin', 'siamese', 'convnext'].map((name) => `examples/${name}/${name}.cnn`))(
    'of %s, written, make no mistake',
    (path) => {
      const text = readFile(path)!;
      const before = analyseFile(path);
      const names = before.file.definitions.flatMap((one) => ('body' in one ? [one.name] : []));
      const { span } = names.at(-1) ?? before.file.definitions[0]!;
      const found = actions(before, { start: span.start, end: span.start });
      const all = found.find(({ title }) => title.startsWith('write all shapes'));
      if (!all) throw new Error('no shape is offered');
      const after = analyseFile(path, applyEdits(text, all.edits));
      expect(after.diagnostics.map(({ code }) => code)).toEqual(before.diagnostics.map(({ code }) => code));
    },
  );
});

const folder = 'test/diagnostics';
const names = readdirSync(new URL(`../diagnostics`, import.meta.url)).filter((name) => name.endsWith('.cnn'));
const read = (name: string): string | undefined => readFile(`${folder}/${name}`);
const analysed = (name: string, text = read(name)!): Analysis => analyseTexts({ ...others, [name]: text }, name);
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const others = Object.fromEntries(names.map((name) => [name, read(name)!]));

test.each(names)('fixes of %s mend what they are offered for', (name) => {
  const before = analysed(name);
  const offered = before.diagnostics.flatMap((diagnostic) => {
    const { span } = diagnostic;
    if (span?.source !== before.source) return [];
    return actions(before, span).filter((action) => action.diagnostic === diagnostic);
  });
  const withEdits = before.diagnostics.flatMap(({ span, fixes = [] }) =>
    span?.source === before.source ? fixes.filter(({ edits }) => edits && edits.length > 0) : [],
  );
  expect(offered.map(({ edits }) => edits).toSorted(byText)).toEqual(
    withEdits.map(({ edits }) => edits).toSorted(byText),
  );
  const line = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
  for (const { diagnostic, edits } of offered) {
    if (!edits.every(({ span }) => span.source === before.source)) continue;
    const text = applyEdits(before.source.text, edits)!;
    const { code, message, span } = diagnostic!;
    const left = analysed(name, text).diagnostics.filter(
      (one) =>
        one.code === code && one.message === message && line(text, one.span?.start ?? 0) === line(text, span!.start),
    );
    expect(left).toEqual([]);
  }
});
