// Broken files and what is said about them: every NAME.cnn here has a NAME.txt with the rendered diagnostics.
// `UPDATE=1 vitest run test/diagnostics` writes them anew; read the difference before it is committed.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { checkBudgets } from '../../src/network/budgets.ts';
import { applyEdits } from '../../src/edit/apply.ts';
import { fixText } from '../../src/edit/fix.ts';

/** Files with more than one mistake, and how many; all others have one. */
const several: Readonly<Record<string, number>> = {
  'argument-colon': 3,
  arguments: 6,
  'arithmetic-in-brackets': 4,
  'comma-behind-settings': 2,
  'divided-arrow': 2,
  duplicates: 4,
  expect: 3,
  'full-width-signs': 2,
  'given-both-ways': 3,
  'hyphen-of-keyword': 2,
  imports: 4,
  'input-settings': 6,
  'list-for-tuple': 2,
  'keyword-names': 8,
  'labels-of-two': 2,
  'layer-words': 6,
  'layers-in-small-letters': 2,
  'library-block': 3,
  'library-name': 2,
  'lone-joins': 2,
  loops: 7,
  losses: 9,
  'mean-number': 2,
  misspelt: 5,
  'name-in-braces': 6,
  'names-in-capitals': 2,
  'no-comma-there': 4,
  'nothing-flows': 2,
  'number-of-values': 10,
  'number-operands': 6,
  'numbers-one-by-one': 6,
  'numbers-without-const': 2,
  'optimizer-quoted': 2,
  output: 6,
  parameters: 4,
  'pytorch-lazy': 2,
  'pytorch-names': 3,
  'pytorch-order': 2,
  'pytorch-sequence': 2,
  recursion: 2,
  'region-shapes': 4,
  'path-of-nothing': 2,
  several: 3,
  'shape-behind-braces': 2,
  'statement-in-chain': 4,
  'steps-without-braces': 3,
  'sum-in-block': 2,
  train: 7,
  types: 10,
  'unnamed-results': 3,
  unused: 8,
  'value-in-chain': 2,
  'value-misspelt': 8,
  weights: 2,
  'arguments-bare': 2,
  'comments-elsewhere': 3,
  'header-words': 8,
  'informal-arguments': 4,
  'input-forms': 8,
  'letters-elsewhere': 3,
  'model-methods': 3,
  'numbers-elsewhere': 12,
  'pad-words': 4,
  'quotes-elsewhere': 3,
  'ranges-elsewhere': 5,
  'sequence-network': 2,
  'statements-elsewhere': 5,
  'variable-hides-step': 2,
};

const folder = new URL('./', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.cnn'));

function diagnose(path: string, text: string): readonly Diagnostic[] {
  const read = (name: string) => {
    const file = new URL(name, folder);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const { networks, diagnostics } = frontend({ path, text }, { operators, read });
  return hasErrors(diagnostics)
    ? diagnostics
    : [...diagnostics, ...networks.flatMap((network) => checkBudgets(network))];
}

const errorsIn = (diagnostics: readonly Diagnostic[]): number =>
  diagnostics.filter(({ severity }) => severity === 'error').length;

test('there are enough', () => expect(names.length).toBeGreaterThan(240));

const codes = new Map<string, string>();
const repeated: string[] = [];

describe.each(names)('%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const diagnostics = diagnose(name, text);
  for (const { code, message } of diagnostics) {
    const known = codes.get(message);
    if (known !== undefined && known !== code) repeated.push(`${known} and ${code}: ${message}`);
    codes.set(message, code);
  }

  test('says what it should', () => {
    const golden = new URL(name.replace(/\.cnn$/, '.txt'), folder);
    const rendered = `${diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)).join('\n\n')}\n`;
    if (process.env['UPDATE']) writeFileSync(golden, rendered);
    expect(rendered).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : '');
  });

  test('says it once for each mistake', () => {
    expect(diagnostics).toHaveLength(several[name.replace(/\.cnn$/, '')] ?? 1);
  });

  test('names the place, what was found, what was expected, and a fix', () => {
    const silent = diagnostics.filter(
      ({ span, found, expected, fixes }) => !span || !found || !expected || !fixes || fixes.length === 0,
    );
    expect(silent.map((diagnostic) => renderDiagnostic(diagnostic))).toEqual([]);
  });

  const applicable = diagnostics.flatMap((diagnostic) =>
    (diagnostic.fixes ?? []).flatMap(({ message, edits = [] }, index) => {
      const own = edits.length > 0 && edits.every(({ span }) => span.source.path === name);
      return own ? [{ message, edits, diagnostic, isFirst: index === 0 }] : [];
    }),
  );
  test.skipIf(applicable.length === 0)('every fix that can be applied removes its error, the first leaves none', () => {
    for (const { message, edits, diagnostic, isFirst } of applicable) {
      const after = diagnose(name, applyEdits(text, edits)!);
      const line = (one: Diagnostic) => one.span?.source.text.slice(0, one.span.start).split('\n').length;
      const same = after.filter(
        (one) => one.code === diagnostic.code && one.message === diagnostic.message && line(one) === line(diagnostic),
      );
      const said = `${message}\n${after.map((one) => renderDiagnostic(one)).join('\n')}`;
      expect(same, said).toEqual([]);
      if (errorsIn(diagnostics) === 1 && isFirst) expect(errorsIn(after), said).toBe(0);
    }
  });

  test('applied together, the safe fixes leave no more errors', () => {
    const fixed = fixText(name, text, (attempt) => diagnose(name, attempt));
    const left = errorsIn(diagnose(name, fixed.text));
    expect(left).toBeLessThanOrEqual(errorsIn(diagnostics));
    const certain = diagnostics.filter(
      ({ severity, fixes = [] }) =>
        severity === 'error' &&
        fixes.some(({ safe }) => safe) &&
        fixes.filter(({ edits }) => edits?.length).length === 1,
    );
    if (errorsIn(diagnostics) === 1 && certain.length === 1 && applicable.length > 0) expect(left).toBe(0);
  });
});

test('no code says what another one says', () => expect(repeated).toEqual([]));
