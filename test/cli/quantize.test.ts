// `--quantize`: from weights in f32 and pictures to a module and its file, what the commands do with both, and what they refuse.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { writeNpy } from '../../src/data/npy.ts';
import { npy } from '../support/npy.ts';
import { quantizedModel } from '../support/quantized-model.ts';
import { cnnc } from './harness.ts';

const SOURCE = `network Small {
  input x: [1, 8, 8]
  conv1 = conv(4, 3, padding: 1)
  relu -> max_pool(2) -> flatten
  scores = dense(5)
}
`;
const images = (count: number, seed = 1): Uint8Array =>
  writeNpy({
    shape: [count, 1, 8, 8],
    data: Float32Array.from({ length: count * 64 }, (_, at) => Math.sin(seed * at + (at % 7))),
  });
const files = { 'a.cnn': SOURCE, 'x.npy': images(20), 'y.npy': images(3) };
const random = ['--weights', 'random:3'];

type Files = Readonly<Record<string, string | Uint8Array>>;

/** What compiling writes, by its name. */
async function quantized(options: readonly string[] = ['--calibrate', 'x.npy'], world: Files = files) {
  const argv = ['compile', 'a.cnn', '-o', 'out', '--target', 'wasm', ...random, '--quantize', ...options];
  const outcome = await cnnc(argv, { files: world });
  const written = (name: string): Uint8Array => outcome.files.get(`/project/out/${name}`)!;
  return { ...outcome, written };
}

async function outputs(argv: readonly string[], world: Files): Promise<readonly number[]> {
  const { code, stdout, stderr } = await cnnc(['run', ...argv, '--input', 'y.npy', '--json'], { files: world });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { images: found } = JSON.parse(stdout) as { images: { outputs: { values: number[] }[] }[] };
  return found.flatMap((image) => image.outputs[0]!.values);
}

describe('compile --quantize', () => {
  test('writes the module and a file of a quarter, says the errors of every layer', async () => {
    const { code, stderr, written } = await quantized();
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('quantised on 20 images (mse); signal to noise');
    for (const name of ['conv1', 'scores', 'output output'])
      expect(stderr).toMatch(new RegExp(`\\n  ${name} +[\\d.]+ dB`));
    const { tensors, metadata } = readSafetensors(written('net.q8.safetensors'));
    expect(metadata.get('cnnc.quantized')).toBe('u7i8');
    const dtypes = new Map(tensors.map(({ name, dtype }) => [name, dtype]));
    expect(dtypes.get('conv1.weight')).toBe('I8');
    expect(dtypes.get('scores.bias')).toBe('I32');
    expect(written('net.js').length).toBeGreaterThan(1000);
  });

  test('the file runs with the module and with the source, on both targets, to the same bits, near those of f32', async () => {
    const { written } = await quantized();
    const world = { ...files, 'net.js': written('net.js'), 'q.safetensors': written('net.q8.safetensors') };
    const weights = ['--weights', 'q.safetensors'];
    const module = await outputs(['net.js', ...weights], world);
    expect(await outputs(['a.cnn', '--quantize', ...weights], world)).toEqual(module);
    expect(await outputs(['a.cnn', '--quantize', ...weights, '--target', 'wasm'], world)).toEqual(module);
    expect(await outputs(['a.cnn', '--quantize', ...random, '--calibrate', 'x.npy'], world)).toEqual(module);
    const full = await outputs(['a.cnn', ...random], world);
    const largest = Math.max(...full.map(Math.abs));
    // On images that it was calibrated with; seven bits have steps of 1/127 of the largest value, and there are three roundings.
    module.forEach((value, at) => expect(Math.abs(value - full[at]!)).toBeLessThan(0.08 * largest));
    expect(module).not.toEqual(full);
  });

  test('--json says what it cost', async () => {
    const { code, stdout } = await quantized(['--calibrate', 'x.npy', '--calibrate-method', 'min-max', '--json']);
    expect(code).toBe(0);
    const { schemaVersion, quantization } = JSON.parse(stdout) as { schemaVersion: number; quantization: object };
    expect({ schemaVersion, quantization }).toMatchObject({
      schemaVersion: 1,
      quantization: { images: 20, of: 20, method: 'min-max', misses: [] },
    });
    expect((quantization as { layers: { name: string; sqnr: number }[] }).layers.at(-1)).toMatchObject({
      name: 'output',
      kind: 'output',
    });
  });

  test('a module alone needs no weights, and -o NAME.mjs has NAME.q8.safetensors beside it', async () => {
    const alone = await cnnc(['compile', 'a.cnn', '-o', 'out', '--quantize'], { files });
    expect({ code: alone.code, stderr: alone.stderr }).toEqual({ code: 0, stderr: '' });
    const argv = ['compile', 'a.cnn', '-o', 'small.mjs', ...random, '--quantize', '--calibrate', 'x.npy'];
    const { code, files: after } = await cnnc(argv, { files });
    expect(code).toBe(0);
    expect(after.has('/project/small.q8.safetensors')).toBe(true);
  });

  test('a folder of arrays calibrates; the folders in it are classes, whose accuracy is told', async () => {
    const two = { 'a.cnn': SOURCE, 'data/0/a.npy': images(1), 'data/1/b.npy': images(1, 3) };
    expect((await quantized(['--calibrate', 'data'], two)).stderr).not.toContain('accuracy');
    const world = { ...two, 'data/2/c.npy': images(1), 'data/3/d.npy': images(1), 'data/4/e.npy': images(1) };
    const { code, stderr } = await quantized(['--calibrate', 'data'], world);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('quantised on 5 images') });
    expect(stderr).toMatch(/accuracy on these images: f32 [\d.]+%, int8 [\d.]+%/);
  });
});

describe('data sets, as `cnnc train` takes them, calibrate', () => {
  const small = `network Small {
  input x: [1, 2, 2] { scale: 1/255 }
  flatten -> relu
  scores = dense(5)
  output scores
}
`;
  const bytes = Uint8Array.from({ length: 5 * 4 }, (_, at) => (at * 53) % 256);
  const picture = (at: number): Uint8Array =>
    encode({ width: 2, height: 2, channels: 1, data: bytes.subarray(4 * at, 4 * at + 4) });
  const labels = [0, 1, 2, 3, 4];
  const sets: Readonly<Record<string, Files>> = {
    npy: { 'd/train-images.npy': npy('|u1', [5, 2, 2], bytes), 'd/train-labels.npy': npy('|u1', [5], labels) },
    'folders of a part': Object.fromEntries(labels.map((at) => [`d/train/${at}/a.png`, picture(at)])),
    IDX: {
      'd/train-images-idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2, ...bytes),
      'd/train-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 5, ...labels),
    },
  };
  const quantizedOn = (files: Files) =>
    cnnc(['compile', 'a.cnn', '-o', 'out', '--target', 'js', ...random, '--quantize', '--calibrate', 'd'], {
      files: { 'a.cnn': small, ...files },
    });

  test('with the same result, whatever files it is in', async () => {
    const found = await Promise.all(Object.values(sets).map(quantizedOn));
    const [first] = found;
    expect(first!.stderr).toContain('quantised on 5 images');
    expect(first!.stderr).toMatch(/accuracy on these images: f32 [\d.]+%, int8 [\d.]+%/);
    for (const { code, stderr, files } of found) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: first!.stderr });
      expect(files.get('/project/out/net.q8.safetensors')).toEqual(first!.files.get('/project/out/net.q8.safetensors'));
    }
  });

  test('of classes of pixels no accuracy is told', async () => {
    const targets = { 'd/train-targets.npy': npy('|u1', [5, 2, 2], new Uint8Array(20)) };
    const { code, stderr } = await quantizedOn({
      'd/train-images.npy': sets['npy']!['d/train-images.npy']!,
      ...targets,
    });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('quantised on 5 images') });
    expect(stderr).not.toContain('accuracy');
  });
});

describe('what is refused', () => {
  test.each<[string, readonly string[], Files, string]>([
    ['no such path', ['--calibrate', 'nowhere'], {}, 'nowhere'],
    [
      'a folder of nothing',
      ['--calibrate', 'data'],
      { 'data/notes.txt': 'hello' },
      'data holds nothing to calibrate with',
    ],
    ['a picture that does not decode', ['--calibrate', 'data'], { 'data/a.png': 'no picture' }, 'data/a.png'],
    [
      'an array of another shape',
      ['--calibrate', 'z.npy'],
      { 'z.npy': writeNpy({ shape: [1, 3], data: new Float32Array(3) }) },
      'z.npy',
    ],
    [
      'several images in a file of a folder',
      ['--calibrate', 'data'],
      { 'data/a.npy': images(2) },
      'data/a.npy holds 2 images',
    ],
    [
      'weights in f32 alone',
      [],
      {},
      'random:3 has weights in f32, and nothing says in which intervals x, relu1 lie; --calibrate DIR says',
    ],
    ['a method without images', ['--calibrate-method', 'mse'], {}, '--calibrate-method needs --calibrate'],
    [
      'a type of the file',
      ['--calibrate', 'x.npy', '--weights-type', 'f16'],
      {},
      '--quantize and --weights-type f16 exclude each other',
    ],
    ['a training', ['--calibrate', 'x.npy', '--training'], {}, '--quantize and --training exclude each other'],
  ])('%s', async (_, options, more, message) => {
    const { code, stdout, stderr } = await quantized(options, { ...files, ...more });
    expect({ stdout, isRefused: code === 1 || code === 2 }).toEqual({ stdout: '', isRefused: true });
    expect(stderr).toContain(message);
  });

  test('--calibrate without --quantize', async () => {
    const outcome = await cnnc(['run', 'a.cnn', ...random, '--calibrate', 'x.npy', '--input', 'y.npy'], { files });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('needs --quantize') });
  });

  test('files of other networks, truncated files, and files of the other kind', async () => {
    const { written } = await quantized();
    const q8 = written('net.q8.safetensors');
    const { tensors, metadata } = readSafetensors(q8);
    const without = tensors
      .filter(({ name }) => name !== 'conv1.range')
      .map(({ name, shape, data }) => ({ name, shape, data }));
    const world = {
      ...files,
      'b.cnn': SOURCE.replace('dense(5)', 'dense(6)'),
      'net.js': written('net.js'),
      'q.st': q8,
      'cut.st': q8.subarray(0, q8.length - 9),
      'less.st': writeSafetensors(without, { metadata }),
      'full.st': writeSafetensors([{ name: 'w', shape: [1], data: new Float32Array(1) }]),
    };
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['b.cnn', '--quantize', '--weights', 'q.st'], 'q.st: the file was quantised for another network than Small'],
      [['a.cnn', '--quantize', '--weights', 'cut.st'], 'cut.st'],
      [['a.cnn', '--quantize', '--weights', 'less.st'], 'less.st'],
      [['a.cnn', '--quantize', '--weights', 'full.st'], 'full.st has weights in f32'],
      [['a.cnn', '--quantize', '--weights', 'q.st', '--calibrate', 'x.npy'], 'q.st is quantised already'],
      [['a.cnn', '--weights', 'q.st'], 'q.st is quantised, and its weights are whole numbers; --quantize'],
      [['net.js', '--weights', 'full.st'], 'full.st has no quantised weights'],
      [['net.js', '--weights', 'cut.st'], 'cut.st'],
      [['a.cnn', '--quantize'], 'needs --weights: a file that was quantised'],
      [
        ['a.cnn', '--quantize', '--weights', 'q.st', '--tap', 'conv1'],
        'conv1 is not computed by itself; the network has x, relu1, max_pool1',
      ],
    ];
    for (const [argv, message] of cases) {
      const { code, stdout, stderr } = await cnnc(['run', ...argv, '--input', 'y.npy'], { files: world });
      expect({ argv, stdout, isRefused: code === 1 || code === 2 }).toEqual({ argv, stdout: '', isRefused: true });
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('bug');
    }
  });
});

describe('a model of ONNX that was quantised elsewhere', () => {
  const models = { 'q.onnx': quantizedModel(false), 'open.onnx': quantizedModel(true) };
  const input = writeNpy({ shape: [1, 4, 8, 8], data: Float32Array.from({ length: 256 }, (_, at) => Math.sin(at)) });
  const world = { ...models, 'y.npy': input };

  test('needs no images, and its file runs as it does', async () => {
    const argv = ['compile', 'q.onnx', '-o', 'out', '--target', 'wasm', '--quantize'];
    const { code, stderr, files: written } = await cnnc(argv, { files: world });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^quantised without images: the network itself says in which intervals its values lie\n/,
      ),
    });
    const [module, q8] = ['net.js', 'net.q8.safetensors'].map((name) => written.get(`/project/out/${name}`)!);
    const all = { ...world, 'net.js': module!, 'q.st': q8! };
    const found = await outputs(['net.js', '--weights', 'q.st'], all);
    expect(await outputs(['q.onnx', '--quantize', '--weights', 'q.st'], all)).toEqual(found);
    expect(await outputs(['q.onnx', '--quantize'], all)).toEqual(found);
    const full = await outputs(['q.onnx'], all);
    // The steps of its result are 0.05, and those of 7 bits twice that.
    found.forEach((value, at) => expect(Math.abs(value - full[at]!)).toBeLessThan(0.1));
    expect(found).not.toEqual(full);
  });

  test('--json says that no image was needed', async () => {
    const argv = ['compile', 'q.onnx', '-o', 'out', '--quantize', '--json'];
    const { stdout } = await cnnc(argv, { files: world });
    expect(JSON.parse(stdout)).toMatchObject({ quantization: { images: 0, of: 0, method: 'known', layers: [] } });
  });

  test('with an interval that it does not give is refused, and says of what', async () => {
    const { code, stderr } = await cnnc(['run', 'open.onnx', '--quantize', '--input', 'y.npy'], { files: world });
    expect(code).toBe(2);
    expect(stderr).toContain(
      'open.onnx has weights in f32, and nothing says in which interval x lies; --calibrate DIR',
    );
  });
});

describe('a file whose numbers were changed is refused', () => {
  const typed = { F32: Float32Array, I32: Int32Array, I8: Int8Array, U8: Uint8Array };
  const wide = SOURCE.replace('[1, 8, 8]', '[256, 8, 8]');
  test.each<readonly [string, string, string, (data: number[]) => number[], string]>([
    ['a range', SOURCE, 'conv1.range', () => [0, 0, 128], 'conv1.range has 128; expected codes from 0 to 127'],
    ['a bias', SOURCE, 'scores.bias', (data) => data.map(() => 2 ** 31 - 1), 'the sums of scores.weight could reach'],
    // 2,304 products of 127 and 127: more than 2^25, which Winograd's algorithm takes.
    ['filters', wide, 'conv1.weight', (data) => data.map(() => 127), 'the sums of conv1.weight could reach'],
  ])('%s', async (_, source, changed, change, message) => {
    const channels = source === wide ? 256 : 1;
    const data = Float32Array.from({ length: channels * 64 }, (__, at) => Math.sin(at));
    const world = { 'a.cnn': source, 'x.npy': writeNpy({ shape: [1, channels, 8, 8], data }) };
    const { written } = await quantized(['--calibrate', 'x.npy'], world);
    const { tensors, metadata } = readSafetensors(written('net.q8.safetensors'));
    const others = tensors.map(({ name, shape, dtype, data: had }) => {
      const numbers = name === changed ? change([...had]) : had;
      return { name, shape, data: typed[dtype as keyof typeof typed].from(numbers) };
    });
    const q8 = writeSafetensors(others, { metadata });
    // By the module, too.
    for (const file of [['a.cnn', '--quantize'], ['net.js']]) {
      const argv = ['run', ...file, '--weights', 'q.st', '--input', 'x.npy'];
      const all = { ...world, 'net.js': written('net.js'), 'q.st': q8 };
      const { code, stdout, stderr } = await cnnc(argv, { files: all });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(message);
    }
  });
});

test('explain says what computes in whole numbers, and what stays f32 and why', async () => {
  const source = SOURCE.replace('relu ->', 'relu -> lp_pool(2) ->');
  const { code, stdout } = await cnnc(['explain', 'a.cnn', '--quantize', '--json'], { files: { 'a.cnn': source } });
  expect(code).toBe(0);
  const { rewrites, misses } = JSON.parse(stdout) as {
    rewrites: { pass: string; nodes: string[] }[];
    misses: { nodes: string[] }[];
  };
  expect(rewrites.filter(({ pass }) => pass === 'quantize').flatMap(({ nodes }) => nodes)).toContain('conv1');
  expect(misses.flatMap(({ nodes }) => nodes)).toContain('lp_pool1');
});

test('explain counts a byte for a code that is written, and four for a number', async () => {
  const { stdout } = await cnnc(['explain', 'a.cnn', '--quantize', '--json'], { files: { 'a.cnn': SOURCE } });
  const { after } = JSON.parse(stdout) as { after: { activationBytesWritten: number } };
  // The image, its codes, those of the convolution and of the pool; then five scores, and their copy.
  expect(after.activationBytesWritten).toBe(4 * 64 + 64 + 4 * 64 + 4 * 16 + 4 * 5 + 4 * 5);
});

describe('report --quantize', () => {
  const source = SOURCE.replace(
    'relu -> max_pool(2) -> flatten',
    'batch_norm -> relu -> lp_pool(2)\n  conv2 = conv(3, 1)\n  relu -> flatten',
  );
  const report = async (...options: readonly string[]): Promise<string> => {
    const argv = ['report', 'a.cnn', '--quantize', ...options];
    const { code, stdout, stderr, files: after } = await cnnc(argv, { files: { 'a.cnn': source } });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return stdout + new TextDecoder().decode(after.get('/project/r.html'));
  };

  test('--json has of each step what it computes in, and the bytes of its result', async () => {
    const { layers, totals } = JSON.parse(await report('--json')) as {
      layers: { name: string; outputBytes: number; quantized?: object }[];
      totals: object;
    };
    expect(layers.map(({ name, outputBytes, quantized }) => [name, outputBytes, quantized])).toEqual([
      ['conv1', 4 * 256, { numbers: 'int8', outputBytes: 4 * 256 }],
      ['batch_norm1', 4 * 256, undefined],
      ['relu1', 4 * 256, { numbers: 'f32', outputBytes: 4 * 256 }],
      ['lp_pool1', 4 * 64, { numbers: 'f32', outputBytes: 4 * 64 }],
      // A byte for each code; the relu holds them.
      ['conv2', 4 * 48, { numbers: 'int8', outputBytes: 48 }],
      ['relu2', 4 * 48, { numbers: 'int8', outputBytes: 48 }],
      ['flatten1', 4 * 48, { numbers: 'int8', outputBytes: 48 }],
      ['scores', 4 * 5, { numbers: 'int8', outputBytes: 4 * 5 }],
    ]);
    // Weights in f32 and four numbers for each channel of the batch norm; then a byte for each weight, four for each bias and multiplier of
    // a channel, and the ranges and factors of the conversions.
    const weights = 36 + 12 + 240;
    expect(totals).toMatchObject({ weightBytes: 4 * (weights + 4 + 3 + 5 + 4 * 4) });
    const conversions = 2 * (4 + 12);
    expect(totals).toMatchObject({ quantizedWeightBytes: weights + 8 * (4 + 3 + 5) + conversions + 12 });
  });

  test('as text, Markdown and a page it has a column', async () => {
    const text = await report();
    expect(text).toMatch(/layer +operator +output +numbers +KiB/);
    expect(text).toMatch(/conv1 .* int8 /);
    expect(text).toMatch(/lp_pool1 .* f32 /);
    expect(text).toMatch(/weights .* in f32, .* quantised/);
    expect(await report('--md')).toMatch(/\| `lp_pool1` \| .* \| f32 \|/);
    expect(await report('--layer', 'conv2')).toContain('computed in int8, and stored in 48 bytes');
    const page = await report('--html', 'r.html');
    expect(page).toContain('<td data-by="f32">f32</td>');
    expect(page).toContain('<span>weights quantised</span>');
    const plain = await cnnc(['report', 'a.cnn'], { files: { 'a.cnn': source } });
    expect(plain.stdout).not.toMatch(/int8|quantised/);
  });

  test.each([['b.cnn'], ['--training']])('takes one network, and no training: %s', async (more) => {
    const world = { 'a.cnn': source, 'b.cnn': source };
    const outcome = await cnnc(['report', 'a.cnn', more, '--quantize'], { files: world });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('--quantize') });
  });
});
