// New names drawn by chance in every example: the text stays correct, its graphs the same but for names, and the way back leads
// to the same text.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOfLibrary } from '../../compiler/blocks/library.ts';
import type { Named } from '../../compiler/frontend/names/bindings.ts';
import { analyse } from '../../src/ide/analysis.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { isNamed } from '../../src/ide/names.ts';
import { rename } from '../../src/ide/rename.ts';
import { runs } from '../support/runs.ts';
import { analyseFile, edited, exampleFiles } from './marked.ts';

/** The variants of VGG and ResNet take a second each. */
const files = exampleFiles.filter((path) => !/vgg|resnet/.test(path));
const known = new Map<string, Analysis>();
function analysisOf(path: string): Analysis {
  if (!known.has(path)) known.set(path, analyseFile(path));
  return known.get(path)!;
}

/** What a graph computes, by numbers and without names. */
const structure = ({ networks }: Analysis): unknown =>
  networks.map(({ graph: { nodes, inputs, outputs, parameters } }) => [
    nodes.map(({ op, operands, results, attributes }) => [op, operands, results, attributes]),
    [...inputs, ...outputs, ...parameters].map(({ value }) => value),
  ]);
/** `_stem` is a name for what nothing uses, any other one is warned of. */
const mistakes = ({ diagnostics }: Analysis): readonly string[] =>
  diagnostics.flatMap(({ code }) => (code === 'name/unused' ? [] : [code]));

const drawn = fc.record({
  path: fc.constantFrom(...files),
  which: fc.nat(),
  /** New, or one that the file has. */
  name: fc.oneof(
    { weight: 2, arbitrary: fc.stringMatching(/^[a-z]{3}_[a-z0-9]{4}$/) },
    { weight: 1, arbitrary: fc.nat() },
  ),
});

test('new names leave the examples as they are', () => {
  let accepted = 0;
  fc.assert(
    fc.property(drawn, ({ path, which, name: draw }) => {
      const before = analysisOf(path);
      const uses = [...before.bindings.uses].flatMap(([source, list]) => (isOfLibrary(source.path) ? [] : list));
      const own = [...new Set(uses.map(({ definition }) => definition))].filter(
        (one): one is Named => isNamed(one) && !isOfLibrary(one.span.source.path),
      );
      const definition = own[which % own.length]!;
      const name = typeof draw === 'string' ? draw : own[draw % own.length]!.name;
      const use = before.bindings.uses.get(before.source)!.find((one) => one.definition === definition);
      if (!use || name === definition.name) return;
      const result = rename(before, use.span.start, name);
      if ('refused' in result) {
        // A new name never is.
        expect(typeof draw, result.refused).toBe('number');
        return;
      }
      accepted += 1;
      const texts = Object.fromEntries([...before.bindings.uses.keys()].map(({ path: of, text }) => [of, text]));
      const there = edited(texts, result.edits);
      const after = analyse({ path, text: there[path]! }, { read: (of) => there[of] });
      expect(mistakes(after)).toEqual(mistakes(before));
      expect(structure(after)).toEqual(structure(before));
      const first = result.edits.find(({ span }) => span.source.path === path)!.span;
      const back = rename(after, first.start, definition.name);
      if ('refused' in back) throw new Error(back.refused);
      expect(edited(there, back.edits)).toEqual(texts);
    }),
    runs(40, 'rename'),
  );
  expect(accepted).toBeGreaterThan(10);
});
