// Feature maps as pictures: where each number goes, in which tone; and what `run` writes.

import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { readPicture } from '../../src/data/picture.ts';
import { writeNpy } from '../../src/data/npy.ts';
import { featureGrid, filterGrid, inputPicture, png } from '../../src/report/feature-maps.ts';
import { cnnc } from '../cli/harness.ts';

const at = (raster: { width: number; channels: number; data: Uint8Array }, x: number, y: number): number[] => [
  ...raster.data.subarray((y * raster.width + x) * raster.channels, (y * raster.width + x + 1) * raster.channels),
];

describe('a grid of maps', () => {
  const values = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 10);
  test('spreads all maps over the same tones, two pixels apart', () => {
    const raster = featureGrid(values, [2, 2, 2], { side: 2 })!;
    expect([raster.width, raster.height, raster.channels]).toEqual([10, 6, 1]);
    expect([at(raster, 2, 2), at(raster, 3, 2), at(raster, 2, 3), at(raster, 7, 3)]).toEqual([[0], [26], [51], [255]]);
    expect(at(raster, 0, 0)).toEqual([64]);
  });
  test('enlarges by whole factors', () => {
    const raster = featureGrid(values, [2, 2, 2], { side: 7 })!;
    expect([raster.width, raster.height]).toEqual([18, 10]);
    expect([at(raster, 2, 2), at(raster, 4, 4), at(raster, 5, 4)]).toEqual([[0], [0], [26]]);
  });
  test('spreads each map over all tones where that is asked for', () => {
    const raster = featureGrid(values, [2, 2, 2], { side: 2, tones: 'map' })!;
    expect([at(raster, 2, 2), at(raster, 3, 3), at(raster, 6, 2), at(raster, 7, 3)]).toEqual([[0], [255], [0], [255]]);
  });
  test('draws as many maps as it may', () => {
    expect(featureGrid(new Float32Array(100 * 4), [100, 2, 2], { side: 2, maps: 9 })!.height).toBe(3 * 4 + 2);
  });
  test('of equal numbers is grey, of no numbers black', () => {
    const raster = featureGrid(Float32Array.of(7, 7, NaN, Infinity), [1, 2, 2], { side: 2 })!;
    expect([at(raster, 2, 2), at(raster, 3, 2), at(raster, 2, 3)]).toEqual([[128], [128], [0]]);
  });
  test('flat values are no picture', () => expect(featureGrid(values, [8])).toBeUndefined());
});

test('filters on three channels are in colour, others apart', () => {
  const rgb = Float32Array.of(0, 1, 2);
  const raster = filterGrid(rgb, [1, 3, 1, 1], { side: 1 })!;
  expect([raster.channels, at(raster, 2, 2)]).toEqual([3, [0, 128, 255]]);
  const two = filterGrid(Float32Array.of(0, 1, 2, 3), [2, 2, 1, 1], { side: 1 })!;
  expect([two.channels, at(two, 2, 2), at(two, 5, 2), at(two, 2, 5)]).toEqual([1, [0], [85], [170]]);
});

test('the input as a picture', () => {
  expect(inputPicture(Float32Array.of(-1, 1, 0, 0, 1, -1), [3, 1, 2])!.data).toEqual(
    Uint8Array.of(0, 128, 255, 255, 128, 0),
  );
  expect(inputPicture(new Float32Array(4), [2, 1, 2])).toBeUndefined();
});

test('PNG files are read back as they were', () => {
  const raster = featureGrid(Float32Array.of(0, 1, 2, 3), [1, 2, 2])!;
  expect(decode(png(raster)).data).toEqual(raster.data);
  expect(readPicture(png(raster))).toEqual({ ...raster });
});

describe('cnnc run', () => {
  const files = {
    'a.cnn':
      'network A { input x: [1, 4, 4]\n conv(2, kernel: 3, padding: 1) -> relu\n flatten\n logits = dense(3)\n output logits }',
    'x.npy': writeNpy({ shape: [1, 4, 4], data: Float32Array.from({ length: 16 }, (_, i) => i) }),
  };
  const argv = ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.npy'];

  test('--tap --save draws maps and filters', async () => {
    const run = await cnnc([...argv, '--tap', 'conv1', '--save', 'out'], { files });
    expect(run.code).toBe(0);
    expect(run.stdout.split('\n').slice(-5, -1)).toEqual([
      'out/logits.npy',
      'out/conv1.npy',
      'out/conv1.png',
      'out/conv1.weight.png',
    ]);
    // Two maps of 4×4, twelvefold, side by side.
    expect(readPicture(run.files.get('/project/out/conv1.png')!)).toMatchObject({ width: 102, height: 52 });
    expect(readPicture(run.files.get('/project/out/conv1.weight.png')!)).toMatchObject({ width: 102, height: 52 });
  });

  test('--save alone draws nothing', async () => {
    const run = await cnnc([...argv, '--save', 'out'], { files });
    expect([...run.files.keys()].filter((path) => path.endsWith('.png'))).toEqual([]);
  });

  test('--html taps the outer layers itself, and prints what it would print without', async () => {
    const run = await cnnc([...argv, '--html', 'run.html'], { files });
    expect(run.code).toBe(0);
    expect(run.stdout).toBe((await cnnc(argv, { files })).stdout);
    const html = new TextDecoder().decode(run.files.get('/project/run.html'));
    expect([...html.matchAll(/alt="([^"]*)"/g)].map(([, alt]) => alt)).toEqual([
      'Input x',
      'Feature maps of conv1',
      'Feature maps of conv1, each by itself',
      'Feature maps of relu1',
      'Feature maps of relu1, each by itself',
      'Filters conv1.weight',
    ]);
    expect(html).toContain('class 0');
  });
});
