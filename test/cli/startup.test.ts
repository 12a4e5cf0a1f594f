// What a command loads before it works: starting is most of the time of a small command. Files are counted, not milliseconds.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-startup-'));
  writeFileSync(
    join(folder, 'hook.mjs'),
    `import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on('exit', () => console.error(JSON.stringify(loaded.filter((url) => url.startsWith('file:')))));
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Files below the root that `cnnc` loads. */
function loadedBy(...argv: readonly string[]): readonly string[] {
  const hook = join(folder, 'hook.mjs');
  const { stderr } = spawnSync(process.execPath, ['--import', hook, join(root, 'bin/cnnc.js'), ...argv], {
    cwd: root,
    encoding: 'utf8',
  });
  const urls = JSON.parse(stderr.trim().split('\n').at(-1)!) as readonly string[];
  return urls
    .map((url) => fileURLToPath(url))
    .flatMap((path) => (path.startsWith(root) ? [path.slice(root.length)] : []));
}

test('--version loads neither commander nor the compiler', () => {
  const files = loadedBy('--version');
  expect(files).toContain('src/cli/main.ts');
  expect(files.filter((file) => !/^(?:bin|src\/cli\/[\w-]+\.ts|src\/data\/input-error\.ts)/.test(file))).toEqual([]);
  expect(files.length).toBeLessThan(20);
});

test('check loads the compiler only for budgets of what is compiled', () => {
  const network = join(folder, 'a.cnn');
  writeFileSync(network, 'network A { input x: [4] dense(2) }\nexpect A { parameters <= 10 }');
  const files = loadedBy('check', network);
  expect(files).toContain('src/cli/commands/check.ts');
  expect(files.filter((file) => /^compiler\/(?:passes|schedule|templates|codegen|kernel)\//.test(file))).toEqual([]);
  expect(files.filter((file) => /^src\/(?:report\/(?!format)|weights|data\/(?!input-error)|page)/.test(file))).toEqual(
    [],
  );
  expect(files.filter((file) => file.startsWith('src/cli/commands/'))).toEqual(['src/cli/commands/check.ts']);
});

test('fmt of the layout alone needs no compiler', () => {
  const network = join(folder, 'b.cnn');
  writeFileSync(network, 'network A { input x: [4] dense(2) }\n');
  const files = loadedBy('fmt', network);
  expect(files.filter((file) => /^compiler\/(?:passes|schedule|templates|codegen|kernel)\//.test(file))).toEqual([]);
});
