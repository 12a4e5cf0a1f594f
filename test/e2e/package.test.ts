// The package, installed: what a newcomer types works in an empty folder, modules run in Node 20, types hold, and the compiler
// fits into a browser.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleExamples } from '../../compiler/ops/examples.ts';
import { operators } from '../../compiler/ops/index.ts';
import { summaryOf } from '../../compiler/ops/texts.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { startClient } from '../support/language-client.ts';
import { findNode20, install, pack, root, spawn } from './packed.ts';

let folder = '';
let user = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-package-'));
  user = join(folder, 'user');
  install(pack().tarball, user);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true }));

const cnnc = (...args: readonly string[]): string => spawn(user, 'npx', '--no-install', 'cnnc', ...args);
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const node20 = findNode20();

test('publint has nothing to say', async () => {
  const { messages } = await publint({ pkgDir: pack().staged, pack: false, strict: true });
  expect(messages.map((message) => formatMessage(message, packageFile, { color: false }))).toEqual([]);
});

test('nothing but the compiler and the examples is in it, and no dependency has an install script', () => {
  const installed = join(user, 'node_modules');
  expect(readdirSync(join(installed, 'cnnc')).toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'examples',
    'package.json',
  ]);
  expect(readdirSync(join(installed, 'cnnc/dist')).toSorted()).toEqual([
    'compiler',
    'grammar',
    'playground',
    'runtime',
    'src',
  ]);
  expect(readdirSync(join(installed, 'cnnc/examples'))).toContain('lenet');
  expect(readdirSync(join(installed, 'cnnc/examples')).filter((name) => name.endsWith('.ts'))).toEqual([]);
  const lock = JSON.parse(readFileSync(join(user, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const scripted = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(scripted).toEqual([]);
});

describe('the first five minutes', () => {
  test('new, report, compile, run', () => {
    expect(cnnc('new', 'lenet')).toContain('npm pkg set type=module');
    spawn(user, 'npm', 'pkg', 'set', 'type=module');
    expect(cnnc('report', 'lenet.cnn')).toMatch(/^total +61,706 +416,520$/m);
    cnnc('compile', 'lenet.cnn', '-o', 'out', '--target', 'js', '--weights', 'random:1');
    const answers = spawn(user, process.execPath, 'lenet.mjs');
    expect(answers.trimEnd().split('\n')).toHaveLength(3);
    if (node20 !== undefined) expect(spawn(user, node20, 'lenet.mjs')).toBe(answers);
  });

  test('the language server, which needs no further package', async () => {
    const client = await startClient({ command: [join(user, 'node_modules/cnnc/bin/cnnc.js'), 'lsp', '--stdio'] });
    const uri = 'untitled:Untitled-1';
    client.open(uri, 'network N { input x: [4] rellu }');
    expect((await client.diagnostics(uri, 1)).diagnostics).toMatchObject([{ code: 'name/unknown-step' }]);
    expect(await client.end()).toBe(0);
  });

  test('threads prepare batches, of the command and of the library', () => {
    const untold = 'network T { input x: [1, 12, 12]\n flatten\n dense(10) }\n';
    writeFileSync(join(user, 't.cnn'), `${untold}train T { optimizer: adam  batch: 10  epochs: 40 }`);
    const argv = ['train', 't.cnn', '--data', 'digits:100', '--workers', '1'];
    const { status, stderr } = spawnSync(process.execPath, ['node_modules/cnnc/bin/cnnc.js', ...argv], {
      cwd: user,
      encoding: 'utf8',
    });
    expect({ status, notes: stderr.match(/^note: .*$/gm) }).toEqual({ status: 0, notes: null });
    const program = `import { readFileSync } from 'node:fs';
import { digits, train } from 'cnnc';
const data = { training: digits({ count: 100, height: 12, width: 12 }) };
const trained = (workers) => train(readFileSync('t.cnn', 'utf8'), { data, workers });
const [none, one] = [await trained(0), await trained(1)];
console.log(Buffer.compare(none.weights, one.weights));
`;
    writeFileSync(join(user, 'train.mjs'), program);
    expect(spawn(user, process.execPath, 'train.mjs')).toBe('0\n');
  });

  test.skipIf(node20 === undefined)('Node 20 gets one sentence (needs a Node 20 on the PATH)', () => {
    const { status, stdout, stderr } = spawnSync(node20!, ['node_modules/cnnc/bin/cnnc.js', 'report', 'lenet.cnn'], {
      cwd: user,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^cnnc needs Node 22\.18 or later, and this is 20\.[^\n]*\n$/);
  });
});

describe('in a program', () => {
  test('JavaScript', () => {
    const program = `import { check, compile, load, report } from 'cnnc';
const text = 'network Sum { input x: [2]\\n s = dense(1, bias: false, weight: [[1, 1]])\\n output s }';
const none = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 123, 125); // a safetensors file without tensors
const net = await load(text, none);
console.log(check(text).length, report(text).totals.macs, compile(text).files.length, net.run(Float32Array.of(1, 2))[0]);
`;
    writeFileSync(join(user, 'api.mjs'), program);
    expect(spawn(user, process.execPath, 'api.mjs')).toBe('0 2 1 3\n');
  });

  test.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ])('TypeScript, tsc --strict, modules %s resolved by %s', (module, resolution) => {
    cnnc('compile', 'lenet.cnn', '-o', 'typed', '--target', 'ts');
    const program = `import { compile, report, type Report } from 'cnnc';
import { inputs, load } from './out/net.js';
import { load as loadTyped } from './typed/net.js';

const total: Report['totals'] = report('network A { input x: [4] relu }').totals;
const name: string = compile('network A { input x: [4] relu }').network;
const length: 28 = inputs.image[1];
// @ts-expect-error a network has no such thing
report('').nothing;
for (const from of [load, loadTyped]) {
  const net = await from(new Uint8Array());
  const y: Float32Array = net.run(new Float32Array(784), { into: new Float32Array(10) });
  // @ts-expect-error one input is an array
  net.run('picture');
  y.fill(length);
}
export { name, total };
`;
    writeFileSync(join(user, 'use.ts'), program);
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--types', ''];
    const { status, stdout } = spawnSync(
      process.execPath,
      [tsc, ...options, '--module', module, '--moduleResolution', resolution, 'use.ts'],
      { cwd: user, encoding: 'utf8' },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

describe('the compiler in a browser', () => {
  test('is one script without imports, and needs nothing but the language', async () => {
    const input = join(user, 'browser.js');
    writeFileSync(input, "export { check, compile, report } from 'cnnc';\n");
    const bundle = await rolldown({ input, platform: 'browser', logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'iife', name: 'cnnc', minify: true });
    await bundle.close();
    expect(output).toHaveLength(1);
    const [{ code, imports, dynamicImports }] = output;
    expect({ imports, dynamicImports }).toEqual({ imports: [], dynamicImports: [] });
    // What a page's visitor waits for. Before compression about 91 KB are whole numbers, 250 KB gradients, tokens and the library of blocks, and
    // 45 KB what is said of the habits of other tools.
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(350_000);
    const explanations = [...ruleExamples(operators).values()].map(({ explanation }) => explanation);
    const sentences = [...operators.values()].map(summaryOf).filter((sentence) => sentence.length > 30);
    expect(sentences.length).toBeGreaterThan(30);
    expect([...explanations, ...sentences].filter((text) => code.includes(text))).toEqual([]);

    const bare = createContext({ text: readFileSync(join(root, 'examples/googlenet/googlenet.cnn'), 'utf8') });
    runInContext(code, bare);
    const result: unknown = runInContext(
      `JSON.stringify([cnnc.check('network A { input x: [4] tahn }')[0].code,
        cnnc.report(text, { network: 'GoogLeNet' }).totals.parameters,
        cnnc.compile(text, { network: 'GoogLeNet', target: 'js' }).files.map(({ path }) => path)])`,
      bare,
    );
    expect(JSON.parse(String(result))).toEqual(['name/unknown-step', 5_977_530, ['net.js', 'net.d.ts']]);
  }, 120_000);
});

test('the folder of a user stays as it was but for what was asked for', () => {
  mkdirSync(join(folder, 'other'));
  expect(
    spawn(join(folder, 'other'), process.execPath, join(user, 'node_modules/cnnc/bin/cnnc.js'), 'help', 'passes'),
  ).toContain('fold');
  expect(readdirSync(join(folder, 'other'))).toEqual([]);
});
