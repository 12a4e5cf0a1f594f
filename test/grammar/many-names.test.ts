// Mistakes of which a file has thousands: each kind is found in one pass over the text.

import { expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';

test.each<readonly [string, (at: number) => string, string]>([
  ['names with hyphens', (at) => `block a-${at} { relu }\n`, 'syntax/definition'],
  ['one name with hyphens', () => 'block a-b { relu }\n', 'syntax/definition'],
  ['full-width signs', () => 'const a＝1\n', 'syntax/character'],
  ['types before names', (at) => `block a${at}(int k) { relu }\n`, 'syntax/parameter-type'],
])('%s', (_, line, code) => {
  const text = Array.from({ length: 5000 }, (_, at) => line(at)).join('');
  const { user: before } = process.cpuUsage();
  const { diagnostics } = parse({ path: 'many.cnn', text });
  expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(2);
  expect(diagnostics[0]).toMatchObject({ code, severity: 'error' });
});
