// Builds of other kinds than a page's: libraries, servers, workers, formats without modules, and builds from a cache.

import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../../src/index.ts';
import { root } from '../../e2e/packed.ts';
import { node, serveFolder, start } from './project.ts';
import type { Tools } from './project.ts';

const lenet = readFileSync(join(root, 'examples/lenet/lenet.cnn'), 'utf8');
const weights = readFileSync(join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'));

const common = {
  'src/lenet.cnn': lenet,
  'src/lenet.safetensors': weights,
  'src/scores.js': `import { load } from './lenet.cnn';
export async function scores() {
  return [...(await load()).run(new Float32Array(784))];
}
`,
};
const vite = ['../node_modules/vite/bin/vite.js', 'build'];
const viteConfig = (settings: string): string =>
  `import cnnc from 'cnnc/vite';\nexport default { ${settings} plugins: [cnnc()] };\n`;

/** The tests, in a suite of their own. */
export function kindsOfBuild({ workshop, browser }: Tools): void {
  let expected: readonly number[] = [];
  beforeAll(async () => {
    const net = await load(lenet, weights, { target: 'wasm' });
    expected = [...(net.run(new Float32Array(784)) as Float32Array)];
  });

  async function built(name: string, files: Readonly<Record<string, string>>, ...command: readonly string[]) {
    const folder = workshop().project(name, { ...common, ...files });
    const { code, stdout, stderr } = await node(folder, ...command);
    expect(code, stderr).toBe(0);
    expect(`${stdout}${stderr}`).not.toMatch(/warn/i);
    return folder;
  }

  test("Vite's libraries of each format, and its build for servers, have the weights inside", async () => {
    const lib =
      "build: { lib: { entry: 'src/scores.js', name: 'Lib', formats: ['es', 'cjs', 'umd'], fileName: 'lib' } },";
    const folder = await built('library', { 'vite.config.js': viteConfig(lib) }, ...vite);
    await built('server', { 'vite.config.js': viteConfig('') }, ...vite, '--ssr', 'src/scores.js');
    const files = readdirSync(join(folder, 'dist'));
    expect(files.toSorted()).toEqual(['lib.cjs', 'lib.js', 'lib.umd.cjs']);
    for (const file of [...files.map((one) => `./dist/${one}`), '../server/dist/scores.js']) {
      const { stdout } = await node(
        folder,
        '-e',
        `import('${file}').then(async (m) => console.log(JSON.stringify(await (m.scores ?? m.default.scores)())))`,
      );
      expect(JSON.parse(stdout), file).toEqual(expected);
    }
  });

  const page = (script: string): string =>
    `<!doctype html><title>x</title><script type="module" src="${script}"></script>`;
  const worker =
    "import { scores } from './scores.js';\nscores().then(postMessage, (error) => postMessage(String(error)));\n";

  test.each([
    [
      "base: '/', worker: { format: 'iife' },",
      "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })",
    ],
    ["base: './',", "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })"],
    [
      "base: './', worker: { format: 'es' },",
      "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })",
    ],
    ["base: '/',", 'new Inline()'],
  ])('a worker of Vite with %s %s', async (config, created) => {
    const name = `worker ${config} ${created}`.replaceAll(/\W+/g, '-');
    const inline = created.includes('Inline') ? "import Inline from './worker.js?worker&inline';\n" : '';
    const folder = await built(
      name,
      {
        'index.html': page('/src/main.js'),
        'src/worker.js': worker,
        'src/main.js': `${inline}const worker = ${created};\nworker.onmessage = ({ data }) => (globalThis.result = data);\n`,
        'vite.config.js': viteConfig(config),
      },
      ...vite,
    );
    expect(await resultIn(join(folder, 'dist'))).toEqual(expected);
  });

  test("a package with a network, in Vite's server, which bundles packages ahead", async () => {
    const folder = workshop().project('packaged', {
      'index.html': page('/main.js'),
      'main.js': "import { scores } from 'nets';\nscores().then((y) => (globalThis.result = y));\n",
      'serve.js': `import { createServer } from 'vite';
import cnnc from 'cnnc/vite';
const server = await createServer({ configFile: false, logLevel: 'error', plugins: [cnnc()], server: { host: '127.0.0.1', port: 0 } });
await server.listen();
console.log(server.resolvedUrls.local[0]);
`,
      ...Object.fromEntries(Object.entries(common).map(([path, data]) => [`node_modules/nets/${path}`, data])),
      'node_modules/nets/package.json': '{ "name": "nets", "type": "module", "exports": "./src/scores.js" }',
    });
    const server = start(folder, 'serve.js');
    try {
      expect(await resultAt(await server.line())).toEqual(expected);
    } finally {
      server.end();
    }
  });

  async function resultIn(folder: string): Promise<unknown> {
    const site = await serveFolder(folder, false);
    try {
      return await resultAt(site.url);
    } finally {
      site.close();
    }
  }

  async function resultAt(url: string): Promise<unknown> {
    const tab = await browser().newPage();
    try {
      await tab.goto(url);
      const found = await tab.waitForFunction(() => (globalThis as { result?: unknown }).result, null, {
        timeout: 20_000,
      });
      return await found.jsonValue();
    } finally {
      await tab.close();
    }
  }

  describe('esbuild', () => {
    const build = (options: string): string => `import { build } from 'esbuild';
import cnnc from 'cnnc/esbuild';
await build({ entryPoints: ['src/main.js'], bundle: true, outdir: 'out', plugins: [cnnc()], ${options} }).catch(() => (process.exitCode = 1));
`;

    test('a classic script', async () => {
      const main = "import { scores } from './scores.js';\nscores().then((y) => (globalThis.result = y));\n";
      const html = '<!doctype html><title>x</title><script src="main.js"></script>';
      const files = { 'build.js': build("format: 'iife'"), 'src/main.js': main, 'out/index.html': html };
      const folder = await built('classic', files, 'build.js');
      expect(await resultIn(join(folder, 'out'))).toEqual(expected);
    });

    test('carets stand below the mistake, whatever is before it', async () => {
      const folder = workshop().project('carets', {
        'build.js': build("format: 'esm'"),
        'src/main.js': "import './net.cnn';",
        'src/net.cnn': 'network Net {\n  input x: [1, 8, 8]\n  /* éé */ flaten -> dense(4)\n}\n',
      });
      const { stderr } = await node(folder, 'build.js');
      expect(stderr).toMatch(/│ {3}\/\* éé \*\/ flaten -> dense\(4\)\n +╵ {12}~{6}\n/);
    });
  });

  test('webpack writes the weights again when it takes the network from its cache', async () => {
    const config = `import cnnc from 'cnnc/webpack';
export default { entry: './src/main.js', mode: 'development', performance: false, plugins: [cnnc()],
  cache: { type: 'filesystem' }, output: { path: import.meta.dirname + '/out', clean: true } };
`;
    const main = "import { scores } from './scores.js';\nscores().then((y) => (globalThis.result = y));\n";
    const files = { 'webpack.config.js': config, 'src/main.js': main };
    const command = ['../node_modules/webpack-cli/bin/cli.js'];
    const first = await built('cached', files, ...command);
    rmSync(join(first, 'out'), { recursive: true });
    const folder = await built('cached', files, ...command);
    const html = '<!doctype html><title>x</title><script src="main.js"></script>';
    workshop().project('cached/out', { 'index.html': html });
    expect(readdirSync(join(folder, 'out')).filter((file) => file.endsWith('.safetensors'))).toHaveLength(1);
    expect(await resultIn(join(folder, 'out'))).toEqual(expected);
  });
}
