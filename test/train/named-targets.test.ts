// Answers to the outputs of a network by their names: what a data set may have, what measures them, and what is refused.

import { describe, expect, test } from 'vitest';
import { labelledImages, subset } from '../../src/data/labelled-images.ts';
import { withNamedTargets } from '../../src/data/named-targets.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { pytorchPackage } from '../../src/export/pytorch/index.ts';
import { answersOf, withAnswers } from '../../src/train/answers.ts';
import { prepare } from '../../src/train/prepare.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { cnnc } from '../cli/harness.ts';
import { npy } from '../support/npy.ts';

const count = 4;
const text = (
  loss = 'cross_entropy(of: kind) + cross_entropy(of: rows, ignore: 9) + huber(of: box)',
  more = '',
) => `network Net {
  input image: [1, 4, 4]
  flat = flatten
  kind = flat -> dense(3)
  rows = flat -> dense(10) -> reshape([5, 2])
  box = flat -> dense(2)
  yes = flat -> dense(1)
  output kind
  output rows
  output box
  output yes
}
train Net { loss: ${loss}  optimizer: sgd(learning_rate: 0.1)  batch: 2  epochs: 1  ${more} }
`;
const built = (source: string) => frontend({ path: 'net.cnn', text: source }, { operators }).networks[0]!;
const kind = { shape: [count], values: [0, 1, 2, 0] };
const rows = { shape: [count, 5], values: Array.from({ length: 5 * count }, (_, at) => [0, 1, 9][at % 3]!) };
const box = { shape: [count, 2], values: [1, NaN, 2, 3, NaN, NaN, 0, -1] };
const yes = { shape: [count, 1], values: [0, 1, 1, 0] };
type Tensors = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;
const fileOf = (tensors: Tensors): Uint8Array =>
  writeSafetensors(
    Object.entries(tensors).map(([name, { shape, values }]) => ({ name, shape, data: Float32Array.from(values) })),
  );
const pictures = npy(
  '|u1',
  [count, 4, 4],
  Array.from({ length: 16 * count }, (_, at) => (at * 31) % 256),
);
const run = (tensors: Tensors, source = text(), command = 'train') =>
  cnnc(
    [
      command,
      'net.cnn',
      '--data',
      'data',
      ...(command === 'eval' ? ['--split', 'train', '--weights', 'random:1'] : []),
    ],
    {
      files: {
        'net.cnn': source,
        'data/train-images.npy': pictures,
        'data/train-targets.safetensors': fileOf(tensors),
      },
    },
  );

test('each output has answers of its own; what no loss names is of no use', async () => {
  const { code, stdout, stderr } = await run({ kind, rows, box, other: yes });
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^training {4}loss \d\.\d{4}\n$/)]);
  expect(stderr).toContain('note: the loss is that of kind, rows, box; layers that lead to yes alone learn nothing');
});

test('a training that goes on has the losses of the epochs before', async () => {
  const answers = fileOf({ kind, rows, box });
  const files: Record<string, string | Uint8Array> = {
    'net.cnn': text(),
    ...Object.fromEntries(
      ['train', 'test'].flatMap((split) => [
        [`data/${split}-images.npy`, pictures],
        [`data/${split}-targets.safetensors`, answers],
      ]),
    ),
  };
  const train = async (epochs: string, given: typeof files, ...more: readonly string[]) => {
    const result = await cnnc(
      ['train', 'net.cnn', '--data', 'data', '--json', '--out', 'out.safetensors', '--epochs', epochs, ...more],
      { files: given },
    );
    return { ...result, epochs: JSON.parse(result.stdout).epochs };
  };
  const whole = await train('2', files);
  const first = await train('1', files);
  const after = await train('2', Object.fromEntries(first.files), '--resume');
  expect(after.epochs).toEqual(whole.epochs);
  expect(after.files.get('/project/out.safetensors')).toEqual(whole.files.get('/project/out.safetensors'));
});

test('eval --quantize tells the losses in f32, too, as eval without it does', async () => {
  const files = {
    'net.cnn': text(),
    'data/test-images.npy': pictures,
    'data/test-targets.safetensors': fileOf({ kind, rows, box }),
  };
  const evaluated = async (...more: readonly string[]) =>
    (await cnnc(['eval', 'net.cnn', '--weights', 'random:1', '--data', 'data', ...more], { files })).stdout;
  const quantize = ['--quantize', '--calibrate', 'data/test-images.npy'];
  const { schemaVersion: _, network: __, split: ___, total: ____, ...plain } = JSON.parse(await evaluated('--json'));
  const both = JSON.parse(await evaluated('--json', ...quantize));
  expect(both.f32).toEqual(plain);
  expect(both.losses.map(({ of }: { readonly of: string }) => of)).toEqual(['kind', 'rows', 'box']);
  const lines = (await evaluated()).replaceAll(/ {2}loss/g, ' in f32   loss');
  expect(await evaluated(...quantize)).toMatch(
    new RegExp(`^${lines.replaceAll('.', '\\.')}(\\w+ +in int8  loss .*\\n){4}$`),
  );
});

test('each loss leaves out the softmax or sigmoid at the end of its output', async () => {
  const losses = 'cross_entropy(of: rows, ignore: 9) + cross_entropy(of: kind) + binary_cross_entropy(of: yes)';
  const train = async (source: string) => {
    const files = {
      'net.cnn': source,
      ...Object.fromEntries(
        ['train', 'test'].flatMap((split) => [
          [`data/${split}-images.npy`, pictures],
          [`data/${split}-targets.safetensors`, fileOf({ kind, rows, yes })],
        ]),
      ),
    };
    const { stdout } = await cnnc(['train', 'net.cnn', '--data', 'data', '--json'], { files });
    return JSON.parse(stdout).epochs[0];
  };
  const logits = await train(text(losses));
  const ended = text(losses)
    .replace('dense(3)', 'dense(3) -> log_softmax')
    .replace('reshape([5, 2])', 'reshape([5, 2]) -> softmax')
    .replace('dense(1)', 'dense(1) -> sigmoid');
  const found = await train(ended);
  expect(found.loss).toBe(logits.loss);
  expect(found.checked.loss).toBeCloseTo(logits.checked.loss, 5);
  found.checked.losses.forEach((one: { readonly loss: number; readonly accuracy: number }, at: number) => {
    expect(one.loss).toBeCloseTo(logits.checked.losses[at].loss, 5);
    expect(one.accuracy).toBe(logits.checked.losses[at].accuracy);
  });
});

test('there is no train.py, and the reason is said', () =>
  expect(pytorchPackage(built(text()), operators, undefined).untrainable).toBe(
    'its losses name outputs, and a training there has one loss, of the first output',
  ));

describe('refused: ', () => {
  const where = 'data: train-targets.safetensors: ';
  const refused: readonly (readonly [message: string, tensors: Tensors, loss?: string])[] = [
    [
      'error: there are no train targets of rows; found kind, box, expected a tensor rows [count, 5], classes from 0 to 1',
      { kind, box },
    ],
    [
      `error: ${where}box is [3, 2]; expected [4, …], an answer to each of the 4 pictures`,
      { kind, rows, box: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] } },
    ],
    [
      'error: the train targets of box are [3] of each image; expected a tensor box [count, 2]',
      { kind, rows, box: { shape: [count, 3], values: Array(12).fill(1) } },
    ],
    [
      'error: the train targets of kind have 3 as number 0 of image 1; kind has 3 classes, counted from 0',
      { rows, box, kind: { ...kind, values: [0, 3, 1, 2] } },
    ],
    [
      'error: the train targets of rows have 0.5 as number 1 of image 1; rows has 2 classes, counted from 0, and ignores 9',
      { kind, box, rows: { ...rows, values: rows.values.with(6, 0.5) } },
    ],
    [
      'error: the train targets of box have Infinity as number 0 of image 0; expected finite numbers, or NaN for those that do not count',
      { kind, rows, box: { ...box, values: box.values.with(0, Infinity) } },
    ],
    [
      'error: none of the train targets of box counts: all are NaN',
      { kind, rows, box: { ...box, values: Array(8).fill(NaN) } },
    ],
    [
      'error: none of the train targets of rows counts: all are 9',
      { kind, box, rows: { ...rows, values: Array(20).fill(9) } },
    ],
    [
      'error: train image 2 has 2 as number 0 of its targets of yes; binary_cross_entropy takes numbers from 0 to 1',
      { yes: { ...yes, values: [0, 1, 2, 0] } },
      'binary_cross_entropy(of: yes)',
    ],
    [
      'error: train image 1 has NaN as number 0 of its targets of yes; binary_cross_entropy takes numbers from 0 to 1',
      { yes: { ...yes, values: [0, NaN, 1, 0] } },
      'binary_cross_entropy(of: yes)',
    ],
    [
      'error: the data set has targets of kind, box; a loss says which output it compares with them: `loss: mean_squared_error(of: kind)`',
      { kind, box },
      'cross_entropy',
    ],
    [
      'error: Net has the output yes, which gives [1]; cross_entropy takes a score for each class',
      { yes },
      'cross_entropy(of: yes)',
    ],
    [
      'error: Net has the output kind, which gives [3], one class for an image; `ignore` leaves out pixels, of scores such as [21, 64, 64]',
      { kind },
      'cross_entropy(of: kind, ignore: 1)',
    ],
    [
      'error: Net has the output rows, which gives [5, 2], but cross_entropy has the weights [1, 2, 3]; expected one for each class, not all 0',
      { rows },
      'cross_entropy(of: rows, ignore: 9, weights: [1, 2, 3])',
    ],
  ];
  test.each(refused.map(([message, tensors, loss]) => ({ message, tensors, loss })))('$message', async (one) => {
    const { message, tensors, loss } = one;
    const { code, stderr } = await run(tensors, text(loss));
    expect([code, stderr]).toEqual([1, `${message}\n`]);
  });

  test.each([
    [
      'augment: random_flip',
      'the data set has targets, which `augment` would leave as they are while the pictures change; remove augment',
    ],
    [
      'evaluate: flip',
      'evaluate: flip takes the mean of the scores of a picture and its mirror image, but Net gives neither scores of classes nor one number; leave it out',
    ],
  ])('%s', async (setting, message) => {
    const { code, stderr } = await run({ kind }, text('cross_entropy(of: kind)', setting));
    expect([code, stderr]).toEqual([1, `error: ${message}\n`]);
  });

  test('labels, and auxiliary outputs', async () => {
    const digits = await cnnc(['train', 'net.cnn', '--data', 'digits:10'], { files: { 'net.cnn': text() } });
    expect(digits.stderr).toBe(
      'error: the losses are of kind, rows, box, but the train images have one label each; expected train-targets.npz or train-targets.safetensors with a tensor of each of these names\n',
    );
    const auxiliary = text('cross_entropy(of: kind)').replace('output yes', 'output yes { auxiliary: 0.3 }');
    expect((await run({ kind }, auxiliary)).stderr).toBe(
      'error: Net has the auxiliary output yes, which goes with one loss without `of`; leave `auxiliary` out and add a loss for it\n',
    );
  });

  test('two files of targets', async () => {
    const files = {
      'net.cnn': text(),
      'data/train-images.npy': pictures,
      'data/train-targets.npz': fileOf({ kind, rows, box }),
      'data/train-targets.safetensors': fileOf({ kind, rows, box }),
    };
    const { code, stderr } = await cnnc(['train', 'net.cnn', '--data', 'data'], { files });
    expect([code, stderr]).toEqual([
      1,
      'error: data: there are train-targets.npz and train-targets.safetensors; expected one of them: remove or rename the other\n',
    ]);
  });

  test('of a measurement: options of one loss', async () => {
    const files = {
      'net.cnn': text(),
      'data/train-images.npy': pictures,
      'data/train-targets.safetensors': fileOf({ kind, rows, box }),
    };
    const evaluate = (...more: readonly string[]) =>
      cnnc(['eval', 'net.cnn', '--data', 'data', '--split', 'train', '--weights', 'random:1', ...more], { files });
    expect(JSON.parse((await evaluate('--json')).stdout)).toEqual({
      ...{ schemaVersion: 1, network: 'Net', split: 'train', total: count, loss: expect.any(Number) },
      losses: [
        { of: 'kind', loss: expect.any(Number), accuracy: expect.any(Number) },
        { of: 'rows', loss: expect.any(Number), accuracy: expect.any(Number) },
        { of: 'box', loss: expect.any(Number) },
      ],
    });
    for (const option of [['--flip'], ['--ignore', '3']])
      expect((await evaluate(...option)).stderr).toContain(
        '--flip and --ignore go with one loss; Net has those of several outputs',
      );
    expect((await evaluate('--shard', '0/2', '--out', 'out')).stderr).toContain(
      '--shard counts classes; Net is measured by the losses of several outputs',
    );
    const plain = { ...files, 'net.cnn': text('cross_entropy') };
    const other = await cnnc(['eval', 'net.cnn', '--data', 'data', '--split', 'train', '--weights', 'random:1'], {
      files: plain,
    });
    expect(other.stderr).toBe(
      'error: data: the train images have targets; accuracy is counted of images with classes\n',
    );
  });
});

test('targets of arrays are packed for each image, and are those of parts of the pictures', () => {
  const plain = labelledImages({ count, channels: 1, height: 4, width: 4 }, new Uint8Array(16 * count), [0, 0, 0, 0]);
  const named = withNamedTargets(plain, {
    kind: { shape: [1], values: kind.values },
    box: { shape: [2], values: box.values },
  });
  const network = built(text('huber(of: box) + cross_entropy(of: kind)'));
  const parts = answersOf(network, network.train!)!;
  expect([...withAnswers(named, parts, 'train').targets!.values]).toEqual([1, NaN, 0, 2, 3, 1, NaN, NaN, 2, 0, -1, 0]);
  expect([...withAnswers(subset(named, [2, 0]), parts, 'train').targets!.values]).toEqual([NaN, NaN, 2, 1, NaN, 0]);
  expect(() => withNamedTargets(plain, { box: { shape: [3], values: box.values } })).toThrow(
    '4 targets of box of shape [3] are 12 numbers, but there are 8',
  );
  // Batches that threads prepare have the same.
  expect(prepare(network, network.train!, { training: named }, { workers: 1 }).images).toBe(count);
});
