// `--weights` with the files of PyTorch and NumPy, and with shards that lie beside their index, or do not.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeIo } from '../../src/cli/node-io.ts';
import { readWeights } from '../../src/cli/weights-files.ts';
import { writeNpy } from '../../src/data/npy.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/weights/${name}`, import.meta.url)));
const expected = JSON.parse(new TextDecoder().decode(fixture('expected.json'))) as {
  readonly output: { readonly input: readonly number[]; readonly output: readonly number[] };
};

describe('a network with weights of PyTorch gives its output', () => {
  const { input, output } = expected.output;
  const files = {
    'n.cnn': `network N {
      input x: [1, 6, 6]
      conv(3, kernel: 3) -> batch_norm -> relu
      flatten
      dense(4)
    }`,
    'x.npy': writeNpy({ shape: [1, 6, 6], data: new Float32Array(Uint32Array.from(input).buffer) }),
    'checkpoint.pt': fixture('checkpoint.pt'),
  };

  test('when it is run', async () => {
    const { code, stdout } = await cnnc(['run', 'n.cnn', '--weights', 'checkpoint.pt', '--input', 'x.npy', '--json'], {
      files,
    });
    expect(code).toBe(0);
    const { values } = JSON.parse(stdout).images[0].outputs[0] as { values: number[] };
    values.forEach((value, i) => expect(value).toBeCloseTo(output[i]!, 5));
    expect(values).toHaveLength(output.length);
  });

  test('when it is compiled, and when a module is given the file', async () => {
    const compiled = await cnnc(['compile', 'n.cnn', '-o', 'out', '--target', 'js', '--weights', 'checkpoint.pt'], {
      files,
    });
    const all = { ...files, ...Object.fromEntries(compiled.files) };
    const outputs = [];
    for (const weights of ['out/weights.safetensors', 'checkpoint.pt']) {
      const argv = ['run', 'out/net.js', '--weights', weights, '--input', 'x.npy', '--json'];
      const { stdout } = await cnnc(argv, { files: all });
      outputs.push(JSON.parse(stdout).images[0].outputs[0].values as number[]);
    }
    expect(outputs[0]).toEqual(outputs[1]);
    outputs[0]!.forEach((value, i) => expect(value).toBeCloseTo(output[i]!, 5));
  });

  test('from names after a prefix, which is said', async () => {
    const argv = ['run', 'n.cnn', '--weights', 'parallel.pt', '--input', 'x.npy'];
    const { code, stderr } = await cnnc(argv, { files: { ...files, 'parallel.pt': fixture('parallel.pt') } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'weights: tensors by name, after module. in parallel.pt\n' });
  });
});

const python = '/usr/bin/python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
test.skipIf(!hasTorch)(`a LeNet that PyTorch saves now${hasTorch ? '' : ' (skipped: no python3-torch)'}`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cnnc-torch-'));
  try {
    const script = `
import json, torch
from torch import nn
torch.manual_seed(1)
names = ["conv1", "s1", "p1", "conv2", "s2", "p2", "flatten", "dense1", "s3", "dense2", "s4", "logits"]
layers = [nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2),
  nn.Flatten(), nn.Linear(400, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(), nn.Linear(84, 10)]
net = nn.Sequential()
for name, layer in zip(names, layers): net.add_module(name, layer)
torch.save(net.state_dict(), "lenet.pt")
x = torch.arange(784, dtype=torch.float32).reshape(1, 1, 28, 28) / 784
print(json.dumps(net(x)[0].tolist()))`;
    const output = JSON.parse(execFileSync(python, ['-c', script], { cwd: folder, encoding: 'utf8' })) as number[];
    const files = {
      'lenet.cnn': new Uint8Array(readFileSync(new URL('../../examples/lenet/lenet.cnn', import.meta.url))),
      'lenet.pt': new Uint8Array(readFileSync(join(folder, 'lenet.pt'))),
      'x.npy': writeNpy({ shape: [1, 28, 28], data: Float32Array.from({ length: 784 }, (_, i) => i / 784) }),
    };
    const argv = ['run', 'lenet.cnn', '--weights', 'lenet.pt', '--input', 'x.npy', '--json'];
    const { values } = JSON.parse((await cnnc(argv, { files })).stdout).images[0].outputs[0] as { values: number[] };
    values.forEach((value, i) => expect(value).toBeCloseTo(output[i]!, 5));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('shards beside their index', () => {
  let folder = '';
  const shard = writeSafetensors([{ name: 'a', shape: [1], data: Float32Array.of(7) }]);
  const index = JSON.stringify({ weight_map: { a: 'm-1.safetensors' } });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cnnc-shards-'));
    for (const place of ['plain', 'linked', 'device', 'cache/snapshots/1', 'cache/blobs'])
      mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, 'outside.safetensors'), shard);
    for (const place of ['plain', 'linked', 'device']) writeFileSync(join(folder, place, 'm.index.json'), index);
    writeFileSync(join(folder, 'plain/m-1.safetensors'), shard);
    symlinkSync('../outside.safetensors', join(folder, 'linked/m-1.safetensors'));
    symlinkSync('/dev/zero', join(folder, 'device/m-1.safetensors'));
    // As huggingface_hub keeps files: links to blobs, index and shards alike.
    writeFileSync(join(folder, 'cache/blobs/0'), index);
    writeFileSync(join(folder, 'cache/blobs/1'), shard);
    symlinkSync('../../blobs/0', join(folder, 'cache/snapshots/1/m.index.json'));
    symlinkSync('../../blobs/1', join(folder, 'cache/snapshots/1/m-1.safetensors'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (place: string) =>
    readWeights(join(folder, place, 'm.index.json'), nodeIo).file.tensors.map(({ data }) => [...data]);

  test('are read, also through the links of a cache', () => {
    expect(read('plain')).toEqual([[7]]);
    expect(read('cache/snapshots/1')).toEqual([[7]]);
  });

  test('links to other places are not followed', () => {
    const words = 'm.index.json: the shard m-1.safetensors is a link that leads out of the folder of the index';
    expect(() => read('linked')).toThrow(words);
    expect(() => read('device')).toThrow(words);
  });

  test('an index from the standard input has no folder', async () => {
    const files = { 'n.cnn': 'network N { input x: [1]\n dense(1) }', 'x.csv': '1\n' };
    const { code, stderr } = await cnnc(['run', 'n.cnn', '--weights', '-', '--input', 'x.csv'], {
      files,
      stdin: index,
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'error: -: an index of shards must be a file, so that the shards can be found beside it\n',
    });
  });
});
