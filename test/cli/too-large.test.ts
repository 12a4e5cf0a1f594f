// A number that is too large is refused with the largest one that may be given: every option that takes numbers, as it is declared.

import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import type { Io } from '../../src/cli/io.ts';
import { shard } from '../../src/cli/predict/shards.ts';
import { byteSize, wholeNumber } from '../../src/cli/quantities.ts';
import { cnnc } from './harness.ts';

/** Twenty digits: more than 2^64. */
const HUGE = '99999999999999999999';

interface Case {
  readonly title: string;
  readonly parse: (text: string) => unknown;
  /** What the option takes, as a number with all its digits replaced. */
  readonly huge: string;
}

/** Options that take `1`, `2GiB`, `1x2` or `0/2`. */
async function numericOptions(): Promise<readonly Case[]> {
  const made = await Promise.all([...commands.values()].map(async (load) => (await load())({} as Io)));
  return made.flatMap((command) =>
    command.options.flatMap(({ long, short, parseArg }): readonly Case[] => {
      if (!parseArg) return [];
      const parse = (text: string): unknown => parseArg(text, undefined);
      const form = ['1', '2GiB', '0/2'].find((text) => accepts(parse, text));
      if (form === undefined || accepts(parse, 'nobody')) return [];
      return [{ title: `${command.name()} ${long ?? short}`, parse, huge: form.replaceAll(/\d+/g, HUGE) }];
    }),
  );
}

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function messageOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const cases = await numericOptions();

test('options that take numbers are found', () => {
  const titles = cases.map(({ title }) => title);
  expect(titles.length).toBeGreaterThan(30);
  expect(titles).toEqual(
    expect.arrayContaining(['run --top', 'bench --batch', 'serve --max-body', 'eval --shard', 'compile --crop']),
  );
});

describe('names its limit', () => {
  test.each(cases)('$title', ({ parse, huge }) => {
    const message = messageOf(() => parse(huge));
    // What has no limit takes it.
    if (message !== undefined) expect(message).toMatch(/(?:to|up to|takes 0, 1 or) \d+/);
  });

  test.each([
    [['check', 'a.onnx', '--dim', `height=${HUGE}`], '--dim takes a whole number from 1 to 999999999'],
    [
      ['run', 'a.cnn', '--input', 'x.npy', '--weights', `random:${HUGE}`],
      '--weights random:SEED takes a whole number from 0 to 999999999',
    ],
    [['serve', `digits@${HUGE}=a.cnn`], 'versions of models are whole numbers from 0 to 999999999'],
    [['train', 'a.cnn', '--data', `digits:${HUGE}`, '--out', 'w.safetensors'], 'from 10 to 9999999'],
  ])('%j', async (argv, message) => {
    const text =
      'network A {\n  input x: [1, 28, 28]\n  flatten -> dense(10)\n}\ntrain A { loss: cross_entropy  optimizer: adam }';
    const { code, stderr } = await cnnc(argv, { files: { 'a.cnn': text, 'a.onnx': '' } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

test('the limit itself is taken, and one more is not', () => {
  expect(wholeNumber('--top', 1, 999)('999')).toBe(999);
  expect(messageOf(() => wholeNumber('--top', 1, 999)('1000'))).toBe(
    '--top takes a whole number from 1 to 999; found 1000',
  );
  // 2^53 bytes
  expect(byteSize('--memory')('8388608GiB')).toBe(9007199254740992);
  expect(messageOf(() => byteSize('--memory')('8388609GiB'))).toBe(
    '--memory takes a size in KiB, MiB or GiB, as 2GiB, up to 8388608GiB; found 8388609GiB',
  );
  expect(shard('99999/100000')).toEqual({ index: 99999, count: 100000 });
  expect(messageOf(() => shard('0/100001'))).toContain('of up to 100000 shards');
});
