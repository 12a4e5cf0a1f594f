import { expect, test } from 'vitest';
import { randomWeights } from '../../src/weights/random.ts';
import type { WeightSpec } from '../../src/weights/specs.ts';

const net = (names: readonly string[], fanIn: number): readonly WeightSpec[] =>
  names.map((name) => ({ name, shape: [100, 1000], initial: { kind: 'he', fanIn, fanOut: 1 } }));

test('mean 0, variance 2 / fan-in and the tails of a normal distribution', () => {
  const data = randomWeights(net(['a'], 50), 1).get('a')!;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
  // 100,000 samples of deviation 0.2: the mean has deviation 0.00063, the variance a relative one of 0.0045.
  expect(Math.abs(mean)).toBeLessThan(0.0025);
  expect(Math.abs(variance / 0.04 - 1)).toBeLessThan(0.018);
  const beyond = (deviations: number) => data.filter((x) => Math.abs(x) > deviations * 0.2).length / data.length;
  expect(beyond(1)).toBeCloseTo(0.3173, 1);
  expect(beyond(2)).toBeCloseTo(0.0455, 2);
});

test('a tensor depends on the seed and its name, not on its neighbours', () => {
  const alone = randomWeights(net(['b'], 8), 7).get('b')!;
  const both = randomWeights(net(['a', 'b'], 8), 7);
  expect(both.get('b')).toEqual(alone);
  expect(both.get('a')).not.toEqual(alone);
  expect(randomWeights(net(['b'], 8), 8).get('b')).not.toEqual(alone);
});

test('the bits are fixed', () => {
  const data = randomWeights(net(['conv1.weight'], 25), 0).get('conv1.weight')!;
  expect([...new Uint32Array(data.buffer, 0, 4)].map((x) => x.toString(16))).toMatchInlineSnapshot(`
    [
      "3d863393",
      "be911405",
      "3e4923cb",
      "3e06ca9c",
    ]
  `);
});

test('constants', () => {
  const specs = [{ name: 'bn.weight', shape: [3], initial: { kind: 'constant', value: 1 } }] as const;
  expect(randomWeights(specs, 3).get('bn.weight')).toEqual(Float32Array.of(1, 1, 1));
});
