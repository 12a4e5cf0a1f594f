// Long sums in f32, of equal numbers: the result is known exactly, and roundings do not cancel.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { moduleOf, runModule, weightsFile } from '../support/executors.ts';

const numbers = [0.1, 1 / 3, 0.7, 1.1, 5.77, 1e-6].map(Math.fround);
const weight = Math.fround(0.3);

/** The largest relative error of a network of one operator, whose weights are equal and whose biases are 0, where windows are whole. `first` is added to the first element. */
async function largestError(
  op: string,
  attributes: Attributes,
  shape: readonly number[],
  exactly: (x: number) => number,
  isWhole: (at: number) => boolean,
  first = 0,
): Promise<number> {
  const builder = graphBuilder('net', operators);
  const x = builder.input('x', shape);
  builder.output('y', builder.node({ op, inputs: [x], attributes })[0]);
  const graph = builder.finish();
  const { program, graph: lowered } = lower(graph, operators, { target: 'wasm' });
  const module = moduleOf(program);
  const parameters = new Map(
    graph.parameters.map(({ name, value }) => [
      name,
      new Float32Array(sizeOf(typeOf(graph, value).shape)).fill(name.endsWith('bias') ? 0 : weight),
    ]),
  );
  let largest = 0;
  for (const number of numbers) {
    const values = new Float32Array(sizeOf(shape)).fill(number);
    values[0]! += first;
    const feeds = { inputs: new Map([['x', values]]), parameters, batch: 1 };
    const outputs = await runModule(module, weightsFile(lowered, parameters), feeds, 1);
    Array.from(outputs.get('y')!).forEach((value, at) => {
      if (isWhole(at)) largest = Math.max(largest, Math.abs(value / exactly(number) - 1));
    });
  }
  return largest;
}

const itself = (x: number): number => x;

type Case = readonly [string, string, Attributes, readonly number[], (x: number) => number, number];

test.each<Case>([
  ['global means', 'global_avg_pool', {}, [5, 112, 112], itself, 1e-6],
  ['means of large windows', 'avg_pool', { kernel: 100 }, [5, 112, 112], itself, 1e-6],
  ['means of long windows', 'avg_pool', { kernel: [1, 5000] }, [1, 1, 5000], itself, 1e-6],
  [
    'means of windows that overhang',
    'avg_pool',
    { kernel: 61, padding: 30, count_padding: false },
    [4, 70, 70],
    itself,
    1e-6,
  ],
  ['adaptive means', 'adaptive_avg_pool', { size: [2, 3] }, [5, 130, 130], itself, 1e-6],
  // Sums of products add blocks of 256, which lose a third of a unit in the last place with each term.
  ['a dense layer of 25088 features', 'dense', { features: 3 }, [25_088], (x) => 25_088 * x * weight, 5e-6],
  ['a dense layer of 5001 features', 'dense', { features: 18 }, [5001], (x) => 5001 * x * weight, 5e-6],
  [
    'a convolution, 512 channels',
    'conv',
    { channels: 8, kernel: 3, stride: 2 },
    [512, 7, 9],
    (x) => 4608 * x * weight,
    5e-6,
  ],
  [
    'a convolution 1×1, 2048 channels',
    'conv',
    { channels: 8, kernel: 1 },
    [2048, 3, 3],
    (x) => 2048 * x * weight,
    5e-6,
  ],
  ['a depthwise convolution of 51×51', 'depthwise_conv', { kernel: 51 }, [5, 60, 52], (x) => 2601 * x * weight, 5e-6],
  [
    'a depthwise convolution of 101×7',
    'depthwise_conv',
    { kernel: [101, 7] },
    [5, 103, 20],
    (x) => 707 * x * weight,
    5e-6,
  ],
  [
    'a depthwise convolution of 1×5000',
    'depthwise_conv',
    { kernel: [1, 5000] },
    [4, 1, 5003],
    (x) => 5000 * x * weight,
    5e-6,
  ],
])('%s', async (_, op, attributes, shape, exactly, bound) => {
  expect(await largestError(op, attributes, shape, exactly, () => true)).toBeLessThan(bound);
});

test('local response normalisation over many channels', async () => {
  // x / (α/size · Σ x²): the sum alone decides.
  const attributes = { size: 3001, alpha: 100, beta: 1, k: 0 };
  const middle = (at: number): boolean => at >= 1500 && at <= 4500;
  expect(await largestError('local_response_norm', attributes, [6001, 1, 1], (x) => 0.01 / x, middle)).toBeLessThan(
    5e-6,
  );
});

test('softmax of many classes, one of which is likelier', async () => {
  const others = (count: number): number => 1 / (count - 1 + Math.E);
  // The difference of the inputs is rounded, and their exponential is within two units in the last place.
  expect(
    await largestError(
      'softmax',
      {},
      [50_003],
      () => others(50_003),
      (at) => at > 0,
      1,
    ),
  ).toBeLessThan(2e-6);
});
