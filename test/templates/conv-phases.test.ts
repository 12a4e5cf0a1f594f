// Transposed convolutions and input gradients of convolutions with a stride, where they are computed phase by phase: against the f64
// definition, and modules against the program's interpreter, bit for bit.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { interpretProgram } from '../../compiler/program/interpret.ts';
import { moduleOf, runOracle } from '../support/executors.ts';
import { centred, formulaInput, formulaWeights } from '../support/formula.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';

const batch = 2;

function graphOf(channels: number, size: readonly [number, number], attributes: Attributes): Graph {
  const g = graphBuilder('Phases', operators, 'infer');
  const [value] = g.node({ op: 'conv_transpose', inputs: [g.input('image', [channels, ...size])], attributes });
  const [activated] = g.node({ op: 'relu', inputs: [value], attributes: {} });
  g.output('map', activated);
  return g.finish();
}

const cases: readonly (readonly [channels: number, size: readonly [number, number], Attributes])[] = [
  [24, [12, 11], { channels: 33, kernel: 3, stride: 2, padding: 1 }],
  [24, [12, 11], { channels: 33, kernel: 3, stride: 2, padding: 1, output_padding: 1 }],
  [16, [15, 14], { channels: 24, kernel: 4, stride: 2, padding: 1, bias: false }],
  [16, [15, 14], { channels: 24, kernel: 2, stride: 2 }],
  [40, [12, 13], { channels: 60, kernel: 1, stride: 2 }],
  [16, [9, 30], { channels: 24, kernel: [5, 3], stride: [1, 2], padding: [2, 1] }],
  [32, [14, 14], { channels: 48, kernel: 5, stride: 2, padding: 2, groups: 2 }],
];

const largestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

test.each(cases.flatMap((one) => (['js', 'wasm'] as const).map((target) => [target, ...one] as const)))(
  'for %s, %i channels of %o: %o',
  async (target, channels, size, attributes) => {
    const graph = graphOf(channels, size, attributes);
    const { program } = lower(graph, operators, { target });
    expect(program.run.map(({ kernel }) => kernel).join()).toMatch(/conv_transpose_\dx\d_s\d/);
    const parameters = formulaWeights(graph);
    const inputs = new Map([['image', formulaInput(graph, batch)]]);
    const expected = runOracle(graph, { inputs, parameters, batch }).outputs.get('map')!;
    const found = interpretProgram(program, { inputs, parameters, batch }).get('map')!;
    const differences = Array.from(expected, (value, at) => Math.abs(value - found[at]!));
    expect(largestOf(differences) / largestOf(Array.from(expected))).toBeLessThan(1e-6);
    const weights = writeSafetensors(
      graph.parameters.map(({ name, value }) => ({
        name,
        shape: typeOf(graph, value).shape,
        data: parameters.get(name)!,
      })),
    );
    const net = await moduleOf(program).load(weights, { maxBatch: batch });
    expect(net.run(inputs.get('image')!)).toEqual(Float32Array.from(found));
  },
);

test.each(
  (['js', 'wasm'] as const).flatMap((target) =>
    (['cross_correlation', 'convolution'] as const).map((mode) => [target, mode] as const),
  ),
)('the gradient of a strided convolution by its input, for %s, %s', async (target, mode) => {
  const window = { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1, mode };
  const g = graphBuilder('Phases', operators, 'train');
  const inputs = [g.input('upstream', [48, 9, 10]), g.once('weight', [48, 24, 3, 3])];
  const [gradient] = g.node({
    op: 'conv_input_gradient',
    inputs,
    attributes: { ...window, channels: 24, size: [18, 19] },
  });
  g.output('gradient', gradient);
  const graph = g.finish();
  const feeds = new Map([
    ['upstream', centred(1, batch * 48 * 90, 1)],
    ['weight', centred(2, 48 * 24 * 9, 0.1)],
  ]);
  const { program } = lower(graph, operators, { target });
  expect(program.run.map(({ kernel }) => kernel).join()).toMatch(/conv_transpose_3x3_s2/);
  const parameters = new Map<string, Float32Array>();
  const expected = runOracle(graph, { inputs: feeds, parameters, batch }).outputs.get('gradient')!;
  const found = interpretProgram(program, { inputs: feeds, parameters, batch }).get('gradient')!;
  const differences = Array.from(expected, (value, at) => Math.abs(value - found[at]!));
  expect(largestOf(differences) / largestOf(Array.from(expected))).toBeLessThan(1e-6);
  const net = await moduleOf(program).load({}, { maxBatch: batch });
  expect(net.run(Object.fromEntries(feeds))).toEqual(Float32Array.from(found));
});
