// Classes of a picture where nobody says what the scores are: probabilities stay what they are.

import { encode } from 'fast-png';
import { expect, test } from 'vitest';
import { answerAll } from '../../src/serve/answer.ts';

const body = new Uint8Array(encode({ width: 1, height: 1, channels: 1, data: new Uint8Array([255]) }));

test.each([
  ['probabilities', [0.25, 0.75], [0.75, 0.25]],
  // Softmax of 0 and ln 3.
  ['scores', [0, Math.log(3)], [0.75, 0.25]],
])('%s', (_, values, expected) => {
  const network = {
    name: 'net',
    version: '1',
    inputs: [{ name: 'x', shape: [1, 1, 1] }],
    outputs: [{ name: 'y', shape: [2] }],
  };
  const net = { run: () => new Float32Array(values) };
  const classifier = { settings: { scale: 1 / 255, colors: 'gray' as const } };
  const [answer] = answerAll({ network, net, classifier }, [{ kind: 'classify', body }]);
  const { classes } = JSON.parse(new TextDecoder().decode(answer!.body)) as {
    readonly classes: readonly { readonly index: number; readonly probability: number }[];
  };
  expect(classes.map(({ index }) => index)).toEqual([1, 0]);
  for (const [at, { probability }] of classes.entries()) expect(probability).toBeCloseTo(expected[at]!, 6);
});
