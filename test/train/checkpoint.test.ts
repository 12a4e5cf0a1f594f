// Checkpoints: nothing is lost, damage is seen, and another training is told apart.

import { describe, expect, test } from 'vitest';
import type { TrainSettings } from '../../compiler/frontend/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { InputError } from '../../src/data/input-error.ts';
import { labelledImages } from '../../src/data/labelled-images.ts';
import type { LabelledImages } from '../../src/data/labelled-images.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { decodeCheckpoint, encodeCheckpoint, isLater } from '../../src/train/checkpoint.ts';
import type { Checkpoint } from '../../src/train/checkpoint.ts';
import { differences, identityOf, otherTest } from '../../src/train/identity.ts';

const checkpoint: Checkpoint = {
  identity: { network: 'a', seed: '3' },
  run: 2,
  snapshot: {
    position: { epoch: 1, step: 4 },
    sums: { loss: 1 / 3, correct: 5, images: 9 },
    history: [{ epoch: 0, steps: 7, images: 70, loss: 0.1 + 0.2, accuracy: 2 / 3, rate: 1e-3, checked: { loss: 1 } }],
    states: new Map([
      ['conv1.weight', Float32Array.of(1, -0, 1e-42, 3.4e38)],
      ['velocity/conv1.weight', Float32Array.of(0, 1, 2, 3)],
    ]),
    best: { epoch: 0, score: 0.5, weights: new Map([['conv1.weight', Float32Array.of(4, 5, 6, 7)]]) },
  },
};
const bytes = encodeCheckpoint(checkpoint);

describe('the bytes', () => {
  test('hold all of it', () => {
    expect(decodeCheckpoint(bytes)).toEqual(checkpoint);
    expect(encodeCheckpoint(checkpoint)).toEqual(bytes);
  });

  test('cut off anywhere are refused', () => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeCheckpoint(bytes.subarray(0, length)), `${length}`).toThrow(InputError);
  });

  test('of the numbers, changed anywhere, are refused', () => {
    for (let at = bytes.length - 48; at < bytes.length; at += 1) {
      const damaged = bytes.slice();
      damaged[at]! ^= 16;
      expect(() => decodeCheckpoint(damaged)).toThrow('its numbers are not those that were written');
    }
  });

  test('of its description, changed, are refused', () => {
    const text = Buffer.from(bytes).toString('latin1');
    for (const [before, after] of [
      ['\\"step\\":4', '\\"step\\":5'],
      ['\\"correct\\":5', '\\"correct\\":6'],
    ] as const) {
      expect(text).toContain(before);
      const damaged = new Uint8Array(Buffer.from(text.replace(before, after), 'latin1'));
      expect(() => decodeCheckpoint(damaged)).toThrow('its numbers are not those that were written');
    }
  });

  test.each([
    [{}, 'not a checkpoint of a training'],
    [{ 'cnnc-checkpoint': '{' }, 'its description is no JSON'],
    [{ 'cnnc-checkpoint': 'null' }, 'its description lacks a part'],
    [{ 'cnnc-checkpoint': '{"format":2}' }, 'its description lacks a part'],
    [{ 'cnnc-checkpoint': '{"format":1}' }, 'a checkpoint of format 1'],
  ])('of another file are refused: %j', (metadata, message) => {
    const file = writeSafetensors([], { metadata: new Map(Object.entries(metadata)) });
    expect(() => decodeCheckpoint(file)).toThrow(message);
  });
});

test('the later one is that of the later run, epoch, step', () => {
  const at = (run: number, epoch: number, step: number): Checkpoint => ({
    ...checkpoint,
    run,
    snapshot: { ...checkpoint.snapshot, position: { epoch, step } },
  });
  const ordered = [at(1, 9, 9), at(2, 0, 5), at(2, 1, 0), at(2, 1, 3)];
  ordered.forEach((a, i) => ordered.forEach((b, j) => expect(isLater(a, b)).toBe(i > j)));
});

describe('an identity', () => {
  const network = (width: number, schedule = 'constant') =>
    buildNetworks({
      path: 'a.cnn',
      text: `network A { input x: [1, 8, 8]\n flatten\n dense(${width}) }\ntrain A { optimizer: adam  schedule: ${schedule} }`,
    }).networks[0]!;
  const images = digits({ count: 20, height: 8, width: 8 });
  const of = (
    changes: Partial<TrainSettings> = {},
    width = 10,
    schedule = 'constant',
    data = images,
    math: Mathematics = 'default',
    test?: LabelledImages,
  ) =>
    identityOf(
      network(width).graph,
      { ...network(width, schedule).train!, ...changes },
      { training: data, ...(test && { test }) },
      {
        target: 'wasm',
        math,
      },
    );
  const against = (other: ReturnType<typeof of>) => differences(of(), other).map((text) => text.split(' ')[0]);

  test('is that of what decides the bits', () => {
    expect(against(of())).toEqual([]);
    expect(against(of({ seed: 1 }))).toEqual(['seed']);
    expect(against(of({ batch: 3, last: 'drop' }))).toEqual(['batch', 'last']);
    expect(against(of({}, 11))).toEqual(['network']);
    expect(against(of({}, 10, 'constant', digits({ count: 20, height: 8, width: 8, seed: 1 })))).toEqual(['data']);
    expect(against(of({}, 10, 'constant', digits({ count: 21, height: 8, width: 8 })))).toEqual(['data']);
  });

  test('knows every byte of pictures that are in memory, wherever they lie there', () => {
    const [count, size] = [200, 3 * 5];
    const labels = Array.from({ length: count }, (_, at) => at % 2);
    const dataOf = (change?: number, offset = 0) => {
      const pixels = new Uint8Array(count * size + offset).subarray(offset).map((_, at) => (at * 7) % 251);
      const moved = new Uint8Array(pixels.length + offset).subarray(offset);
      moved.set(pixels);
      if (change !== undefined) moved[change]! ^= 128;
      return labelledImages({ count, channels: 1, height: 3, width: 5 }, moved, labels);
    };
    const identityFor = (data: LabelledImages) => of({}, 10, 'constant', data);
    expect(differences(identityFor(dataOf()), identityFor(dataOf(undefined, 3)))).toEqual([]);
    const found = new Set([identityFor(dataOf())['data']]);
    for (let at = 0; at < count * size; at += 1) found.add(identityFor(dataOf(at))['data']);
    expect(found.size).toBe(count * size + 1);
    // What is drawn is not drawn for it.
    expect(images.bytes).toBeUndefined();
  });

  test('has how products are rounded, where that is not the usual way', () => {
    expect(against(of({}, 10, 'constant', images, 'fast'))).toEqual(['math']);
  });

  test('knows the test images, which count where they choose the best epoch', () => {
    const tested = (changes: Partial<TrainSettings>, seed: number) =>
      of(changes, 10, 'constant', images, 'default', digits({ count: 15, height: 8, width: 8, seed }));
    const [before, after] = [tested({}, 1), tested({}, 2)];
    expect(differences(before, after)).toEqual([]);
    expect(otherTest(before, before)).toBeUndefined();
    expect(otherTest(before, after)).toMatch(
      /^the test images are not those .*\(15 images of 1×8×8, .* then, 15 images/,
    );
    expect(otherTest(of(), after)).toContain('(none then, 15 images');
    expect(otherTest(tested({ validation: 0.5 }, 1), tested({ validation: 0.5 }, 2))).toBeUndefined();
    expect(differences(tested({ weights: 'best' }, 1), tested({ weights: 'best' }, 2))).toMatchObject([
      expect.stringMatching(/^test images \(/),
    ]);
    expect(
      differences(tested({ weights: 'best', validation: 0.5 }, 1), tested({ weights: 'best', validation: 0.5 }, 2)),
    ).toEqual([]);
    // A checkpoint of an earlier version does not say.
    const { 'test images': _, ...earlier } = before;
    expect(otherTest(earlier, after)).toBeUndefined();
  });

  test('has epochs where the schedule depends on them', () => {
    expect(against(of({ epochs: 99 }))).toEqual([]);
    expect(differences(of({}, 10, 'cosine'), of({ epochs: 99 }, 10, 'cosine'))).toEqual(['epochs (10 then, 99 now)']);
  });
});
