// The types of a module of the WebAssembly target hold for strict TypeScript, whatever its library of types knows of `using`.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cnnc } from './harness.ts';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
const TWO = 'network Two { input x: [1, 4, 4]\n a = conv(3, kernel: 3)\n b = relu\n output a, b }\n';

const USE = `import { inputs, load, type LoadOptions, type Net } from './net.js';
const options: LoadOptions = { maxBatch: 2, threads: 2 };
const net: Net = await load(new Uint8Array(), options);
const x = new Float32Array(16);
const { a, b } = net.run(x);
const into: { readonly a: Float32Array; readonly b: Float32Array } = await net.runAsync(x, { into: { a, b } });
const threads: number = net.threads;
const reason: string | undefined = net.reason;
const milliseconds: number[] = net.profile(3);
const height: 4 = inputs.x[1];
net.close();
net[Symbol.dispose]();
// @ts-expect-error threads is a number
await load(new Uint8Array(), { threads: '2' });
// @ts-expect-error a promise is no result
const late: Float32Array = net.runAsync(x).a;
using other = await load(new ArrayBuffer(8));
export { height, into, late, milliseconds, other, reason, threads };
`;

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-types-'));
  const { files } = await cnnc(['compile', 'a.cnn', '-o', '.', '--target', 'wasm'], { files: { 'a.cnn': TWO } });
  for (const name of ['net.js', 'net.d.ts']) writeFileSync(join(folder, name), files.get(`/project/${name}`)!);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'use.ts'), USE);
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['es2022,dom', 'es2022', 'esnext,dom'])('tsc --strict --lib %s', (lib) => {
  const options = ['--strict', '--noEmit', '--target', 'es2022', '--lib', lib, '--types', '', '--module', 'nodenext'];
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, 'use.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
