// Whatever is typed, no feature throws, and a service that has seen all edits answers as one that has seen the last text only.

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { languageService } from '../../src/ide/service.ts';
import type { LanguageService } from '../../src/ide/service.ts';
import { runs, timeout } from '../support/runs.ts';
import { edited, editOf, randomEdit } from '../support/text-edits.ts';

const textOf = (path: string): string => readFileSync(new URL(`../../examples/${path}`, import.meta.url), 'utf8');

/** A file with one that it may import; what is typed changes either. */
const projects: readonly Readonly<Record<string, string>>[] = [
  { 'net.cnn': textOf('lenet/lenet.cnn') },
  { 'net.cnn': textOf('siamese/siamese.cnn') },
  { 'tour.cnn': textOf('tour/tour.cnn'), 'blocks.cnn': textOf('tour/blocks.cnn') },
  { 'net.cnn': textOf('espcn/espcn.cnn') },
  { 'net.cnn': textOf('edges/edges.cnn') },
];

/** Asks for every feature at the caret. */
function askAll(service: LanguageService, path: string, offset: number): void {
  const range = { start: offset, end: offset };
  service.actions(path, range);
  service.completion(path, offset);
  service.signatureHelp(path, offset);
  service.definition(path, offset);
  service.references(path, offset);
  service.prepareRename(path, offset);
  service.folding(path);
  service.format(path);
  service.formatRange(path, range);
}

/** What depends on all that an analysis holds; the other features are functions of it, too. */
function answers(service: LanguageService, path: string, offset: number): Readonly<Record<string, unknown>> {
  return {
    diagnostics: service.diagnostics(path),
    hover: service.hover(path, offset),
    inlayHints: service.inlayHints(path),
    codeLens: service.codeLens(path),
    semanticTokens: service.semanticTokens(path),
    symbols: service.symbols(path),
  };
}

const sequence = fc.record({
  project: fc.nat(projects.length - 1),
  edits: fc.array(fc.record({ edit: randomEdit, file: fc.nat(1), hover: fc.nat(60) }), { minLength: 6, maxLength: 12 }),
});

test('random edits', { timeout }, () => {
  fc.assert(
    fc.property(sequence, ({ project, edits }) => {
      const texts = new Map(Object.entries(projects[project]!));
      const service = languageService();
      for (const [path, text] of texts) service.open(path, text);
      const paths = [...texts.keys()];
      for (const { edit: change, file, hover } of edits) {
        const path = paths[file % paths.length]!;
        const before = texts.get(path)!;
        const made = editOf(before, change);
        texts.set(path, edited(before, made));
        service.change(path, texts.get(path)!);
        const fresh = languageService();
        for (const [other, text] of texts) fresh.open(other, text);
        const caret = made.start + made.insert.length;
        askAll(service, path, caret);
        // A name somewhere near, rather than the half of one.
        const named = Math.max(0, caret - hover);
        for (const one of paths)
          expect(isDeepStrictEqual(answers(service, one, named), answers(fresh, one, named))).toBe(true);
      }
    }),
    runs(20, 'random edits'),
  );
});

test('a rename at the caret of a broken text never throws', { timeout }, () => {
  fc.assert(
    fc.property(sequence, ({ project, edits }) => {
      const [path, original] = Object.entries(projects[project]!)[0]!;
      let text = original;
      const service = languageService();
      for (const { edit: change, hover } of edits) {
        const made = editOf(text, change);
        text = edited(text, made);
        service.open(path, text);
        service.rename(path, Math.max(0, made.start - hover), 'other_name');
      }
    }),
    runs(4, 'renames'),
  );
});
