// A module in a folder that `npm init -y` made, whose package.json says "type": "commonjs": what the command says, and that its advice
// works, in this Node and in that of the system.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { program } from '../support/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-fresh-'));
afterAll(() => rmSync(folder, { recursive: true }));
const repository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function run(command: string, ...argv: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync(command, argv, { cwd: folder, encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
}

const compile = (...argv: readonly string[]) =>
  run(process.execPath, program, 'compile', 'lenet.cnn', '--weights', 'w.safetensors', ...argv);

const script = (module: string, weights: string): string => `
import { readFileSync } from 'node:fs';
import { labels, load } from './${module}';
const net = await load(readFileSync(new URL('${weights}', import.meta.url)));
const y = net.run(new Float32Array(28 * 28));
console.log(labels.logits[y.indexOf(Math.max(...y))]);
`;

describe('after npm init -y', () => {
  test('its package.json names no module type, or CommonJS', () => {
    const { status } = run('npm', 'init', '-y');
    expect(status).toBe(0);
    const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly type?: string };
    expect(['commonjs', undefined]).toContain(type);
    // As npm has it since version 11, whichever is installed here.
    run('npm', 'pkg', 'set', 'type=commonjs');
    copyFileSync(repository('examples/lenet/lenet.cnn'), join(folder, 'lenet.cnn'));
    copyFileSync(repository('examples/lenet/lenet-fashion-mnist.safetensors'), join(folder, 'w.safetensors'));
  });

  const nodes = [process.execPath, '/usr/bin/node'].filter((path) => existsSync(path));
  const note =
    'note: package.json says "type": "commonjs", so that Node does not load out/net.js as a module; name it -o out/net.mjs, or set "type": "module"\n';

  test.each(['js', 'wasm'])('net.js for %s: one sentence that says what to do', (target) => {
    expect(compile('-o', 'out', '--target', target)).toMatchObject({ status: 0, stderr: note });
  });

  test.each([[[]], [['--target', 'wasm']], [['--target', 'wasm', '--wasm-file']]])(
    'what it says works: net.mjs %j',
    (argv) => {
      expect(compile('-o', 'out/net.mjs', ...argv)).toMatchObject({ status: 0, stderr: '' });
      writeFileSync(join(folder, 'use.mjs'), script('out/net.mjs', 'out/net.safetensors'));
      for (const node of nodes) expect(run(node, 'use.mjs')).toEqual({ status: 0, stdout: 'sandal\n', stderr: '' });
    },
  );

  test('and so does "type": "module"', () => {
    run('npm', 'pkg', 'set', 'type=module');
    expect(compile('-o', 'out', '--target', 'js')).toMatchObject({ status: 0, stderr: '' });
    writeFileSync(join(folder, 'use.js'), script('out/net.js', 'out/weights.safetensors'));
    for (const node of nodes) expect(run(node, 'use.js')).toEqual({ status: 0, stdout: 'sandal\n', stderr: '' });
  });
});
