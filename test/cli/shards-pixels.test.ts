// Accuracy of pixels in shards: what they add up to is what is counted without them.

import { describe, expect, test } from 'vitest';
import { npy } from '../support/npy.ts';
import { cnnc } from './harness.ts';

const [images, height, width, classes] = [5, 3, 4, 3];
const textOf = (loss: string) => `network Net {
  input image: [1, ${height}, ${width}]
  scores = conv(${classes}, kernel: 1)
  output scores
}
train Net { optimizer: adam  loss: ${loss} }`;
const pixels = Uint8Array.from({ length: images * height * width }, (_, at) => (at * 37) % 256);
/** The last image has no pixel that counts, if 255 does not. */
const answers = pixels.map((value, at) => (at >= 48 || at % 7 === 0 ? 255 : value % classes));
const files = {
  'net.cnn': textOf('cross_entropy(ignore: 255)'),
  'd/test-images.npy': npy('|u1', [images, height, width], pixels),
  'd/test-targets.npy': npy('|u1', [images, height, width], answers),
};
type Files = Readonly<Record<string, string | Uint8Array>>;
const evaluated = ['eval', 'net.cnn', '--weights', 'random:3', '--data', 'd'];
const ran = async (argv: readonly string[], given: Files = files) => {
  const { files: after, ...rest } = await cnnc(argv, { files: given });
  return { ...rest, files: Object.fromEntries(after) };
};

/** The files with all shards of `count`. */
async function counted(count: number, given: Files = files): Promise<Files> {
  let all: Files = given;
  for (let index = 0; index < count; index += 1) {
    const done = await ran([...evaluated, '--shard', `${index}/${count}`, '--out', 'out'], all);
    expect(done).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
    all = done.files;
  }
  return all;
}

// Images whose pixels count in no shard are refused only where that is so of all of them.
test.each([1, 2, 3, 8])('%i shards', async (count) => {
  const all = await counted(count);
  for (const more of [[], ['--json']]) {
    const { stdout } = await ran(['merge', 'out', ...more], all);
    const whole = await ran([...evaluated, ...more]);
    if (more.length === 0) expect(stdout).toBe(whole.stdout);
    else {
      const { split: _, ...expected } = JSON.parse(whole.stdout);
      expect(JSON.parse(stdout)).toEqual(expected);
    }
  }
});

const name = '/project/out/accuracy-00001-of-00002.json';

test('a shard says what it counted', async () => {
  const done = await counted(2);
  const { correct, total, classes: found } = JSON.parse(new TextDecoder().decode(done[name] as Uint8Array));
  // Of images 2 to 4, the last of which does not count.
  expect(total).toBe(answers.subarray(24).filter((value) => value !== 255).length);
  expect(found.map(([, labelled]: readonly number[]) => labelled)).toEqual(
    [0, 1, 2].map((one) => answers.subarray(24).filter((value) => value === one).length),
  );
  expect(found.reduce((sum: number, [both]: readonly number[]) => sum + both!, 0)).toBe(correct);
  const again = await ran([...evaluated, '--shard', '1/2', '--out', 'out'], done);
  expect(again.stdout).toBe('out/accuracy-00001-of-00002.json was there\n');
});

describe('refused:', () => {
  test.each([
    ['other pixels that do not count', { 'net.cnn': textOf('cross_entropy(ignore: 254)') }],
    ['other classes', { 'd/test-targets.npy': npy('|u1', [images, height, width], answers.with(1, 2)) }],
  ])('%s', async (_, changed) => {
    const moved = 'net.cnn' in changed ? answers.map((value) => (value === 255 ? 254 : value)) : undefined;
    const others = moved ? { 'd/test-targets.npy': npy('|u1', [images, height, width], moved) } : {};
    const { '/project/out/shards.json': manifest, [name]: shard } = await counted(2);
    const given = { ...files, ...changed, ...others, 'out/shards.json': manifest!, [name.slice(9)]: shard! };
    const { code, stderr } = await ran([...evaluated, '--shard', '0/2', '--out', 'out'], given);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: out .*another/) });
  });

  test.each<[string, (counts: Record<string, unknown>) => object]>([
    ['a class less', (counts) => ({ ...counts, classes: (counts['classes'] as unknown[]).slice(1) })],
    ['no classes', (counts) => ({ ...counts, classes: undefined, total: 3, correct: 1 })],
    ['more right than there are', (counts) => ({ ...counts, correct: (counts['correct'] as number) + 1 })],
    ['more pixels', (counts) => ({ ...counts, total: 100 })],
    ['words', (counts) => ({ ...counts, classes: 'many' })],
    ['halves', (counts) => ({ ...counts, classes: [[0.5, 1, 1]], correct: 0.5, total: 1 })],
    ['classes of nothing', (counts) => ({ ...counts, classes: [null] })],
  ])('a shard with %s', async (_, change) => {
    const done = await counted(2);
    const counts = JSON.parse(new TextDecoder().decode(done[name] as Uint8Array));
    const { code, stderr } = await ran(['merge', 'out'], { ...done, [name]: JSON.stringify(change(counts)) });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/accuracy-00001-of-00002\.json.*; remove it and compute the shard again/),
    });
  });
});
