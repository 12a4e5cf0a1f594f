// `--preset`: what a pixel becomes, by the formulas that these families of networks state, and what goes before a preset.

import { existsSync, readFileSync } from 'node:fs';
import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import type { EmittedModule } from '../../src/network/module.ts';
import { cnnc } from './harness.ts';

/** One colour everywhere. */
function png(width: number, height: number, pixel: readonly number[]): Uint8Array {
  const data = Uint8Array.from({ length: width * height * pixel.length }, (_, at) => pixel[at % pixel.length]!);
  return encode({ width, height, data, channels: pixel.length, depth: 8 });
}

const [red, green, blue] = [200, 50, 10] as const;
const files = {
  'rgb.cnn': 'network A { input x: [3, 8, 8] global_avg_pool }',
  'own.cnn': 'network A { input x: [3, 8, 8] { scale: 1/127.5, mean: [1, 1, 1] } global_avg_pool }',
  'gray.cnn': 'network A { input x: [1, 8, 8] global_avg_pool }',
  'large.png': png(40, 20, [red, green, blue]),
  'small.png': png(8, 8, [red, green, blue]),
  'dark.png': png(30, 30, [51]),
};

/** The value of each channel, and what is said beside. */
async function channels(network: string, picture: string, ...options: readonly string[]) {
  const { code, stdout, stderr } = await cnnc(['run', network, '--input', picture, '--json', ...options], { files });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('error') });
  const [image] = (JSON.parse(stdout) as { images: { outputs: { values: number[] }[] }[] }).images;
  return { values: image!.outputs[0]!.values, stderr };
}

const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 4) as number);

describe('what a pixel becomes', () => {
  test.each([
    ['imagenet', [(red / 255 - 0.485) / 0.229, (green / 255 - 0.456) / 0.224, (blue / 255 - 0.406) / 0.225]],
    ['caffe', [blue - 104, green - 117, red - 123]],
    ['cifar10', [(red / 255 - 0.4914) / 0.247, (green / 255 - 0.4822) / 0.2435, (blue / 255 - 0.4465) / 0.2616]],
    ['[-1,1]', [red, green, blue].map((byte) => byte / 127.5 - 1)],
    ['[0,255]', [red, green, blue]],
    ['0,255', [red, green, blue]],
    ['[0, 1]', [red, green, blue].map((byte) => byte / 255)],
  ])('%s, of pictures of any size', async (preset, expected) => {
    for (const picture of ['large.png', 'small.png'])
      expect((await channels('rgb.cnn', picture, '--preset', preset)).values).toEqual(near(expected));
  });

  test('mnist', async () => {
    const { values } = await channels('gray.cnn', 'dark.png', '--preset', 'mnist');
    expect(values).toEqual(near([(51 / 255 - 0.1307) / 0.3081]));
  });

  test('options go before a preset, one by one', async () => {
    const { values } = await channels(
      'rgb.cnn',
      'large.png',
      '--preset',
      '[0,255]',
      '--colors',
      'bgr',
      '--mean',
      '1,2,3',
    );
    expect(values).toEqual(near([blue - 1, green - 2, red - 3]));
  });
});

describe("a file's own settings", () => {
  test('go before a preset that says something else, and that is said', async () => {
    const { values, stderr } = await channels('own.cnn', 'small.png', '--preset', 'imagenet');
    // What it leaves open, the size, is the preset's: the same picture, as it has one colour.
    expect(values).toEqual(near([red, green, blue].map((byte) => byte / 127.5 - 1)));
    expect(stderr).toBe(
      'note: the network says how it takes pictures (scale: 0.00784314, mean: 1 1 1, colors: rgb), and that goes before --preset imagenet; --scale, --mean, --colors change it\n',
    );
  });

  test('that agree with the preset are no reason to speak', async () => {
    const { stderr } = await channels('own.cnn', 'large.png', '--preset', '[-1,1]', '--mean', '1');
    expect(stderr).toContain('note:');
    expect((await channels('rgb.cnn', 'large.png', '--preset', '[-1,1]')).stderr).toBe('');
  });
});

test.each([
  ['rgb.cnn', 'resnet', '--preset takes imagenet, caffe, cifar10, mnist, or a range such as [-1,1]'],
  ['rgb.cnn', '[1,-1]', '--preset takes'],
  ['rgb.cnn', 'mnist', '--preset mnist is for grey pictures, [1, height, width]; the input is [3, 8, 8]'],
  ['gray.cnn', 'imagenet', '--preset imagenet is for colours, [3, height, width]; the input is [1, 8, 8]'],
])('%s does not take %s', async (network, preset, message) => {
  const { code, stderr } = await cnnc(['run', network, '--input', 'small.png', '--preset', preset], { files });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
});

describe('compile', () => {
  test('writes a module that classifies as the preset and the labels say', async () => {
    const world = { files: { ...files, 'labels.txt': 'red\ngreen\nblue\n' } };
    const argv = [
      'compile',
      'rgb.cnn',
      '-o',
      'out',
      '--target',
      'js',
      '--preset',
      'imagenet',
      '--labels',
      'labels.txt',
    ];
    const { code, files: written } = await cnnc(argv, world);
    expect(code).toBe(0);
    const text = new TextDecoder().decode(written.get('/project/out/net.js'));
    const { labels, settings } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as EmittedModule;
    expect(Object.values(labels)).toEqual([['red', 'green', 'blue']]);
    expect(settings['x']).toMatchObject({
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      resize: 9,
      crop: [8, 8],
    });
  });

  test('says where no input is a picture', async () => {
    const world = { files: { 'flat.cnn': 'network Flat { input x: [4] dense(2) }' } };
    const { code, stderr } = await cnnc(['compile', 'flat.cnn', '-o', 'out', '--preset', 'mnist'], world);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Flat takes no pictures') });
  });
});

test('long names are cut, so that bars stand below each other on a terminal', async () => {
  const labels = [
    'short',
    'a name with 漢字 that goes on and on for longer than any terminal is wide, and then some more',
    'c',
  ];
  const world = { files: { ...files, 'labels.txt': labels.join('\n') }, isTerminal: true, env: { NO_COLOR: '1' } };
  const { stdout } = await cnnc(['run', 'rgb.cnn', '--input', 'small.png', '--labels', 'labels.txt'], world);
  const lines = stdout.trimEnd().split('\n').slice(0, 3);
  expect(lines.every((line) => line.length <= 100)).toBe(true);
  expect(lines.find((line) => line.includes('漢字'))).toContain('…');
});

const shared = new URL('../../../shared/data/', import.meta.url);
const read = (path: string): Uint8Array => readFileSync(new URL(path, shared));
describe.skipIf(!existsSync(new URL('models', shared)))('trained models, of ../shared/data/models', () => {
  /** What is in the picture, whatever its kind. */
  const pictures = [
    ['winml_kitten_224', /tabby|Egyptian cat/],
    ['glow_dog_207', /retriever/],
    ['glow_zebra_340', /zebra/],
    ['tract_elephants', /elephant|tusker/],
    ['winml_hummingbird', /hummingbird/],
  ] as const;
  test.each([
    ['squeezenet-fp32-from-fp16', 'caffe'],
    ['mobilenet-v1-0.25-224', '[-1,1]'],
  ])('%s with --preset %s names the animals', async (model, preset) => {
    const world = {
      files: {
        'm.onnx': read(`models/${model}/model.onnx`),
        'synset.txt': read('images/labels/synset.txt'),
        ...Object.fromEntries(pictures.map(([name]) => [`${name}.png`, read(`images/crop224/${name}.png`)])),
      },
    };
    for (const [name, animal] of pictures) {
      const argv = ['run', 'm.onnx', '--input', `${name}.png`, '--labels', 'synset.txt', '--preset', preset];
      const { code, stdout, stderr } = await cnnc([...argv, '--target', 'wasm', '--top', '1'], world);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(animal);
    }
  });

  test('mnist-8 reads a digit, and a model without a preset says what it does', async () => {
    const world = {
      files: { 'm.onnx': read('models/mnist-8/model.onnx'), 'eight.png': read('images/orig/winml_mnist_28.png') },
    };
    const { stdout } = await cnnc(['run', 'm.onnx', '--input', 'eight.png', '--preset', 'mnist', '--top', '1'], world);
    const other = await cnnc(['run', 'm.onnx', '--input', 'eight.png', '--preset', '[0,255]', '--top', '1'], world);
    for (const text of [stdout, other.stdout]) expect(text).toContain('class 8');
    const { stderr } = await cnnc(['run', 'm.onnx', '--input', 'eight.png'], world);
    expect(stderr).toContain('note: a model does not say how it takes pictures');
  });
});
