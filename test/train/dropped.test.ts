// A dropout behind a softmax makes probabilities 0, whose logarithms are not finite: cross_entropy does not take them, and says so.

import { describe, expect, test } from 'vitest';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';

const textOf = (steps: string, { loss = 'cross_entropy', outputs = 'output scores' } = {}): string => `network Net {
  input image: [1, 2, 3]
  rest = image -> conv(2, kernel: 1) -> softmax -> dropout(0.2) -> flatten -> dense(4)
  scores = image -> flatten -> dense(4) -> ${steps}
  ${outputs}
}
train Net { loss: ${loss}  optimizer: sgd(learning_rate: 0.1)  batch: 4  epochs: 1 }
`;
const files = (text: string) => ({
  'net.cnn': text,
  'd/train-images.npy': npy(
    '|u1',
    [4, 2, 3],
    Uint8Array.from({ length: 24 }, (_, at) => at * 13),
  ),
  'd/train-labels.npy': npy('|u1', [4], Uint8Array.of(0, 3, 1, 2)),
});
const reason =
  'Net has a `dropout` behind the softmax of scores, which makes probabilities 0, and cross_entropy takes their logarithms; put it before the layer that gives the scores';

const commands = [
  ['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors'],
  ['compile', 'net.cnn', '--training', '-o', 'net.js'],
  ['report', 'net.cnn', '--training'],
];

describe.each([
  ['softmax -> dropout(0.5)', {}],
  ['softmax -> dropout(0.1) -> reshape([4, 1, 1]) -> identity', {}],
  ['softmax -> dropout(0.5)', { outputs: 'output rest\n  output scores { auxiliary: 0.3 }' }],
])('refused: %s, %j', (steps, options) => {
  // An auxiliary output has the shape of the other.
  const given = files(textOf(steps, options));
  test.each(commands)('%s', async (...argv) => {
    const { code, stderr } = await cnnc(argv, { files: given });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(reason) });
  });

  test('export', async () => {
    const { stderr } = await cnnc(['export', 'net.cnn', '--pytorch', '-o', 'out'], { files: given });
    expect(stderr).toContain(`note: there is no train.py: ${reason}\n`);
  });
});

test.each([
  ['dropout(0.5) -> softmax', {}],
  ['softmax -> dropout(0)', {}],
  ['log_softmax -> dropout(0.5)', {}],
  ['softmax -> dropout(0.5)', { loss: 'mean_squared_error' }],
  ['softmax -> dropout(0.5)', { outputs: 'output rest, scores' }],
])('trained: %s, %j', async (steps, options) => {
  const { code } = await cnnc(commands[0]!, { files: files(textOf(steps, options)) });
  expect(code).toBe(0);
});
