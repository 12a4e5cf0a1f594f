// Weights that leave the range of f32 when a batch norm becomes part of them.

import { expect, test } from 'vitest';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { moduleOf, runModule, weightsFile } from '../support/executors.ts';

/** conv 1×1 of one channel, then batch norm: w · x · γ / √(1 + ε) for ε 0; or of `size` channels and 3×3 pixels, all the same. */
async function outputOf(
  weight: number,
  gamma: number,
  x: number,
  { size = 1, ...options }: PipelineOptions & { readonly size?: number },
): Promise<number> {
  const builder = graphBuilder('net', operators);
  const input = builder.input('x', [size, size, size]);
  const attributes = { channels: size, kernel: size === 1 ? 1 : 3, bias: false };
  const [convolved] = builder.node({ op: 'conv', inputs: [input], attributes });
  builder.output('y', builder.node({ op: 'batch_norm', inputs: [convolved], attributes: { epsilon: 0 } })[0]);
  const graph = builder.finish();
  const { program, graph: lowered } = lower(graph, operators, options);
  const parameters = new Map(
    graph.parameters.map(({ name, value, initial }) => {
      const start = name.endsWith('.running_var') ? 1 : name.startsWith('conv') ? weight : gamma;
      const filled = initial.kind === 'constant' && initial.value === 0 ? 0 : start;
      return [name, new Float32Array(sizeOf(typeOf(graph, value).shape)).fill(filled)];
    }),
  );
  const feeds = { inputs: new Map([['x', new Float32Array(size ** 3).fill(x)]]), parameters, batch: 1 };
  const outputs = await runModule(moduleOf(program), weightsFile(lowered, parameters), feeds, 1);
  return outputs.get('y')![0]!;
}

test.each(['js', 'wasm'] as const)('target %s: load says so, and --disable fold-scale helps', async (target) => {
  await expect(outputOf(1e30, 1e20, 1e-20, { target })).rejects.toThrow(/exceed f32.*--disable fold-scale/);
  const apart = await outputOf(1e30, 1e20, 1e-20, { target, disable: ['fold-scale'] });
  expect(Math.abs(apart / 1e30 - 1)).toBeLessThan(1e-6);
});

test.each(['js', 'wasm'] as const)('target %s: what stays in range is folded', async (target) => {
  expect(Math.abs((await outputOf(1e15, 1e20, 1e-20, { target })) / 1e15 - 1)).toBeLessThan(1e-6);
});

test.each(['js', 'wasm'] as const)(
  'target %s: weights that are infinite themselves are not refused',
  async (target) => {
    expect(await outputOf(Infinity, 1, 1, { target })).toBe(Infinity);
  },
);

test.each(['js', 'wasm'] as const)('target %s: so do filters that are transformed, too', async (target) => {
  const given = { target, size: 16 } as const;
  await expect(outputOf(1e30, 1e20, 1e-20, given)).rejects.toThrow(/exceed f32.*--disable fold-scale/);
  // Too large to transform any tile with, and finite.
  expect(Math.abs((await outputOf(1e15, 1e20, 1e-32, given)) / (1e3 * 9 * 16) - 1)).toBeLessThan(1e-5);
  expect(Math.abs((await outputOf(1, 3, 1, given)) / (3 * 9 * 16) - 1)).toBeLessThan(1e-5);
});
