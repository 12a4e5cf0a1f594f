// Clients that are not ours: curl, and Python's requests with numpy's bytes.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const withoutPython =
  spawnSync('python3', ['-c', 'import numpy, requests']).status !== 0 &&
  'python3-requests or python3-numpy is not installed';
const withoutCurl = spawnSync('curl', ['--version']).status !== 0 && 'curl is not installed';

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-clients-'));
  writeFileSync(join(folder, 'net.cnn'), 'network One { input x: [3]  twice = add(x)  output twice }\n');
  server = await startServer(['one=net.cnn'], folder);
});
afterAll(async () => {
  await server?.end();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(withoutPython)(`numpy's bytes there and back${withoutPython ? ` (${withoutPython})` : ''}`, () => {
  const script = fileURLToPath(new URL('clients.py', import.meta.url));
  expect(execFileSync('python3', [script, server.address], { encoding: 'utf8' })).toBe('all answers are right\n');
});

test.skipIf(withoutCurl)(`curl${withoutCurl ? ` (${withoutCurl})` : ''}`, () => {
  const body = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}';
  const said = execFileSync('curl', ['-sS', '-d', body, `${server.address}/v2/models/one/infer`], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({
    model_name: 'one',
    model_version: '1',
    outputs: [{ name: 'twice', datatype: 'FP32', shape: [1, 3], data: [2, 4, 6] }],
  });
});
