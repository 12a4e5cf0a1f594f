// `cnnc fmt` and `cnnc check --fix`: what they write, and what they leave alone.

import { chmodSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { format } from '../../grammar/format.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { applyEdits } from '../../src/edit/apply.ts';
import { unifiedDiff } from '../../src/edit/diff.ts';
import { cnnc } from './harness.ts';

const LENET = `network LeNet {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid
  avg_pool(2)
  flatten -> dense(10)
}
`;
const textOf = (files: ReadonlyMap<string, Uint8Array>, path: string): string =>
  new TextDecoder().decode(files.get(`/project/${path}`));

describe('fmt', () => {
  test('writes what is not in its layout, and says which', async () => {
    const files = { 'a.cnn': LENET, 'b.cnn': LENET.replaceAll('  ', '\t') };
    const outcome = await cnnc(['fmt', 'a.cnn', 'b.cnn'], { files });
    expect({ ...outcome, files: undefined }).toEqual({ code: 0, stdout: 'b.cnn\n', stderr: '', files: undefined });
    expect(textOf(outcome.files, 'b.cnn')).toBe(LENET);
  });

  test('--check writes nothing', async () => {
    const files = { 'a.cnn': LENET, 'b.cnn': LENET.replaceAll('  ', '\t') };
    const outcome = await cnnc(['fmt', '--check', 'a.cnn', 'b.cnn'], { files });
    expect(outcome).toMatchObject({ code: 1, stdout: 'b.cnn: not in standard layout\n', stderr: '' });
    expect(textOf(outcome.files, 'b.cnn')).toBe(files['b.cnn']);
    expect((await cnnc(['fmt', '--check', 'a.cnn'], { files })).code).toBe(0);
  });

  test('--stdin', async () => {
    expect(await cnnc(['fmt', '--stdin'], { stdin: LENET.replaceAll('\n', '\r\n') })).toMatchObject({
      code: 0,
      stdout: LENET,
    });
    expect(await cnnc(['fmt', '--stdin', '--check'], { stdin: `${LENET}\n` })).toMatchObject({ code: 1, stdout: '' });
    expect(await cnnc(['fmt', '--stdin'], { stdin: 'network A {' })).toMatchObject({ code: 1, stdout: '' });
  });

  test('a file with errors stays as it is, others are written', async () => {
    const files = { 'a.cnn': 'network A {', 'b.cnn': `\n${LENET}` };
    const outcome = await cnnc(['fmt', 'a.cnn', 'b.cnn', 'c.cnn'], { files });
    expect(outcome).toMatchObject({ code: 1, stdout: 'b.cnn\n' });
    expect(outcome.stderr).toContain('syntax/unclosed-block');
    expect(outcome.stderr).toContain('cannot read c.cnn');
    expect(textOf(outcome.files, 'a.cnn')).toBe('network A {');
  });

  test('what it cannot do is said', async () => {
    for (const argv of [['fmt'], ['fmt', '--stdin', 'a.cnn'], ['fmt', '--shapes', '--blank-shapes', 'a.cnn']])
      expect(await cnnc(argv, { files: { 'a.cnn': LENET } })).toMatchObject({ code: 2, stdout: '' });
  });

  const shaped = `network LeNet {
  input image: [1, 28, 28]
  conv(6, kernel: 5, padding: 2) -> sigmoid : [6, 28, 28]
  avg_pool(2)                               : [6, 14, 14]
  flatten -> dense(10)                      : [10]
}
`;
  test('--shapes, --blank-shapes and the note of check', async () => {
    const written = await cnnc(['fmt', '--shapes', 'a.cnn'], { files: { 'a.cnn': LENET } });
    expect(textOf(written.files, 'a.cnn')).toBe(shaped);
    const blank = await cnnc(['fmt', '--blank-shapes', 'a.cnn'], { files: { 'a.cnn': shaped } });
    const worksheet = textOf(blank.files, 'a.cnn');
    expect(worksheet).toBe(
      shaped
        .replace(/\d+, \d+, \d+\]$/gm, '_, _, _]')
        .replace('[_, _, _]\n  conv', '[1, 28, 28]\n  conv')
        .replace(': [10]', ': [_]'),
    );
    const checked = await cnnc(['check', 'a.cnn'], { files: { 'a.cnn': worksheet } });
    expect(checked.code).toBe(0);
    expect(checked.stderr).toContain('3 shapes are still to fill in');
    const wrong = await cnnc(['check', 'a.cnn'], { files: { 'a.cnn': worksheet.replace('[_, _, _]', '[6, 24, 24]') } });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('28 + 2·2 − 5 + 1 = 28');
    expect(wrong.stderr).toContain('2 shapes are still to fill in');
    const filled = await cnnc(['fmt', '--shapes', 'a.cnn'], { files: { 'a.cnn': worksheet } });
    expect(textOf(filled.files, 'a.cnn')).toBe(shaped);
  });

  test('shapes are written where every call has the same', async () => {
    const file = `block wide(channels: int) {
  conv(channels, kernel: 1)
  conv(8, kernel: 1)
}

network A {
  input image: [1, 4, 4]
  wide(2)
  wide(4)
}
`;
    const { files } = await cnnc(['fmt', '--shapes', 'a.cnn'], { files: { 'a.cnn': file } });
    expect(textOf(files, 'a.cnn')).toBe(
      file
        .replace('  conv(8, kernel: 1)\n', '  conv(8, kernel: 1) : [8, 4, 4]\n')
        .replace('  wide(2)\n  wide(4)\n', '  wide(2) : [8, 4, 4]\n  wide(4) : [8, 4, 4]\n'),
    );
  });

  test('--shapes of a network with errors', async () => {
    const file = LENET.replace('flatten -> ', '');
    const outcome = await cnnc(['fmt', '--shapes', 'a.cnn'], { files: { 'a.cnn': file } });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain('dense/C1');
    expect(textOf(outcome.files, 'a.cnn')).toBe(file);
  });
});

describe('check --fix', () => {
  const broken = 'network A {\n  input image: [1, 28, 28];\n  Conv2d(1, 6, 5) => ReLU\n  flatten -> dense(10)\n}\n';
  const mended = 'network A {\n  input image: [1, 28, 28]\n  conv(6, kernel: 5) -> relu\n  flatten -> dense(10)\n}\n';

  test('mends what has one remedy, and says what it did', async () => {
    const outcome = await cnnc(['check', '--fix', 'a.cnn'], { files: { 'a.cnn': broken } });
    expect(textOf(outcome.files, 'a.cnn')).toBe(mended);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/^a\.cnn:3  name\/unknown-step  .*conv\(6, kernel: 5\)/m);
    expect(outcome.stdout).toContain('a.cnn: ok\n');
  });

  test('--dry-run shows it and writes nothing', async () => {
    const outcome = await cnnc(['check', '--fix', '--dry-run', 'a.cnn'], { files: { 'a.cnn': broken } });
    expect(outcome.stdout).toBe(unifiedDiff('a.cnn', broken, mended));
    expect(textOf(outcome.files, 'a.cnn')).toBe(broken);
    expect(outcome.code).toBe(1);
    expect((await cnnc(['check', '--dry-run', 'a.cnn'], { files: { 'a.cnn': broken } })).code).toBe(2);
  });

  test('two remedies are left to the reader', async () => {
    const file = 'network A {\n  input image: [1, 28, 28]\n  conv(6, kernel: 5) : [6, 28, 28]\n}\n';
    const outcome = await cnnc(['check', '--fix', 'a.cnn'], { files: { 'a.cnn': file } });
    expect(outcome.code).toBe(1);
    expect(textOf(outcome.files, 'a.cnn')).toBe(file);
  });

  test('imported files stay as they are', async () => {
    const files = {
      'a.cnn': 'import { b } from "./b.cnn"\nnetwork A {\n  input x: [1, 8, 8]\n  b\n}\n',
      'b.cnn': 'block b { conv(6, kernal: 3) }\n',
    };
    const outcome = await cnnc(['check', '--fix', 'a.cnn'], { files });
    expect(outcome.code).toBe(1);
    expect(textOf(outcome.files, 'b.cnn')).toBe(files['b.cnn']);
  });

  test('--json lists the changes', async () => {
    const { stdout } = await cnnc(['check', '--fix', '--json', 'a.cnn'], { files: { 'a.cnn': broken } });
    const [file] = JSON.parse(stdout).files;
    expect(file).toMatchObject({ ok: true, diagnostics: [] });
    expect(file.changes[0]).toEqual({ code: expect.any(String), line: expect.any(Number), fix: expect.any(String) });
  });
});

describe('edits and differences', () => {
  const source = { path: 'a', text: 'abcdef' };
  const edit = (start: number, end: number, text: string) => ({ span: { source, start, end }, text });

  test('edits are made together, those that overlap are not', () => {
    expect(applyEdits('abcdef', [edit(4, 5, ''), edit(1, 1, 'X'), edit(1, 2, 'Y')])).toBe('aXYcdf');
    expect(applyEdits('abcdef', [edit(1, 3, ''), edit(2, 4, '')])).toBeUndefined();
  });

  test('the unified format of GNU diff', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n';
    const after = 'a\nb\nX\nd\ne\nf\ng\nh\ni\nj\nl\nm\n';
    // diff -u
    expect(unifiedDiff('n', before, after)).toBe(
      '--- n\n+++ n\n@@ -1,6 +1,6 @@\n a\n b\n-c\n+X\n d\n e\n f\n@@ -8,5 +8,5 @@\n h\n i\n j\n-k\n l\n+m\n',
    );
    expect(unifiedDiff('n', before, before)).toBe('');
    expect(unifiedDiff('n', '', 'a\n')).toContain('+a\n');
  });
});

test('a file is replaced whole, with its rights, and links are followed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-'));
  try {
    const [path, link] = [join(folder, 'a.cnn'), join(folder, 'b.cnn')];
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    symlinkSync(path, link);
    nodeIo.files.replace(link, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the examples are in the standard layout', () => {
  const folder = new URL('../../examples/', import.meta.url);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.cnn'));
  expect(paths.length).toBeGreaterThan(10);
  const other = paths.filter((path) => {
    const text = readFileSync(new URL(path, folder), 'utf8');
    const result = format({ path, text });
    return !('text' in result) || result.text !== text;
  });
  expect(other).toEqual([]);
});
