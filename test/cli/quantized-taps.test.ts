// Inner values of a network in whole numbers: what their codes stand for, and those that it does not compute by itself.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { passedGraph } from '../../compiler/pipeline.ts';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { writeNpy } from '../../src/data/npy.ts';
import { keptTaps } from '../../src/network/kept-taps.ts';
import { cnnc } from './harness.ts';

const SOURCE = `network Small {
  input x: [1, 8, 8]
  conv1 = conv(4, 3, padding: 1)
  tanh1 = tanh
  conv2 = conv(4, 3, padding: 1)
  relu1 = relu
  sum = relu1 -> add(tanh1)
  flatten
  scores = dense(5)
}
`;
const x = writeNpy({ shape: [20, 1, 8, 8], data: Float32Array.from({ length: 1280 }, (_, at) => Math.sin(at)) });
const y = writeNpy({ shape: [2, 1, 8, 8], data: Float32Array.from({ length: 128 }, (_, at) => Math.cos(at)) });
const files = { 'a.cnn': SOURCE, 'x.npy': x, 'y.npy': y };

async function quantizedFile(): Promise<Uint8Array> {
  const argv = ['compile', 'a.cnn', '-o', 'out', '--weights', 'random:3', '--quantize', '--calibrate', 'x.npy'];
  return (await cnnc(argv, { files })).files.get('/project/out/net.q8.safetensors')!;
}

const file = await quantizedFile();
const world = { ...files, 'q.safetensors': file };
const whole = ['--quantize', '--weights', 'q.safetensors'];

/** The file with another text for its scales, or with none. */
function withScales(scales: string | undefined): Uint8Array {
  const size = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + size))) as {
    __metadata__: Record<string, string>;
  };
  const { 'cnnc.scales': _, ...others } = header.__metadata__;
  const metadata = { ...others, ...(scales !== undefined && { 'cnnc.scales': scales }) };
  const text = JSON.stringify({ ...header, __metadata__: metadata });
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  return Uint8Array.of(...length, ...json, ...file.subarray(8 + size));
}

/** Values by name, of both images. */
async function values(argv: readonly string[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const { code, stdout, stderr } = await cnnc(['run', 'a.cnn', ...argv, '--input', 'y.npy', '--json'], {
    files: world,
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { images } = JSON.parse(stdout) as { images: { outputs: { name: string; values: number[] }[] }[] };
  const names = images[0]!.outputs.map(({ name }) => name);
  return new Map(names.map((name, at) => [name, images.flatMap(({ outputs }) => outputs[at]!.values)]));
}

describe('--tap', () => {
  const names = ['conv1', 'tanh1', 'relu1', 'sum'];
  test('gives what codes stand for, near the values in f32, and changes nothing else', async () => {
    const found = await values([...whole, '--tap', names.join()]);
    const expected = await values(['--weights', 'random:3', '--tap', names.join()]);
    for (const name of names) {
      const [got, wanted] = [found.get(name)!, expected.get(name)!];
      const noise = got.reduce((sum, value, at) => sum + (value - wanted[at]!) ** 2, 0);
      const signal = wanted.reduce((sum, value) => sum + value ** 2, 0);
      expect(10 * Math.log10(signal / noise), name).toBeGreaterThan(25);
      expect(new Set(got).size, name).toBeLessThanOrEqual(128);
    }
    expect(found.get('output')).toEqual((await values(whole)).get('output'));
  });
  test('every value is f32(code − zero) · scale, by the scale and the zero point in the file', async () => {
    const scales = JSON.parse(readSafetensors(file).metadata.get('cnnc.scales')!) as [number, number][];
    const found = await values([...whole, '--tap', 'sum']);
    const fits = ([scale, zero]: [number, number]): boolean => {
      const codes = new Set(Array.from({ length: 128 }, (_, code) => Math.fround((code - zero) * scale)));
      return found.get('sum')!.every((value) => codes.has(value));
    };
    expect(scales.filter(fits)).toHaveLength(1);
  });
  test('is the same in JavaScript and in WebAssembly', async () => {
    const tap = [...whole, '--tap', names.join()];
    expect(await values([...tap, '--target', 'wasm'])).toEqual(await values(tap));
  });
  test('works where the network is quantised now', async () => {
    const found = await values(['--weights', 'random:3', '--quantize', '--calibrate', 'x.npy', '--tap', 'sum']);
    expect(found.get('sum')).toEqual((await values([...whole, '--tap', 'sum'])).get('sum'));
  });
  test.each([
    ['conv2', 'with --quantize, conv2 is not computed by itself; the network has x, conv1, tanh1, relu1, sum, '],
    ['sums', 'the network has no value sums; did you mean sum?'],
  ])('refuses %s', async (name, message) => {
    const { code, stderr } = await cnnc(['run', 'a.cnn', ...whole, '--input', 'y.npy', '--tap', name], {
      files: world,
    });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  });
  test.each([
    ['no scales', undefined],
    ['fewer scales', '[[1,0]]'],
    ['a scale that is no number', '[[1,0],[null,0],[1,0],[1,0],[1,0]]'],
    ['no JSON', '['],
  ])('refuses a file with %s, which runs without taps', async (_, scales) => {
    const argv = ['run', 'a.cnn', ...whole, '--input', 'y.npy'];
    const damaged = { ...files, 'q.safetensors': withScales(scales) };
    expect(await cnnc(argv, { files: damaged })).toMatchObject({ code: 0 });
    const { code, stderr } = await cnnc([...argv, '--tap', 'sum'], { files: damaged });
    const message = 'the file does not say which numbers its codes stand for';
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(message) as string });
  });
});

test('--html draws the maps that the network computes by themselves', async () => {
  const argv = ['run', 'a.cnn', ...whole, '--input', 'y.npy', '--html', 'p.html'];
  const { code, files: written } = await cnnc(argv, { files: world });
  expect(code).toBe(0);
  const page = new TextDecoder().decode(written.get('/project/p.html'));
  for (const name of ['conv1', 'tanh1', 'relu1', 'sum']) expect(page).toContain(name);
  expect(page).not.toContain('conv2');
});

test('a value is kept where the passes do the same when it is watched', () => {
  const text = `network N {
  input x: [1, 8, 8]
  conv1 = conv(4, 3, bias: false)
  norm = batch_norm
  relu1 = relu
  flatten
  dense(2)
}`;
  const { networks } = frontend({ path: 'n.cnn', text }, { operators });
  const { graph, taps } = networks[0]!;
  const { graph: passed } = passedGraph(graph, operators, {});
  const kept = keptTaps(graph, taps, passed, {});
  expect([...kept.keys()]).toEqual(['x', 'norm', 'relu1', 'flatten1', 'dense1']);
  expect(passed.nodes.find(({ results }) => results.includes(kept.get('norm')!))!.op).toBe('conv');
  const { graph: plain } = passedGraph(graph, operators, { level: 0 });
  expect([...keptTaps(graph, taps, plain, { level: 0 }).keys()]).toEqual([...taps.keys()]);
});
