// The story of a compilation: figures against closed forms, repeated blocks told once, the JSON form.

import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Network } from '../../compiler/frontend/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { CompileOptions } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { explain, explanationJson } from '../../src/explain/story.ts';
import type { Explained } from '../../src/explain/story.ts';
import { foldStories } from '../../src/explain/fold.ts';
import { printExplanation } from '../../src/explain/print.ts';
import { readExample } from '../support/examples.ts';

const networkOf = (text: string): Network => {
  const { networks, diagnostics } = frontend({ path: 'a.cnn', text }, { operators });
  if (!networks[0]) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return networks[0];
};
const explained = (network: Network, options: CompileOptions = {}): Explained =>
  explain(network, compileNetwork(network, options), 'a.cnn');
const text = (network: Network, options: CompileOptions = {}): string =>
  printExplanation(network.name, explained(network, options), { color: false, width: 100 });

describe('totals', () => {
  const network = networkOf(`network A {
  input image: [3, 8, 8]
  conv(4, kernel: 3, padding: 1) -> relu
  global_avg_pool
}`);

  test('at level 0 are those of one kernel per step', () => {
    const { before, after } = explained(network, { level: 0 });
    // Copy in, conv, relu, pooling, copy out; each writes its result.
    const elements = 3 * 64 + 4 * 64 + 4 * 64 + 4 + 4;
    expect(before).toMatchObject({ macs: 4 * 64 * 27, kernelCalls: 5, activationBytesWritten: 4 * elements });
    expect(after).toEqual(before);
  });

  test('what is saved is the difference', () => {
    const { rewrites, before, after } = explained(network, { only: ['fuse-epilogue'] });
    expect(rewrites).toMatchObject([
      { pass: 'fuse-epilogue', rule: 'pointwise', nodes: ['conv1', 'relu1'], macsSaved: 0, callsSaved: 1 },
    ]);
    expect(before.kernelCalls - after.kernelCalls).toBe(1);
    // The map is neither written nor read again: half of the bytes moved are written.
    expect(before.activationBytesWritten - after.activationBytesWritten).toBe(rewrites[0]!.bytesSaved / 2);
    expect(rewrites[0]!.bytesSaved).toBe(2 * 4 * 4 * 64);
  });
});

describe('the schedule', () => {
  test('says which convolution pools, and why one does not', () => {
    const net = (width: number): Network =>
      networkOf(`network A { input image: [3, 12, ${width}] conv(4, kernel: 1) -> max_pool(2) }`);
    const only = { only: ['fuse-pooling'] };
    const good = explained(net(12), only);
    expect(good.rewrites).toMatchObject([{ pass: 'fuse-pooling', nodes: ['conv1', 'max_pool1'], callsSaved: 1 }]);
    expect(good.misses).toEqual([]);
    expect(good.before.kernelCalls - good.after.kernelCalls).toBe(1);
    const poor = explained(net(4), only);
    expect(poor.rewrites).toEqual([]);
    expect(poor.misses).toMatchObject([
      {
        pass: 'fuse-pooling',
        nodes: ['conv1', 'max_pool1'],
        reason: expect.stringContaining('rows of 4 pixels') as string,
      },
    ]);
  });

  test('says what a join did not copy, and what it did', () => {
    const network = networkOf(`network A {
  input image: [2, 4, 4]
  a = conv(3, kernel: 1)
  image -> conv(4, kernel: 1)
  b = concat(a)
  b -> concat(a)
}`);
    const { rewrites, misses } = explained(network, { only: ['concat-slices'] });
    const sliced = rewrites.filter(({ pass }) => pass === 'concat-slices');
    expect(sliced.reduce((total, { callsSaved }) => total + callsSaved, 0)).toBe(3);
    expect(misses.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^a is copied because it already lies in /),
    ]);
  });

  test('says whose second use keeps an activation apart', () => {
    const network = networkOf('network A { input x: [2, 4, 4] c = conv(2, kernel: 1) relu -> add(c) }');
    const { misses } = explained(network, { only: ['fuse-epilogue'] });
    expect(misses).toMatchObject([
      { pass: 'fuse-epilogue', nodes: ['relu1', 'c'], reason: 'c has a second use (add1)' },
    ]);
  });
});

describe('GoogLeNet', () => {
  const network = readExample('googlenet', 'GoogLeNet').networks[0]!;
  const story = explained(network);

  test('tells its nine blocks once', () => {
    const chapters = foldStories(story.rewrites);
    const nine = chapters.find(({ blocks }) => blocks.length === 9)!;
    expect(nine.blocks.map(({ name }) => name)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `inception${n}`));
    expect(nine.stories.some(({ pass }) => pass === 'concat-slices')).toBe(true);
    expect(text(network)).toMatch(/^inception1 … inception9 {2}9 × inception, lines 22–34$/m);
    expect(text(network).split('\n').length).toBeLessThan(60);
  });

  test('loses no record in folding', () => {
    const counted = foldStories(story.rewrites).flatMap(({ stories }) => stories.flatMap(({ records }) => records));
    expect(counted.length).toBe(story.rewrites.length);
  });

  test('copies nothing to concatenate and calls well under half of the kernels', () => {
    expect(story.misses.filter(({ pass }) => pass === 'concat-slices')).toEqual([]);
    expect(story.after.kernelCalls).toBeLessThan(story.before.kernelCalls / 2);
  });

  test('shows ten kernels, the most expensive first', () => {
    expect(story.kernels).toHaveLength(10);
    const macs = story.kernels.map((kernel) => kernel.macs);
    expect(macs).toEqual(macs.toSorted((a, b) => b - a));
    // conv3 of the stem: 192 channels from 64, 3×3, on 24×24.
    expect(story.kernels[0]).toMatchObject({ shape: [192, 24, 24], macs: 192 * 64 * 9 * 24 * 24 });
  });
});

test('the JSON form has exactly the documented fields', () => {
  const network = readExample('lenet-bn', 'LeNetBN').networks[0]!;
  const json = explanationJson(explained(network));
  expect(Object.keys(json)).toEqual(['schemaVersion', 'rewrites', 'misses', 'kernels', 'before', 'after']);
  for (const rewrite of json.rewrites) {
    expect(Object.keys(rewrite)).toEqual(['pass', 'rule', 'nodes', 'source', 'macsSaved', 'bytesSaved', 'callsSaved']);
  }
  for (const miss of json.misses) expect(Object.keys(miss)).toEqual(['pass', 'rule', 'nodes', 'source', 'reason']);
  expect(json.rewrites[0]).toMatchObject({ source: { path: 'examples/lenet-bn/lenet-bn.cnn' } });
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
});
