// What needs no page: types as `tsc` sees them, Node's loader, and projects that are unusual or hostile.

import { existsSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { compile, load } from '../../../src/index.ts';
import { findNode20, root } from '../../e2e/packed.ts';
import { node } from './project.ts';
import type { Tools } from './project.ts';

const lenet = readFileSync(join(root, 'examples/lenet/lenet.cnn'), 'utf8');
const weights = readFileSync(join(root, 'examples/lenet/lenet-fashion-mnist.safetensors'));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

const types = `import { load, outputs } from './lenet.cnn';
import { inputs, load as loadBare } from './lenet.cnn?size=32&weights=false';
const ten: 10 = outputs.logits[0];
const size: 32 = inputs.image[1];
const net = await load(undefined, { threads: 2 });
const y: Float32Array = net.run(new Float32Array(784));
`;
const settings = (module: string): string =>
  JSON.stringify({
    compilerOptions: {
      ...{ target: 'es2024', lib: ['es2024', 'dom'], strict: true, noEmit: true, types: [] },
      ...(module === 'bundler' ? { module: 'esnext', moduleResolution: 'bundler' } : { module: 'nodenext' }),
      allowArbitraryExtensions: true,
    },
    include: ['src', '*.ts'],
  });
const build = `import { build } from 'esbuild';
import cnnc from 'cnnc/esbuild';
await build({ entryPoints: ['src/main.js'], bundle: true, format: 'esm', outdir: 'out', plugins: [cnnc()] });
`;

/** The tests, in a suite of their own. */
export function withoutBrowser({ workshop }: Tools): void {
  const project = (name: string, files: Readonly<Record<string, string | Uint8Array>>): string =>
    workshop().project(name, { 'src/lenet.cnn': lenet, 'src/lenet.safetensors': weights, 'build.js': build, ...files });

  test('types are those of `cnnc compile`, and a wrong use is an error', async () => {
    const folder = project('types', {
      'src/main.js': "import './lenet.cnn';\nimport './lenet.cnn?size=32&weights=false';",
      'src/right.ts': types,
      'cnnc.config.ts':
        "import { defineConfig } from 'cnnc/config';\nexport default defineConfig({ math: 'strict' });\n",
      'tsconfig.json': settings('bundler'),
    });
    expect(await node(folder, 'build.js')).toMatchObject({ code: 0, stderr: '' });
    const [, expected] = compile(lenet, { path: 'lenet.cnn', target: 'wasm', math: 'strict' }).files;
    const bare = readdirSync(join(folder, 'src')).find((name) => name.startsWith('lenet.cnn-'))!;
    expect(readFileSync(join(folder, 'src/lenet.d.cnn.ts'), 'utf8')).toContain('load(weights?: ArrayBufferLike');
    const declared = (text: string): readonly string[] => text.match(/\b(?:interface|const|function) \w+/g) ?? [];
    expect(declared(readFileSync(join(folder, 'src', bare), 'utf8'))).toEqual(declared(expected!.text));

    expect(await node(folder, tsc)).toMatchObject({ code: 0, stdout: '' });
    workshop().project('types', { 'tsconfig.json': settings('nodenext') });
    expect(await node(folder, tsc)).toMatchObject({ code: 0, stdout: '' });

    workshop().project('types', {
      'src/wrong.ts': "import { load } from './lenet.cnn';\nconst net = await load();\nnet.run('a picture');\n",
      'src/bare.ts': "import { load } from './lenet.cnn?size=32&weights=false';\nawait load();\n",
      'cnnc.config.ts': "import { defineConfig } from 'cnnc/config';\nexport default defineConfig({ math: 'wild' });\n",
    });
    const { code, stdout } = await node(folder, tsc);
    expect(code).not.toBe(0);
    expect(stdout).toContain('src/wrong.ts(3,9): error TS2345');
    expect(stdout).toContain('src/bare.ts(2,7): error TS2554');
    expect(stdout).toContain('cnnc.config.ts(2,');
  });

  test('declarations are written only where they change', async () => {
    const folder = project('unchanged', { 'src/main.js': "import './lenet.cnn';" });
    const written = async (): Promise<number> => {
      expect(await node(folder, 'build.js')).toMatchObject({ code: 0 });
      return statSync(join(folder, 'src/lenet.d.cnn.ts')).mtimeMs;
    };
    expect(await written()).toBe(await written());
  });

  const net = "import { load } from './lenet.cnn';\nconst net = await load(undefined, { threads: 2 });\n";
  const print = 'const y = net.run(new Float32Array(784));\nconsole.log(net.threads, y.join());\nnet.close();\n';
  test('node --import cnnc/register', async () => {
    const folder = project('registered', {
      'src/main.js': `${net}${print}`,
      'src/wrong.js': "import './wrong.cnn';",
      'src/wrong.cnn': 'network Net {\n  input x: [1, 8, 8]\n  flaten -> dense(4)\n  conv(3 kernel: 9)\n}\n',
      'src/other.js': `const { inputs } = await import('./${encodeURIComponent('größe 1.cnn')}?size=16');\nconsole.log(inputs.image.join());\n`,
      'src/größe 1.cnn': lenet,
    });
    const expected = await load(lenet, weights, { target: 'wasm' });
    const y = expected.run(new Float32Array(784)) as Float32Array;
    const run = (script: string) => node(folder, '--import', 'cnnc/register', script);
    expect(await run('src/main.js')).toEqual({ code: 0, stdout: `2 ${y.join()}\n`, stderr: '' });
    expect(existsSync(join(folder, 'src/lenet.d.cnn.ts'))).toBe(true);
    const { code, stderr } = await run('src/wrong.js');
    expect(code).toBe(1);
    expect(stderr).toMatch(/  src\/wrong\.cnn:3:3 {2}flaten -> dense\(4\)\n {21}\^{6}\n/);
    expect(stderr).toContain('a comma is missing');
    expect(stderr).not.toContain('.js:');
    expect((await run('src/other.js')).stdout).toBe('1,16,16\n');
  });

  test.each([
    ['cnnc.config.ts', "import { defineConfig } from 'cnnc/config';\nexport default defineConfig({ target: 'js' });\n"],
    ['cnnc.config.js', "export default { target: 'js' };\n"],
    ['cnnc.config.js', "module.exports = { target: 'js' };\n"],
  ])('%s in a folder of npm init -y: %s', async (name, text) => {
    const folder = project(`commonjs ${text.length}`, {
      'package.json': '{ "name": "x", "type": "commonjs" }',
      'build.mjs': build,
      'src/main.js': "import { load } from './lenet.cnn';\nload().then(console.log);\n",
      [name]: text,
    });
    expect(await node(folder, 'build.mjs')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(folder, 'out/main.js'), 'utf8')).not.toContain('WebAssembly');
  });

  const failures: readonly (readonly [string, Readonly<Record<string, string>>, string | RegExp])[] = [
    ['nonsense', { 'src/main.js': "import './lenet.cnn?%%&=3';" }, 'the query of the import takes network=NAME'],
    [
      'unknown parameter',
      { 'src/main.js': "import './lenet.cnn?depth=3';" },
      'no network here has a parameter `depth`',
    ],
    ['twice', { 'src/main.js': "import './lenet.cnn?size=32&size=28';" }, 'gives size twice'],
    ['a target that is none', { 'src/main.js': "import './lenet.cnn?target=gpu';" }, 'target is wasm or js; found gpu'],
    ['weights that do not fit', { 'src/main.js': "import './lenet.cnn?classes=7';" }, /scores|logits|dense/],
    ['weights that are not there', { 'src/main.js': "import './lenet.cnn?weights=no.safetensors';" }, 'no.safetensors'],
    ['a configuration with a mistake', { 'cnnc.config.ts': "export default { targett: 'js' };" }, 'no option targett'],
    ['a configuration that throws', { 'cnnc.config.ts': "throw new Error('oh no');" }, 'oh no'],
    ['several networks', { 'src/lenet.cnn': `${lenet}\nnetwork B {\n input x: [1]\n dense(2)\n}\n` }, '?network='],
  ];
  test.each(failures)('refused: %s', async (name, files, message) => {
    const folder = project(`refused ${name}`, { 'src/main.js': "import './lenet.cnn';", ...files });
    const { code, stderr } = await node(folder, 'build.js');
    expect(code).not.toBe(0);
    if (typeof message === 'string') expect(stderr).toContain(message);
    else expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\bat .*bundler\//);
  });

  test('names are never code; two imports of one file, one outside the project, and a linked folder', async () => {
    const hostile = '`${globalThis.hit = 1}`"; globalThis.hit = 1; "*/ globalThis.hit = 1 /*';
    const labelled = (name: string): string =>
      `network Net {\n  input x: [1, 2, 2]\n  flatten\n  s = dense(2)\n  output s { labels: ["a", ${JSON.stringify(name)}] }\n}\n`;
    const folder = project("it's ${a}; folder", {
      'src/main.js': `import { labels } from "./a';b.cnn";
import { inputs as one } from './lenet.cnn?size=32&weights=false';
import { inputs as two } from './lenet.cnn?weights=false&size=64';
import { outputs } from '../../outside/net.cnn';
console.log(JSON.stringify([labels.s[1], one.image, two.image, outputs.s, typeof hit]));
`,
      "src/a';b.cnn": labelled(hostile).replaceAll('\n', '\r\n'),
      '../outside/net.cnn': labelled('b'),
    });
    symlinkSync(folder, join(dirname(folder), 'linked'));
    const built = await node(join(dirname(folder), 'linked'), 'build.js');
    expect(built).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await node(folder, 'out/main.js');
    expect(JSON.parse(stdout)).toEqual([hostile, [1, 32, 32], [1, 64, 64], [2], 'undefined']);
  });

  test('webpack builds once, and again after an edit, with files that are not there', async () => {
    const folder = workshop().project('watched', {
      'src/main.js': "import { inputs } from './small.cnn';\nconsole.log(inputs);\n",
      'src/small.cnn': 'network Small {\n  input x: [1, 4, 4]\n  flatten -> dense(2)\n}\n',
      'watch.js': `import webpack from 'webpack';
import cnnc from 'cnnc/webpack';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
const source = 'src/small.cnn';
const builds = [];
const compiler = webpack({ mode: 'development', entry: './src/main.js', plugins: [cnnc()] });
const watching = compiler.watch({ aggregateTimeout: 20 }, (_, stats) => builds.push(stats.compilation.errors.length));
const next = async (count) => { while (builds.length < count) await wait(20); };
await next(1);
await wait(1000);
const text = readFileSync(source, 'utf8');
writeFileSync(source, text.replace('flatten', 'flaten').replace('dense(2)', 'dens(2)'));
await next(2);
await wait(200);
writeFileSync(source, text);
await next(3);
await wait(500);
console.log(builds.join());
watching.close(() => {});
`,
    });
    expect(await node(folder, 'watch.js')).toEqual({ code: 0, stdout: '0,2,0\n', stderr: '' });
  });

  const old = findNode20();
  test.skipIf(!old)('a bundle runs in Node 20, with the file of its weights', async () => {
    const folder = project('node20', {
      'src/main.js': `${net}${print}`,
      'build.js': build.replace("format: 'esm'", "format: 'esm', platform: 'node'"),
    });
    expect(await node(folder, 'build.js')).toMatchObject({ code: 0 });
    const { execFileSync } = await import('node:child_process');
    expect(execFileSync(old!, ['out/main.js'], { cwd: folder, encoding: 'utf8' })).toMatch(/^2 -?\d/);
  });
}
