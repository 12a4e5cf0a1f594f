// `cnnc train` where memory is short: `--memory`, `--micro-batch`, `--micro-batch-norm`.

import { expect, test } from 'vitest';
import { cnnc } from './harness.ts';

const source = (steps: string): string => `network Net {
  input image: [1, 12, 12] { scale: 1/255 }
  conv(4, kernel: 3)
  ${steps}
  flatten
  scores = dense(10)
  output scores
}
train Net { optimizer: sgd(learning_rate: 0.1)  batch: 32  epochs: 1 }
`;
const files = { 'a.cnn': source('relu'), 'norm.cnn': source('batch_norm\n  relu') };
const argv = (file: string, ...more: readonly string[]) => ['train', file, '--data', 'digits:64', ...more];

test('a step that does not fit is refused with the largest that does', async () => {
  const { code, stdout, stderr } = await cnnc(argv('a.cnn', '--memory', '256KiB'), { files });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  const message =
    /^error: Net with 32 images at once takes [\d.]+ [KM]iB, more than the 256 KiB of --memory; the largest that fits is (\d+), and --micro-batch (\d+) takes 32 in parts, with the same result\n$/;
  const [, largest, parts] = message.exec(stderr)!;
  const fitting = await cnnc(argv('a.cnn', '--memory', '256KiB', '--micro-batch', parts!, '--json'), { files });
  expect(fitting).toMatchObject({ code: 0 });
  const whole = await cnnc(argv('a.cnn', '--json'), { files });
  const lossOf = (text: string): number =>
    (JSON.parse(text) as { final: { training: { loss: number } } }).final.training.loss;
  expect(lossOf(fitting.stdout)).toBeCloseTo(lossOf(whole.stdout), 5);
  expect(await cnnc(argv('a.cnn', '--memory', '256KiB', '--batch', largest!), { files })).toMatchObject({ code: 0 });
});

test('batch norm needs a word for micro-batches', async () => {
  const refused = await cnnc(argv('norm.cnn', '--micro-batch', '8'), { files });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('would see 8 of 32 in a micro-batch; allow that with --micro-batch-norm');
  expect(await cnnc(argv('norm.cnn', '--micro-batch', '8', '--micro-batch-norm'), { files })).toMatchObject({
    code: 0,
  });
  expect(await cnnc(argv('a.cnn', '--micro-batch', '0'), { files })).toMatchObject({ code: 2 });
});
