// `compile -o`: a folder or a file of a name, what is written beside it, and whether Node would load it.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cnnc } from './harness.ts';

const source = readFileSync(new URL('../../examples/edges/edges.cnn', import.meta.url), 'utf8');

async function written(argv: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const world = { files: { 'edges.cnn': source, ...files } };
  const { code, stderr, files: after } = await cnnc(['compile', 'edges.cnn', ...argv], world);
  const known = Object.keys(world.files).map((path) => `/project/${path}`);
  return { code, stderr, paths: [...after.keys()].filter((path) => !known.includes(path)).toSorted() };
}

test.each([
  [['-o', 'out'], ['out/net.ts']],
  [['-o', 'out/'], ['out/net.ts']],
  [
    ['-o', 'out', '--target', 'js', '--weights', 'random:1'],
    ['out/net.d.ts', 'out/net.js', 'out/weights.safetensors'],
  ],
  [
    ['-o', 'lib/edges.mjs', '--weights', 'random:1'],
    ['lib/edges.d.mts', 'lib/edges.mjs', 'lib/edges.safetensors'],
  ],
  [
    ['-o', 'edges.mjs', '--target', 'wasm'],
    ['edges.d.mts', 'edges.mjs'],
  ],
  [
    ['-o', 'v1.0/edges.js'],
    ['v1.0/edges.d.ts', 'v1.0/edges.js'],
  ],
  [
    ['-o', 'out', '--target', 'wasm', '--wasm-file', '--weights', 'random:1', '--embed'],
    ['out/net.d.ts', 'out/net.js', 'out/net.wasm'],
  ],
  [
    ['-o', 'lib/edges.mjs', '--target', 'wasm', '--wasm-file', '--weights', 'random:1'],
    ['lib/edges.d.mts', 'lib/edges.mjs', 'lib/edges.safetensors', 'lib/edges.wasm'],
  ],
  [['-o', 'a.b.ts'], ['a.b.ts']],
  [['-o', 'v1.0'], ['v1.0/net.ts']],
])('%j', async (argv, expected) => {
  const { code, paths } = await written(argv);
  expect([code, paths]).toEqual([0, expected.map((path) => `/project/${path}`)]);
});

test.each([
  [['-o', 'net.ts', '--target', 'wasm'], /-o net\.ts and --target wasm exclude each other: .* NAME\.js or NAME\.mjs/],
  [['-o', 'net.mjs', '--target', 'ts'], /-o net\.mjs and --target ts exclude each other: .* NAME\.ts/],
  [['-o', 'out', '--wasm-file'], /--wasm-file needs --target wasm/],
  [['-o', 'out', '--target', 'js', '--wasm-file'], /--wasm-file needs --target wasm/],
  [['--page', 'a.html', '--target', 'wasm', '--wasm-file'], /--wasm-file and --page exclude each other/],
  [['-o', 'net.mjs', '--page', 'index.html'], /with --page, -o takes a folder; found the file net\.mjs/],
])('%j is refused', async (argv, message) => {
  const { code, stderr, paths } = await written(argv);
  expect([code, paths]).toEqual([2, []]);
  expect(stderr).toMatch(message);
});

const unloadable =
  /^note: package\.json .* Node.* does not load .*out\/net\.js.* as a module; name it -o out\/net\.mjs, or set "type": "module"$/m;

test.each([
  ['{ "type": "commonjs" }', 'package.json', true],
  ['{}', 'package.json', true],
  ['{ "type": "module" }', 'package.json', false],
  ['no JSON', 'package.json', false],
])('%s in %s: a note is %s', async (text, path, isTold) => {
  const { code, stderr } = await written(['-o', 'out', '--target', 'js'], { [path]: text });
  expect(code).toBe(0);
  if (isTold) expect(stderr).toMatch(unloadable);
  else expect(stderr).not.toContain('note');
  expect((await written(['-o', 'out/net.mjs'], { [path]: text })).stderr).not.toContain('note');
});

test('the nearest package.json counts', async () => {
  const files = { 'package.json': '{}', 'out/package.json': '{ "type": "module" }' };
  expect((await written(['-o', 'out/a', '--target', 'js'], files)).stderr).toBe('');
});
