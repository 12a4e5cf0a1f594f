// V8's `--experimental-wasm-revectorize`, which joins pairs of 128-bit instructions, switched on and off for real: the same bits, and a process
// that lives. Processes of their own, because the switch belongs to a process, and all code is optimised before it runs.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Mathematics } from '../../compiler/backends.ts';
import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { arbitraryCodesGraph, codesFeeds, drawing, everyCodesKernel } from '../support/codes-graph.ts';
import { buildExample } from '../support/examples.ts';
import type { Feeds } from '../support/executors.ts';
import { weightsFile } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { feedsOf, networkOf, randomPlan } from '../support/random-network.ts';
import { runs, timeout } from '../support/runs.ts';
import type { ModuleRun } from './revectorizer-child.ts';

const child = fileURLToPath(new URL('revectorizer-child.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'cnnc-revectorizer-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether the processor is known to have 256-bit instructions on whole numbers. */
const hasAvx2 = existsSync('/proc/cpuinfo') && /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

const optimized = '--no-liftoff';
const switched = '--experimental-wasm-revectorize';

interface Child {
  /** Of what the modules gave, by module and number of threads. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly stdout: string;
}

/** Runs the modules of a folder in a process with these switches. */
function run(place: string, switches: readonly string[], ...options: readonly string[]): Child {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...switches, child, place, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const hashes = JSON.parse(readFileSync(join(place, 'hashes.json'), 'utf8')) as Child['hashes'];
  return { hashes, stdout };
}

/** A network that modules are made of. */
interface Source {
  readonly name: string;
  readonly graph: Graph;
  readonly feeds: Feeds;
  readonly math: Mathematics;
}

/** A new folder of modules with and without `wide`, with their WebAssembly inside and, on threads, beside them too. */
function written(sources: readonly Source[], threads: readonly number[]): string {
  const place = mkdtempSync(join(folder, 'modules-'));
  const write = (path: string, content: string | Uint8Array): string => {
    writeFileSync(join(place, path), content);
    return path;
  };
  write('package.json', '{ "type": "module" }');
  const list = sources.flatMap(({ name, graph, feeds, math }): readonly ModuleRun[] => {
    const inputs = [...feeds.inputs].map(([input, data]) => {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [input, write(`${name}.${input}`, bytes)] as const;
    });
    const weights = write(`${name}.safetensors`, weightsFile(graph, feeds.parameters));
    const run = { weights, inputs: Object.fromEntries(inputs), batch: feeds.batch, threads };
    return [false, true].flatMap((wide) => {
      const compilation = compileNetwork({ graph }, { target: 'wasm', math, wide });
      const one = { ...run, name: `${name}${wide ? '-wide' : ''}` };
      const script = (options = {}) => compilation.emit('js', { sourceName: 'test.cnn', ...options })[0]!.text;
      write(`${one.name}.js`, script());
      const inside = wide
        ? [
            { ...one, wide },
            { ...one, name: `${one.name} as-it-is` },
          ]
        : [one];
      if (threads.length === 1) return inside;
      const [wasmFile, beside] = [`${one.name}.wasm`, `${one.name}-beside`];
      write(`${beside}.js`, script({ wasmFile }));
      for (const { path, data } of compilation.binaries(wasmFile)) write(path, data);
      return [...inside, { ...one, name: beside, wide }];
    });
  });
  write('runs.json', JSON.stringify(list));
  return place;
}

/** What the modules gave without the switch, where those of one network gave the same. */
function unswitched(place: string, sources: readonly Source[]): Readonly<Record<string, string>> {
  const { hashes } = run(place, [optimized]);
  const named = (name: string) => Object.keys(hashes).filter((key) => key.split(/[- ]/)[0] === name);
  for (const { name } of sources) expect(new Set(named(name).map((key) => hashes[key])).size, name).toBe(1);
  return hashes;
}

const example = (math: Mathematics, folderName: string, network: string, set = {}): Source => {
  const graph = buildExample(folderName, network, set);
  const feeds = { inputs: formulaInputs(graph, 2), parameters: formulaWeights(graph), batch: 2 };
  return { name: `${network}_${math}`, graph, feeds, math };
};

async function quantized({ name, graph, feeds }: Source): Promise<Source> {
  const image = formulaInputs(graph, 1);
  const { graph: codes, tensors } = await quantizeNetwork({ graph }, feeds.parameters as Map<string, Float32Array>, [
    image,
  ]);
  return { name: `${name}_int8`, graph: codes, feeds: { ...feeds, parameters: tensors }, math: 'default' };
}

test('networks on one thread and on two, with their WebAssembly inside and beside them', { timeout }, async () => {
  const small = { size: 32 };
  const sources = [
    ...(['default', 'fast'] as const).flatMap((math) => [
      example(math, 'lenet', 'LeNet'),
      example(math, 'mobilenet', 'MobileNet25', small),
    ]),
    await quantized(example('default', 'lenet', 'LeNet')),
    await quantized(example('default', 'mobilenet', 'MobileNet25', small)),
    { name: 'codes', graph: everyCodesKernel(), feeds: codesFeeds(everyCodesKernel(), 2, drawing(5)), math: 'default' },
  ] as const;
  const place = written(sources, [1, 2]);
  const expected = unswitched(place, sources);
  expect(run(place, [optimized, switched]).hashes).toEqual(expected);
  expect(run(place, [], '--measured').hashes).toEqual(expected);
});

test('random networks', { timeout }, async () => {
  const plans = fc.sample(randomPlan, runs(15, 'revectorizer'));
  const sources = [
    ...plans.map((plan, at): Source => {
      const graph = networkOf(plan);
      return { name: `f32_${at}`, graph, feeds: feedsOf(graph, 2), math: at % 2 === 0 ? 'default' : 'fast' };
    }),
    ...plans.map((_, at): Source => {
      const draw = drawing(700 + at);
      const graph = arbitraryCodesGraph(draw, draw(1, 5));
      return { name: `codes_${at}`, graph, feeds: codesFeeds(graph, 2, draw), math: 'default' };
    }),
  ];
  const place = written(sources, [1]);
  const expected = unswitched(place, sources);
  const { hashes, stdout } = run(place, [optimized, switched, '--trace-wasm-revectorize']);
  expect(hashes).toEqual(expected);
  // Functions that have 256-bit instructions.
  if (hasAvx2) expect(stdout.match(/^.*Decided? to vectorize/gm)?.length).toBeGreaterThan(plans.length);
});
