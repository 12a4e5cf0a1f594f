// States lie in one place from pass to pass: what reads one sees the value before the pass, and its next value takes its place.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import type { Program } from '../../compiler/program/program.ts';
import { verifyProgram } from '../../compiler/program/verify.ts';
import type { StateTensor } from '../../runtime/states.ts';
import { moduleOf } from '../support/executors.ts';
import { numbersFrom, runStep } from '../support/step.ts';

const initial = { kind: 'constant', value: 0 } as const;

/** Layers whose weights are states, of which each pass takes a part of them away. */
function layers(): Graph {
  const g = graphBuilder('Layers', operators, 'train');
  const x = g.input('x', [4, 6, 5]);
  const rate = g.once('rate', [1]);
  const filters = g.state('filters', [6, 2, 3, 3], 'parameter', initial);
  const bias = g.state('bias', [6], 'parameter', initial);
  const matrix = g.state('matrix', [7, 6 * 6 * 5], 'parameter', initial);
  const still = g.state('still', [3], 'buffer', initial);
  const window = { kernel: 3, padding: 1 };
  const [maps] = g.node({
    op: 'conv',
    inputs: [x],
    attributes: { channels: 6, ...window, groups: 2 },
    parameters: [filters, bias],
  });
  const [flat] = g.node({ op: 'flatten', inputs: [maps] });
  const [y] = g.node({ op: 'dense', inputs: [flat], attributes: { features: 7, bias: false }, parameters: [matrix] });
  const [back] = g.node({
    op: 'conv_input_gradient',
    inputs: [maps, filters],
    attributes: { ...window, channels: 4, size: [6, 5], groups: 2, mode: 'convolution' },
  });
  const [row] = g.node({ op: 'dense_input_gradient', inputs: [y, matrix] });
  for (const [name, value] of Object.entries({ filters, bias, matrix })) {
    const [next] = g.node({ op: 'sgd_weight', inputs: [value, rate, value, value], attributes: { decay: 0.5 } });
    g.output(name, next);
  }
  for (const [name, value] of Object.entries({ y, back, row, still })) g.output(name, value);
  return g.finish();
}

const graph = layers();
const batch = 3;
const next = numbersFrom(11);
const feeds = new Map(
  graph.inputs.map(({ name, value }) => {
    const { shape, batched } = typeOf(graph, value);
    const data = Float32Array.from({ length: sizeOf(shape) * (batched ? batch : 1) }, next);
    return [name, name === 'rate' ? Float32Array.of(0.25) : data] as const;
  }),
);
const precise = (data: Float32Array) => ({ data: Float64Array.from(data) });
const expected = runStep(graph, new Map([...feeds].map(([name, data]) => [name, precise(data)])), batch);

describe.each(['js', 'wasm'] as const)('%s', (target) => {
  const { graph: lowered, program } = lower(graph, operators, { target });

  test('the program is sound, and the interpreter keeps the states', () => {
    expect(verifyProgram(program, lowered, operators)).toEqual([]);
    const found = interpretProgram(program, { inputs: feeds, parameters: new Map(), batch });
    for (const [name, data] of expected) expectClose(found.get(name)!, data, name);
  });

  test('a program that overwrites a state too early, or leaves it as it was, is refused', () => {
    const { run } = program;
    const update = run.findIndex(({ nodes }) => nodes.includes('sgd_weight1'));
    const early: Program = { ...program, run: [run[update]!, ...run.filter((_, at) => at !== update)] };
    expect(verifyProgram(early, lowered, operators).join('\n')).toMatch(/reads|overwrites/);
    const without: Program = { ...program, run: run.filter((_, at) => at !== update) };
    expect(verifyProgram(without, lowered, operators).join('\n')).toContain('state filters');
  });

  test('a module does, too, pass after pass', async () => {
    const net = await moduleOf(program).load({}, { maxBatch: batch });
    const { states } = net as unknown as { readonly states: readonly StateTensor[] };
    expect(states.map(({ name }) => name)).toEqual(['filters', 'bias', 'matrix', 'still']);
    for (const state of states) state.write(feeds.get(state.name)!);
    const x = { x: feeds.get('x')!, rate: feeds.get('rate')! };
    const outputs = net.run(x) as Readonly<Record<string, Float32Array>>;
    const after = new Map([...Object.entries(outputs), ...states.map((state) => [state.name, state.read()] as const)]);
    for (const [name, data] of expected) expectClose(after.get(name)!, data, name);
    net.run(x);
    const twice = feeds.get('bias')!.map((value) => value * 0.625 ** 2);
    expectClose(states[1]!.read(), twice, 'bias');
  });
});

function expectClose(found: ArrayLike<number>, data: ArrayLike<number>, name: string): void {
  expect(found.length, name).toBe(data.length);
  const largest = Math.max(...Array.from(data, Math.abs));
  for (let at = 0; at < data.length; at += 1)
    expect(Math.abs(found[at]! - data[at]!), `${name}[${at}]`).toBeLessThanOrEqual(2e-6 * largest);
}

test('weights of a pass are packed in one place, layer after layer', () => {
  const packed = (layers: number): number => {
    const g = graphBuilder('Layers', operators, 'train');
    let x = g.input('x', [40]);
    for (let layer = 0; layer < layers; layer += 1) {
      const matrix = g.state(`matrix${layer}`, [40, 40], 'parameter', initial);
      [x] = g.node({ op: 'dense', inputs: [x], attributes: { features: 40, bias: false }, parameters: [matrix] });
      g.output(`matrix${layer}`, matrix);
    }
    g.output('y', x);
    return lower(g.finish(), operators, { target: 'wasm' }).program.sections.weights.length;
  };
  expect(packed(1)).toBe(40 * 40);
  expect(packed(3)).toBe(40 * 40);
});
