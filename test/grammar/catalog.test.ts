// Every syntax code of the catalogue: the bad snippet yields exactly that code, the good one nothing, and applying the
// edits of a fix makes the bad one parse.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalog } from '../../grammar/catalog.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';

const grammarLimits = new Set(['limit/nesting', 'limit/expression', 'limit/source']);
const entries = [...catalog.values()].filter(({ code }) => code.startsWith('syntax/') || grammarLimits.has(code));

describe.each(entries)('$code', ({ code, bad, good }) => {
  const { diagnostics } = parse({ path: 'bad.cnn', text: bad });

  test('the bad snippet yields exactly this code', () => {
    const codes = diagnostics.map((diagnostic) => diagnostic.code);
    // It counts what is not shown of others.
    if (code === 'syntax/more') return void expect(codes.toSpliced(0, 100)).toEqual([code]);
    expect(codes).toEqual([code]);
    expect(diagnostics[0]!.limit ?? false).toBe(code.startsWith('limit/'));
  });

  test('the good snippet parses', () => {
    const parsed = parse({ path: 'good.cnn', text: good });
    expect(parsed.diagnostics).toEqual([]);
    expect(parsed.file.incomplete).toBeUndefined();
  });

  const edits = diagnostics.length === 1 && diagnostics[0]!.fixes?.[0]?.edits;
  if (edits)
    test('its fix mends it', () => {
      expect(parse({ path: 'fixed.cnn', text: apply(bad, edits) }).diagnostics).toEqual([]);
    });
});

test('the grammar reports no code that the catalogue lacks', () => {
  const folder = new URL('../../grammar/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const text = sources.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const used = new Set([...text.matchAll(/'((?:syntax|limit)\/[a-z-]+)'/g)].map(([, code]) => code!));
  expect(used.size).toBeGreaterThan(30);
  expect([...used].filter((code) => !catalog.has(code))).toEqual([]);
});

function apply(text: string, edits: readonly Edit[]): string {
  const backwards = edits.toSorted((a, b) => b.span.start - a.span.start);
  return backwards.reduce(
    (result, { span, text: by }) => result.slice(0, span.start) + by + result.slice(span.end),
    text,
  );
}
