// Plain text cases: a source, `==>`, and the syntax tree (trees.txt) or the rendered diagnostics (errors.txt).
// A tree that parses with errors is shown with their codes.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';
import { printAst } from '../../grammar/print-ast.ts';
import { renderDiagnostic } from '../../grammar/render.ts';

describe.each(cases('trees.txt'))('tree: $title', ({ text, expected }) => {
  test('is as written', () => {
    const { file, diagnostics } = parse({ path: 'test.cnn', text });
    expect(diagnostics.map(({ code }) => `${code}\n`).join('') + printAst(file)).toBe(expected);
  });
});

describe.each(cases('errors.txt'))('errors: $title', ({ text, expected }) => {
  test('are as written', () => {
    const { diagnostics } = parse({ path: 'test.cnn', text });
    expect(diagnostics.map((diagnostic) => `${renderDiagnostic(diagnostic)}\n`).join('')).toBe(expected);
  });
});

function cases(file: string): { title: string; text: string; expected: string }[] {
  const content = readFileSync(new URL(file, import.meta.url), 'utf8');
  return content
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [, title, text, expected] = /^(.*)\n([^]*?)^==>\n([^]*)$/m.exec(part)!;
      return { title: title!, text: text!, expected: expected! };
    });
}
