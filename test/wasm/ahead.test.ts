// Loops that the engine is asked to optimise while weights are packed: which ones, that asking changes nothing, and that V8 does it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { heavyLoops } from '../../compiler/codegen/wasm/ahead.ts';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import { wasmModule } from '../../compiler/codegen/wasm/module.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { add, buildKernel, i32, lt, min, sub } from '../../compiler/kernel/builder.ts';
import type { BlockBuilder } from '../../compiler/kernel/builder.ts';
import type { Expression } from '../../compiler/kernel/ir.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { lookAhead } from '../../runtime/loading.ts';
import { byName } from '../../src/network/module.ts';
import { distances } from '../support/agreement.ts';
import { codesFeeds, drawing } from '../support/codes-graph.ts';
import { moduleOf, moduleText, runOracle, weightsFile } from '../support/executors.ts';
import { formulaWeights } from '../support/formula.ts';

/** Names of the heavy ones among loops. */
function heavyOf(write: (k: BlockBuilder, one: () => void, images: Expression) => void): readonly string[] {
  const kernel = buildKernel('k', '', (k) => {
    const x = k.memory('x', 'i32');
    write(k, () => k.store(x, 0, i32(1)), k.parameter('images'));
  });
  return [...heavyLoops(kernel)].map(({ name }) => name);
}

test('parallel loops that run 300,000 statements for each image', () => {
  const nested = (rows: number, steps: number, options: { parallel?: boolean } = { parallel: true }) =>
    heavyOf((k, one, images) =>
      k.for('n', 0, images, () => k.for('h', 0, rows, () => k.for('w', 0, steps, one), options)),
    );
  expect(nested(300, 1000)).toEqual(['h']);
  expect(nested(300, 999)).toEqual([]);
  expect(nested(300, 1000, {})).toEqual([]);
});

test('loops around count, ends count as what they are at most, and of a choice the shorter branch', () => {
  const blocks = (end: (first: Expression, k: BlockBuilder) => Expression) =>
    heavyOf((k, one) =>
      k.for('b', 0, 100, (first) => {
        const count = k.let('count', end(first, k));
        k.for('t', 0, count, () => k.for('i', 0, 1000, one), { parallel: true });
      }),
    );
  expect(blocks((first) => min(3, sub(100, first)))).toEqual(['t']);
  expect(blocks((first) => min(sub(100, first), 2))).toEqual([]);
  expect(blocks((first, k) => sub(k.let('m', min(first, 4)), 1))).toEqual(['t']);
  expect(blocks((first) => add(first, 9))).toEqual([]);
  const rare = (isBoth: boolean) =>
    heavyOf((k, one, images) => {
      const work = (): void => k.for('i', 0, 1000, one);
      k.for('t', 0, 300, (t) => k.if(lt(t, images), work, isBoth ? work : undefined), { parallel: true });
    });
  expect(rare(true)).toEqual(['t']);
  expect(rare(false)).toEqual([]);
});

test('as large a share of the functions is called as of the weights is packed, and none that there is not', () => {
  const called: string[] = [];
  const names = ['pack', 'ahead0', 'ahead1', 'ahead2', 'ahead3', 'call0', 'pass'];
  const ahead = lookAhead(Object.fromEntries(names.map((name) => [name, () => void called.push(name)])));
  const after = [0, 0.2, 0.26, 0.26, 0.9, 1, 1.1].map((share) => {
    ahead(share);
    return called.length;
  });
  expect(after).toEqual([0, 1, 2, 2, 4, 4, 4]);
  expect(called).toEqual(['ahead0', 'ahead1', 'ahead2', 'ahead3']);
});

const builder = graphBuilder('Net', operators);
const image = builder.input('image', [64, 28, 28]);
const [first] = builder.node({ op: 'conv', name: 'first', inputs: [image], attributes: { channels: 96, kernel: 1 } });
const [positive] = builder.node({ op: 'relu', inputs: [first] });
const deep = { channels: 96, groups: 96, kernel: 3, padding: 1 };
const [depthwise] = builder.node({ op: 'conv', name: 'depthwise', inputs: [positive], attributes: deep });
const wide = { channels: 96, kernel: 3 };
const [second] = builder.node({ op: 'conv', name: 'second', inputs: [depthwise], attributes: wide });
builder.output('y', second);
const graph = builder.finish();

function compiled(math: 'default' | 'fast') {
  const { program } = lower(graph, operators, { target: 'wasm', math });
  const layout = layoutOf(program);
  const module = wasmModule(program, layout, math === 'fast');
  return { program, layout, module, functions: module.functions.filter(({ name }) => name.startsWith('ahead')) };
}

test('what is called writes nothing', () => {
  const { layout, module, functions } = compiled('default');
  expect(functions.length).toBeGreaterThan(1);
  const memory = new WebAssembly.Memory({
    initial: 4 + Math.ceil((layout.images + layout.perImage) / 65_536),
    maximum: 65_536,
  });
  const { bytes } = assemble(module);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory, check() {} } });
  const all = new Uint32Array(memory.buffer).fill(0x40404040);
  for (const { name } of functions) (exports[name] as () => void)();
  expect(all.every((word) => word === 0x40404040)).toBe(true);
});

test.each(['conv', 'quantized_conv_f32'])(
  'a module whose last weights are panels in groups is loaded: %s',
  async (op) => {
    const g = graphBuilder('Groups', operators);
    const x = g.input('x', [16, 60, 60]);
    const [codes] = g.node({ op: 'quantize', inputs: [x] });
    // A panel of eight columns and one of four for each group.
    const attributes = { channels: 24, groups: 2, kernel: 3, stride: 2, ...(op === 'conv' && { bias: false }) };
    g.output('y', g.node({ op, inputs: [op === 'conv' ? x : codes], attributes })[0]);
    const graph = g.finish();
    const { program } = lower(graph, operators, { target: 'wasm' });
    const groups = wasmModule(program, layoutOf(program), false);
    expect(groups.functions.some(({ name }) => name.startsWith('ahead'))).toBe(true);
    const feeds = codesFeeds(graph, 1, drawing(1));
    const net = await moduleOf(program).load(feeds.parameters);
    const found = net.run(feeds.inputs.get('x')!);
    const bound = op === 'conv' ? 1e-6 : 0;
    expect(distances(runOracle(graph, feeds).outputs, byName(found, ['y']), bound)).toEqual([]);
  },
);

const folder = mkdtempSync(join(tmpdir(), 'cnnc-ahead-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['default', 'fast'] as const)('V8 optimises each of these loops before the first pass: %s', (math) => {
  const { program, module, functions } = compiled(math);
  writeFileSync(join(folder, 'net.mjs'), moduleText(program));
  writeFileSync(join(folder, 'weights.safetensors'), weightsFile(graph, formulaWeights(graph)));
  const script = `
    import { readFileSync } from 'node:fs';
    import { load } from './net.mjs';
    await load(readFileSync('weights.safetensors'));
    setTimeout(() => {}, 1000);
  `;
  writeFileSync(join(folder, 'main.mjs'), script);
  const flags = ['--trace-wasm-compilation-times', 'main.mjs'];
  const printed = execFileSync(process.execPath, flags, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  const optimised = new Set(printed.matchAll(/#(\d+) using TurboFan/g).map(([, index]) => Number(index)));
  /** Behind the imported function. */
  const wanted = module.functions.flatMap(({ idles }, at) => (idles ? [1 + at] : []));
  expect(wanted).toHaveLength(functions.length);
  expect(wanted.filter((index) => !optimised.has(index))).toEqual([]);
});
