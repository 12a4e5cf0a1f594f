// How many threads `auto` takes: of the model, by calculus, and of modules on hosts of so many cores.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { workOf } from '../../compiler/codegen/wasm/work.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { threadsFor } from '../../runtime/auto-threads.ts';
import { slots } from '../../runtime/thread.ts';
import { importText } from '../../src/network/module.ts';
import { leNet } from '../codegen/networks.ts';
import { buildExample } from '../support/examples.ts';
import { moduleText, weightsFile } from '../support/executors.ts';
import { centred, formulaInputs, formulaWeights } from '../support/formula.ts';

const graph = leNet();
const { program } = lower(graph, operators, { target: 'wasm' });

describe('the work of a pass', () => {
  test('of LeNet, by hand', () => {
    const convolutions = 28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25;
    const dense = 400 * 120 + 120 * 84 + 84 * 10;
    // Input, two convolutions, each with its pooling, three dense layers, output.
    const floats = 784 + 6 * 28 * 28 + 6 * 14 * 14 + 16 * 10 * 10 + 400 + 120 + 84 + 10 + 10;
    expect(workOf(program)).toMatchObject({ macs: convolutions + dense, bytes: 4 * floats });
  });

  test.each([
    ['lenet', 'LeNet', {}],
    ['resnet', 'ResNet18', { size: 64 }],
    ['googlenet', 'GoogLeNet', { size: 64 }],
    ['shufflenet', 'ShuffleNet50', { size: 64 }],
  ])('%s waits as often as two threads do', { timeout: 30_000 }, async (example, network, set) => {
    const built = buildExample(example, network, set);
    const lowered = lower(built, operators, { target: 'wasm' }).program;
    const memories: WebAssembly.Memory[] = [];
    const { Memory } = WebAssembly;
    vi.spyOn(WebAssembly, 'Memory').mockImplementation(function create(descriptor) {
      memories.push(new Memory(descriptor));
      return memories[0]!;
    });
    const net = await (
      await importText(moduleText(lowered))
    ).load(weightsFile(built, formulaWeights(built)), { threads: 2 });
    vi.restoreAllMocks();
    // Each barrier counts in the memory.
    const counted = new Int32Array(memories[0]!.buffer);
    net.run([...formulaInputs(built, 1).values()][0]!);
    expect(counted[slots.generation]).toBe(workOf(lowered).barriers);
    net.close!();
  });
});

describe('the model', () => {
  // alone / n + (n − 1) · barriers · 0.03 ms is least at n = √(alone / (barriers · 0.03 ms)): 8 ms of MACs and 4 of bytes, 25 barriers.
  const work = { macs: 160e6, bytes: 16e6, barriers: 25 };

  test('takes as many threads as make a pass the shortest', () => {
    expect(threadsFor(work, 1, 64)).toEqual({
      threads: 4,
      reason: 'auto chose 4 of up to 64 threads: where cores are busy, a pass takes about 12 ms on 1, 5.3 ms on 4',
    });
    expect([4, 16].map((images) => threadsFor(work, images, 64).threads)).toEqual([8, 16]);
  });

  test('never more than there are cores, nor than a network may have', () => {
    expect([2, 3, 8].map((cores) => threadsFor(work, 1, cores).threads)).toEqual([2, 3, 4]);
    expect(threadsFor(work, 1e6, 128).threads).toBe(64);
    expect(threadsFor(work, 1e6, 1)).toEqual({ threads: 1, reason: 'auto chose 1 thread: this host has one core' });
  });

  test.each([
    ['lenet', 'LeNet', 1],
    ['edges', 'Edges', 1],
    ['alexnet', 'AlexNetImageNet', 2],
    ['vgg', 'VGG11ImageNet', 2],
    ['resnet', 'ResNet18ImageNet', 2],
    ['mobilenet', 'MobileNet', 2],
    ['shufflenet', 'ShuffleNet100', 2],
  ])('on two cores, %s %s has %i', { timeout: 30_000 }, (example, network, threads) => {
    const lowered = lower(buildExample(example, network), operators, { target: 'wasm' });
    expect(threadsFor(workOf(lowered.program), 1, 2).threads).toBe(threads);
  });
});

describe('a module', async () => {
  const module = await importText(moduleText(program));
  const weights = weightsFile(graph, formulaWeights(graph));
  const x = centred(7, 64 * 784, 1);

  afterEach(() => void vi.unstubAllGlobals());

  test('of little work has one thread for one image, more for many, and the same bits', async () => {
    vi.stubGlobal('navigator', { hardwareConcurrency: 3 });
    const single = await module.load(weights, { maxBatch: 64 });
    const one = await module.load(weights, { threads: 'auto' });
    const many = await module.load(weights, { threads: 'auto', maxBatch: 64 });
    expect([single.threads, one.threads, many.threads]).toEqual([1, 1, 2]);
    expect(single.reason).toBeUndefined();
    expect(one.reason).toMatch(/^auto chose 1 of up to 3 threads: /);
    expect(many.reason).toMatch(/^auto chose 2 of up to 3 threads: /);
    expect([one.run(x), many.run(x), await many.runAsync!(x)]).toEqual(Array.from({ length: 3 }, () => single.run(x)));
    for (const net of [single, one, many]) net.close!();
  });

  test.each([{ hardwareConcurrency: 1 }, {}])('on a host with %o has one thread', async (navigator) => {
    vi.stubGlobal('navigator', navigator);
    vi.stubGlobal('process', { ...process, getBuiltinModule: () => ({ availableParallelism: () => 1 }) });
    const net = await module.load(weights, { threads: 'auto', maxBatch: 64 });
    expect([net.threads, net.reason]).toEqual([1, 'auto chose 1 thread: this host has one core']);
    net.close!();
  });
});
