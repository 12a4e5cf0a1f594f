// Values without the batch axis beside batched ones: they lie in the arena once, whatever the batch.

import { expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import { moduleOf } from '../support/executors.ts';

const graph = parseGraph(
  `graph Scaled infer {
  %0 = input x : [N,3,2,2]
  %1 = input rate : [1,1,1]
  %2 = input shift : [3,2,2]
  %3 = parameter w : [3,1,1] constant(1)
  %4 = mul(%3, %1) : [3,1,1] as step
  %5 = relu(%4) : [3,1,1] as positive
  %6 = mul(%0, %5) : [N,3,2,2] as scaled
  %7 = add(%6, %2) : [N,3,2,2] as y
  %8 = sub(%2, %5) : [3,2,2] as z
  output y = %7
  output z = %8
}
`,
  operators,
);

const ramp = (length: number, from: number): Float32Array => Float32Array.from({ length }, (_, at) => from + at / 4);

const cells = ([0, 1, 2] as const).flatMap((level) =>
  (['js', 'wasm'] as const).flatMap((target) => [1, 2, 3].map((maxBatch) => [level, target, maxBatch] as const)),
);

test.each(cells)('-O%i for %s, %i images at once', (level, target, maxBatch) => {
  const { graph: optimised, program } = lower(graph, operators, { level, target });
  expect(verifyProgram(program, optimised, operators)).toEqual([]);
  expect(program.buffers.map(({ extent }) => extent)).toContain('once');
  const inputs = new Map([
    ['x', ramp(36, -2)],
    ['rate', Float32Array.of(0.5)],
    ['shift', ramp(12, 1)],
  ]);
  const parameters = new Map([['w', Float32Array.of(2, -4, 8)]]);
  const found = interpretProgram(program, { inputs, parameters, batch: 3, maxBatch });
  const feeds = (values: ReadonlyMap<string, Float32Array>) =>
    new Map([...values].map(([name, data]) => [name, { data }]));
  const expected = interpret(graph, operators, { inputs: feeds(inputs), parameters: feeds(parameters), batch: 3 });
  for (const name of ['y', 'z']) {
    expect([...found.get(name)!]).toEqual([...expected.outputs.get(name)!.data]);
  }
});

test.each(cells)('modules: -O%i for %s, %i images at once', async (level, target, maxBatch) => {
  const { program } = lower(graph, operators, { level, target });
  const net = await moduleOf(program).load(new Map([['w', Float32Array.of(2, -4, 8)]]), { maxBatch });
  const x = { x: ramp(36, -2), rate: Float32Array.of(0.5), shift: ramp(12, 1) };
  const { y, z } = net.run(x) as Readonly<Record<string, Float32Array>>;
  const feeds = Object.entries(x).map(([name, data]) => [name, { data }] as const);
  const weights = new Map([['w', { data: Float32Array.of(2, -4, 8) }]]);
  const { outputs } = interpret(graph, operators, { inputs: new Map(feeds), parameters: weights, batch: 3 });
  expect([...y!]).toEqual([...outputs.get('y')!.data]);
  expect([...z!]).toEqual([...outputs.get('z')!.data]);
  expect(() => net.run({ ...x, rate: Float32Array.of(1, 2) })).toThrow('rate has 2 elements; expected [1, 1, 1], 1');
});
