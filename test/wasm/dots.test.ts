// Modules with dot products of bytes, in every form that hosts get, with the WebAssembly inside and in a file: the same numbers.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { EmittedModule } from '../../src/network/module.ts';
import { byName, importText } from '../../src/network/module.ts';
import { differences } from '../support/agreement.ts';
import { codesFeeds, drawing } from '../support/codes-graph.ts';
import { runOracle } from '../support/executors.ts';

const folder = mkdtempSync(join(tmpdir(), 'cnnc-dots-'));
afterAll(() => rmSync(folder, { recursive: true }));

const g = graphBuilder('dots', operators);
const apply = (op: string, attributes: Attributes, input: ValueId): ValueId =>
  g.node({ op, inputs: [input], attributes })[0];
const x = g.input('x', [5, 9, 8]);
const gathered = apply('quantized_conv', { channels: 36, kernel: 3, stride: 2 }, apply('quantize', {}, x));
const pointwise = apply('quantized_conv', { channels: 7, kernel: 1 }, gathered);
g.output('y', apply('quantized_dense_f32', { features: 11 }, apply('flatten', {}, pointwise)));
// A convolution of f32, so that fused products are rewritten, too.
g.output('z', apply('conv', { channels: 6, kernel: 3 }, x));
const graph = g.finish();
const feeds = codesFeeds(graph, 2, drawing(11));
const { outputs: expected } = runOracle(graph, feeds);
const wasmFile = 'net.wasm';

const differing = async (module: EmittedModule, threads: number): Promise<readonly string[]> => {
  const net = await module.load(feeds.parameters, { threads });
  const found = byName(net.run(feeds.inputs.get('x')!), Object.keys(module.outputs));
  net.close!();
  return differences(new Map([['y', expected.get('y')!]]), new Map([['y', found.get('y')!]]), 'y');
};

describe.each(['default', 'fast'] as const)('math %s', (math) => {
  const compilation = compileNetwork({ graph }, { target: 'wasm', math });

  /** As hosts of another kind would load it. */
  const asHost = (text: string, form: string): string => {
    const replaced = text.replaceAll('dotForm(fromBase64(', `((_) => '${form}')(fromBase64(`);
    expect(replaced).not.toBe(text);
    return form === 'plain' ? replaced.replaceAll('WebAssembly.validate(', '((_) => false)(') : replaced;
  };

  test.each(['one', 'pairs', 'plain'])('inside the module: %s', async (form) => {
    const [script] = compilation.emit('js', { sourceName: 'dots.cnn' });
    const module = await importText(asHost(script!.text, form));
    expect(await differing(module, 1)).toEqual([]);
    expect(await differing(module, 2)).toEqual([]);
  });

  test.each(['one', 'pairs', 'plain'])('in a file: %s', async (form) => {
    const [script] = compilation.emit('js', { sourceName: 'dots.cnn', wasmFile });
    for (const { path, data } of compilation.binaries(wasmFile)) writeFileSync(join(folder, path), data);
    const path = join(folder, `${math}-${form}.mjs`);
    writeFileSync(path, asHost(script!.text, form));
    const module = (await import(pathToFileURL(path).href)) as EmittedModule;
    expect(await differing(module, 1)).toEqual([]);
    expect(await differing(module, 2)).toEqual([]);
  });
});

test('weights in arrays of another realm', async () => {
  const [script] = compileNetwork({ graph }, { target: 'wasm' }).emit('js', { sourceName: 'dots.cnn' });
  const module = await importText(script!.text);
  const realm = createContext();
  const foreign = [...feeds.parameters].map(([name, data]) => {
    const array = runInContext(data.constructor.name, realm) as { from(values: typeof data): typeof data };
    return [name, array.from(data)] as const;
  });
  expect(foreign.some(([, data]) => data instanceof Int8Array)).toBe(false);
  const net = await module.load(new Map(foreign));
  const found = byName(net.run(feeds.inputs.get('x')!), ['y', 'z']);
  expect(differences(new Map([['y', expected.get('y')!]]), new Map([['y', found.get('y')!]]), 'y')).toEqual([]);
});

test('whole numbers that are given as f32', async () => {
  const [script] = compileNetwork({ graph }, { target: 'wasm' }).emit('js', { sourceName: 'dots.cnn' });
  const module = await importText(script!.text);
  const net = await module.load(new Map([...feeds.parameters].map(([name, data]) => [name, Float32Array.from(data)])));
  const found = byName(net.run(feeds.inputs.get('x')!), ['y', 'z']);
  expect(differences(new Map([['y', expected.get('y')!]]), new Map([['y', found.get('y')!]]), 'y')).toEqual([]);
});

test('weights of more bytes than are packed at a time', async () => {
  const g = graphBuilder('parts', operators);
  const node = (op: string, attributes: Attributes, input: ValueId): ValueId =>
    g.node({ op, inputs: [input], attributes })[0];
  const codes = node('quantize', {}, g.input('x', [96, 6, 5]));
  const inTiles = node('quantized_conv', { channels: 203, kernel: 3, padding: 1 }, codes);
  const pointwise = node('quantized_conv', { channels: 790, kernel: 1 }, inTiles);
  const grouped = node('quantized_conv', { channels: 20, kernel: [6, 5], groups: 10 }, pointwise);
  g.output('y', node('quantized_dense_f32', { features: 9 }, node('flatten', {}, grouped)));
  const graph = g.finish();
  const own = codesFeeds(graph, 1, drawing(3));
  const sizes = [...own.parameters.values()].map(({ length }) => length);
  expect(sizes.filter((length) => length > 2 ** 17)).toHaveLength(2);
  const [script] = compileNetwork({ graph }, { target: 'wasm' }).emit('js', { sourceName: 'parts.cnn' });
  const module = await importText(script!.text);
  const net = await module.load(own.parameters);
  const found = byName(net.run(own.inputs.get('x')!), ['y']);
  expect(differences(runOracle(graph, own).outputs, found, 'y')).toEqual([]);
});
