// Files whose names have signs that mean something in an address: `#`, `%`, blanks.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { esbuildSetup } from '../../src/bundler/esbuild-setup.ts';
import type { EsbuildBuild } from '../../src/bundler/esbuild-setup.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'cnnc-odd-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const names = ['n#1', 'le%20net', '50%', 'my net', 'ünet'];

test.each(names)('esbuild finds the parts of %s.cnn, and its files have names that an address takes', (name) => {
  const resolvers: Parameters<EsbuildBuild['onResolve']>[] = [];
  const build: EsbuildBuild = {
    initialOptions: { absWorkingDir: folder, format: 'esm' },
    onResolve: (...given) => void resolvers.push(given),
    onLoad() {},
  };
  esbuildSetup(build, () => ({ outcomeOf: () => Promise.reject(new Error('nothing is compiled')) }));
  const resolved = (part: string): object | undefined => {
    const path = `./${name}.cnn?size=9&cnnc-part=${part}`;
    const [, resolve] = resolvers.find(([{ filter }]) => filter.test(path)) ?? [];
    return resolve?.({ path, resolveDir: '/a#b' });
  };
  expect(resolved('code')).toEqual({ path: `/a#b/${name}.cnn`, suffix: '?size=9&cnnc-part=code' });
  const stem = name.replace(/[^\w]/g, '-');
  expect(resolved('weights')).toMatchObject({ path: `/a#b/${stem}.safetensors` });
});

test('a loader for Node finds the parts of what it was given as an address', () => {
  const data = Float32Array.of(2);
  const weights = writeSafetensors([
    { name: 'y.weight', shape: [1, 1], data },
    { name: 'y.bias', shape: [1], data },
  ]);
  const name = 'n#1 50% le%20net';
  writeFileSync(join(folder, `${name}.cnn`), 'network N {\n  input x: [1]\n  y = dense(1)\n}\n');
  writeFileSync(join(folder, `${name}.safetensors`), weights);
  const specifier = JSON.stringify(`./${encodeURIComponent(name)}.cnn?target=js`);
  const script = `import { load } from ${specifier};\nconsole.log((await load()).run(Float32Array.of(3))[0]);\n`;
  writeFileSync(join(folder, 'main.mjs'), script);
  const loader = fileURLToPath(new URL('../../src/bundler/register.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--import', loader, 'main.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(printed).toBe('8\n');
});
