// What a thread answers: classes of a picture where nobody says what the scores are, and tensors within their limits.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { answerAll } from '../../src/serve/answer.ts';
import type { Served } from '../../src/serve/answer.ts';
import { openCount, openShare } from '../../src/serve/memory.ts';
import type { Answer, ServedNetwork, Work } from '../../src/serve/protocol.ts';

const memory = openShare(openCount(1e9));
const body = new Uint8Array(encode({ width: 1, height: 1, channels: 1, data: new Uint8Array([255]) }));

// Probabilities stay what they are.
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
  const [answer] = answerAll({ network, net, classifier, maxAnswer: 1000, memory }, [{ kind: 'classify', body }]);
  const { classes } = JSON.parse(new TextDecoder().decode(answer!.body)) as {
    readonly classes: readonly { readonly index: number; readonly probability: number }[];
  };
  expect(classes.map(({ index }) => index)).toEqual([1, 0]);
  for (const [at, { probability }] of classes.entries()) expect(probability).toBeCloseTo(expected[at]!, 6);
});

describe('tensors', () => {
  const network = (size: number): ServedNetwork => ({
    name: 'net',
    version: '1',
    inputs: [{ name: 'x', shape: [1] }],
    outputs: [{ name: 'y', shape: [size] }],
  });
  /** Each image's number, again and again. */
  const served = (size: number, maxAnswer: number): Served => ({
    network: network(size),
    net: {
      run: (x) => {
        const images = [...(x as Float32Array)];
        return Float32Array.from(images.flatMap((value) => Array.from({ length: size }, () => value)));
      },
    },
    maxAnswer,
    memory,
  });
  const ask = (data: readonly number[], more: object = {}): Work => ({
    kind: 'infer',
    body: new TextEncoder().encode(
      JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [data.length, 1], data }], ...more }),
    ),
  });
  const json = ({ body: bytes }: Answer): unknown => JSON.parse(new TextDecoder().decode(bytes));

  test('the JSON of many numbers is what JSON.stringify makes of them', () => {
    // Each is the nearest f32, which JSON says as the f64 that it is.
    const data = Array.from({ length: 100_000 }, (_, at) => Math.fround(Math.sin(at) * 10 ** ((at % 60) - 30)));
    const [answer] = answerAll(served(1, 1e7), [ask(data, { id: '\ud800"' })]);
    expect(new TextDecoder().decode(answer!.body)).toBe(
      JSON.stringify({
        model_name: 'net',
        model_version: '1',
        id: '\ud800"',
        outputs: [{ name: 'y', datatype: 'FP32', shape: [100_000, 1], data }],
      }),
    );
  });

  test('an answer that takes more than it may is refused before it is computed', () => {
    const [refused] = answerAll(served(1000, 3999), [ask([1])]);
    expect([refused!.status, json(refused!)]).toEqual([
      413,
      { error: 'the outputs of 1 images take 4000 bytes; an answer has at most 3999' },
    ]);
    expect(answerAll(served(1000, 4000), [ask([1])])[0]!.status).toBe(200);
  });

  test('one that is too long as JSON is asked for in binary', () => {
    const size = 300_000;
    const long = ask([1 / 3]);
    const [refused] = answerAll(served(size, 4 * size), [long]);
    expect([refused!.status, json(refused!)]).toEqual([413, { error: expect.stringMatching(/binary$/) }]);
    const [answer] = answerAll(served(size, 4 * size), [ask([1 / 3], { parameters: { binary_data_output: true } })]);
    expect(answer!.status).toBe(200);
    const numbers = new Float32Array(answer!.body.slice(answer!.jsonLength!).buffer);
    expect(numbers).toEqual(new Float32Array(size).fill(1 / 3));
  });

  test('what is too much together is computed one after the other', () => {
    const answers = answerAll(served(10, 100), [ask([1]), ask([2, 3]), ask([4])]);
    expect(
      answers.map((one) => [one.status, (json(one) as { outputs?: { data: number[] }[] }).outputs?.[0]!.data[0]]),
    ).toEqual([
      [200, 1],
      [200, 2],
      [200, 4],
    ]);
  });

  test('requests whose JSON is the same, or nearly so, each have an answer of their own', () => {
    const binary = (id: string, name: string, value: number): Work => {
      const text = new TextEncoder().encode(
        JSON.stringify({
          id,
          inputs: [{ name, datatype: 'FP32', shape: [1, 1], parameters: { binary_data_size: 4 } }],
          parameters: { binary_data_output: true },
        }),
      );
      const body = new Uint8Array([...text, ...new Uint8Array(new Float32Array([value]).buffer)]);
      return { kind: 'infer', jsonLength: text.length, body };
    };
    const all = [
      binary('a', 'x', 1),
      binary('a', 'x', 2),
      binary('b', 'x', 3),
      binary('b', 'y', 4),
      binary('b', 'x', 5),
    ];
    const answers = answerAll(served(1, 100), all).map(({ body: bytes, jsonLength }) => {
      const { id, error } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, jsonLength))) as { id?: string; error?: string }; // prettier-ignore
      return error ?? [id, jsonLength === undefined ? undefined : new Float32Array(bytes.slice(jsonLength).buffer)[0]];
    });
    expect(answers).toEqual([['a', 1], ['a', 2], ['b', 3], 'there is no input y; there are x', ['b', 5]]);
  });

  test('a request of more lists than an honest one has is refused before it is read', () => {
    const lists = (count: number): Work => ({
      kind: 'infer',
      body: new TextEncoder().encode(`{"inputs":[${'[],'.repeat(count)}{}]}`),
    });
    const [few] = answerAll(served(1, 100), [lists(1000)]);
    expect([few!.status, json(few!)]).toEqual([400, { error: expect.stringContaining('found a list of 0') }]);
    const [many] = answerAll(served(1, 100), [lists(300_000)]);
    expect([many!.status, json(many!)]).toEqual([413, { error: expect.stringContaining('262144 lists') }]);
    // Numbers may be as many as the body holds.
    const [numbers] = answerAll(served(1, 1e7), [ask(Array.from({ length: 300_000 }, () => 1))]);
    expect(numbers!.status).toBe(200);
  });
});
