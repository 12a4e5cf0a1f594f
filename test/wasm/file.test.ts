// Modules with their WebAssembly in a file beside them, in Node: the same bits as with it inside, from wherever the file comes; and what
// is said of files that are not the right one. How hosts fetch and compile it is tested in test/hosts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Compilation } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { runtimeText } from '../../compiler/codegen/runtime-text.ts';
import { importText } from '../../src/network/module.ts';
import type { EmittedModule, Values } from '../../src/network/module.ts';
import { buildExample } from '../support/examples.ts';
import { weightsFile } from '../support/executors.ts';
import { centred, formulaWeights } from '../support/formula.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-wasm-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const graph = buildExample('lenet', 'LeNet');
const weights = weightsFile(graph, formulaWeights(graph));
const images = centred(7, 3 * 784, 1);
const bits = (y: Values): readonly number[] => [...new Uint32Array((y as Float32Array).buffer)];

const compiledFor = (math: Mathematics): Compilation => compileNetwork({ graph }, { target: 'wasm', math });

/** Writes the module and its file into the folder. */
async function written(compilation: Compilation, name: string): Promise<EmittedModule> {
  const wasmFile = `${name}.wasm`;
  const [script] = compilation.emit('js', { sourceName: 'lenet.cnn', wasmFile });
  for (const { path, data } of compilation.binaries(wasmFile)) writeFileSync(join(folder, path), data);
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, script!.text);
  return (await import(pathToFileURL(path).href)) as EmittedModule;
}

describe.each(['default', 'fast'] as const)('math %s', async (math) => {
  const compilation = compiledFor(math);
  const inside = await importText(compilation.emit('js', { sourceName: 'lenet.cnn' })[0]!.text);
  const expected = bits((await inside.load(weights)).run(images));
  const name = `of ${math}`;
  const module = await written(compilation, name);
  const file = join(folder, `${name}.wasm`);
  const bytes = readFileSync(file);
  const response = (type: string): Response => new Response(bytes, { headers: { 'content-type': type } });

  test.each<[string, () => unknown]>([
    ['beside the module', () => undefined],
    ['bytes', () => bytes],
    ['an ArrayBuffer', () => Uint8Array.from(bytes).buffer],
    ['shared bytes', () => new Uint8Array(new SharedArrayBuffer(bytes.length)).map((_, at) => bytes[at]!)],
    ['a path', () => file],
    ['an address', () => pathToFileURL(file)],
    ['an address as text', () => pathToFileURL(file).href],
    ['a data: address', () => `data:application/wasm;base64,${bytes.toString('base64')}`],
    ['a Response', () => response('application/wasm')],
    ['a Response of another type', () => response('application/octet-stream')],
    ['a promise of a Response', async () => response('application/wasm')],
    ['a Blob', () => new Blob([bytes])],
  ])('%s, on one thread and on two', async (_, wasm) => {
    for (const threads of [1, 2]) {
      const net = await module.load(weights, { wasm: wasm(), threads });
      expect([net.threads, net.reason]).toEqual([threads, undefined]);
      expect(bits(net.run(images))).toEqual(expected);
      net.close!();
    }
  });

  test('a compiled module, on one thread; of more, it says why there are none', async () => {
    const wasm = new WebAssembly.Module(bytes);
    const reasons: (string | undefined)[] = [];
    for (const threads of [1, 2]) {
      const net = await module.load(weights, { wasm, threads });
      expect(net.threads).toBe(1);
      expect(bits(net.run(images))).toEqual(expected);
      reasons.push(net.reason);
    }
    expect(reasons).toEqual([undefined, expect.stringContaining('was given as a compiled module')]);
  });

  test('the bytes that were given stay as they are', async () => {
    const given = Uint8Array.from(bytes);
    (await module.load(weights, { wasm: given, threads: 2 })).close!();
    expect(given).toEqual(Uint8Array.from(bytes));
  });
});

describe('another file', async () => {
  const compilation = compiledFor('default');
  const module = await written(compilation, 'net');
  const { data } = compilation.binaries('net.wasm')[0]!;
  const { data: other } = compileNetwork({ graph }, { target: 'wasm', level: 0 }).binaries('net.wasm')[0]!;
  const page = new TextEncoder().encode('<!doctype html><title>not found</title>');
  const belongs = 'net.wasm was not written together with this module; compile both again';
  const broken = data.map((byte, at) => (at === 200 ? byte ^ 0xff : byte));

  test.each<[string, unknown, string, string]>([
    [
      'truncated',
      data.slice(0, -9),
      'RangeError',
      `net.wasm has ${data.length - 9} bytes; expected ${data.length}: it is`,
    ],
    ['empty', new Uint8Array(), 'RangeError', 'net.wasm is no WebAssembly'],
    ['a page', page, 'RangeError', 'net.wasm is no WebAssembly but an HTML or XML page'],
    ['zeros', new Uint8Array(data.length), 'RangeError', 'net.wasm is no WebAssembly but something else'],
    ['damaged', broken, 'CompileError', 'net.wasm cannot be compiled here: '],
    ['of another compilation', new WebAssembly.Module(Uint8Array.from(other)), 'RangeError', belongs],
    [
      'WebAssembly of others',
      new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
      'RangeError',
      belongs,
    ],
    ['a failed fetch', new Response('gone', { status: 404 }), 'RangeError', 'the server answered 404'],
    ['a missing file', join(folder, 'none.wasm'), 'RangeError', 'net.wasm could not be read from '],
    ['a broken address', 'http://[', 'RangeError', 'net.wasm could not be read from http://[: '],
    ['a number', 5, 'TypeError', 'its bytes, a Blob or Response, or its address; found a number'],
  ])('%s: one sentence', async (_, wasm, name, message) => {
    const error = await module.load(weights, { wasm }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
  });

  test('a module without an address of its own says how to give the file', async () => {
    const [script] = compilation.emit('js', { sourceName: 'lenet.cnn', wasmFile: 'net.wasm' });
    const { load } = await importText(script!.text);
    await expect(load(weights)).rejects.toThrow("for example what import wasm from './net.wasm' gives");
    const net = await load(weights, { wasm: data });
    expect(net.run(images)).toEqual((await module.load(weights)).run(images));
  });

  test('weights that are missing are said first, and nothing else fails later', async () => {
    const wasm = Promise.reject(new Error('no network'));
    await expect(module.load(new Uint8Array(9), { wasm })).rejects.toThrow(/^the weights are no safetensors/);
    await expect(module.load(new Blob([Uint8Array.from(weights)]), { wasm })).rejects.toThrow('no network');
  });
});

test('the JavaScript target has none', () => {
  const compilation = compileNetwork({ graph });
  expect(() => compilation.emit('js', { sourceName: '', wasmFile: 'net.wasm' })).toThrow(RangeError);
  expect(() => compilation.binaries('net.wasm')).toThrow('no WebAssembly that a file could hold');
});

test('parts of the runtime, which share the scope of a module, have names of their own', () => {
  const names = Object.values(runtimeText).flatMap(({ js }) =>
    [...js.matchAll(/^(?:async )?(?:function|const|let|class) (\w+)/gm)].map(([, name]) => name!),
  );
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
