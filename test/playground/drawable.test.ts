// Which networks the playground draws: all of the project's, and none that would keep its worker busy for seconds.

import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildNetworks } from '../../src/network/networks.ts';
import { crossedRanks, drawn } from '../../src/playground/drawable.ts';
import { report } from '../../src/report/network-report.ts';
import { writtenItems } from '../../src/report/svg/items.ts';

const itemsOf = (text: string) => writtenItems(report(buildNetworks({ path: 'program.cnn', text }).networks[0]!));
const times = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join('');

test('a chain crosses a rank with each line, a line past others as many as it passes', () => {
  expect(crossedRanks(itemsOf('network N { input x: [1]\n dense(1)\n dense(1) }'))).toBe(3);
  // x → dense1 → dense2 → add1, and x past the two to add1.
  expect(crossedRanks(itemsOf('network N { input x: [1]\n dense(1)\n dense(1)\n add(x) }'))).toBe(3 + 1 + 3);
});

test('the largest example is drawn', () => {
  const folder = new URL('../../examples/densenet121/', import.meta.url);
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.cnn'));
  expect(drawn(itemsOf(readFileSync(new URL(name!, folder), 'utf8')))).toBeDefined();
});

test.each([
  ['a long chain', `network N { input x: [1, 8, 8]\n${times(900, () => 'conv(1, kernel: 1)\n')} }`],
  [
    'many paths',
    `network N { input x: [1, 8, 8]\n parallel concat {\n${times(700, () => 'path conv(1, kernel: 1)\n')}} }`,
  ],
  [
    'lines past all others',
    `network N { input x: [1, 8, 8]\n a = conv(1, kernel: 1)\n${times(240, () => 'conv(1, kernel: 1) -> add(a)\n')} }`,
  ],
])('%s is not', (_, text) => {
  const items = itemsOf(text);
  const started = performance.now();
  expect(drawn(items)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(1000);
});
