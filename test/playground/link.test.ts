// Links that hold programs: what zlib (RFC 1951) wrote is read, round trips keep every letter, and nothing else is opened.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkOf, programOfLink } from '../../src/playground/page/link.ts';

const fragment = (json: string | Buffer): string => `#p=${deflateRawSync(json).toString('base64url')}`;

test("zlib's bytes are a program", async () => {
  const program = { text: 'network N {}\n', files: { 'a.cnn': 'block b { relu }' } };
  expect(await programOfLink(fragment(JSON.stringify(program)))).toEqual(program);
});

test('zlib reads what a link holds', async () => {
  const link = await linkOf({ text: 'größe – 卷积 😀' });
  const packed = Buffer.from('fragment' in link ? link.fragment.slice(3) : '', 'base64url');
  expect(JSON.parse(inflateRawSync(packed).toString())).toEqual({ text: 'größe – 卷积 😀' });
});

test('every text comes back', () =>
  fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (written) => {
      // The editor's lines end in \n.
      const text = written.replaceAll(/\r\n?/g, '\n');
      const link = await linkOf({ text });
      expect(await programOfLink('fragment' in link ? link.fragment : '')).toEqual({ text });
    }),
    { numRuns: 50 },
  ));

test('a text that fits no link', async () => {
  expect(await linkOf({ text: 'x'.repeat(2 ** 20) })).toEqual({ refused: expect.stringContaining('too long') });
});

test('a link that is written can be read, however little its text can be compressed', async () => {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (const length of [800_000, 900_000, 1_000_000]) {
    const text = Array.from({ length }, () =>
      String.fromCharCode(
        '#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~'.charCodeAt(
          random(90),
        ),
      ),
    ).join('');
    const link = await linkOf({ text });
    if ('fragment' in link) expect(await programOfLink(link.fragment)).toEqual({ text });
    else expect(link.refused).toContain('too long');
  }
});

describe('what holds no program', () => {
  test('another fragment', async () => expect(await programOfLink('#chapter')).toBeUndefined());
  test.each([
    ['nothing', '#p='],
    ['markup', '#p=<script>alert(1)</script>'],
    ['no deflate', '#p=AAAA'],
    ['cut off', fragment(JSON.stringify({ text: 'network N { input x: [1, 8, 8] }' })).slice(0, -6)],
    ['no JSON', fragment('network N {}')],
    ['a number', fragment('42')],
    ['null', fragment('null')],
    ['a list', fragment('["network"]')],
    ['a text that is none', fragment('{"text":{"length":1}}')],
    ['no UTF-8', fragment(Buffer.from([0x7b, 0xff, 0x7d]))],
  ])('%s', async (_, link) => {
    expect(await programOfLink(link)).toEqual({ refused: expect.stringContaining('damaged') });
  });
  test('more than a link may have', async () => {
    expect(await programOfLink(`#p=${'A'.repeat(2 ** 20)}`)).toEqual({ refused: expect.stringContaining('too long') });
  });
  test('a text that is much larger than its link', async () => {
    const bomb = fragment(Buffer.alloc(64 << 20, 0x20));
    const started = performance.now();
    expect(await programOfLink(bomb)).toEqual({ refused: expect.stringContaining('larger than 1 MiB') });
    expect(performance.now() - started).toBeLessThan(2000);
  });
  test('keys that objects have anyway', async () => {
    const link = fragment('{"text":"a","files":{"__proto__":"x","toString":"y","n":1}}');
    expect(await programOfLink(link)).toMatchObject({ text: 'a', files: { toString: 'y' } });
  });
});
