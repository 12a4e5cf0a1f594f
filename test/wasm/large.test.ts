// Memories beyond 2^31 bytes, where addresses are negative i32 numbers: constants, loops, shares of threads, whole networks.

import { describe, expect, test } from 'vitest';
import { assemble } from '../../compiler/codegen/wasm/assembler.ts';
import { instruction, signed32 } from '../../compiler/codegen/wasm/instructions.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { buildKernel, fadd, min } from '../../compiler/kernel/builder.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { importText } from '../../src/network/module.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { moduleText } from '../support/executors.ts';
import { compileKernel } from '../support/wasm-kernel.ts';

test.each([
  [2 ** 31 - 1, 'ff ff ff ff 07'],
  [2 ** 31, '80 80 80 80 78'],
  [2 ** 32 - 64, '40'],
  [-1, '7f'],
])('the constant %i is that of its 32 bits', (value, text) => {
  expect(signed32(value)).toEqual(text.split(' ').map((byte) => parseInt(byte, 16)));
  const body = [instruction('i32.const', value), instruction('drop')];
  const one = { name: 'f', parameters: [], results: [], locals: [], body, exported: true };
  expect(WebAssembly.validate(assemble({ functions: [one], pages: 1 }).bytes as Uint8Array<ArrayBuffer>)).toBe(true);
});

describe('a kernel over an array of 3 GiB', () => {
  const end = 3 * 2 ** 28;
  const spacing = 2 ** 18;
  /** y[0] += x[i] */
  const summing = (step: number, parallel: boolean, clamped: boolean): Kernel =>
    buildKernel('sum', '', (k) => {
      const [y, x] = [k.memory('y', 'f32'), k.memory('x', 'f32')];
      const body = (i: ReturnType<typeof min>): void =>
        k.store(y, 0, fadd(k.load(y, 0), k.load(x, clamped ? min(i, end - 1) : i)));
      k.for('i', 0, end, body, { step, parallel });
    });

  test.for([
    ['in steps', spacing, false, false, 1],
    ['with a clamped index', spacing, false, true, 1],
    ['in parts', spacing, true, false, 5],
    ['element by element, in 64 parts', 1, true, false, 64],
  ] as const)('%s', ([, step, parallel, clamped, parts], { skip }) => {
    const kernel = summing(step, parallel, clamped);
    const sizes = new Map([
      ['y', 64],
      ['x', 4 * end],
    ]);
    const { bytes, module, places } = compileKernel(kernel, { sizes });
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial: module.pages, maximum: 65_536 });
    } catch (error) {
      return skip(`the host has no such memory: ${(error as Error).message}`);
    }
    const x = new Float32Array(memory.buffer, places.get('x'), end);
    for (let i = 0; i < end; i += spacing) x[i] = 1;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } });
    for (let part = 0; part < parts; part += 1) (exports['sum'] as (...values: number[]) => void)(part, parts);
    expect(new Float32Array(memory.buffer, places.get('y'), 1)[0]).toBe(end / spacing);
  });
});

/** The largest of 8 × 8 copies of a pixel is the pixel itself. */
const network = (size: number): string =>
  `network Large {\n  input x: [8, ${size}, ${size}]\n  upsample(8)\n  y = max_pool(8, stride: 8)\n  output y\n}`;

test.for([
  ['one image of more than 2 GiB', 1024, 1, 1],
  ['two images on two threads', 740, 2, 2],
] as const)('a network: %s', async ([, size, images, threads], { skip }) => {
  const source = { path: 'large.cnn', text: network(size) };
  const { graph } = frontend(source, { operators, read: () => undefined }).networks[0]!;
  const { program } = lower(graph, operators, { target: 'wasm' });
  expect(4 * program.sections.arena.length * images).toBeGreaterThan(2 ** 31);
  const module = await importText(moduleText(program));
  const net = await module
    .load(writeSafetensors([]), { maxBatch: images, threads })
    .catch((error: Error) => (error instanceof RangeError ? error : Promise.reject(error)));
  if (net instanceof Error) return skip(`the host has no such memory: ${net.message}`);
  const x = new Float32Array(images * 8 * size * size).map((_, i) => (i % 9973) + 1);
  const y = net.run(x) as Float32Array;
  expect(net.threads).toBe(threads);
  net.close!();
  expect(Buffer.compare(Buffer.from(y.buffer), Buffer.from(x.buffer))).toBe(0);
});
