// Files that are not what was expected: labels in other encodings, weights and inputs of other formats, numbers that are none.

import { describe, expect, test } from 'vitest';
import { writeNpy } from '../../src/data/npy.ts';
import { readLabels } from '../../src/data/labels.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';

const source = 'network D { input x: [2]\n d = dense(2)\n output d { labels: "labels.txt" } }';
const weights = (bias: number): Uint8Array =>
  writeSafetensors([
    { name: 'd.weight', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
    { name: 'd.bias', shape: [2], data: Float32Array.of(0, bias) },
  ]);
const latin1 = Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x0a, 0x62, 0x0a);
const utf16 = Uint8Array.of(0x61, 0, 0x0a, 0, 0x62, 0);
const project = (labels: string | Uint8Array) => ({
  files: { 'd.cnn': source, 'w.st': weights(0), 'x.csv': '1,2\n', 'labels.txt': labels },
});
const run = ['run', 'd.cnn', '--weights', 'w.st', '--input', 'x.csv'];
const compile = ['compile', 'd.cnn', '-o', 'out', '--target', 'js'];

describe('labels', () => {
  test.each(['caf\u00e9\nb', '\ufeffcaf\u00e9\r\nb\r\n\r\n', 'caf\u00e9\nb\n\n'])(
    'UTF-8, with or without a byte order mark, LF or CRLF: %j',
    async (labels) => {
      for (const argv of [run, [...run, '--labels', 'labels.txt']])
        expect((await cnnc(argv, project(labels))).stdout).toMatch(/^ {2}b .*\n {2}caf\u00e9 /);
      const { files } = await cnnc(compile, project(labels));
      expect(new TextDecoder().decode(files.get('/project/out/net.js'))).toContain('d: ["caf\\u00e9", "b"]');
    },
  );

  test.each([
    ['Windows-1252', latin1, 'text in another encoding, or no text'],
    ['UTF-16 without a mark', utf16, 'text in another encoding, or no text'],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'a PNG picture'],
  ])('%s is refused everywhere', async (_, labels, found) => {
    const stderr = `error: labels.txt: class names must be UTF-8 text, one a line; found ${found}\n`;
    for (const argv of [run, [...run, '--labels', 'labels.txt'], compile])
      expect(await cnnc(argv, project(labels))).toMatchObject({ code: 1, stderr, stdout: '' });
  });

  test.each([
    ['nothing', ''],
    ['a byte order mark', '\ufeff'],
    ['line breaks', '\n\r\n'],
  ])('a file that holds %s is refused everywhere', async (_, labels) => {
    const stderr = 'error: labels.txt: class names must be UTF-8 text, one a line; found no names\n';
    for (const argv of [run, [...run, '--labels', 'labels.txt'], compile])
      expect(await cnnc(argv, project(labels))).toMatchObject({ code: 1, stderr, stdout: '' });
  });

  test('a file that is not there is an error when compiling, and a note when running', async () => {
    const { 'labels.txt': _, ...files } = project('').files;
    expect(await cnnc(compile, { files })).toMatchObject({
      code: 1,
      stderr: 'error: cannot read labels.txt: there is no such file or folder\n',
    });
    expect(await cnnc(run, { files })).toMatchObject({
      code: 0,
      stderr: 'note: the labels labels.txt cannot be read; classes are numbered\n',
    });
    const outside = { ...files, 'd.cnn': source.replace('labels.txt', '../../labels.txt'), '/labels.txt': 'a\nb' };
    expect((await cnnc(compile, { files: outside })).stderr).toContain('it is outside the project');
  });

  test('many line breaks take no time', () => {
    const start = performance.now();
    expect(readLabels(new TextEncoder().encode(`${'\n'.repeat(2_000_000)}x`))).toHaveLength(2_000_001);
    expect(readLabels(new TextEncoder().encode(`x${'\r\n'.repeat(2_000_000)}`))).toEqual(['x']);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** Beginnings of files as their formats' specifications and the programs that write them have them. */
const others: readonly (readonly [kind: string, start: Uint8Array, message: RegExp, asWeights?: RegExp])[] = [
  [
    'PyTorch',
    bytes(`PK\x03\x04\0\0\b\b\0\0${'\0'.repeat(20)}archive/data.pklFB\x12\0ZZZ\x80\x02}`),
    /a PyTorch file: .*save_file/,
    /damaged zip archive: it does not end with its directory/,
  ],
  [
    'legacy PyTorch',
    bytes('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.'),
    /a PyTorch file: .*save_file/,
    /not a weights file that can be read but a PyTorch file of the format before version 1.6: torch.save\(/,
  ],
  [
    'npz',
    bytes(`PK\x03\x04\x14\0\0\0\0\0${'\0'.repeat(20)}arr_0.npy\x93NUMPY\x01\0`),
    /a NumPy file/,
    /damaged zip archive: it does not end with its directory/,
  ],
  [
    'zip',
    bytes(`PK\x03\x04\x14\0\0\0\b\0${'\0'.repeat(20)}a.txt`),
    /a zip or gzip archive/,
    /damaged zip archive: it does not end with its directory/,
  ],
  ['npy', bytes("\x93NUMPY\x01\0v\0{'descr': '<f4'"), /a NumPy file/],
  [
    'HDF5',
    bytes('\x89HDF\r\n\x1a\n\0\0\0\0\0\b\b\0'),
    /an HDF5 file \(Keras\)/,
    /not a weights file that can be read but an HDF5 file \(Keras\): model.export\(/,
  ],
  ['ONNX', bytes('\b\x07\x12\x07pytorch\x1a\x051.9.0:\x80\x01'), /an ONNX or TensorFlow model/],
  ['TFLite', bytes('\x1c\0\0\0TFL3\x14\0 \0'), /a TensorFlow Lite model/],
  ['GGUF', bytes('GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0'), /a GGUF model/],
  [
    'git-lfs',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n'),
    /a git-lfs pointer: `git lfs pull`/,
  ],
  ['HTML', bytes('\n<!DOCTYPE html>\n<html><body>Not found'), /an HTML or XML page/],
  [
    'shards',
    bytes('{"metadata": {"total_size": 8}, "weight_map": {"a": "m-00001-of-00002.safetensors"}}'),
    /an index of shards/,
    /cannot read m-00001-of-00002.safetensors: there is no such file/,
  ],
  ['JSON', bytes('{"net": {"weight": [1, 2]}}'), /JSON text/],
  ['gzip', bytes('\x1f\x8b\b\0\0\0\0\0\0\x03abc'), /a zip or gzip archive/],
  ['GIF', bytes('GIF89a\x01\0\x01\0\x80'), /a picture or film of another format/],
  ['WebP', bytes('RIFF\x24\0\0\0WEBPVP8 '), /a picture or film of another format/],
];

describe.each(others.map(([name, ...row]) => ({ name, row })))('$name', ({ name, row: [file, message, asWeights] }) => {
  const files = { 'd.cnn': source.replace(' { labels: "labels.txt" }', ''), 'other.bin': file, 'x.csv': '1,2\n' };

  test('as weights', async () => {
    const { code, stderr } = await cnnc(['run', 'd.cnn', '--weights', 'other.bin', '--input', 'x.csv'], { files });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(asWeights ?? message) as string });
    expect(stderr).toMatch(/^error: other.bin: .{20,240}\n$/);
    if (!asWeights) expect(stderr).toMatch(/^error: other.bin: not a safetensors file but .{4,200}\n$/);
  });

  test.skipIf(name === 'npy' || name === 'gzip')('as input', async () => {
    for (const path of ['other.bin', 'other.json', 'other.csv', 'other.npy', 'other.safetensors']) {
      if (path === 'other.json' && name === 'JSON') continue;
      const world = { files: { ...files, [path]: file } };
      const { code, stderr } = await cnnc(['run', 'd.cnn', '--weights', 'random:1', '--input', path], world);
      expect({ path, code, stderr }).toEqual({ path, code: 1, stderr: expect.stringMatching(message) as string });
    }
  });
});

test('a safetensors file under another name', async () => {
  const files = { 'd.cnn': source.replace(' { labels: "labels.txt" }', ''), 'x.bin': weights(0) };
  const { stderr } = await cnnc(['run', 'd.cnn', '--weights', 'random:1', '--input', 'x.bin'], { files });
  expect(stderr).toContain('x.bin: the file holds 2 tensors');
});

test('NaN among the weights: a warning, and no percentages of NaN', async () => {
  const world = { files: { ...project('a\nb').files, 'w.st': weights(NaN) } };
  const { code, stdout, stderr } = await cnnc([...run, '--html', 'r.html'], world);
  expect(code).toBe(0);
  expect(stderr).toContain('warning[weights/finite] d.bias has weights that are NaN or infinite');
  expect(stdout).toMatch(/^ {2}a +– +1.*\n {2}b +– +NaN\n {2}\(no probabilities: .*NaN or infinite\)\n$/);
  const { files } = await cnnc([...run, '--html', 'r.html'], world);
  expect(new TextDecoder().decode(files.get('/project/r.html'))).not.toContain('NaN');
});

test('NaN in feature maps is counted on the page', async () => {
  const files = {
    'm.cnn': 'network M { input x: [1, 2, 2]\n c = conv(1, kernel: 1)\n flatten\n y = dense(2) }',
    'w.st': writeSafetensors([
      { name: 'c.weight', shape: [1, 1, 1, 1], data: Float32Array.of(1) },
      { name: 'c.bias', shape: [1], data: Float32Array.of(0) },
      { name: 'y.weight', shape: [2, 4], data: new Float32Array(8) },
      { name: 'y.bias', shape: [2], data: new Float32Array(2) },
    ]),
    'x.npy': writeNpy({ shape: [1, 2, 2], data: Float32Array.of(1, NaN, 3, Infinity) }),
  };
  const result = await cnnc(['run', 'm.cnn', '--weights', 'w.st', '--input', 'x.npy', '--html', 'r.html'], { files });
  const page = new TextDecoder().decode(result.files.get('/project/r.html'));
  expect(page).toContain('1<i></i>3, 2 not finite');
  expect(page).not.toContain('NaN');
});
