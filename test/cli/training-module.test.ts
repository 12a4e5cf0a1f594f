// `cnnc compile --training`: what it writes, what it refuses, the types of the module, and the same from JavaScript.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { compile } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';
import { cnnc } from './harness.ts';

const NETWORK = `network Small {
  input image: [1, 8, 8] { scale: 1/255 }
  conv(4, kernel: 3) -> batch_norm -> relu -> max_pool(2)
  flatten
  scores = dense(3)
  output scores
}
`;
const SECTION = 'train Small { optimizer: sgd(learning_rate: 0.2, momentum: 0.9)  batch: 16  seed: 5  init: normal }\n';
const REGRESSION = `network Two { input x: [4]\n a = dense(3)\n b = relu\n output a, b }
train Two { loss: mean_squared_error  optimizer: adam  batch: 2 }\n`;
const files = { 'a.cnn': NETWORK + SECTION, 'untold.cnn': NETWORK, 'two.cnn': REGRESSION };

const folder = mkdtempSync(join(tmpdir(), 'cnnc-training-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface TrainingModule {
  loadTrainer(options: object): Promise<{
    step(images: Float32Array, labels: readonly number[], options: { learningRate: number }): Promise<unknown>;
    run(images: Float32Array): Promise<unknown>;
    weights(): Promise<unknown>;
  }>;
}

const textOf = (data: Uint8Array | undefined): string => new TextDecoder().decode(data);

describe('writes', () => {
  test('a module for WebAssembly that trains, and its types', async () => {
    const {
      code,
      stdout,
      stderr,
      files: written,
    } = await cnnc(['compile', 'a.cnn', '--training', '-o', 'out'], { files });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^out\/net\.js {2}[\d,]+ bytes\nout\/net\.d\.ts {2}[\d,]+ bytes\n$/);
    const script = textOf(written.get('/project/out/net.js'));
    expect(script).toContain('WebAssembly');
    const module: unknown = await importText(script);
    expect(module).toMatchObject({
      train: { batch: 16, epochs: 10, learningRate: 0.2, seed: 5 },
      inputs: { image: [1, 8, 8] },
      loadTrainer: expect.any(Function),
    });
    expect(module).not.toHaveProperty('load');
  });

  test('a named module, and the weights that it may start from', async () => {
    const argv = [
      'compile',
      'a.cnn',
      '--training',
      '--target',
      'js',
      '--weights',
      'random:1',
      '--json',
      '-o',
      'src/small.mjs',
    ];
    const { code, stdout, files: written } = await cnnc(argv, { files });
    expect(code).toBe(0);
    const names = ['src/small.mjs', 'src/small.d.mts', 'src/small.safetensors'];
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      network: 'Small',
      files: names.map((path) => ({ path, bytes: written.get(`/project/${path}`)!.length })),
    });
    const script = textOf(written.get('/project/src/small.mjs'));
    expect(script).not.toContain('WebAssembly.compile');
    const module = (await importText(script)) as unknown as {
      loadTrainer(options: object): Promise<{ state(): Promise<{ step: number }> }>;
    };
    const trainer = await module.loadTrainer({ weights: written.get('/project/src/small.safetensors') });
    expect((await trainer.state()).step).toBe(0);
  });

  test('a module with its WebAssembly in two files beside it, which learns the same', async () => {
    const argv = ['compile', 'a.cnn', '--training', '-o', 'lib/small.mjs'];
    const texts: string[] = [];
    const wasm: Record<string, Uint8Array> = {};
    for (const option of [[], ['--wasm-file']]) {
      const { code, files: written } = await cnnc([...argv, ...option], { files });
      expect(code).toBe(0);
      texts.push(textOf(written.get('/project/lib/small.mjs')));
      for (const role of ['step', 'evaluation']) {
        const file = written.get(`/project/lib/small.${role}.wasm`);
        expect(file !== undefined).toBe(option.length > 0);
        if (file) wasm[role] = file;
      }
    }
    const images = Float32Array.from({ length: 2 * 64 }, (_, at) => (at % 7) / 7);
    const learnt = texts.map(async (text) => {
      const { loadTrainer } = (await importText(text)) as unknown as TrainingModule;
      const trainer = await loadTrainer({ wasm });
      await trainer.step(images, [0, 2], { learningRate: 0.1 });
      return [await trainer.weights(), await trainer.run(images)];
    });
    expect(await learnt[1]).toEqual(await learnt[0]);
    const { loadTrainer } = (await importText(texts[1]!)) as unknown as TrainingModule;
    const swapped = { step: wasm['evaluation'], evaluation: wasm['step'] };
    await expect(loadTrainer({ wasm: swapped })).rejects.toThrow(/^small\.step\.wasm has .* bytes; expected/);
  });

  test('the same module from JavaScript', async () => {
    const { files: written } = await cnnc(['compile', 'a.cnn', '--training', '-o', 'out'], { files });
    const options = { training: true, target: 'wasm', path: 'a.cnn' } as const;
    const { network, files: emitted } = compile(files['a.cnn'], options);
    expect(network).toBe('Small');
    for (const { path, text } of emitted) expect(text === textOf(written.get(`/project/out/${path}`))).toBe(true);
    const { binaries } = compile(files['a.cnn'], { ...options, wasmFile: true });
    expect(binaries.map(({ path }) => path)).toEqual(['net.step.wasm', 'net.evaluation.wasm']);
    expect(compile(files['a.cnn'], { target: 'wasm', wasmFile: true }).binaries[0]!.path).toBe('net.wasm');
    for (const target of ['js', 'ts'] as const)
      expect(() => compile(files['a.cnn'], { target, wasmFile: true })).toThrow(
        'no WebAssembly that a file could hold',
      );
    expect(() => compile(files['a.cnn'], { training: true, target: 'ts' })).toThrow('written as js or wasm; found ts');
    expect(() => compile(NETWORK, { training: true })).toThrow('Small has no `train` section');
  });
});

test('a module in which a new last layer alone learns', async () => {
  const argv = ['compile', '--training', '--target', 'js', '--weights'];
  const first = await cnnc([...argv, 'random:1', 'a.cnn', '-o', 'one'], { files });
  const wide = { 'wide.cnn': (NETWORK + SECTION).replace('dense(3)', 'dense(7)') };
  const given = { ...Object.fromEntries(first.files), ...wide };
  const layers = ['--fresh', 'scores', '--learn', 'scores'];
  const found = await cnnc([...argv, 'one/weights.safetensors', 'wide.cnn', ...layers, '-o', 'own'], { files: given });
  expect(found).toMatchObject({ code: 0, stderr: '' });
  const module = (await importText(textOf(found.files.get('/project/own/net.js')))) as unknown as TrainingModule;
  const start = found.files.get('/project/own/weights.safetensors')!;
  const trainer = await module.loadTrainer({ weights: start });
  const images = Float32Array.from({ length: 2 * 64 }, (_, at) => (at % 5) / 5);
  await trainer.step(images, [6, 2], { learningRate: 0.5 });
  const after = (await trainer.weights()) as Readonly<Record<string, Float32Array>>;
  const stays = (bytes: Uint8Array) =>
    readSafetensors(bytes).tensors.flatMap(({ name, data }) =>
      data.every((value, at) => value === after[name]![at]) ? [name] : [],
    );
  const others = [
    'conv1.weight',
    'conv1.bias',
    ...['weight', 'bias', 'running_mean', 'running_var'].map((one) => `batch_norm1.${one}`),
  ];
  expect(stays(start)).toEqual(others);
  expect(stays(first.files.get('/project/one/weights.safetensors')!)).toEqual(others);
  const text = NETWORK + SECTION;
  const scripts = [{}, { learns: ['conv1'] }, { rates: { conv1: 2 } }].map(
    (pace) => compile(text, { training: true, target: 'js', ...pace }).files[0]!.text,
  );
  expect(new Set(scripts).size).toBe(3);
});

describe('refuses', () => {
  const module = ['a.cnn', '-o', 'out'];
  test.each<readonly [readonly string[], number, string]>([
    [['a.cnn', '--page', 'a.html'], 2, '--training writes a module; a page of --page trains nothing'],
    [[...module, '--embed'], 2, '--embed and --training exclude each other'],
    [[...module, '--target', 'ts'], 2, 'a module that trains is written as js or wasm; found ts'],
    [['a.cnn', '-o', 'a.ts'], 2, 'a module that trains is written as js or wasm; found ts'],
    [[...module, '--weights-type', 'bf16'], 2, 'weights that learn are f32'],
    [[...module, '--verify'], 2, '--verify checks how a network runs'],
    [[...module, '--target', 'js', '--wasm-file'], 2, '--wasm-file needs --target wasm'],
    [['a.cnn'], 2, 'say where to write: -o FOLDER'],
    [
      ['untold.cnn', '-o', 'out'],
      1,
      'Small has no `train` section, which says how it learns; the shortest is: train Small',
    ],
  ])('%j', async (argv, code, message) => {
    const found = await cnnc(['compile', '--training', ...argv], { files });
    expect(found).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
    expect(found.files.has('/project/out/net.js')).toBe(false);
  });

  test('--learn of a layer that is none, and without --training', async () => {
    const wrong = await cnnc(['compile', 'a.cnn', '--training', '--learn', 'score', '-o', 'out'], { files });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean scores?') });
    const idle = await cnnc(['compile', 'a.cnn', '--learn', 'scores', '-o', 'out'], { files });
    expect(idle).toMatchObject({ code: 2, stderr: expect.stringContaining('are for --training') });
    const text = NETWORK + SECTION;
    for (const learns of ['scores', ['score']])
      expect(() => compile(text, { training: true, target: 'js', learns: learns as readonly string[] })).toThrow(
        /^learns: /,
      );
  });

  const one = (body: string, loss = ''): string => `network N {\n${body}\n}\ntrain N { optimizer: adam  ${loss} }\n`;
  test.each([
    [
      'several inputs',
      one('input x: [3]\n input y: [3]\n add(x, y) -> dense(2)'),
      'N has 2 inputs; a module that trains takes one',
    ],
    ['no weights', one('input x: [3]\n relu'), 'N has no weights to train'],
    ['one score', one('input x: [3]\n dense(1)'), 'gives one score; cross_entropy takes one for each class'],
    [
      'one score for each pixel',
      one('input x: [1, 8, 8]\n conv(1, kernel: 3)'),
      'gives one score; cross_entropy takes one for each class',
    ],
    [
      'scores of tokens',
      one('input x: [1, 8, 8]\n tokens\n dense(3)'),
      'gives [64, 3]; cross_entropy takes one score for each class, as [10], or for each class and pixel, as [21, 64, 64]',
    ],
  ])('%s', async (_, text, message) => {
    const { code, stderr } = await cnnc(['compile', 'n.cnn', '--training', '-o', 'out'], { files: { 'n.cnn': text } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

const USE = `import { inputs, loadTrainer, train, weightTensors } from './wasm/net.js';
import type { StepResult, Trainer, TrainerOptions, TrainingState } from './wasm/net.js';
import * as two from './js/net.js';
const options: TrainerOptions = { weights: new Map([['scores.weight', new Float32Array(1)]]), seed: 1, maxBatch: 4, threads: 2 };
const trainer: Trainer = await loadTrainer(options);
const images = new Float32Array(64);
const result: StepResult = await trainer.step(images, [0], { learningRate: train.learningRate });
const accuracy: number = result.accuracy;
const scores: Float32Array = await trainer.run(images);
const state: TrainingState = await trainer.state();
const weights: Record<string, Float32Array> = await trainer.weights();
const file: Uint8Array = await trainer.weightsFile();
const height: 8 = inputs.image[1];
const batch: 16 = train.batch;
const reason: string | undefined = trainer.reason;
trainer.close();
trainer[Symbol.dispose]();
using other = await loadTrainer({ state });
await loadTrainer({ weights: new Uint8Array() });
const pair = await two.loadTrainer();
const loss: number = (await pair.step(images, new Float32Array(3), { learningRate: 1 })).loss;
const { a, b }: { readonly a: Float32Array; readonly b: Float32Array } = await pair.run(images);
// @ts-expect-error a regression has no accuracy
const no: number = (await pair.step(images, [1], { learningRate: 1 })).accuracy;
// @ts-expect-error a step needs its learning rate
await trainer.step(images, [0]);
// @ts-expect-error a path is no file
await loadTrainer({ weights: 'net.safetensors' });
// @ts-expect-error such a module has no load
two.load;
export { a, accuracy, b, batch, file, height, loss, no, other, reason, scores, weights, weightTensors };
`;

test('the types hold for strict TypeScript', async () => {
  for (const [name, source] of [
    ['wasm', 'a.cnn'],
    ['js', 'two.cnn'],
  ] as const) {
    const argv = ['compile', source, '--training', '--target', name, '-o', name];
    const { files: written } = await cnnc(argv, { files });
    mkdirSync(join(folder, name));
    for (const file of ['net.js', 'net.d.ts'])
      writeFileSync(join(folder, name, file), written.get(`/project/${name}/${file}`)!);
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'use.ts'), USE);
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const options = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--lib',
    'es2022',
    '--types',
    '',
    '--module',
    'nodenext',
  ];
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, 'use.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
