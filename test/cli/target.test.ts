// The WebAssembly target on the command line: options that go together and that do not, what is written, and what is computed.

import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';
import type { World } from './harness.ts';

const NORMAL = `network Normal {
  input image: [1, 8, 8]
  conv(4, kernel: 3) -> batch_norm -> relu
  max_pool(2)
  conv(6, kernel: 3, padding: 1) -> relu
  flatten
  scores = dense(5)
  output scores
}
`;
const RELU = 'network Relu { input x: [6] relu }\n';
const picture = JSON.stringify(
  [0, 1, 2].map((n) => [
    Array.from({ length: 8 }, (_, y) => Array.from({ length: 8 }, (__, x) => Math.sin(n + 3 * y + 7 * x))),
  ]),
);
/** Two black pictures, the second one half white. */
const idx = (shape: readonly number[], bytes: readonly number[]): Uint8Array =>
  Uint8Array.of(0, 0, 8, shape.length, ...shape.flatMap((extent) => [0, 0, 0, extent]), ...bytes);
const files = {
  'a.cnn': NORMAL,
  // With more bytes of weights than of the code that widens them.
  'large.cnn': NORMAL.replace('flatten\n', 'flatten\n  dense(64) -> relu\n'),
  'relu.cnn': RELU,
  'x.json': picture,
  'data/t10k-images-idx3-ubyte': idx(
    [2, 8, 8],
    Array.from({ length: 128 }, (_, at) => (at < 96 ? 0 : 255)),
  ),
  'data/t10k-labels-idx1-ubyte': idx([2], [3, 4]),
};
const random = ['--weights', 'random:1'];
const run = ['run', 'a.cnn', ...random, '--input', 'x.json', '--json'];

async function outputs(argv: readonly string[], world: World = { files }): Promise<readonly number[]> {
  const { code, stdout, stderr } = await cnnc(argv, world);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { images } = JSON.parse(stdout) as { images: { outputs: { values: number[] }[] }[] };
  return images.flatMap((image) => image.outputs.flatMap(({ values }) => values));
}

/** With --json, stdout has an object in every case. */
const plain = run.filter((word) => word !== '--json');

test('what runs a network many times computes in WebAssembly unless told otherwise', async () => {
  const counted = ['eval', 'a.cnn', ...random, '--data', 'data'];
  const threaded = await cnnc([...counted, '--threads', '2'], { files });
  expect(threaded).toMatchObject({ code: 0, stdout: expect.stringContaining('of 2') as string });
  const predicted = async (...target: readonly string[]): Promise<string> => {
    const outcome = await cnnc(['predict', ...counted.slice(1), '--out', 'out', ...target], { files });
    expect(outcome.stderr).toBe('');
    return [...outcome.files].find(([name]) => name.includes('out/predictions'))![1].toString();
  };
  expect(await predicted()).toBe(await predicted('--target', 'wasm'));
  expect(await predicted()).not.toBe(await predicted('--target', 'js'));
});

describe('options that do not go together', () => {
  const commands = [
    ['compile', 'a.cnn', '-o', 'out'],
    ['dump', 'a.cnn', '--stage', 'program'],
    ['explain', 'a.cnn'],
    plain,
    ['eval', 'a.cnn', ...random, '--data', 'data', '--target', 'js'],
    ['bench', 'a.cnn', '--seconds', '0.1', '--target', 'js'],
  ];
  test.each(commands.map((command) => [command]))('%j', async (command) => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['--math', 'fast'], '--math fast needs --target wasm: '],
      [['--weights-type', 'bf16'], '--weights-type bf16 needs --target wasm: '],
      [['--math', 'loose'], 'default, strict, fast'],
      [['--weights-type', 'f8'], 'f32, bf16'],
      [['--target', 'c'], 'ts, js, wasm'],
    ];
    for (const [options, message] of cases) {
      const outcome = await cnnc([...command, ...options], { files });
      expect({ options, code: outcome.code, stdout: outcome.stdout }).toEqual({ options, code: 2, stdout: '' });
      expect(outcome.stderr).toContain(message);
      expect(outcome.files.size).toBe(Object.keys(files).length);
    }
  });

  test.each([
    [[...plain, '--threads', '2'], '--threads needs --target wasm: '],
    [[...plain, '--target', 'js', '--threads', '1'], '--threads needs --target wasm: '],
    [[...plain, '--target', 'wasm', '--threads', '0'], '--threads takes a whole number from 1 to 64, or auto; found 0'],
    [
      [...plain, '--target', 'wasm', '--threads', '65'],
      '--threads takes a whole number from 1 to 64, or auto; found 65',
    ],
    [[...plain, '--threads', 'auto'], '--threads needs --target wasm: '],
    [['train', 'a.cnn', '--data', 'data', '--threads', 'auto'], 'from 1 to 64; found auto'],
    [
      ['eval', 'a.cnn', ...random, '--data', 'data', '--target', 'js', '--threads', '2'],
      '--threads needs --target wasm: ',
    ],
    [['bench', 'a.cnn', '--target', 'ts', '--threads', '2'], '--threads needs --target wasm: '],
    [['compile', 'a.cnn', '-o', 'out', '--threads', '2'], "unknown option '--threads'"],
    [['dump', 'a.cnn', '--stage', 'ts', '--target', 'wasm'], '--stage wat'],
    [['dump', 'a.cnn', '--stage', 'wat', '--target', 'js'], 'leave --target js out'],
    [['run', 'net.js', '--input', 'x.json', '--target', 'wasm'], '--target needs the .cnn file'],
    [['eval', 'net.js', '--data', 'data', '--math', 'strict'], '--math needs the .cnn file'],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await cnnc(argv, { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('compile --target wasm', () => {
  test('writes one module and its types', async () => {
    const argv = ['compile', 'a.cnn', '-o', 'out', '--target', 'wasm'];
    const { code, stdout, stderr, files: after } = await cnnc([...argv, '--json'], { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      network: 'Normal',
      files: [{ path: 'out/net.js' }, { path: 'out/net.d.ts' }],
    });
    const text = (name: string): string => new TextDecoder().decode(after.get(`/project/out/${name}`));
    expect(text('net.js')).not.toMatch(/^import /m);
    for (const part of ['threads?: number', 'runAsync(', 'profile(', 'close(): void', '[Symbol.dispose]', 'reason:'])
      expect(text('net.d.ts')).toContain(part);
    const plain = await cnnc(['compile', 'a.cnn', '-o', 'out', '--target', 'js'], { files });
    expect(new TextDecoder().decode(plain.files.get('/project/out/net.d.ts'))).not.toMatch(/threads|runAsync|dispose/);
  });

  test('its module runs, on threads too, and one of JavaScript does not', async () => {
    const compile = (target: string) =>
      cnnc(['compile', 'a.cnn', '-o', target, '--embed', '--target', target, ...random], { files });
    const [wasm, js] = [await compile('wasm'), await compile('js')];
    const compiled = {
      'x.json': picture,
      'wasm.js': wasm.files.get('/project/wasm/net.js')!,
      'js.js': js.files.get('/project/js/net.js')!,
    };
    const runs = (file: string, ...options: readonly string[]) => [
      'run',
      file,
      '--input',
      'x.json',
      '--json',
      ...options,
    ];
    const expected = await outputs(runs('wasm.js'), { files: compiled });
    expect(expected).toEqual(await outputs([...run, '--target', 'wasm']));
    expect(await outputs(runs('wasm.js', '--threads', '2'), { files: compiled })).toEqual(expected);
    expect(await cnnc(runs('js.js', '--threads', '2'), { files: compiled })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('compile it with --target wasm'),
    });
  });

  test('says what bf16 costs where there are weights, and where it does nothing', async () => {
    const argv = ['compile', 'a.cnn', '-o', 'out', '--target', 'wasm', '--weights-type', 'bf16'];
    expect((await cnnc(argv, { files })).stderr).toBe('');
    const { code, stderr } = await cnnc([...argv, ...random], { files });
    expect(code).toBe(0);
    const [, change] =
      /^weights in bf16 change scores by ([\d.]+)% of the largest output at most, on 4 made-up inputs\n$/.exec(stderr)!;
    // A weight loses at most 2^-9 of itself, 0.2%; the outputs are sums of both signs.
    expect(Number(change)).toBeGreaterThan(0.001);
    expect(Number(change)).toBeLessThan(1);
    const relu = await cnnc(['compile', 'relu.cnn', '-o', 'out', '--target', 'wasm', '--weights-type', 'bf16'], {
      files,
    });
    expect(relu).toMatchObject({ code: 0, stderr: expect.stringContaining('no layer of this network keeps') });
  });

  test.each([
    ['f16', 0.0001, 0.2],
    ['bf16', 0.001, 1],
    ['int8', 0.01, 3],
  ])(
    'a file in %s is smaller, beside and inside a module of any target, and computes what it says',
    async (type, least, most) => {
      const compiled = async (...options: readonly string[]) => {
        const {
          code,
          stderr,
          files: after,
        } = await cnnc(['compile', 'large.cnn', '-o', 'out', ...random, ...options], { files });
        expect(code).toBe(0);
        return { stderr, after };
      };
      const full = await compiled('--target', 'js');
      const bytes = ({ after }: { after: ReadonlyMap<string, Uint8Array> }, name: string) =>
        after.get([...after.keys()].find((path) => path.endsWith(name))!)!;
      for (const target of ['js', 'wasm']) {
        const stored = await compiled('--target', target, '--weights-type', type);
        expect(bytes(stored, 'weights.safetensors').length).toBeLessThan(bytes(full, 'weights.safetensors').length);
        const change = new RegExp(`^weights in ${type} change scores by ([\\d.]+)% of the largest output at most`).exec(
          stored.stderr,
        );
        expect(Number(change![1])).toBeGreaterThan(least);
        expect(Number(change![1])).toBeLessThan(most);
        const inside = await compiled('--target', target, '--weights-type', type, '--embed');
        const wide = await compiled('--target', target, '--embed');
        expect(bytes(inside, 'net.js').length).toBeLessThan(bytes(wide, 'net.js').length);
      }
    },
  );

  test('a type of the file needs a file, and weights that learn are f32', async () => {
    const alone = await cnnc(['compile', 'a.cnn', '-o', 'out', '--weights-type', 'int8'], { files });
    expect(alone).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--weights-type int8 says what weights are written in'),
    });
    const training = await cnnc(['compile', 'a.cnn', '-o', 'out', '--training', '--weights-type', 'f16'], { files });
    expect(training).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('f16 and --training exclude each other'),
    });
  });

  test('what bf16 changes is not told where outputs are NaN', async () => {
    const tensors = [
      { name: 'y.weight', shape: [2, 6], data: new Float32Array(12).fill(0.1) },
      { name: 'y.bias', shape: [2], data: Float32Array.of(NaN, 1) },
    ];
    const world = { 'nan.cnn': 'network N { input x: [6]\n y = dense(2)\n}\n', 'w.st': writeSafetensors(tensors) };
    const argv = ['compile', 'nan.cnn', '-o', 'out', '--target', 'wasm', '--weights-type', 'bf16', '--weights', 'w.st'];
    const { code, stderr } = await cnnc(argv, { files: world });
    expect(code).toBe(0);
    expect(stderr).toContain('note: what bf16 changes cannot be told: outputs are NaN or infinite');
    expect(stderr).not.toContain('%');
  });

  test('a page allows its WebAssembly, and others allow none', async () => {
    const source = NORMAL.replace('[1, 8, 8]', '[1, 8, 8] { scale: 1/255 }');
    const world = { files: { ...files, 'a.cnn': source } };
    const policy = async (...options: readonly string[]): Promise<string> => {
      const { code, files: after } = await cnnc(['compile', 'a.cnn', ...random, '--page', 'a.html', ...options], world);
      expect(code).toBe(0);
      const path = [...after.keys()].find((name) => name.endsWith('a.html'))!;
      return /Content-Security-Policy" content="([^"]*)"/.exec(new TextDecoder().decode(after.get(path)))![1]!;
    };
    expect(await policy('--target', 'wasm')).toMatch(/script-src 'sha256-[^']+' 'wasm-unsafe-eval';/);
    expect(await policy('--target', 'wasm', '-o', 'out')).toContain("script-src 'self' 'wasm-unsafe-eval';");
    for (const options of [[], ['--target', 'js'], ['-o', 'out']])
      expect(await policy(...options)).not.toContain('eval');
  });
});

describe('dump', () => {
  const dump = async (...argv: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await cnnc(['dump', ...argv], { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };

  test('--stage wat prints the WebAssembly', async () => {
    const text = await dump('relu.cnn', '--stage', 'wat');
    expect(await dump('relu.cnn', '--stage', 'wat', '--target', 'wasm')).toBe(text);
    expect(text).toMatch(
      /^\(module\n {2}\(import "m" "m" \(memory 1 65536\)\)\n {2}\(import "m" "check" \(func \$check\)\)\n {2}\(func \$barrier /,
    );
    const functions = [...text.matchAll(/^ {2}\(func \$(\w+)/gm)].map(([, name]) => name);
    expect(functions).toEqual([
      'barrier',
      'input_6x1x1',
      'relu_6x1x1',
      'output_6x1x1',
      'call0',
      'call1',
      'call2',
      'pass',
    ]);
    const at = text.indexOf('  (func $pass');
    expect(text.slice(at, text.indexOf('\n  )\n', at) + 5)).toBe(PASS);
    // max(0, x) of four numbers, and of the last two.
    const relu = text.slice(text.indexOf('(func $relu_6x1x1'), text.indexOf('(func $output_6x1x1'));
    expect(relu.match(/^ *v128\.const f32x4 0 0 0 0\n *f32x4\.p?max$/gm)).toHaveLength(2);
    expect(relu.match(/^ *v128\.load(?:64_zero)? offset=\d+$/gm)).toHaveLength(2);
    expect(relu.match(/^ *v128\.store(?:64_lane)? offset=\d+(?: 0)?$/gm)).toHaveLength(2);
  });

  test('--math fast has multiply–adds with one rounding, the others have none', async () => {
    expect(await dump('a.cnn', '--stage', 'wat', '--math', 'fast')).toContain('f32x4.relaxed_madd');
    for (const math of ['default', 'strict']) {
      const text = await dump('a.cnn', '--stage', 'wat', '--math', math);
      expect(text).not.toContain('relaxed');
      expect(text).toContain('f32x4.mul');
    }
  });

  test('--stage program and kernel are those of the target', async () => {
    expect(await dump('a.cnn', '--stage', 'kernel', '--target', 'wasm')).toContain('f32x4');
    expect(await dump('a.cnn', '--stage', 'kernel', '--target', 'js')).not.toContain('f32x4');
    const halves = await dump('a.cnn', '--stage', 'program', '--target', 'wasm', '--weights-type', 'bf16');
    expect(halves).toMatch(/^program .* arena \d+, weights \d+, scratch \d+, halves \d+/m);
    expect(await dump('a.cnn', '--stage', 'program')).toBe(await dump('a.cnn', '--stage', 'program', '--target', 'ts'));
  });
});

const PASS = `  (func $pass (export "pass") (param i32 i32 i32 i32)
${[0, 1, 2]
  .map(
    (call) => `    local.get 0
    local.get 1
    local.get 2
    local.get 3
    call $call${call}
`,
  )
  .join('')}  )
`;

describe('run, eval and explain', () => {
  test('what is computed is what JavaScript computes, within rounding', async () => {
    const expected = await outputs(run);
    expect(expected).toHaveLength(15);
    const largest = Math.max(...expected.map(Math.abs));
    for (const options of [[], ['--math', 'strict'], ['--math', 'fast'], ['-O0']]) {
      const found = await outputs([...run, '--target', 'wasm', ...options]);
      found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-5 * largest));
      expect(found).not.toEqual(expected.map(() => 0));
    }
    expect(await outputs([...run, '--target', 'ts'])).toEqual(expected);
  });

  test('on two threads it is the same bits', async () => {
    const one = await outputs([...run, '--target', 'wasm', '--threads', '1']);
    expect(await outputs([...run, '--target', 'wasm', '--threads', '2'])).toEqual(one);
  });

  test('taps', async () => {
    const values = await outputs([...run, '--target', 'wasm', '--tap', 'conv1']);
    expect(values).toHaveLength(3 * (5 + 4 * 6 * 6));
  });

  test('eval counts the same answers', async () => {
    const argv = ['eval', 'a.cnn', ...random, '--data', 'data', '--json'];
    const js = await cnnc(argv, { files });
    const wasm = await cnnc([...argv, '--target', 'wasm', '--threads', '2'], { files });
    expect({ code: wasm.code, stderr: wasm.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(wasm.stdout)).toEqual(JSON.parse(js.stdout));
  });

  test('explain tells of the target', async () => {
    const explained = async (...options: readonly string[]): Promise<{ readonly after: { moduleBytes: number } }> =>
      JSON.parse((await cnnc(['explain', 'a.cnn', '--json', ...options], { files })).stdout) as never;
    const [js, wasm] = [await explained(), await explained('--target', 'wasm')];
    expect(wasm.after.moduleBytes).not.toBe(js.after.moduleBytes);
    expect((await cnnc(['explain', 'a.cnn', '--target', 'wasm'], { files })).stdout).toContain('What was done');
  });
});
