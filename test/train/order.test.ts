import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/data/input-error.ts';
import { permutation } from '../../src/data/permutation.ts';
import { batchOrder, batches, positionAfter, splitValidation, stepsPerEpoch } from '../../src/train/order.ts';

const sorted = (lists: readonly Uint32Array[]): readonly number[] =>
  lists.flatMap((list) => [...list]).toSorted((a, b) => a - b);

describe('batches', () => {
  test('hold every image once; the last one is smaller, or dropped', () => {
    const kept = batches(10, 4, 1, 0);
    expect(kept.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(sorted(kept)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const dropped = batches(10, 4, 1, 0, { last: 'drop' });
    expect(dropped).toEqual(kept.slice(0, 2));
    expect(batches(8, 4, 1, 0, { last: 'drop' })).toEqual(batches(8, 4, 1, 0));
  });

  test('are the shuffle of their epoch cut into pieces', () => {
    expect(batches(100, 7, 3, 5).flatMap((batch) => [...batch])).toEqual([...permutation(100, 3, 5)]);
    expect(batches(100, 7, 3, 6)).not.toEqual(batches(100, 7, 3, 5));
    expect(batches(100, 7, 4, 5)).not.toEqual(batches(100, 7, 3, 5));
  });

  test('at a position are those of the whole epoch, in whatever order they are asked for', () => {
    const at = batchOrder(10, 4, 1);
    const positions = Array.from({ length: 9 }, (_, steps) => positionAfter(steps, stepsPerEpoch(10, 4)));
    expect(positions[7]).toEqual({ epoch: 2, step: 1 });
    const forward = positions.map(at);
    expect(forward).toEqual([0, 1, 2].flatMap((epoch) => [...batches(10, 4, 1, epoch)]));
    expect(
      positions
        .toReversed()
        .map(batchOrder(10, 4, 1))
        .toReversed(),
    ).toEqual(forward);
    expect(() => at({ epoch: 0, step: 3 })).toThrow('epoch 0 has no step 3; it has 3');
  });

  test('there must be one', () => {
    expect(() => batches(0, 4, 1, 0)).toThrow(new InputError('there are no images to train on'));
    expect(() => stepsPerEpoch(3, 4, { last: 'drop' })).toThrow('3 images do not fill a batch of 4; make it smaller');
    expect(stepsPerEpoch(3, 4)).toBe(1);
  });
});

test('a split for validation: disjoint, complete, ascending, by seed', () => {
  const { training, validation } = splitValidation(1000, 100, 1);
  expect([training.length, validation.length]).toEqual([900, 100]);
  expect(sorted([training, validation])).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  for (const part of [training, validation]) expect(part).toEqual(part.toSorted());
  expect(splitValidation(1000, 100, 1).validation).toEqual(validation);
  // Ten of a hundred are drawn again on average.
  const again = splitValidation(1000, 100, 2).validation.filter((index) => validation.includes(index)).length;
  expect(again).toBeLessThan(26);
  expect(splitValidation(5, 0, 1).validation.length).toBe(0);
  for (const wrong of [5, -1, 0.5]) {
    expect(() => splitValidation(5, wrong, 1)).toThrow(
      new InputError(`${wrong} of 5 images cannot be kept for validation, expected 0 to 4`),
    );
  }
});
