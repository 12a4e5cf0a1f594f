// Keys that are given twice, which JSON.parse does not tell (RFC 8259, section 4).

import { describe, expect, test } from 'vitest';
import { objectIn } from '../../src/serve/json.ts';
import { repeatedKey } from '../../src/serve/repeated-keys.ts';
import { createRandom } from '../fuzz/random.ts';
import type { Random } from '../fuzz/random.ts';

const found = (text: string): string | undefined => repeatedKey(text, JSON.parse(text));

test.each([
  ['{"inputs":[],"inputs":[]}', 'the key inputs is given twice in the request'],
  ['{"inputs":[{"data":[1],"data":[2]}]}', 'the key data is given twice in inputs[0]'],
  ['{"inputs":[{"name":"x"},{"shape":[1],"shape":[2]}]}', 'the key shape is given twice in inputs[1]'],
  ['{"inputs":[{"parameters":{"binary_data_size":1,"binary_data_size":2}}]}', 'the key binary_data_size is given twice in inputs[0].parameters'], // prettier-ignore
  ['{"__proto__":1,"__proto__":2}', 'the key __proto__ is given twice in the request'],
  ['{"constructor":{},"constructor":{}}', 'the key constructor is given twice in the request'],
  // The same key in other letters, beside colons that are none of JSON's, after texts with quotes, and in blanks.
  ['{"id":1,"\\u0069d":2}', 'the key id is given twice in the request'],
  ['{"id":"a\\u003ab","id":"x"}', 'the key id is given twice in the request'],
  ['{"id":"\\\\\\":\\"","a:":0,"a:":1}', 'the key a: is given twice in the request'],
  ['{ "a"\n:\t1 , "a" : 2 }', 'the key a is given twice in the request'],
  ['{"\\u001b[2J":1,"\\u001b[2J":2}', String.raw`the key "\u001b[2J" is given twice in the request`],
  // Where only numbers belong, and deeper than requests are.
  ['{"data":[1,2,{"a":1,"a":2}]}', 'the key a is given twice in data[2]'],
  [`${'{"a":'.repeat(20)}{"b":1,"b":2}${'}'.repeat(20)}`, 'the key b is given twice in a.a.a.a…'],
])('%s', (text, message) => {
  expect(found(text)).toBe(message);
  expect(() => objectIn(new TextEncoder().encode(text))).toThrow(message);
});

test.each([
  '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}',
  '{"id":"http://x:1","a":"id"}',
  '{"":1,"a":""}',
  '{"a":"\\"a\\":1,","b":"\\\\"}',
  '{"__proto__":{"inputs":[]},"constructor":1}',
  `${'{"a":'.repeat(50_000)}0${'}'.repeat(50_000)}`,
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  '7',
  '":"',
])('%.60s has none', (text) => {
  expect(found(text)).toBeUndefined();
});

describe('random JSON', () => {
  /** A text, and whether it has a key twice, which is known while it is made. */
  function random(source: Random, depth: number): { readonly text: string; readonly repeats: boolean } {
    if (depth === 0 || source.oneIn(4)) return { text: source.pick(['1', 'null', '":"', '"\\""', '"{"', '[]', '"\\\\"']), repeats: false }; // prettier-ignore
    const inner = Array.from({ length: source.below(4) }, () => random(source, depth - 1));
    const repeats = inner.some((one) => one.repeats);
    if (source.oneIn(2)) return { text: `[${inner.map(({ text }) => text).join(', ')}]`, repeats };
    const keys = inner.map(() => source.pick(['a', 'b', ':', '"', '__proto__', '{', 'é']));
    const text = `{${inner.map((one, at) => `${JSON.stringify(keys[at])} :${one.text}`).join(',')}}`;
    return { text, repeats: repeats || new Set(keys).size < keys.length };
  }

  test('a key that is there twice is found, and no other', () => {
    const source = createRandom(1);
    const counts = { repeated: 0, others: 0 };
    for (let time = 0; time < 5000; time += 1) {
      const { text, repeats } = random(source, 5);
      expect(found(text) !== undefined, text).toBe(repeats);
      counts[repeats ? 'repeated' : 'others'] += 1;
    }
    expect(Math.min(counts.repeated, counts.others)).toBeGreaterThan(500);
  });
});
