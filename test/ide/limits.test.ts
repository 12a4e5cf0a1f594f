// Texts that the compiler refuses to read: one sentence says so, and no feature spends time on them or fails.

import { expect, test } from 'vitest';
import { languageService } from '../../src/ide/service.ts';
import { ownTime } from '../support/own-time.ts';

const repeated = (text: string, times: number): string => text.repeat(times);

test.each<readonly [string, string, string]>([
  ['too many characters', repeated('x', 5_000_000), 'limit/source'],
  ['too many numbers', `const a = [${repeated('1, ', 200_000)}1]`, 'limit/source'],
  ['too many names', Array.from({ length: 100_000 }, (_, at) => `block n${at}() { relu }`).join('\n'), 'limit/source'],
  ['texts without an end', repeated('"', 300_000), 'limit/source'],
  ['parentheses without an end', repeated('(', 40_000), 'limit/nesting'],
  ['lists without an end', `const a = ${repeated('[', 40_000)}`, 'limit/nesting'],
  ['brackets that do not fit', `network N { y = ${repeated('(', 20_000)}${repeated(']', 20_000)} }`, 'limit/nesting'],
])('%s', (_, text, code) => {
  const service = languageService();
  service.open('net.cnn', text);
  expect(service.diagnostics('net.cnn').map((one) => one.code)).toContain(code);
  const start = ownTime();
  for (const offset of [0, Math.floor(text.length / 2), text.length]) {
    expect(service.completion('net.cnn', offset)).toEqual([]);
    expect(service.signatureHelp('net.cnn', offset)).toBeUndefined();
    expect(service.hover('net.cnn', offset)).toBeUndefined();
    expect(service.references('net.cnn', offset)).toEqual([]);
    expect(service.rename('net.cnn', offset, 'other')).toHaveProperty('refused');
  }
  for (const feature of ['inlayHints', 'codeLens', 'symbols', 'folding', 'semanticTokens', 'format'] as const)
    expect(service[feature]('net.cnn'), feature).toEqual([]);
  expect(ownTime() - start).toBeLessThan(500);
});
