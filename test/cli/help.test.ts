// Every command shows examples in its --help, and they do what they say on the files that `cnnc new` writes.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { startingFiles } from '../../src/templates/networks.ts';
import { border, modelBytes, node } from '../onnx/models.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const root = new URL('../../', import.meta.url);
const { stdout: overview } = await cnnc(['--help']);
const commands = [...overview.slice(overview.indexOf('Commands:')).matchAll(/^ {2}(\w+) .*[[<]/gm)].map(
  ([, name]) => name!,
);

/** Four bytes an entry, as in MNIST's files. */
const idx = (shape: readonly number[], bytes: Uint8Array): Uint8Array => {
  const header = new Uint8Array(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((extent, at) => new DataView(header.buffer).setUint32(4 + 4 * at, extent));
  return Uint8Array.from([...header, ...bytes]);
};

/** With names for height and width. */
const onnxModel = modelBytes({
  name: 'model',
  input: [border('x', ['n', 3, 'height', 'width'])],
  output: [border('y', ['n', 3, 'height', 'width'])],
  node: [node('Relu', ['x'], ['y'])],
});

/** From a picture to the mean of each colour. */
const classifier = modelBytes({
  name: 'classifier',
  input: [border('x', ['n', 3, 224, 224])],
  output: [border('y', ['n', 3, 1, 1])],
  node: [node('GlobalAveragePool', ['x'], ['y'])],
});

let files: Record<string, string | Uint8Array> = {};
beforeAll(async () => {
  files = Object.fromEntries([...startingFiles].map(([name, { text }]) => [`${name}.cnn`, text]));
  files['sneaker.png'] = readFileSync(new URL('examples/pictures/sneaker.png', root));
  files['lenet.safetensors'] = readFileSync(new URL('examples/lenet/lenet-fashion-mnist.safetensors', root));
  files['fashion-mnist/t10k-images-idx3-ubyte'] = idx([2, 28, 28], new Uint8Array(2 * 784));
  files['fashion-mnist/t10k-labels-idx1-ubyte'] = idx([2], Uint8Array.of(5, 7));
  for (const name of ['squeezenet', 'detector']) files[`${name}.onnx`] = onnxModel;
  files['mobilenet.onnx'] = classifier;
  files['cat.png'] = files['sneaker.png'];
  files['synset.txt'] = 'n01 cat\nn02 dog\nn03 fox\n';
  const compiled = await cnnc(['compile', 'lenet.cnn', '-o', 'out', '--target', 'js', '--weights', 'random:1'], {
    files,
  });
  for (const [path, data] of compiled.files) if (path.startsWith('/project/out/')) files[path] = data;
});

/** The shards that are merged. */
async function shards(): Promise<Record<string, string | Uint8Array>> {
  const lenet = ['lenet.cnn', '--weights', 'random:1', '--data', 'fashion-mnist'];
  const predicted = await cnnc(['predict', ...lenet, '--out', 'predictions'], { files });
  const counted = await cnnc(['eval', ...lenet, '--out', 'accuracy', '--shard', '0/1'], {
    files: Object.fromEntries(predicted.files),
  });
  return Object.fromEntries(counted.files);
}

/** The lines under "Examples:", each without what stands behind it and what the shell does. */
function examplesOf(help: string): readonly string[] {
  const [, block = ''] = /^Examples:\n((?: {2}.*\n?)+)/m.exec(help) ?? [];
  return block
    .trimEnd()
    .split('\n')
    .map((line) => /\bcnnc [^)>|]*?(?= {2}|$| >|\))/.exec(line)?.[0] ?? line);
}

/** Measurements are long enough to be good ones; here it is enough that they end. The documentation's are run with a true clock. */
const haste = 20;

/** What an editor says to the language server at least. */
const session = [
  { id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } },
  { id: 2, method: 'shutdown' },
  { method: 'exit' },
]
  .map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }))
  .map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`)
  .join('');

test('the commands are found', () => expect(commands).toEqual(expect.arrayContaining(['new', 'check', 'run', 'help'])));

describe.each(commands)('%s --help', (name) => {
  test('names the default of an option once', async () => {
    const { stdout } = await cnnc([name, '--help']);
    expect(stdout.replaceAll(/\s+/g, ' ')).not.toMatch(/\(default: [^)]*\) \(default:/);
  });

  test('ends with examples, which work', async () => {
    const { stdout: help } = await cnnc([name, '--help']);
    const examples = examplesOf(help);
    expect(examples.length).toBeGreaterThanOrEqual(2);
    expect((await cnnc(['help', name])).stdout).toBe(help);
    const given = name === 'merge' ? await shards() : files;
    for (const example of examples) {
      const argv = example.replace('examples/*/*.cnn', 'vgg.cnn resnet.cnn').split(' ').slice(1);
      expect(argv[0]).toBe(name);
      const world = name === 'new' ? {} : { files: given, spoken: session, haste };
      const { code, stderr }: Outcome = await cnnc(argv, world);
      expect({ example, code, stderr }).toEqual({ example, code: 0, stderr: expect.not.stringContaining('error') });
    }
  });
});
