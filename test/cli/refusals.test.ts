// What is refused is refused soon and within little memory: the command line in a process of its own, which tells at its end
// how much CPU time and memory it took.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { program } from '../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

const network = (text: string): string => `network A {\n  input x: [1, 8, 8]\n${text}\n}\n`;
const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');
const MEBI = 1 << 20;

/** Name → text and exit code. */
const texts: Readonly<Record<string, readonly [string, number]>> = {
  'a million signs': ['„a'.repeat(MEBI / 2 - 10), 3],
  'apostrophes without an end': [`'${"\\'".repeat(MEBI / 2 - 10)}`, 1],
  'names of 3000 letters': [
    `${lines(100, (at) => `block ${'b'.repeat(3000)}${at} { ${'b'.repeat(3000)}${at + 1} }`)}\nblock ${'b'.repeat(3000)}100 { relu }\n${network(`repeat 300 { ${'b'.repeat(3000)}0 }`)}`,
    3,
  ],
  'names of 120 letters, 30 deep': [
    `${lines(30, (at) => `block ${'b'.repeat(120)}${at} { ${'b'.repeat(120)}${at + 1} }`)}\nblock ${'b'.repeat(120)}30 { relu }\n${network(`repeat 3000 { ${'b'.repeat(120)}0 }`)}`,
    3,
  ],
  'too many words': [network('relu\n'.repeat(66_000)), 3],
  'just as many words as may be, and a mistake': [network(`${'conv(1, kernel: 1)\n'.repeat(5600)}foo`), 1],
  'a million iterations': [network('repeat 1_000_000 { relu }'), 3],
  'ninety thousand convolutions and one too many': [network('repeat 90_000 { conv(1, kernel: 1) }'), 3],
  'expressions in a loop': [
    network(`repeat 90_000 { if ${Array(100).fill('1').join(' + ')} == 0 { relu } }\n relu`),
    3,
  ],
  'constants that lead to each other': [
    `${lines(12_000, (at) => `const c${at} = c${at + 1}`)}\nconst c12000 = 1\n${network('conv(c0, kernel: 1)')}`,
    3,
  ],
  'shared lists that are compared': [
    `const a0 = [1, 1]\n${lines(40, (at) => `const a${at + 1} = [a${at}, a${at}]`)}\n${network('if a40 == a40 { relu }\n relu')}`,
    3,
  ],
  'brackets in brackets': [network(`conv(${'('.repeat(100_000)}`), 3],
  'a file that imports itself through a link': [
    `import { z0 } from "./l/linked.cnn"\n${lines(12_000, (at) => `const z${at} = 1`)}`,
    1,
  ],
};

symlinkSync('.', join(folder, 'l'));
const tell = `process.on('exit', () => process.stderr.write('\\nused ' + JSON.stringify(process.resourceUsage())))`;

test.each(Object.entries(texts))('%s', (name, [text, exitCode]) => {
  const path = join(folder, name.endsWith('link') ? 'linked.cnn' : 'a.cnn');
  writeFileSync(path, text);
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, program, 'check', path],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const [said = '', used = '{}'] = stderr.split('\nused ');
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(used) as NodeJS.ResourceUsage;
  expect(status, said.slice(0, 500)).toBe(exitCode);
  expect((userCPUTime + systemCPUTime) / 1e6).toBeLessThan(2);
  expect(maxRSS / 1024).toBeLessThan(256);
  for (const line of said.split('\n')) expect(line.length).toBeLessThan(1024);
});
