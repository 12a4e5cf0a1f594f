// Modules compiled with `--wide`: the bits of the same mathematics without it, whichever of their two binaries a host takes.

import v8 from 'node:v8';
import { afterEach, expect, test, vi } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import type { Mathematics } from '../../compiler/backends.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { Bindings } from '../support/examples.ts';
import { everyCodesKernel } from '../support/codes-graph.ts';
import { buildExample } from '../support/examples.ts';
import { moduleOf, moduleText, weightsFile } from '../support/executors.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import { widen } from '../../runtime/wide.ts';

/** Where the process keeps what the first module measured. */
const measured = globalThis as { [key: symbol]: Promise<string | undefined> | undefined };
const key = Symbol.for('cnnc.wide');

afterEach(() => {
  delete measured[key];
  vi.restoreAllMocks();
});

const examples: readonly (readonly [network: string, example: string, set: Bindings])[] = [
  ['LeNet', 'lenet', {}],
  ['NiN', 'nin', { size: 80 }],
  ['GoogLeNet', 'googlenet', { size: 32 }],
  ['ResNet18', 'resnet', { size: 32 }],
  ['MobileNet25', 'mobilenet', { size: 32 }],
  ['ViT', 'vit', { size: 48, depth: 2 }],
];

test.each(examples)('%s has the same bits in blocks of 8 and of 16 columns', async (network, example, set) => {
  const graph = buildExample(example, network, set);
  for (const math of ['default', 'fast'] as const) {
    const expected = await runOf(graph, math, false);
    measured[key] = Promise.resolve('not here');
    const narrow = await runOf(graph, math, true);
    measured[key] = Promise.resolve(undefined);
    const wide = await runOf(graph, math, true);
    expect([narrow.wide, wide.wide]).toEqual([false, true]);
    expect(narrow.y).toEqual(expected.y);
    expect(wide.y).toEqual(expected.y);
  }
});

test('the binary for 256-bit instructions has a section that no other one has, so that V8 compiles it anew', () => {
  const graph = buildExample('lenet', 'LeNet');
  const binaries = (wide: boolean): readonly string[] =>
    [
      ...moduleText(lower(graph, operators, { target: 'wasm', wide }).program).matchAll(
        /bytes = fromBase64\("([^"]+)"\)/g,
      ),
    ].map(([, text]) => text!);
  const [plain, narrow, wide, ...others] = [...binaries(false), ...binaries(true)].map((text) =>
    Buffer.from(text, 'base64'),
  );
  const sections = [plain!, narrow!, wide!].map(
    (bytes) => WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'cnnc').length,
  );
  expect(sections).toEqual([0, 0, 1]);
  expect(others).toEqual([]);
});

test('whole numbers without 256-bit instructions are the binary that they are without --wide', () => {
  const graph = everyCodesKernel();
  const [plain, narrow] = [false, true].map((wide) => {
    const text = moduleText(lower(graph, operators, { target: 'wasm', wide }).program);
    return /binary = [^"]*"([^"]{200,})"/.exec(text)![1];
  });
  expect(narrow).toBe(plain);
});

test.each([
  ['in time', 200, undefined, ['--no-', '--']],
  ['late, as on a busy machine', 1500, undefined, ['--no-', '--']],
  [
    'never',
    Infinity,
    'this engine gains nothing from it (0.020 ms without, 0.030 ms with it)',
    ['--no-', '--', '--no-'],
  ],
])('the switch is kept where its code comes %s', async (_, late, reason, flags) => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const set = vi.spyOn(v8, 'setFlagsFromString').mockReturnValue(undefined);
  vi.spyOn(WebAssembly, 'compile').mockImplementation((bytes) =>
    Promise.resolve(bytes as unknown as WebAssembly.Module),
  );
  vi.spyOn(WebAssembly, 'instantiate').mockImplementation((bytes) => {
    let rounds = (bytes as unknown as Uint8Array)[0] === 1 ? 0 : late;
    const probe = (repeats: number): void => void (now += repeats * (rounds-- > 0 ? 0.003 : 0.001));
    return Promise.resolve({ exports: { probe } }) as never;
  });
  expect(await widen(Uint8Array.of(1), Uint8Array.of(2))).toBe(reason);
  expect(set.mock.calls.map(([flag]) => flag.replace('experimental-wasm-revectorize', ''))).toEqual(flags);
});

async function runOf(
  graph: Graph,
  math: Mathematics,
  wide: boolean,
): Promise<{ readonly y: Float32Array; readonly wide: boolean | undefined }> {
  const { load } = moduleOf(lower(graph, operators, { target: 'wasm', math, wide }).program);
  const net = await load(weightsFile(graph, formulaWeights(graph)));
  const y = net.run(formulaInput(graph)) as Float32Array;
  net.close?.();
  return { y, wide: net.wide };
}
