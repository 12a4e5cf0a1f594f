// Every command: what it prints where, and how it ends.

import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { VERSION } from '../../src/cli/main.ts';
import { cnnc } from './harness.ts';

const EDGES = `network Edges {
  input image: [1, 3, 4]
  edges = conv(1, kernel: 1x2, bias: false, weight: [[[[1, -1]]]])
  output edges
}
`;
/** y = W·x + b, of 2 numbers. */
const LINEAR = 'network Linear { input x: [2]\n scores = dense(3)\n output scores }\n';
const weights = (tensors: Readonly<Record<string, readonly [readonly number[], readonly number[]]>>): Uint8Array =>
  writeSafetensors(
    Object.entries(tensors).map(([name, [shape, data]]) => ({ name, shape, data: Float32Array.from(data) })),
  );
const linear = weights({
  'scores.weight': [
    [3, 2],
    [1, 0, 0, 1, 1, 1],
  ],
  'scores.bias': [[3], [0, 0, 1]],
});
const TWO = 'network A { input x: [4] relu }\nnetwork B { input x: [4] tanh }\n';

describe('check', () => {
  test('says what is in a correct file', async () => {
    const { code, stdout, stderr } = await cnnc(['check', 'a.cnn'], { files: { 'a.cnn': LINEAR } });
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: 'a.cnn: ok\n  Linear  9 parameters, 6 MACs\n',
      stderr: '',
    });
  });

  test('shows all errors of all files on stderr', async () => {
    const files = { 'a.cnn': 'network A { input x: [4] conw(1) tahn }', 'b.cnn': LINEAR, 'c.cnn': 'nonsense' };
    const { code, stdout, stderr } = await cnnc(['check', 'a.cnn', 'b.cnn', 'c.cnn', 'd.cnn'], { files });
    expect(code).toBe(1);
    expect(stdout).toBe('b.cnn: ok\n  Linear  9 parameters, 6 MACs\n');
    for (const part of ['conw', 'tahn', 'c.cnn:1', 'cannot read d.cnn']) expect(stderr).toContain(part);
  });

  test('a budget that is not kept is an error with the figure', async () => {
    const files = { 'a.cnn': `${LINEAR}expect Linear { parameters <= 8 }` };
    const { code, stderr } = await cnnc(['check', 'a.cnn'], { files });
    expect(code).toBe(1);
    expect(stderr).toContain('found 9');
    expect((await cnnc(['compile', 'a.cnn', '-o', 'out'], { files })).files.size).toBe(1);
  });

  test('--json has places', async () => {
    const { code, stdout, stderr } = await cnnc(['check', '--json', 'a.cnn'], {
      files: { 'a.cnn': 'network A {\n  input x: [1, 4, 4]\n  conv(3, kernel: 9)\n}' },
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      files: [
        {
          path: 'a.cnn',
          ok: false,
          diagnostics: [{ code: 'conv/C4', severity: 'error', path: 'a.cnn', line: 3, column: 3 }],
        },
      ],
    });
  });

  test('a limit is exit code 3', async () => {
    const files = { 'a.cnn': 'network A { input x: [4] repeat 1000000000 { relu } }' };
    expect((await cnnc(['check', 'a.cnn'], { files })).code).toBe(3);
  });

  test('imports are found beside the file, and never outside the project', async () => {
    const block = 'block twice() { relu -> relu }';
    const main = (path: string): string => `import { twice } from "${path}"\nnetwork A { input x: [4] twice }`;
    const files = {
      'nets/a.cnn': main('./b.cnn'),
      'nets/b.cnn': block,
      'nets/c.cnn': main('../../secret.cnn'),
      '/secret.cnn': block,
    };
    expect((await cnnc(['check', 'nets/a.cnn'], { files })).code).toBe(0);
    expect((await cnnc(['check', 'nets/c.cnn'], { files })).stderr).toContain('import/outside-root');
    expect(
      (
        await cnnc(['check', '/elsewhere/d.cnn'], {
          files: { '/elsewhere/d.cnn': main('../secret.cnn'), '/secret.cnn': block },
        })
      ).code,
    ).toBe(1);
  });
});

describe('choosing a network', () => {
  test('several and no --network is a wrong command line that names them', async () => {
    const { code, stderr } = await cnnc(['report', 'a.cnn'], { files: { 'a.cnn': TWO } });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: a.cnn has several networks; choose one with --network: A, B\n',
    });
    expect((await cnnc(['report', 'a.cnn', '--network', 'B'], { files: { 'a.cnn': TWO } })).stdout).toContain('tanh');
  });

  test('--set binds a parameter', async () => {
    const files = { 'a.cnn': 'network A(classes: int) { input x: [2] dense(classes) }' };
    const { code, stdout } = await cnnc(['report', 'a.cnn', '--network', 'A', '--set', 'classes=5', '--json'], {
      files,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { parameters: 15, macs: 10 } });
    expect((await cnnc(['report', 'a.cnn', '--set', 'classes'], { files })).code).toBe(2);
  });
});

describe('report', () => {
  test('--layer takes what is there and suggests what is near', async () => {
    const files = { 'a.cnn': LINEAR };
    expect((await cnnc(['report', 'a.cnn', '--layer', 'scores'], { files })).stdout).toContain('3×2 weights = 6');
    const wrong = await cnnc(['report', 'a.cnn', '--layer', 'score'], { files });
    expect(wrong).toMatchObject({
      code: 2,
      stderr: 'error: --layer: the network has no layer score; did you mean scores?\n',
    });
  });
});

describe('compile', () => {
  test('writes the module, without dependencies', async () => {
    const { code, stdout, files } = await cnnc(['compile', 'a.cnn', '-o', 'out'], { files: { 'a.cnn': EDGES } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^out\/net\.ts {2}[\d,]+ bytes\n$/);
    expect(new TextDecoder().decode(files.get('/project/out/net.ts'))).not.toMatch(/^import /m);
    const js = await cnnc(['compile', 'a.cnn', '-o', 'out', '--target', 'js', '--json'], { files: { 'a.cnn': EDGES } });
    expect(JSON.parse(js.stdout)).toMatchObject({
      network: 'Edges',
      files: [{ path: 'out/net.js' }, { path: 'out/net.d.ts' }],
    });
  });
});

describe('run', () => {
  const input = '[[[1, 1, 0, 0], [0, 0, 2, 2], [0.5, 0, 0, 1]]]';

  test('small maps are grids', async () => {
    const { code, stdout } = await cnnc(['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.json'], {
      files: { 'a.cnn': EDGES, 'x.json': input },
    });
    expect(code).toBe(0);
    expect(stdout).toBe(
      'edges  1×3×3\n   0.0000   1.0000   0.0000\n   0.0000  -2.0000   0.0000\n   0.5000   0.0000  -1.0000\n',
    );
  });

  // W·[2, 1] + b = [2, 1, 4]; softmax: e^−2, e^−3, 1 over their sum.
  const files = { 'a.cnn': LINEAR, 'w.safetensors': linear, 'x.csv': '2,1\n', 'names.txt': 'first\nsecond\nthird\n' };
  const run = ['run', 'a.cnn', '--weights', 'w.safetensors', '--input', 'x.csv'];

  test('classes with their probabilities, and that softmax was applied', async () => {
    const { stdout } = await cnnc([...run, '--labels', 'names.txt', '--top', '2'], { files });
    expect(stdout.split('\n').map((line) => line.replace(/[█▏▎▍▌▋▊▉]+ */, '| '))).toEqual([
      '  third   84.4%  | 4',
      '  first   11.4%  | 2',
      '  (probabilities: softmax applied)',
      '',
    ]);
  });

  test('--json', async () => {
    const { stdout } = await cnnc([...run, '--json', '--top', '1'], { files });
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      network: 'Linear',
      images: [
        { outputs: [{ name: 'scores', shape: [3], values: [2, 1, 4], scores: 'raw', top: [{ index: 2, value: 4 }] }] },
      ],
    });
  });

  test('numbers that nothing says to be classes are printed as they are', async () => {
    const plain = await cnnc(run, { files });
    expect(plain.stdout).toBe('scores  3\n  2  1  4\n');
    const json = JSON.parse((await cnnc([...run, '--json'], { files })).stdout) as {
      readonly images: readonly { readonly outputs: readonly object[] }[];
    };
    expect(json.images[0]!.outputs).toEqual([{ name: 'scores', shape: [3], isTap: false, values: [2, 1, 4] }]);
    const page = await cnnc([...run, '--html', 'p.html'], { files });
    expect(new TextDecoder().decode(page.files.get('/project/p.html'))).toContain(
      '<caption>scores</caption><tbody><tr><th scope="row">0</th><td class="number">2</td></tr>',
    );
  });

  test.each([
    ['a loss of classes', `${LINEAR}\ntrain Linear { optimizer: adam }`, true],
    ['a loss of numbers', `${LINEAR}\ntrain Linear { loss: huber  optimizer: adam }`, false],
    ['a loss of bits', `${LINEAR}\ntrain Linear { loss: binary_cross_entropy  optimizer: adam }`, false],
    [
      'a loss of the named output',
      `${LINEAR}\ntrain Linear { loss: mean_squared_error(of: scores)  optimizer: adam }`,
      false,
    ],
  ])('%s says what they are', async (_, source, isClasses) => {
    const { stdout } = await cnnc(run, { files: { ...files, 'a.cnn': source } });
    expect(stdout.includes('softmax applied')).toBe(isClasses);
    // The options ask for classes.
    const asked = await cnnc([...run, '--top', '1'], { files: { ...files, 'a.cnn': source } });
    expect(asked.stdout).toContain('class 2');
  });

  test('of several outputs, --labels names the classes of those that have some', async () => {
    const source = `network Two { input x: [2]\n scores = dense(3)\n box = x -> dense(4)\n output scores, box }
train Two { loss: cross_entropy(of: scores) + huber(of: box)  optimizer: adam }`;
    const { stdout } = await cnnc(
      ['run', 'a.cnn', '--weights', 'random:1', '--input', 'x.csv', '--labels', 'names.txt'],
      { files: { ...files, 'a.cnn': source } },
    );
    expect(stdout).toMatch(/^scores {2}3\n {2}(first|second|third) [^]*\nbox {2}4\n( +-?[\d.]+){4}\n$/);
  });

  test('a softmax in the network is not applied again', async () => {
    const source = 'network Linear { input x: [2]\n scores = dense(3)\n softmax }';
    const { stdout } = await cnnc(run, { files: { ...files, 'a.cnn': source } });
    expect(stdout).toContain('84.4%');
    expect(stdout).toContain('as the network gives them');
  });

  test('a batch, taps and saved arrays', async () => {
    const source = 'network Linear { input x: [2]\n scores = dense(3)\n final = relu }';
    const world = { files: { ...files, 'a.cnn': source, 'x.csv': '2,1\n-1,0\n' } };
    const tapped = await cnnc([...run, '--tap', 'scores', '--json'], world);
    const { images } = JSON.parse(tapped.stdout) as { images: { outputs: { name: string; values: number[] }[] }[] };
    expect(images.map(({ outputs }) => outputs.find(({ name }) => name === 'scores')!.values)).toEqual([
      [2, 1, 4],
      [-1, 0, 0],
    ]);
    const saved = await cnnc([...run, '--tap', 'scores', '--save', 'out'], world);
    expect(saved.stdout).toContain('out/scores.npy');
    const npy = saved.files.get('/project/out/scores.npy')!;
    expect(new TextDecoder('latin1').decode(npy)).toContain("'shape': (2, 3)");
  });

  test('what does not fit is one sentence, or an explained mismatch', async () => {
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['run', 'a.cnn', '--weights', 'w.safetensors', '--input', 'y.csv'], 1, 'cannot read y.csv'],
      [
        ['run', 'a.cnn', '--weights', 'w.safetensors', '--input', 'many'],
        1,
        'many is a folder; give one file of it, or all of them to `cnnc predict`, as --data many',
      ],
      [['run', 'a.cnn', '--weights', 'names.txt', '--input', 'x.csv'], 1, 'names.txt: '],
      [['run', 'a.cnn', '--weights', 'random:x', '--input', 'x.csv'], 2, 'random:SEED'],
      [[...run, '--tap', 'skores'], 2, 'did you mean scores?'],
      [[...run, '--match', 'shape'], 2, '--match'],
      [['run', 'a.cnn', '--input', 'x.csv'], 2, '--weights'],
    ];
    for (const [argv, code, part] of cases) {
      const outcome = await cnnc(argv, { files: { ...files, 'many/x.csv': '1,2' } });
      expect({ argv, code: outcome.code }).toEqual({ argv, code });
      expect(outcome.stderr).toContain(part);
      expect(outcome.stdout).toBe('');
    }
    const small = weights({
      'scores.weight': [
        [3, 1],
        [1, 0, 0],
      ],
      'scores.bias': [[3], [0, 0, 1]],
    });
    const mismatch = await cnnc(run, { files: { ...files, 'w.safetensors': small } });
    expect(mismatch).toMatchObject({ code: 1, stderr: expect.stringContaining('weights/shape') });
  });

  test('a compiled module runs without its source', async () => {
    const compiled = await cnnc(['compile', 'a.cnn', '-o', '.', '--target', 'js'], { files });
    const world = { files: Object.fromEntries(compiled.files) };
    const { code, stdout } = await cnnc(['run', 'net.js', ...run.slice(2), '--json'], world);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ images: [{ outputs: [{ values: [2, 1, 4] }] }] });
    expect((await cnnc(['run', 'net.js', ...run.slice(2), '--tap', 'x'], world)).code).toBe(2);
    expect(
      (await cnnc(['run', 'no.js', ...run.slice(2)], { files: { ...files, 'no.js': 'export const a = 1;' } })).code,
    ).toBe(1);
  });
});

describe('dump, help and the command line itself', () => {
  test('--stage ast prints the whole file, but not where the network that is named is not in it', async () => {
    const files = { 'a.cnn': `${LINEAR}\nnetwork Other = Nowhere` };
    for (const argv of [['a.cnn:Nope'], ['a.cnn', '--network', 'Nope']])
      expect(await cnnc(['dump', ...argv, '--stage', 'ast'], { files })).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/there is no network `Nope` in this file\n {2}it defines \w+/),
      });
    expect((await cnnc(['dump', 'a.cnn', '--stage', 'ast'], { files })).stdout).toContain('alias Other = Nowhere()');
  });

  test('every stage prints', async () => {
    const starts = {
      ast: 'network Linear',
      graph: 'graph Linear',
      optimised: 'graph Linear',
      program: 'program Linear  ',
      kernel: 'kernel ',
      ts: '// Network Linear',
    };
    for (const [stage, start] of Object.entries(starts)) {
      const { code, stdout } = await cnnc(['dump', 'a.cnn', '--stage', stage], { files: { 'a.cnn': LINEAR } });
      expect({ stage, code, start: stdout.slice(0, start.length) }).toEqual({ stage, code: 0, start });
    }
  });

  test('help explains commands and codes', async () => {
    expect((await cnnc(['help', 'run'])).stdout).toContain('--weights');
    expect((await cnnc(['help', 'conv/C4'])).stdout).toContain('must fit into the padded image');
    expect((await cnnc(['help', 'syntax/comma'])).stdout).toContain('right:');
    expect(await cnnc(['help', 'sintax/comma'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('did you mean syntax/comma?'),
    });
  });

  test('version and help are data, mistakes are not', async () => {
    expect(VERSION).toBe(packageFile.version);
    expect(await cnnc(['--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
    expect((await cnnc(['--help'])).stdout).toContain('Exit codes');
    for (const argv of [[], ['chekc', 'a.cnn'], ['check'], ['report', 'a.cnn', '--frob'], ['dump', 'a.cnn']]) {
      const { code, stdout, stderr } = await cnnc(argv);
      expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    }
  });

  test('colours are for terminals, unless NO_COLOR', async () => {
    const files = { 'a.cnn': 'network A { input x: [4] conw(1) }' };
    expect((await cnnc(['check', 'a.cnn'], { files })).stderr).not.toContain('\u001b');
    expect((await cnnc(['check', 'a.cnn'], { files, isTerminal: true })).stderr).toContain('\u001b');
    expect((await cnnc(['check', 'a.cnn'], { files, isTerminal: true, env: { NO_COLOR: '1' } })).stderr).not.toContain(
      '\u001b',
    );
  });

  test('FORCE_COLOR colours what is no terminal, but lets nobody else do so', async () => {
    const files = { 'a.cnn': 'network A { input x: [4] rellu }', 'x\u001b[8m.cnn': 'network A { input x: [4] rellu }' };
    const stderrOf = async (path: string, env: Record<string, string>, isTerminal = false): Promise<string> =>
      (await cnnc(['check', path], { files, env, isTerminal })).stderr;
    expect(await stderrOf('a.cnn', { FORCE_COLOR: '1', NO_COLOR: '1' })).toContain('\u001b[1;31m');
    expect(await stderrOf('a.cnn', { FORCE_COLOR: '0' }, true)).not.toContain('\u001b');
    expect(await stderrOf('x\u001b[8m.cnn', { FORCE_COLOR: '1' })).not.toContain('\u001b[8m');
  });

  test('a bug is one paragraph without a stack, and exit code 70', async () => {
    const world = {
      files: { 'net.js': 'x', 'w.safetensors': linear, 'x.csv': '1,2' },
      import: () =>
        Promise.resolve({ inputs: {}, outputs: {}, settings: {}, labels: {}, weightTensors: null, load: null }),
    };
    const argv = ['run', 'net.js', '--weights', 'w.safetensors', '--input', 'x.csv'];
    const { code, stderr } = await cnnc(argv, world);
    expect(code).toBe(70);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
    expect((await cnnc(argv, { ...world, env: { CNNC_DEBUG: '1' } })).stderr).toContain('    at ');
  });
});
