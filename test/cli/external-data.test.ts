// Weights beside a model, on a real file system: links that lead out of its folder and files that are none are never read.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { modelOptions } from '../../src/cli/model-options.ts';
import { nodeFiles } from '../../src/cli/node-files.ts';
import { InputError } from '../../src/data/input-error.ts';
import type { Io } from '../../src/cli/io.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'cnnc-external-'));
fs.mkdirSync(join(folder, 'model'));
fs.writeFileSync(join(folder, 'secret.bin'), 'secret!!');
fs.writeFileSync(join(folder, 'model', 'w.bin'), 'weights!');
fs.symlinkSync('w.bin', join(folder, 'model', 'inner.bin'));
fs.symlinkSync('../secret.bin', join(folder, 'model', 'link.bin'));
fs.symlinkSync('..', join(folder, 'model', 'up'));
fs.symlinkSync('/dev/zero', join(folder, 'model', 'zero'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const { readExternal } = modelOptions({ externalData: true }, join(folder, 'model', 'm.onnx'), {
  files: nodeFiles,
} as Io);

test.each(['w.bin', 'inner.bin'])('%s is read', (path) =>
  expect(Buffer.from(readExternal!(path, 0, 7)).toString()).toBe('weights'),
);

test.each(['link.bin', 'up/secret.bin', 'zero', 'model', '.', '/dev/zero', '../secret.bin', 'none.bin'])(
  '%s is refused',
  (path) => expect(() => readExternal!(path, 0, 4)).toThrow(InputError),
);

test('parts beyond the end are refused', () => expect(() => readExternal!('w.bin', 4, 2 ** 40)).toThrow(InputError));

test('of a model in the root folder, files beside it are read', () => {
  const files = { resolve: (path: string) => path, read: () => Uint8Array.of(1, 2, 3) };
  const { readExternal: read } = modelOptions({ externalData: true }, '/m.onnx', { files } as unknown as Io);
  expect([...read!('w.bin', 1, 2)]).toEqual([2, 3]);
});
