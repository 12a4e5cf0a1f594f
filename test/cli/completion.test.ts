// Completion scripts, run by the shells themselves where they are installed.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { completionText } from '../../src/cli/completion.ts';
import { cnnc } from './harness.ts';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const script = async (shell: string): Promise<string> => (await cnnc(['completion', shell])).stdout;

describe.skipIf(!has('bash'))('bash (needs bash)', () => {
  test.each([
    [['comp'], ['compile', 'compare', 'completion']],
    [
      ['compile', '--target', ''],
      ['ts', 'js', 'wasm'],
    ],
    [['compile', '--ta'], ['--target']],
    [
      ['new', ''],
      ['lenet', 'vgg', 'resnet', 'blank'],
    ],
    [['completion', 'z'], ['zsh']],
    [['run', 'x'], []], // files, which bash adds
    [['check', '--weights', ''], []],
  ])('cnnc %j', async (words, expected) => {
    const line = ['cnnc', ...words].map((word) => `'${word}'`).join(' ');
    const driver = `${await script('bash')}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _cnnc; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', driver], { encoding: 'utf8' });
    expect({ stderr, words: stdout.trim().split('\n').filter(Boolean) }).toEqual({ stderr: '', words: expected });
  });
});

test.skipIf(!has('zsh'))('zsh reads its script (needs zsh)', async () => {
  const { status, stderr } = spawnSync('zsh', ['-n'], { input: await script('zsh'), encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test.skipIf(!has('fish'))('fish completes (needs fish)', async () => {
  const driver = `${await script('fish')}\ncomplete -C 'cnnc new '`;
  const { stdout } = spawnSync('fish', ['--no-config', '-c', driver], { encoding: 'utf8' });
  expect(stdout.trim().split('\n')).toEqual(['blank', 'lenet', 'resnet', 'vgg']);
});

test('what a summary says cannot leave its quotes', () => {
  const odd = [
    {
      name: 'a',
      summary: "it's [one]: $(x)",
      options: [{ flag: '--b', summary: "'`", takesValue: true, choices: [] }],
      choices: [],
    },
  ];
  expect(completionText('zsh', odd)).toContain(String.raw`'a:it'\''s [one]: $(x)'`);
  expect(completionText('fish', odd)).toContain(String.raw`-d 'it\'s [one]: $(x)'`);
  expect(completionText('bash', odd)).not.toContain('$(x)');
});

test('another shell is a wrong command line', async () => {
  expect(await cnnc(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
});
