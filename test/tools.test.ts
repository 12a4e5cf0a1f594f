// Commands for those who work on the compiler say what they do, and refuse what they do not know before they do anything.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const run = (file: string, argument: string) => spawnSync(process.execPath, [file, argument], { encoding: 'utf8' });

test.each([
  ['bench', 'test/bench/main.ts'],
  ['fuzz', 'test/fuzz/main.ts'],
  ['mutants', 'test/mutation/main.ts'],
])('npm run %s -- --help', (name, file) => {
  const { status, stdout, stderr } = run(file, '--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`Usage: npm run ${name} -- [options]`);
});

test('an unknown option is refused in a sentence', () => {
  expect(run('test/conformance/main.ts', '--what')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: "error: unknown option '--what'\n",
  });
});
