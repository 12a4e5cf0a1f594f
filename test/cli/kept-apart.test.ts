// Weights of which a pass makes numbers beyond f32: commands that have them compile without it, and compute what is right.
// Expected values are closed forms: two channels of x = 1e-35, every weight g, so that y = 2 x g².

import { expect, test } from 'vitest';
import { load } from '../../src/index.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';

const g = 1e30;
const [x, y] = [1e-35, 2 * 1e-35 * g * g];
const filled = (name: string, shape: readonly number[], value: number) => ({
  name,
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});
const norm = ['weight', 'bias', 'running_mean', 'running_var'].map((name, at) =>
  filled(`bn.${name}`, [1], [g, 0, 0, 1][at]!),
);
const cases = [
  {
    pass: 'fold-scale',
    source:
      'network N {\n  input x: [2, 1, 1]\n  c = conv(1, kernel: 1, bias: false)\n  bn = batch_norm(epsilon: 1e-12)\n  output bn\n}\n',
    weights: writeSafetensors([filled('c.weight', [1, 2, 1, 1], g), ...norm]),
    input: [2, 1, 1],
  },
  {
    pass: 'merge-linear-convolutions',
    source:
      'network N {\n  input x: [2, 4, 4]\n  c = conv(1, kernel: 1, bias: false)\n  d = conv(1, kernel: 1, bias: false)\n  output d\n}\n',
    weights: writeSafetensors([filled('c.weight', [1, 2, 1, 1], g), filled('d.weight', [1, 1, 1, 1], g)]),
    input: [2, 4, 4],
  },
];
const targets = ['js', 'wasm'] as const;
const isRight = (value: number): void => expect(Math.abs(value / y - 1)).toBeLessThan(1e-6);

test.each(cases.flatMap((one) => targets.map((target) => [one.pass, target, one] as const)))(
  '%s, target %s',
  async (pass, target, { source, weights, input }) => {
    const size = input.reduce((a, b) => a * b, 1);
    const images = new Float32Array(size).fill(x);
    const files = { 'a.cnn': source, 'w.safetensors': weights, 'x.json': JSON.stringify([nested(images, input)]) };
    const given = ['--weights', 'w.safetensors', '--target', target];
    const note = `note: compiled with --disable ${pass}, `;

    const ran = await cnnc(['run', 'a.cnn', '--input', 'x.json', '--json', ...given], { files });
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining(note) as string });
    isRight((JSON.parse(ran.stdout) as Ran).images[0]!.outputs[0]!.values[0]!);

    const compiled = await cnnc(['compile', 'a.cnn', '-o', 'out', '--embed', ...given], { files });
    expect(compiled).toMatchObject({ code: 0, stderr: expect.stringContaining(note) as string });
    const again = { ...files, 'net.js': compiled.files.get('/project/out/net.js')! };
    const embedded = await cnnc(['run', 'net.js', '--input', 'x.json', '--json'], { files: again });
    isRight((JSON.parse(embedded.stdout) as Ran).images[0]!.outputs[0]!.values[0]!);

    const timed = await cnnc(['bench', 'a.cnn', '--seconds', '0.01', '--json', ...given], { files });
    expect(timed).toMatchObject({ code: 0, stderr: expect.stringContaining(note) as string });

    const net = await load(source, weights, { target });
    isRight((net.run(images) as Float32Array)[0]!);
  },
);

/** A module alone cannot be compiled again: it refuses the weights, and says what helps. */
test.each(cases.flatMap((one) => targets.map((target) => [one.pass, target, one] as const)))(
  'a module whose weights %s would make infinite, target %s',
  async (pass, target, { source, weights, input }) => {
    const { files } = await cnnc(['compile', 'a.cnn', '-o', '.', '--target', target], { files: { 'a.cnn': source } });
    const beside = { 'net.js': files.get('/project/net.js')!, 'w.safetensors': weights };
    const images = JSON.stringify([nested(new Float32Array(32).fill(x), input)]);
    const run = ['run', 'net.js', '--weights', 'w.safetensors', '--input', 'x.json'];
    const ran = await cnnc(run, { files: { ...beside, 'x.json': images } });
    expect(ran).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`compile with --disable ${pass}, `) as string,
    });
  },
);

test('an accuracy is that of the layers apart', async () => {
  const source = cases[0]!.source
    .replace('[2, 1, 1]', '[1, 1, 1] { scale: 1e-36 }')
    .replace('  output bn', '  flatten\n  y = dense(2, bias: false)\n  output y');
  const weights = writeSafetensors([
    filled('c.weight', [1, 1, 1, 1], g),
    ...norm,
    { name: 'y.weight', shape: [2, 1], data: Float32Array.of(-1, 1) },
  ]);
  const files = {
    'a.cnn': source,
    'w.safetensors': weights,
    'd/t10k-images-idx3-ubyte': Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 200),
    'd/t10k-labels-idx1-ubyte': Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 1),
  };
  const told = await cnnc(['eval', 'a.cnn', '--weights', 'w.safetensors', '--data', 'd', '--json'], { files });
  expect(told).toMatchObject({ code: 0, stderr: expect.stringContaining('--disable fold-scale') as string });
  expect(JSON.parse(told.stdout)).toMatchObject({ accuracy: 1 });
});

interface Ran {
  readonly images: readonly { readonly outputs: readonly { readonly values: readonly number[] }[] }[];
}

/** [C][H][W] */
function nested(
  data: Float32Array,
  [channels, height, width]: readonly number[],
): readonly (readonly (readonly number[])[])[] {
  return Array.from({ length: channels! }, () =>
    Array.from({ length: height! }, () => Array.from({ length: width! }, (_, at) => data[at]!)),
  );
}
