// What the loss of maps takes for the scores of a network, whatever stands at its end: a step and a measurement, which compute it each in
// their own way, say the same.

import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';
import { numbersFrom } from '../support/step.ts';

const [count, height, width] = [6, 4, 6];
const size = height * width;
const next = numbersFrom(5);
const bytesBelow = (end: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(((next() + 1) / 2) * 0.9999 * end));
const images = npy('|u1', [count, height, width], bytesBelow(256, count * size));

const textOf = (body: string, settings: string): string => `network Net {
  input image: [1, ${height}, ${width}] { scale: 1/255 }
  ${body}
  output scores
}
train Net { batch: ${count}  ${settings} }
`;

interface Course {
  readonly epochs: readonly { readonly loss: number; readonly checked: { readonly loss: number } }[];
  readonly weights: readonly Float32Array[];
}

/** Answers of test images are those of training. */
async function course(body: string, settings: string, answers: Readonly<Record<string, Uint8Array>>): Promise<Course> {
  const all = Object.entries({ images, ...answers });
  const files = {
    'net.cnn': textOf(body, settings),
    ...Object.fromEntries(
      ['train', 'test'].flatMap((split) => all.map(([kind, file]) => [`d/${split}-${kind}.npy`, file])),
    ),
  };
  const {
    code,
    stdout,
    stderr,
    files: written,
  } = await cnnc(['train', 'net.cnn', '--data', 'd', '--out', 'w.safetensors', '--json'], { files });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { tensors } = readSafetensors(written.get('/project/w.safetensors')!);
  return { ...JSON.parse(stdout), weights: tensors.map(({ data }) => data) };
}

/** A step so small that the weights stay: what is learnt from and what is measured are the same network. */
const still = 'optimizer: sgd(learning_rate: 1e-30)  epochs: 1';
const moving = 'optimizer: sgd(learning_rate: 2)  epochs: 3';

const targets = (classes: number, shape: readonly number[] = [height, width]) => ({
  targets: npy('|u1', [count, ...shape], bytesBelow(classes, count * size)),
});
const labels = { labels: npy('|u1', [count], [0, 1, 2, 3, 4, 5]) };

describe.each<[string, string, Readonly<Record<string, Uint8Array>>]>([
  ['scores', 'scores = conv(6, kernel: 1)', targets(6)],
  ['probabilities', 'conv(6, kernel: 1)\n  scores = softmax', targets(6)],
  ['their logarithms', 'conv(6, kernel: 1)\n  scores = log_softmax', targets(6)],
  ['probabilities with another name', 'conv(6, kernel: 1) -> softmax\n  scores = identity', targets(6)],
  [
    'probabilities of pixels in another arrangement',
    'conv(6, kernel: 1) -> softmax\n  scores = reshape([6, 2, 12])',
    targets(6, [2, 12]),
  ],
  [
    'probabilities that are those of other classes in another arrangement',
    'conv(6, kernel: 1) -> softmax\n  scores = reshape([3, 8, 6])',
    { targets: npy('|u1', [count, 8, 6], bytesBelow(3, 2 * count * size)) },
  ],
  ['probabilities along rows', 'conv(6, kernel: 1)\n  scores = softmax(over: width)', targets(6)],
  ['probabilities of an image, in a row', 'conv(6, kernel: 4x6) -> softmax\n  scores = flatten', labels],
  ['probabilities of pixels as classes of an image', 'conv(6, kernel: 1) -> softmax\n  scores = flatten', labels],
])('%s', (_, body, answers) => {
  test('the loss of a step is that of a measurement', async () => {
    const { epochs } = await course(body, still, answers);
    expect(epochs[0]!.checked.loss).toBeCloseTo(epochs[0]!.loss, 5);
  });
});

test.each([
  [
    `conv(6, kernel: 1) -> softmax\n  scores = reshape([6, 2, 12])`,
    'conv(6, kernel: 1)\n  scores = reshape([6, 2, 12])',
  ],
  [
    `conv(6, kernel: 1) -> log_softmax\n  scores = reshape([6, 2, 12])`,
    'conv(6, kernel: 1)\n  scores = reshape([6, 2, 12])',
  ],
])('%s learns by its scores', async (ended, plain) => {
  const answers = targets(6, [2, 12]);
  const [a, b] = [await course(ended, moving, answers), await course(plain, moving, answers)];
  expect(a.weights).toEqual(b.weights);
});

test('probabilities of an image that a flatten follows are learnt by their scores', async () => {
  const [a, b] = [
    await course('conv(6, kernel: 4x6) -> softmax\n  scores = flatten', moving, labels),
    await course('conv(6, kernel: 4x6)\n  scores = flatten', moving, labels),
  ];
  expect(a.weights).toEqual(b.weights);
});
