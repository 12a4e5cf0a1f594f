// Broken files and what is said about them: every NAME.cnn here has a NAME.txt with the rendered diagnostics.
// `UPDATE=1 vitest run test/diagnostics` writes them anew; read the difference before it is committed.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkExpectations, frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Diagnostic, Edit } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { macCount, outputShapes, parameterCount } from '../frontend/support.ts';

const folder = new URL('./', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.cnn'));

function diagnose(path: string, text: string): readonly Diagnostic[] {
  const read = (name: string) => {
    const file = new URL(name, folder);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  const { networks, diagnostics } = frontend({ path, text }, { operators, read });
  const budgets = networks.flatMap((network) =>
    checkExpectations(network, {
      parameters: parameterCount(network),
      macs: macCount(network),
      outputs: outputShapes(network),
    }),
  );
  return [...diagnostics, ...budgets];
}

describe.each(names)('%s', (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  const diagnostics = diagnose(name, text);

  test('says what it should', () => {
    const golden = new URL(name.replace(/\.cnn$/, '.txt'), folder);
    const rendered = `${diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)).join('\n\n')}\n`;
    if (process.env['UPDATE']) writeFileSync(golden, rendered);
    expect(rendered).toBe(existsSync(golden) ? readFileSync(golden, 'utf8') : '');
  });

  const mends = diagnostics.flatMap((diagnostic) => {
    const edits = diagnostic.fixes?.[0]?.edits?.filter(({ span }) => span.source.path === name);
    return edits && edits.length > 0 ? [{ diagnostic, edits }] : [];
  });
  test.skipIf(mends.length === 0)('every fix that can be applied removes its error', () => {
    for (const { diagnostic, edits } of mends) {
      const after = diagnose(name, apply(text, edits));
      const line = (one: Diagnostic) => one.span?.source.text.slice(0, one.span.start).split('\n').length;
      const same = after.filter(
        (one) => one.code === diagnostic.code && one.message === diagnostic.message && line(one) === line(diagnostic),
      );
      expect(same.map((one) => renderDiagnostic(one))).toEqual([]);
    }
  });
});

function apply(text: string, edits: readonly Edit[]): string {
  const backwards = edits.toSorted((a, b) => b.span.start - a.span.start);
  return backwards.reduce(
    (result, { span, text: by }) => result.slice(0, span.start) + by + result.slice(span.end),
    text,
  );
}
