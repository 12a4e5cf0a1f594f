// Fresh projects of every bundler: types hold, the production build runs in Chromium with and without isolation, on one thread
// and two, to the bits of Node, and mistakes are shown with their place.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../../src/index.ts';
import { root } from '../../e2e/packed.ts';
import { node, serveFolder } from './project.ts';
import type { Tools } from './project.ts';

const lenet = readFileSync(join(root, 'examples/lenet/lenet.cnn'), 'utf8');
const weights = readFileSync(join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'));

const main = `import { load } from './lenet.cnn';
import { inputs } from './lenet.cnn?size=32&weights=false&target=js';

async function main() {
  await fetch('/hit');
  const threads = Number(new URLSearchParams(location.search).get('threads'));
  const net = await load(undefined, { threads });
  const y = await net.runAsync(Float32Array.from({ length: 784 }, (_, i) => Math.sin(i)));
  globalThis.result = { threads: net.threads, bits: [...new Uint32Array(y.buffer)], other: inputs.image };
}
main().catch((error) => (globalThis.result = String(error)));
`;
const page = (script: string): string =>
  `<!doctype html><title>LeNet</title><div></div><script type="module" src="${script}"></script>`;

const common = { 'src/lenet.cnn': lenet, 'src/lenet.safetensors': weights, 'src/main.js': main };

interface Bundler {
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}
const modules = '../node_modules';
const bundlers: Readonly<Record<string, Bundler>> = {
  vite: {
    files: {
      'index.html': page('/src/main.js'),
      'vite.config.js': `import cnnc from 'cnnc/vite';\nexport default { plugins: [cnnc()] };\n`,
    },
    command: [`${modules}/vite/bin/vite.js`, 'build', '--outDir', 'out'],
  },
  rollup: {
    files: {
      'out/index.html': page('main.js'),
      'rollup.config.js': `import cnnc from 'cnnc/rollup';\nexport default { input: 'src/main.js', plugins: [cnnc()], output: { dir: 'out' } };\n`,
    },
    command: [`${modules}/rollup/dist/bin/rollup`, '-c'],
  },
  webpack: {
    files: {
      'out/index.html': page('main.js'),
      'webpack.config.js': `import cnnc from 'cnnc/webpack';
export default { entry: './src/main.js', mode: 'production', performance: false, plugins: [cnnc()], output: { path: import.meta.dirname + '/out' } };
`,
    },
    command: [`${modules}/webpack-cli/bin/cli.js`],
  },
  esbuild: {
    files: {
      'out/index.html': page('main.js'),
      'build.js': `import { build } from 'esbuild';
import cnnc from 'cnnc/esbuild';
await build({ entryPoints: ['src/main.js'], bundle: true, minify: true, format: 'esm', outdir: 'out', plugins: [cnnc()] });
`,
    },
    command: ['build.js'],
  },
};

/** The tests, in a suite of their own. */
export function production({ workshop, browser }: Tools): void {
  let expected: readonly number[] = [];
  beforeAll(async () => {
    const net = await load(lenet, weights, { target: 'wasm' });
    const y = net.run(Float32Array.from({ length: 784 }, (_, i) => Math.sin(i)));
    expected = [...new Uint32Array((y as Float32Array).buffer)];
  });

  describe.each(Object.entries(bundlers))('%s', (name, { files, command }) => {
    test('a production build runs', async () => {
      const folder = workshop().project(name, { ...common, ...files });
      const built = await node(folder, ...command);
      expect(`${built.stdout}${built.stderr}`).not.toMatch(/warn/i);
      expect(built.code, built.stderr).toBe(0);
      const out = filesIn(join(folder, 'out'));
      expect(out.filter((file) => /lenet-[\w-]{8,}\.safetensors$/.test(file))).toHaveLength(1);
      const script = out.filter((file) => file.endsWith('.js')).map((file) => readFileSync(join(folder, 'out', file)));
      expect(gzipSync(Buffer.concat(script)).length).toBeLessThan(60_000);
      for (const isIsolated of [true, false])
        for (const threads of [1, 2]) {
          const result = await visit(browser(), join(folder, 'out'), isIsolated, threads);
          expect(result).toEqual({
            threads: isIsolated ? threads : 1,
            bits: expected,
            other: [1, 32, 32],
            hits: 1,
          });
        }
    });

    test('a warning is told once, and the build succeeds', async () => {
      const folder = workshop().project(`${name}-warned`, {
        ...common,
        ...files,
        'src/lenet.cnn': `const unused = 3\n${lenet}`,
        'src/main.js': "import { load } from './lenet.cnn';\nload();\n",
      });
      const { code, stdout, stderr } = await node(folder, ...command);
      expect(code, stderr).toBe(0);
      expect(`${stdout}${stderr}`.match(/`unused` is never used/g)).toHaveLength(1);
    });

    test('all mistakes are told at once, with place and carets', async () => {
      const wrong = 'network Net {\r\n  input x: [1, 8, 8]\r\n  flaten -> dense(4)\r\n  conv(3 kernel: 9)\r\n}\r\n';
      const folder = workshop().project(`${name}-wrong`, {
        ...common,
        ...files,
        'src/lenet.cnn': wrong,
        'src/main.js': "import './lenet.cnn';",
      });
      const { code, stdout, stderr } = await node(folder, ...command);
      expect(code).not.toBe(0);
      const said = `${stdout}${stderr}`;
      expect(said).toContain('there is no operator, block or value `flaten`');
      expect(said).toContain('a comma is missing');
      expect(said).toMatch(/src\/lenet\.cnn(?::3:[23]| \(3:2\))/);
      expect(said).toMatch(/\^{6}|~{6}/);
      expect(said).not.toMatch(/at .*plugin\.js/);
    });
  });
}

async function visit(browser: Browser, folder: string, isIsolated: boolean, threads: number): Promise<unknown> {
  const site = await serveFolder(folder, isIsolated);
  const tab = await browser.newPage();
  try {
    await tab.goto(`${site.url}?threads=${threads}`);
    const found = await tab.waitForFunction(() => (globalThis as { result?: unknown }).result, null, {
      timeout: 20_000,
    });
    const result = (await found.jsonValue()) as object;
    return typeof result === 'string' ? result : { ...result, hits: site.hits() };
  } finally {
    await tab.close();
    site.close();
  }
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
