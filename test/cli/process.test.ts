// The command line as a process of its own: real files, pipes that close, and the trained networks on real pictures.

import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../support/command-line.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shared = join(root, '../shared');
let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cnnc-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function run(argv: readonly string[], cwd = folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    cwd,
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

describe('a process', () => {
  test('compiles into a new folder, completely or not at all', () => {
    writeFileSync(join(folder, 'a.cnn'), 'network A { input x: [4] relu }');
    expect(run(['compile', 'a.cnn', '-o', 'deep/out', '--target', 'js']).code).toBe(0);
    expect(readdirSync(join(folder, 'deep/out')).toSorted()).toEqual(['net.d.ts', 'net.js']);
    expect(run(['compile', 'a.cnn', '-o', 'a.cnn'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot write to a.cnn'),
    });
    mkdirSync(join(folder, 'taken/net.ts'), { recursive: true });
    expect(run(['compile', 'a.cnn', '-o', 'taken']).code).toBe(1);
    expect(readdirSync(join(folder, 'taken'))).toEqual(['net.ts']);
  });

  test.skipIf(process.platform !== 'linux')('refuses names that are not UTF-8, and writes no others', () => {
    mkdirSync(join(folder, 'bytes'));
    writeFileSync(join(folder, 'bytes/\ufffd.cnn'), 'network A { input x: [4] relu }');
    const script = `"$0" "$1" check \ufffd.cnn && "$0" "$1" check --json "$(printf '\\377.cnn')"`;
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, program], {
      cwd: join(folder, 'bytes'),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr:
        'error: \ufffd.cnn is not UTF-8, as all of the command line must be; if it is the name of a file, rename it\n',
    });
    expect(stdout).toMatch(/^\ufffd\.cnn: ok\n[^{]*\{\n  "schemaVersion": 1,\n  "error"/);
  });

  test('an import cannot leave the project through a link', () => {
    mkdirSync(join(folder, 'project'), { recursive: true });
    writeFileSync(join(folder, 'outside.cnn'), 'block b() { relu }');
    symlinkSync(join(folder, 'outside.cnn'), join(folder, 'project/link.cnn'));
    writeFileSync(join(folder, 'project/a.cnn'), 'import { b } from "./link.cnn"\nnetwork A { input x: [4] b }');
    expect(run(['check', 'a.cnn'], join(folder, 'project'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('import/'),
    });
  });

  test.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGHUP'] as const)(
    '%s ends a training, which goes on with the same bytes',
    async (signal) => {
      const text = 'network T { input x: [1, 12, 12] { scale: 1/255 }\n flatten\n dense(10) }\n';
      writeFileSync(join(folder, 't.cnn'), `${text}train T { optimizer: adam  batch: 10  epochs: 4 }`);
      const argv = ['train', 't.cnn', '--data', 'digits:2000', '--workers', '2', '--out'];
      const code = await new Promise<number | null>((resolve) => {
        const child = spawn(process.execPath, [program, ...argv, `${signal}.safetensors`], {
          cwd: folder,
        });
        child.stderr.once('data', () => child.kill(signal));
        child.on('close', resolve);
      });
      expect(code).toBe(130);
      expect(existsSync(join(folder, `${signal}.safetensors`))).toBe(false);
      expect(run([...argv, `${signal}.safetensors`, '--resume']).code).toBe(0);
      expect(run([...argv, 'whole.safetensors']).code).toBe(0);
      const [part, whole] = [signal, 'whole'].map((name) => readFileSync(join(folder, `${name}.safetensors`)));
      expect(part!.equals(whole!)).toBe(true);
    },
    60_000,
  );

  test.skipIf(process.platform === 'win32')('endless files are refused, closed pipes are quiet', () => {
    expect(run(['check', '/dev/zero']).code).toBe(3);
    // It waits for messages of the kernel, of those who may read it.
    if (existsSync('/proc/kmsg')) expect(run(['check', '/proc/kmsg']).code).toBe(1);
    const source = join(root, 'examples/googlenet/googlenet.cnn');
    const command = `"${process.execPath}" "${program}" dump --network GoogLeNet --stage ts "${source}" | head -1`;
    const { stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect({ lines: stdout.trimEnd().split('\n').length, stderr }).toEqual({ lines: 1, stderr: '' });
  });

  const data = join(shared, 'data/fashion-mnist');
  test.skipIf(!existsSync(data))(
    'LeNet classifies Fashion-MNIST as PyTorch does (needs ../shared/data)',
    () => {
      const weights = join(shared, 'oracle/trained/lenet-fashion-mnist.safetensors');
      const argv = ['eval', 'examples/lenet/lenet.cnn', '--network', 'LeNet', '--weights', weights];
      // The module in JavaScript counts them in the demo, test/e2e/main-job.test.ts.
      const { code, stdout } = run([...argv, '--match', 'order', '--data', data, '--target', 'wasm', '--json'], root);
      expect(code).toBe(0);
      const { correct, total } = JSON.parse(stdout) as { correct: number; total: number };
      expect(total).toBe(10_000);
      expect(Math.abs(correct - 7_906)).toBeLessThanOrEqual(2);
    },
    60_000,
  );
});
