// The reader's commands: everything that README.md, docs/ and the examples' pages say to run is run, and prints what they show.

import { describe, expect, test } from 'vitest';
import { readReadme, readmes, renewed } from '../../scripts/run-readmes.ts';
import { program } from '../support/command-line.ts';

test('README, docs and every example have pages', () => {
  expect(readmes.length).toBeGreaterThan(20);
  expect(readmes).toContain('docs/running.md');
  expect(readmes).toContain('examples/d2l/vision.md');
});

describe('commands of', { timeout: 300_000 }, () => {
  test.each(readmes)('%s', async (path) => {
    const page = readReadme(path);
    expect(await renewed(page, program)).toBe(page);
  });
});

describe('an output', () => {
  const page = (command: string, shown: string): string =>
    `\`\`\`js\n${command}\n\`\`\`\n\n\`\`\`text\n${shown}\n\`\`\`\n`;
  test('that is no longer true is replaced', async () => {
    expect(await renewed(page('console.log(6 * 7)', '41'))).toBe(page('console.log(6 * 7)', '42'));
  });
  test('may leave something out', async () => {
    const elided = page('console.log("a 1 b\\nc\\nd\\ne")', 'a … b\n…\ne');
    expect(await renewed(elided)).toBe(elided);
  });
  test('of a program that fails is an error', async () => {
    await expect(renewed(page('process.exit(1)', ''))).rejects.toThrow('fails');
  });
});
