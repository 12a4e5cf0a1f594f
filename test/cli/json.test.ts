// `--json` prints one object with `schemaVersion` on stdout, whatever the exit code.

import { describe, expect, test } from 'vitest';
import { cnnc } from './harness.ts';
import type { World } from './harness.ts';

const files = {
  'good.cnn': 'network A { input x: [4] dense(2) }',
  'two.cnn': 'network A { input x: [4] relu }\nnetwork B { input x: [4] relu }',
  'bad.cnn': 'network A { input x: [4] rellu }',
  'latin.cnn': new Uint8Array([0x2f, 0x2f, 0xe9, 0x0a]),
  'large.cnn': ' '.repeat((8 << 20) + 1),
  'x.csv': '1,2,3,4\n',
};

async function jsonOf(argv: readonly string[], world: World = { files }) {
  const { code, stdout, stderr } = await cnnc(argv, world);
  const data = JSON.parse(stdout) as Record<string, unknown>;
  expect(data['schemaVersion']).toBe(1);
  return { code, data, stderr };
}

const run = ['run', '--weights', 'random:1', '--input', 'x.csv', '--json'];

describe('--json', () => {
  test.each([
    ['an unknown option', ['report', 'good.cnn', '--nope', '--json'], 2, 'usage', /unknown option '--nope'/],
    ['an unknown command', ['reprot', '--json'], 2, 'usage', /unknown command/],
    ['no command', ['--json'], 2, 'usage', /unknown option|command is missing/],
    ['a value that ends no options', [...run.slice(0, -1), 'good.cnn', '--fit', '--', '--json'], 2, 'usage', /'--fit/],
    ['a missing argument', ['report', '--json'], 2, 'usage', /missing required argument/],
    ['a value that is none', ['report', 'good.cnn', '-O9', '--json'], 2, 'usage', /-O takes 0, 1 or 2/],
    ['a missing file', ['report', 'nope.cnn', '--json'], 1, 'input', /nope\.cnn: there is no such file/],
    ['a file that is no text', ['report', 'latin.cnn', '--json'], 1, 'input', /0xe9 on line 1/],
    ['a file that is too large', ['report', 'large.cnn', '--json'], 3, 'limit', /large/],
    ['several networks', ['report', 'two.cnn', '--json'], 2, 'usage', /choose one with --network: A, B/],
    ['a missing input', [...run.slice(0, 4), 'nope.csv', 'good.cnn', '--json'], 1, 'input', /cannot read nope\.csv/],
    [
      'a missing weights file',
      ['run', 'good.cnn', '--weights', 'w', '--input', 'x.csv', '--json'],
      1,
      'input',
      /w: there/,
    ],
  ])('%s', async (_, argv, code, kind, message) => {
    const found = await jsonOf(argv);
    expect(found).toMatchObject({ code, data: { error: { kind, message: expect.stringMatching(message) } } });
    expect(found.stderr).not.toBe('');
  });

  test('errors in a file', async () => {
    const { code, data } = await jsonOf(['report', 'bad.cnn', '--json']);
    expect(code).toBe(1);
    expect(data).toMatchObject({ diagnostics: [{ code: 'name/unknown-step', path: 'bad.cnn', line: 1 }] });
  });

  test('a bug', async () => {
    const broken = { files, import: () => Promise.resolve(undefined) };
    const { code, data } = await jsonOf(['run', 'x.mjs', '--input', 'x.csv', '--json'], {
      ...broken,
      files: { ...files, 'x.mjs': '' },
    });
    expect({ code, data }).toMatchObject({ code: 70, data: { error: { kind: 'bug' } } });
  });

  test.each([
    [['--version', '--json'], 'version'],
    [['--help', '--json'], 'help'],
    [['report', '--help', '--json'], 'help'],
    [['help', 'report', '--json'], 'help'],
    [['help', 'conv', '--json'], 'operator'],
    [['help', 'conv/C4', '--json'], 'code'],
    [['help', 'codes', '--json'], 'codes'],
    [['help', 'operators', '--json'], 'operators'],
    [['help', 'blocks', '--json'], 'blocks'],
    [['help', 'fire', '--json'], 'block'],
    [['help', 'exit-codes', '--json'], 'exitCodes'],
    [['help', 'passes', '--json'], 'passes'],
    [['completion', 'bash', '--json'], 'text'],
    [['dump', 'good.cnn', '--stage', 'graph', '--json'], 'text'],
    [['fmt', '-', '--json'], 'files'],
  ])('%j', async (argv, key) => {
    const { code, data } = await jsonOf(argv, { files, stdin: 'network A { input x: [4] relu }' });
    expect(code).toBe(0);
    expect(data).toHaveProperty(key);
  });

  test('control characters in it are escaped, and it says the same', async () => {
    const name = 'a\u0085\u009b31m\u007f\u202e.cnn';
    const { stdout } = await cnnc(['check', name, '--json'], { files: { [name]: files['good.cnn'] } });
    expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ path: name, ok: true }] });
  });
});
