// `cnnc play`: what it says, and with which program the page begins.

import { expect, test } from 'vitest';
import type { OpeningProgram } from '../../src/playground/page-html.ts';
import { cnnc } from './harness.ts';

test('the address is on the standard output', async () => {
  const { code, stdout } = await cnnc(['play', '--port', '8123']);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'http://127.0.0.1:8123/\n' });
});

test('--json', async () => {
  const { stdout } = await cnnc(['play', 'a.cnn', '--json'], { files: { 'a.cnn': 'network A { input x: [1] }' } });
  expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, address: 'http://127.0.0.1:8266/', file: 'a.cnn' });
});

test('a file comes with what it imports from its folder, and with nothing else', async () => {
  const text = 'import { b } from "./parts/b.cnn"\nimport { c } from "../c.cnn"\nnetwork A { input x: [1]\n b }';
  const files = {
    'nets/a.cnn': text,
    'nets/parts/b.cnn': 'import { d } from "./d.cnn"\nimport { a } from "../a.cnn"\nblock b { d }',
    'nets/parts/d.cnn': 'block d { relu }',
    'nets/parts/e.cnn': 'block e { relu }',
    'c.cnn': 'block c { relu }',
  };
  let program: OpeningProgram | undefined;
  await cnnc(['play', 'nets/a.cnn'], { files, onPlay: (given) => void (program = given) });
  expect(program?.text).toBe(text);
  expect(program?.asked).toBe(true);
  expect(Object.keys(program?.files ?? {})).toEqual(['parts/b.cnn', 'parts/d.cnn', 'a.cnn']);
});

test('the standard input', async () => {
  let program: OpeningProgram | undefined;
  await cnnc(['play', '-'], { stdin: 'network A {}', onPlay: (given) => void (program = given) });
  expect(program).toEqual({ asked: true, text: 'network A {}' });
});

test.each([
  [['play', 'none.cnn'], 1, 'none.cnn'],
  [['play', '--port', '70000'], 2, '--port'],
  [['play', 'long.cnn'], 3, 'at most 1,048,576 characters'],
])('refused: %j', async (argv, code, message) => {
  const outcome = await cnnc(argv, { files: { 'long.cnn': ' '.repeat(2 ** 20 + 1) } });
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code, stderr: expect.stringContaining(message) });
});
