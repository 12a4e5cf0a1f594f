// The web developer's first hour: the tarball, a starting network, a module with its weights inside, in a page. Everything that a
// browser must fetch for LeNet stays under 500 KB. The page itself is tried in a browser elsewhere.

import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findNode20, install, pack, root, spawn } from '../packed.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-walk-'));
const site = join(folder, 'site');
afterAll(() => rmSync(folder, { recursive: true }));
const cnnc = (...argv: readonly string[]): string => spawn(site, 'npx', '--no-install', 'cnnc', ...argv);
const trained = ['--weights', join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'), '--match', 'order'];

test('I install the tarball', { timeout: 120_000 }, () => {
  install(pack().tarball, site);
  spawn(site, 'npm', 'pkg', 'set', 'type=module');
});

test('cnnc new gives me a network that I can read', () => {
  cnnc('new', 'lenet');
  expect(readFileSync(join(site, 'lenet.cnn'), 'utf8')).toContain('scores = dense(len(clothes))');
});

test('compiled with its weights inside it is one small file', () => {
  cnnc('compile', 'lenet.cnn', '-o', 'out', '--target', 'js', '--embed', ...trained);
  expect(readdirSync(join(site, 'out')).toSorted()).toEqual(['net.d.ts', 'net.js']);
  expect(statSync(join(site, 'out/net.js')).size).toBeLessThan(500_000);
  expect(readFileSync(join(site, 'out/net.js'), 'utf8')).not.toMatch(/^import |\bfetch\(|\beval\(|new Function/m);
});

test('a few lines classify a picture', () => {
  writeFileSync(
    join(site, 'app.js'),
    `import { load } from './out/net.js';

const net = await load();
const pixels = new Uint8ClampedArray(4 * 28 * 28).fill(255); // ImageData of a canvas: RGBA
for (let y = 4; y < 24; y++) pixels.fill(0, 4 * (28 * y + 12), 4 * (28 * y + 16));
const [best] = net.classify({ data: pixels, width: 28, height: 28 }, { top: 1 });
console.log(best.label, best.probability > 0.1);
`,
  );
  const answer = spawn(site, process.execPath, 'app.js');
  expect(answer).toMatch(/^(?:T-shirt|trouser|pullover|dress|coat|sandal|shirt|sneaker|bag|ankle boot) true\n$/);
  const node20 = findNode20();
  if (node20 !== undefined) expect(spawn(site, node20, 'app.js')).toBe(answer);
});

test('a page to try it is one file, and small as well', () => {
  cnnc('compile', 'lenet.cnn', '--page', 'lenet.html', ...trained);
  const page = readFileSync(join(site, 'lenet.html'), 'utf8');
  expect(page.length).toBeLessThan(500_000);
  expect(page).not.toMatch(/(?:src|href)="?(?:https?:)?\/\//);
});
