// `cnnc tune`: how it measures and chooses, what it writes, and what other commands do with that.

import { describe, expect, test } from 'vitest';
import type { ConvolutionCandidates } from '../../compiler/candidates.ts';
import { compile } from '../../src/index.ts';
import { convolutionTimes, fastest } from '../../src/tune/choose.ts';
import type { Measured } from '../../src/tune/choose.ts';
import { race } from '../../src/tune/race.ts';
import { tuningText } from '../../src/tune/tuning-file.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';
import type { World } from './harness.ts';

/** Convolutions of every kind: the pooling runs in the kernel of some algorithms only, and two are alike. */
const NET = `network Net {
  input image: [3, 12, 12]
  conv(16, kernel: 3, padding: 1) -> relu
  a = conv(16, kernel: 3, padding: 1) -> relu
  conv(16, kernel: 3, padding: 1) -> relu
  max_pool(2)
  conv(16, kernel: 5, padding: 2) -> relu -> conv(8, kernel: 1) -> relu
  conv(8, kernel: 3, groups: 8)
  flatten
  scores = dense(3)
  output scores
}
`;
const ALIKE = 'conv 3x3 /1x1 dilated 1x1 padded 1,1,1,1 16x12x12 to 16';
const FIRST = 'conv 3x3 /1x1 dilated 1x1 padded 1,1,1,1 3x12x12 to 16';
const FIVE = 'conv 5x5 /1x1 dilated 1x1 padded 2,2,2,2 16x6x6 to 16';
const ONE = 'conv 1x1 /1x1 dilated 1x1 padded 0,0,0,0 16x6x6 to 8';
const DENSE = 'network Dense { input x: [4]\n scores = dense(2)\n output scores }\n';
type Pair = readonly [convolution: string, algorithm: string];
const choosing = (...choices: readonly Pair[]): string =>
  JSON.stringify({
    schemaVersion: 1,
    choices: choices.map(([convolution, algorithm]) => ({ convolution, algorithm })),
  });
const picture = JSON.stringify([
  [0, 1, 2].map((n) =>
    Array.from({ length: 12 }, (_, y) => Array.from({ length: 12 }, (__, x) => Math.sin(n + 3 * y + 7 * x))),
  ),
]);
const files = { 'a.cnn': NET, 'dense.cnn': DENSE, 'x.json': picture };
/** A warm-up takes up to 1.5 s by the clock. */
const haste = 10;
const tune = ['tune', 'a.cnn', '-o', 'tuning.json', '--seconds', '0.02'];

interface File {
  readonly choices: readonly {
    readonly convolution: string;
    readonly algorithm: string;
    readonly default: string;
    readonly ms: Readonly<Record<string, number>>;
  }[];
}

interface Images {
  readonly images: readonly { readonly outputs: readonly { readonly values: readonly number[] }[] }[];
}

async function printed(argv: readonly string[], world: World = { files }): Promise<string> {
  const { code, stdout, stderr } = await cnnc(argv, world);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('tune', () => {
  test('writes what it prints as JSON', async () => {
    const { code, stdout, stderr, files: after } = await cnnc([...tune, '--json'], { files, haste });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'tuning.json is written\n' });
    expect(new TextDecoder().decode(after.get('/project/tuning.json'))).toBe(stdout);
    const data = JSON.parse(stdout) as File;
    expect(data).toMatchObject({ schemaVersion: 1, network: 'Net', math: 'default' });
    expect(Object.keys(data)).toEqual(['schemaVersion', 'network', 'math', 'choices']);
    const kinds = data.choices.map(({ convolution, ms }) => [convolution, Object.keys(ms)]);
    // Winograd needs 16 channels on both sides; a depthwise one has its own template.
    expect(kinds).toEqual([
      [FIRST, ['gather', 'direct']],
      [ALIKE, ['gather', 'direct', 'winograd2', 'winograd4', 'winograd5']],
      [FIVE, ['gather', 'direct', 'winograd4']],
      [ONE, ['gather']],
    ]);
    for (const { algorithm, default: usual, ms } of data.choices) {
      expect(Object.values(ms).every((time) => time > 0)).toBe(true);
      expect(Object.keys(ms)).toEqual(expect.arrayContaining([algorithm, usual]));
      if (algorithm !== usual) expect(ms[algorithm]).toBe(Math.min(...Object.values(ms)));
    }
  });

  test('prints a table of those that have a choice', async () => {
    const { code, stdout, stderr } = await cnnc(tune, { files, haste });
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'tuning.json is written\n' });
    expect(stdout).toMatch(/^ +convolution +default +chosen +gather +direct +winograd2 +winograd4 +winograd5 +saved$/m);
    expect(stdout).toMatch(
      /^2× {2}3x3 pad 1: 16x12x12 +(gather|direct|winograd[245]) .*( \d\.\d{3,4}){1,5}( +\d+\.\d%)?\n {4}to 16$/m,
    );
    expect(stdout).toMatch(/^1× {2}5x5 pad 2: 16x6x6 to /m);
    expect(stdout).not.toContain('1x1');
    expect(stdout).toMatch(
      /^Net(: \d of 4 change; \d+\.\d+ ms → \d+\.\d+ ms, [\d.]+× as fast(\. That is no gain.*)?| runs as it does.*)$/m,
    );
  });

  test('--math strict has no Winograd', async () => {
    const { stdout } = await cnnc([...tune, '--math', 'strict', '--json'], { files, haste });
    const { choices } = JSON.parse(stdout) as File;
    expect(choices.map(({ ms }) => Object.keys(ms).length)).toEqual([2, 2, 2, 1]);
  });

  /** Equal channels times 2¹⁵, 16 and −2¹⁵: of whole numbers the sum is exact, and Winograd's fractions make it inexact. */
  const cancelling = (scale: string, large: number): World => {
    const source = `network Cancels {
  input image: [1, 12, 12] { scale: ${scale} }
  copies = conv(16, kernel: 1, bias: false)
  relu
  sums = conv(16, kernel: 3, bias: false)
  output sums
}
`;
    const sums = Array.from({ length: 16 * 16 * 9 }, (_, at) => [large, 16, -large, 0][Math.floor(at / 9) % 4]!);
    const weights = writeSafetensors([
      { name: 'copies.weight', shape: [16, 1, 1, 1], data: new Float32Array(16).fill(1) },
      { name: 'sums.weight', shape: [16, 16, 3, 3], data: Float32Array.from(sums) },
    ]);
    return { haste, files: { 'a.cnn': source, 'w.safetensors': weights } };
  };

  test('an algorithm that changes the outputs too much is left out', async () => {
    const argv = [...tune, '--weights', 'w.safetensors', '--json'];
    const { code, stdout, stderr } = await cnnc(argv, cancelling('1', 2 ** 15));
    expect(code).toBe(0);
    const [, share] = /^note: winograd4 changes the outputs by ([\d.]+)% of the largest, more than 0\.005%, and/m.exec(
      stderr,
    )!;
    expect(Number(share)).toBeGreaterThan(0.005);
    const { choices } = JSON.parse(stdout) as File;
    // Those of 2×2 results are halves.
    expect(Object.keys(choices.at(-1)!.ms)).toEqual(['gather', 'direct', 'winograd2']);
  });

  test('where all do, nothing is written', async () => {
    const world = cancelling('1/255', 2 ** 30);
    const { code, stdout, stderr, files: after } = await cnnc([...tune, '--weights', 'w.safetensors'], world);
    expect({ code, stdout, files: after.size }).toEqual({ code: 1, stdout: '', files: 2 });
    expect(stderr).toMatch(
      /^error: Cancels: in f32 the outputs differ from those in f64 whatever computes the convolutions, by [\d.]+% \(gather\), /,
    );
  });

  test('a network without convolutions has nothing to choose', async () => {
    const { code, stdout, files: after } = await cnnc(['tune', 'dense.cnn', '-o', 't.json'], { files });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('nothing to choose') });
    const written = new TextDecoder().decode(after.get('/project/t.json'));
    expect(JSON.parse(written)).toMatchObject({ network: 'Dense', choices: [] });
  });

  test.each([
    [['tune', 'a.cnn'], 2, "required option '-o, --output <file>'"],
    [['tune', '-o', 't.json'], 2, 'missing required argument'],
    [['tune', 'a.cnn', '-o', './a.cnn'], 2, 'would take the place of the network'],
    [[...tune, '--seconds', '0'], 2, '--seconds takes a number above 0'],
    [[...tune, '--threads', '2'], 2, "unknown option '--threads'"],
    [[...tune, '--math', 'loose'], 2, 'default, strict, fast'],
    [[...tune, '--match', 'order'], 2, '--match and --map'],
    [[...tune, '--weights', 'none.safetensors'], 1, 'cannot read none.safetensors'],
    [['tune', 'none.cnn', '-o', 't.json'], 1, 'cannot read none.cnn'],
  ])('refused: %j', async (argv, code, message) => {
    const outcome = await cnnc(argv, { files });
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
    expect(outcome.files.size).toBe(3);
  });

  test('progress is for terminals', async () => {
    const { stderr } = await cnnc(tune, { files, haste, isTerminal: true });
    for (const step of ['winograd4: warming up', 'timing gather, direct, winograd2, winograd4, winograd5 in turns'])
      expect(stderr).toContain(`Net: ${step}`);
    expect(stderr).toMatch(/\r +\rtuning\.json is written\n$/);
  });
});

describe('--tuning', () => {
  const using = (...choices: readonly Pair[]): World => ({
    files: { ...files, 't.json': choosing(...choices) },
  });
  const wasm = ['--target', 'wasm', '--tuning', 't.json'];
  const dump = ['dump', 'a.cnn', '--stage', 'program', ...wasm];

  test.each([
    ['gather', /: conv_3x3\w*_16x12x12_16\w*\(/g],
    ['direct', /: direct_conv_3x3\w*_16x12x12_16\w*\(/g],
    ['winograd2', /: winograd2_3x3\w*_16x12x12_16\w*\(/g],
    ['winograd4', /: winograd4_3x3\w*_16x12x12_16\w*\(/g],
    ['winograd5', /: winograd5_3x3\w*_16x12x12_16\w*\(/g],
  ])('%s computes what it is chosen for', async (algorithm, kernels) => {
    const world = using([ALIKE, algorithm], ['conv 9x9 of another network', 'gather']);
    expect((await printed(dump, world)).match(kernels)).toHaveLength(2);
    // A 5×5 filter has no tiles of 2×2 results; what cannot be is as without a choice.
    const usual = await printed(['dump', 'a.cnn', '--stage', 'program', '--target', 'wasm']);
    expect(await printed(dump, using([FIVE, 'winograd2']))).toBe(usual);
  });

  test('what tune wrote is read, and any choice gives the same outputs within the bound', async () => {
    const written = (await cnnc(tune, { files, haste })).files.get('/project/tuning.json')!;
    const values = async (options: readonly string[], text: string | Uint8Array): Promise<readonly number[]> => {
      const argv = ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.json', '--json', ...options];
      const { images } = JSON.parse(await printed(argv, { files: { ...files, 't.json': text } })) as Images;
      return images[0]!.outputs[0]!.values;
    };
    const exact = await values(['--math', 'strict'], '');
    const largest = Math.max(...exact.map(Math.abs));
    const texts = ['gather', 'direct', 'winograd2', 'winograd4', 'winograd5'].map((name) => choosing([ALIKE, name]));
    for (const text of [written, ...texts]) {
      const found = await values(wasm, text);
      found.forEach((value, at) => expect(Math.abs(value - exact[at]!)).toBeLessThan(5e-5 * largest));
    }
  });

  test('the other commands and the API take it, too', async () => {
    const world = using([ALIKE, 'direct']);
    const module = async (options: readonly string[], of: World): Promise<string> => {
      const outcome = await cnnc(['compile', 'a.cnn', '-o', 'out', ...options], of);
      expect(outcome.code).toBe(0);
      return new TextDecoder().decode(outcome.files.get('/project/out/net.js'));
    };
    const tuned = await module(wasm, world);
    expect(tuned).not.toBe(await module(wasm, using([ALIKE, 'gather'])));
    const tuning = choosing([ALIKE, 'direct']);
    expect(compile(NET, { path: 'a.cnn', target: 'wasm', tuning }).files[0]!.text).toBe(tuned);
    expect(await printed(['explain', 'a.cnn', '--json', ...wasm], world)).toContain('direct_conv_3x3');
    const text = await printed(['bench', 'a.cnn', '--tuning', 't.json', '--seconds', '0.05', '--kernels'], world);
    expect(text).toContain('direct_conv_3x3');
  });

  test.each([
    ['{', 't.json: the file is not valid JSON'],
    ['[]', 't.json: the value is a list, expected an object'],
    ['{}', 't.json: schemaVersion is missing, expected 1'],
    ['{ "schemaVersion": 2 }', 't.json: schemaVersion is 2, expected 1'],
    ['{ "schemaVersion": 1, "choices": {} }', 't.json: choices is an object, expected a list'],
    ['{ "schemaVersion": 1, "choices": [null] }', 't.json: choices[0] is null, expected an object'],
    [
      '{ "schemaVersion": 1, "choices": [{ "convolution": 3, "algorithm": "gather" }] }',
      't.json: choices[0].convolution is 3, expected the name of a convolution',
    ],
    [
      choosing(['a', 'gather'], ['b', 'fft\u001b[1m']),
      't.json: choices[1].algorithm is "fft\\u001b[1m", expected one of gather, direct, winograd2, winograd4, winograd5',
    ],
    [choosing(['b', 'toString']), 't.json: choices[0].algorithm is toString, expected one of'],
    [choosing(['b', 'gather'], ['b', 'direct']), 't.json: choices[1].convolution is b for the second time'],
  ])('refused: %s', async (text, message) => {
    const { code, stdout, stderr } = await cnnc(dump, { files: { ...files, 't.json': text } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(() => compile(NET, { target: 'wasm', tuning: text })).toThrow(message.slice('t.json: '.length));
  });

  test.each([
    [['dump', 'a.cnn', '--stage', 'program', '--tuning', 't.json'], 2, '--tuning needs --target wasm: '],
    [['compile', 'a.cnn', '-o', 'out', '--target', 'js', '--tuning', 't.json'], 2, '--tuning needs --target wasm: '],
    [['run', 'net.js', '--input', 'x.json', '--tuning', 't.json'], 2, '--tuning needs the .cnn file'],
    [[...dump, '--tuning', 'none.json'], 1, 'error: cannot read none.json'],
    [[...dump, '--tuning', 'latin.json'], 1, 'latin.json: the file is not UTF-8 text'],
    [[...dump, '--tuning', 'large.json'], 3, 'large.json is too large'],
  ])('refused: %j', async (argv, code, message) => {
    const large = new Uint8Array((8 << 20) + 1).fill(32);
    const world = { files: { ...files, 't.json': choosing(), 'latin.json': Uint8Array.of(0xe9), 'large.json': large } };
    const outcome = await cnnc(argv, world);
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });
});

describe('choosing', () => {
  const conv = (node: string, convolution: string, ...algorithms: readonly string[]): ConvolutionCandidates =>
    ({ node, convolution, algorithms, usual: 'gather' }) as unknown as ConvolutionCandidates;
  const times = (convolutions: readonly ConvolutionCandidates[], networks: readonly Measured[]) =>
    Object.fromEntries(
      [...convolutionTimes(convolutions, networks)].map(([name, of]) => [name, Object.fromEntries(of)]),
    );

  test('a pooling outside the kernel counts as well as one inside', () => {
    const convolutions = [conv('c', 'C', 'gather', 'winograd2')];
    const networks: readonly Measured[] = [
      { algorithm: 'gather', calls: [[], ['c', 'relu'], ['pool', 'tanh'], ['d']], ms: [50, 10, 3, 100] },
      { algorithm: 'winograd2', calls: [[], ['c', 'relu', 'pool', 'tanh'], ['d']], ms: [60, 12, 100] },
    ];
    expect(times(convolutions, networks)).toEqual({ C: { gather: 13, winograd2: 12 } });
  });

  test('equal names add up, and the plain algorithm is timed in every network where no other is', () => {
    const convolutions = [
      conv('c', 'C', 'gather', 'direct'),
      conv('d', 'C', 'gather', 'direct'),
      conv('e', 'E', 'gather'),
    ];
    const calls = [['c'], ['d'], ['e']];
    const networks: readonly Measured[] = [
      { algorithm: 'gather', calls, ms: [1, 2, 8] },
      { algorithm: 'direct', calls, ms: [3, 4, 7] },
    ];
    expect(times(convolutions, networks)).toEqual({ C: { gather: 3, direct: 7 }, E: { gather: 7 } });
  });

  test('the fastest, or the usual one where it is nearly as fast', () => {
    const of = (gather: number, direct: number) =>
      new Map([
        ['gather', gather],
        ['direct', direct],
      ] as const);
    expect(fastest(of(100, 90), 'gather')).toBe('direct');
    expect(fastest(of(100, 99), 'gather')).toBe('gather');
    expect(fastest(of(100, 99), 'direct')).toBe('direct');
    expect(fastest(of(99, 100), 'winograd2')).toBe('gather');
  });
});

describe('racing', () => {
  /** Racers on one clock; the first of every five runs takes twice as long. */
  function track(...calls: readonly (readonly number[])[]) {
    let now = 0;
    const order: number[] = [];
    const racers = calls.map((ms, at) => ({
      profile() {
        order.push(at);
        const slow = order.length % 5 === 1 ? 2 : 1;
        now += slow * ms.reduce((sum, time) => sum + time, 0);
        return ms.map((time) => slow * time);
      },
    }));
    return { racers, order, clock: () => now };
  }

  test('takes the fastest of each call, in turns, for so long each', () => {
    const { racers, order, clock } = track([1, 2], [3, 4]);
    expect(race(racers, 1000, clock)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(clock()).toBeGreaterThan(2000);
    expect(clock()).toBeLessThan(2200);
    // A run that does not count, then runs for 20 ms.
    expect(order.slice(2, 17).join('')).toMatch(/^0{6,8}1{3,5}0+/);
  });

  test('runs slow networks four times, and once before', () => {
    const { racers, order, clock } = track([100, 200], [400]);
    race(racers, 1, clock);
    expect(order).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
  });
});

test('the file is text with a line break at its end', () => {
  expect(tuningText({ schemaVersion: 1, network: 'A', math: 'fast', choices: [] })).toBe(
    '{\n  "schemaVersion": 1,\n  "network": "A",\n  "math": "fast",\n  "choices": []\n}\n',
  );
});
