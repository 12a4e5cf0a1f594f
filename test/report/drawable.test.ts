// Which networks are drawn: all of the project's, and none that would take many seconds.

import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildNetworks } from '../../src/network/networks.ts';
import { crossedRanks } from '../../src/report/svg/crossings.ts';
import { isDrawable } from '../../src/report/svg/layout.ts';
import { report } from '../../src/report/network-report.ts';
import { writtenItems } from '../../src/report/svg/items.ts';
import { cnnc } from '../cli/harness.ts';
import { ownTime } from '../support/own-time.ts';

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
  expect(isDrawable(itemsOf(readFileSync(new URL(name!, folder), 'utf8')))).toBe(true);
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
  const started = ownTime();
  expect(isDrawable(items)).toBe(false);
  expect(ownTime() - started).toBeLessThan(1000);
});

test('blocks count as boxes: what is too long alone is drawn in blocks', () => {
  const body = times(30, () => 'conv(1, kernel: 1)\n');
  const blocks = `block b { ${body} }\nnetwork N { input x: [1, 8, 8]\n${times(30, () => 'b\n')} }`;
  expect(isDrawable(itemsOf(blocks))).toBe(true);
});

test('report says that it is too large: --svg writes nothing, --html a page without drawings', async () => {
  const text = `network N { input x: [1, 8, 8]\n${times(700, () => 'conv(1, kernel: 1) -> relu\n')} }`;
  const files = { 'long.cnn': text };
  const refused = await cnnc(['report', 'long.cnn', '--svg', 'long.svg'], { files });
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('too large to be drawn') });
  expect(refused.files.has('/project/long.svg')).toBe(false);
  const page = await cnnc(['report', 'long.cnn', '--html', 'long.html'], { files });
  expect(page.code).toBe(0);
  expect(new TextDecoder().decode(page.files.get('/project/long.html'))).toContain(
    'Not drawn: the network is too large',
  );
});
