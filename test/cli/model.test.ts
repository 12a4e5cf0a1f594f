// Commands on `.onnx` files themselves: what they print is what they print of the text and weights that `cnnc import` writes.

import { describe, expect, test } from 'vitest';
import { border, modelBytes, node, smallModel } from '../onnx/models.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const x = JSON.stringify([0, 1, 2, 3].map((row) => [row, 1, -2, row / 4]));
const files = { 'm.onnx': smallModel, 'x.json': x };

/** Two operators that nobody has, and an input whose height is open. */
const bad = modelBytes({
  name: 'bad',
  input: [border('x', ['n', 1, 'height', 4])],
  output: [border('z', ['n', 1, 4, 4])],
  node: [node('Relu', ['x'], ['r']), node('Foo', ['x'], ['y']), { ...node('Bar', ['y'], ['z']), name: 'last' }],
});

async function ran(argv: readonly string[], given: Readonly<Record<string, string | Uint8Array>> = files) {
  const { code, stderr, ...rest }: Outcome = await cnnc(argv, { files: given });
  expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: expect.not.stringContaining('error') });
  return rest;
}

describe('a model in place of its text', () => {
  test.each([
    ['run', '--input', 'x.json', '--json'],
    ['run', '--input', 'x.json', '--target', 'wasm', '--json'],
    ['report', '--json'],
    ['explain', '--json'],
    ['dump', '--stage', 'optimised'],
  ])('%s %j', async (command, ...options) => {
    const imported = Object.fromEntries((await ran(['import', 'm.onnx'])).files);
    const weights = command === 'run' ? ['--weights', 'net.safetensors'] : [];
    const ofText = await ran([command, 'net.cnn', ...weights, ...options], imported);
    // The module says from which file it was made.
    const plain = (text: string): string => text.replaceAll(/"moduleBytes": \d+/g, '');
    expect(plain((await ran([command, 'm.onnx', ...options])).stdout)).toBe(plain(ofText.stdout));
  });

  test('its numbers are those of the formula', async () => {
    // relu(conv) on one channel of ones: the sum of a filter of (k / 8 − 1), and the bias.
    const ones = { ...files, 'x.json': JSON.stringify([0, 1, 2, 3].map(() => [1, 1, 1, 1])) };
    const { stdout } = await ran(['run', 'm.onnx', '--input', 'x.json', '--json'], ones);
    const sums = [0, 9].map((from) =>
      Array.from({ length: 9 }, (_, at) => (from + at) / 8 - 1).reduce((a, b) => a + b),
    );
    const maps = [Math.max(0, sums[0]! + 0.5), Math.max(0, sums[1]! - 0.25)].flatMap((value) => Array(4).fill(value));
    const scores = [0, 1, 2].map((row) =>
      maps.reduce((sum: number, value: number, at) => sum + value * (((row * 8 + at) % 5) - 2), 0),
    );
    const [image] = (JSON.parse(stdout) as { images: { outputs: { values: number[] }[] }[] }).images;
    expect(image!.outputs[0]!.values).toEqual(scores.map(Math.fround));
  });

  test('--weights goes before its own', async () => {
    const own = await ran(['run', 'm.onnx', '--input', 'x.json']);
    const other = await ran(['run', 'm.onnx', '--input', 'x.json', '--weights', 'random:1']);
    expect(other.stdout).not.toBe(own.stdout);
  });

  test('compile writes its weights beside the module, which gives the same numbers', async () => {
    const { files: written } = await ran(['compile', 'm.onnx', '-o', 'out', '--target', 'js']);
    const module = Object.fromEntries(written);
    const { stdout } = await ran(
      ['run', 'out/net.js', '--weights', 'out/weights.safetensors', '--input', 'x.json'],
      module,
    );
    expect(stdout).toBe((await ran(['run', 'm.onnx', '--input', 'x.json'])).stdout);
  });

  test('told by its first byte, whatever it is called', async () => {
    const { stdout } = await ran(['report', 'model.bin'], { 'model.bin': smallModel });
    expect(stdout).toBe((await ran(['report', 'm.onnx'])).stdout);
  });
});

describe('check', () => {
  test('says what is in a model', async () => {
    const { stdout } = await ran(['check', 'm.onnx']);
    expect(stdout).toBe('m.onnx: ok\n  Small  44 parameters, 96 MACs\n');
  });

  test('lists all that is not supported, beside what is wrong with texts', async () => {
    const world = { files: { 'bad.onnx': bad, 'a.cnn': 'network A { input x: [4] dens(2) }' } };
    const { code, stderr, stdout } = await cnnc(['check', 'bad.onnx', 'a.cnn', '--json'], world);
    expect(code).toBe(1);
    expect(stderr).toBe('');
    const { files: found } = JSON.parse(stdout) as { files: { diagnostics: { code: string; message: string }[] }[] };
    expect(found.map(({ diagnostics }) => diagnostics.map((one) => one.code))).toEqual([
      ['onnx/unsupported', 'onnx/unsupported', 'onnx/unsupported'],
      ['name/unknown-step'],
    ]);
    expect(found[0]!.diagnostics.map(({ message }) => message).join('\n')).toContain('"height"');
    const next = await cnnc(['check', 'bad.onnx', '--dim', 'height=4'], world);
    expect(next.code).toBe(1);
    expect(next.stderr).toContain('bad.onnx: Foo');
    expect(next.stderr).toContain('bad.onnx: Bar "last"');
  });
});

describe('what is refused', () => {
  const w = { files: { ...files, 'bad.onnx': bad, 'a.cnn': 'network A { input x: [4] dense(2) }' } };
  test.each([
    [['report', 'bad.onnx', '--dim', 'height=4'], 1, 'bad.onnx: Foo'],
    [['report', 'a.cnn', '--dim', 'height=4'], 2, '--dim says how to read an .onnx file'],
    [['report', 'm.onnx', '--network', 'A'], 2, '--network and --set are for .cnn files'],
    [['run', 'm.onnx', '--input', 'x.json', '--match', 'order'], 2, '--match and --map say how to read --weights'],
    [['train', 'm.onnx', '--data', 'digits', '--out', 'w'], 1, '`cnnc import m.onnx -o FOLDER`'],
    [['compile', 'm.onnx', '--training', '-o', 'out'], 1, '`cnnc import m.onnx -o FOLDER`'],
    [['dump', 'm.onnx', '--stage', 'ast'], 2, 'a model has none'],
  ])('%j', async (argv, expected, message) => {
    const { code, stderr } = await cnnc(argv, w);
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining(message) });
  });

  test('with --json, problems are diagnostics', async () => {
    const { stdout, code } = await cnnc(['report', 'bad.onnx', '--dim', 'height=4', '--json'], w);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { diagnostics: unknown[] }).diagnostics).toHaveLength(2);
  });
});

test('what the language has no words for cannot be imported, and runs', async () => {
  // The text has no word for infinity: alpha · (exp(x) − 1) is −∞ below 0.
  const model = modelBytes({
    name: 'endless',
    input: [border('x', ['n', 3])],
    output: [border('y', ['n', 3])],
    node: [node('Elu', ['x'], ['y'], { alpha: Infinity })],
  });
  expect((await cnnc(['import', 'w.onnx'], { files: { 'w.onnx': model } })).code).toBe(1);
  const { stdout } = await ran(['run', 'w.onnx', '--input', 'x.json', '--json'], {
    'w.onnx': model,
    'x.json': '[2, 2, 2]',
  });
  expect(stdout.replace(/\s/g, '')).toContain('"values":[2,2,2]');
});
