// What lies between two layers is PyTorch's function of dequantised numbers, quantised again, code for code
// (test/fixtures/pytorch/quantized-steps.py): from the graph in f32 and the scales, by the interpreter and modules of both targets.

import { expect, test } from 'vitest';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';
import { tapped } from '../../src/quantize/tapped.ts';
import { quantizedTensors } from '../../src/quantize/tensors.ts';
import found from '../fixtures/pytorch/quantized-steps.json' with { type: 'json' };

type Case = (typeof found.cases)[number];

/** A layer whose weights are 1 and 0: codes of the same scale stay as they are. */
const identity = (name: string, id: number, x: number, channels: number): string =>
  [
    `%${id + 1} = parameter ${name}.weight : [${channels},${channels},1,1] he(1, 1)`,
    `%${id} = conv(%${x}, %${id + 1}) {channels=${channels}, kernel=1, bias=false} as ${name}`,
  ].join('\n');

const unitMatrix = (size: number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));

/** Inputs, a layer for each, the step, and a layer to f32. Operands have the values 10, 20, …, the step 1. */
function networkOf({ op, attributes, operands, result, weights }: Case) {
  const own = Object.entries(weights ?? {}).map(([name, { data }], at) => ({ name: `op.${name}`, data, id: 3 + at }));
  const shapes = Object.entries(weights ?? {}).map(([name, { shape }], at) => {
    return `%${3 + at} = parameter op.${name} : [${shape.join()}] he(1, 1)`;
  });
  const read = [...operands.map((_, at) => 10 * (at + 1)), ...own.map(({ id }) => id)];
  const lines = [
    ...operands.map(({ shape }, at) => `%${10 * at + 12} = input x${at} : [N,${shape.slice(1).join()}]`),
    ...operands.map(({ shape }, at) => identity(`a${at}`, 10 * (at + 1), 10 * at + 12, shape[1]!)),
    ...shapes,
    `%1 = ${op}(${read.map((id) => `%${id}`).join(', ')})${attributes && ` {${attributes}}`} as op`,
    identity('last', 5, 1, result.shape[1]!),
    'output y = %5',
  ];
  const identities = operands.map(({ shape }, at) => [`a${at}.weight`, unitMatrix(shape[1]!)] as const);
  const filled = new Map<string, Float32Array>([...identities, ['last.weight', unitMatrix(result.shape[1]!)] as const]);
  for (const { name, data } of own) filled.set(name, Float32Array.from(data));
  return { graph: parseGraph(`graph G {\n${lines.join('\n')}\n}`, operators), filled };
}

const runners = ['interpreter', 'js', 'wasm'] as const;

test.each(
  found.cases.map((one, at) => [`${at}: ${one.op} of ${one.operands.length}, ${one.attributes}`, one] as const),
)('%s', async (_, one) => {
  const { graph, filled } = networkOf(one);
  const made = quantizedGraph(graph, operators);
  expect(made.misses).toEqual([]);
  const scaleOf = (value: ValueId) => {
    const at = [...one.operands.keys()].find((number) => {
      const [input, layer] = [graph.inputs[number]!.value, graph.nodes.find(({ name }) => name === `a${number}`)!];
      return value === input || value === layer.results[0];
    });
    return at === undefined ? one.result : one.operands[at]!;
  };
  const scales = made.plan.groups.map(({ observed }) => scaleOf(observed[0]!));
  const weights = new Map([...filled].map(([name, data]) => [name, { data }]));
  const tensors = quantizedTensors({ graph, operators, plan: made.plan, weights, scales });
  const inputs = new Map(
    one.operands.map(({ codes, scale, zero }, at) => [
      `x${at}`,
      Float32Array.from(codes, (code) => (code - zero) * scale),
    ]),
  );
  const [{ value: y }] = made.graph.outputs as unknown as readonly [{ readonly value: ValueId }];
  const { scale, zero, codes } = one.result;
  expect(new Set(codes).size).toBeGreaterThan(2);
  for (const runner of runners) {
    const network = await tapped(made.graph, tensors, [y], runner);
    const numbers = network.run(inputs).get(y)!;
    network.close();
    expect(
      Array.from(numbers, (number) => Math.round(number / scale) + zero),
      runner,
    ).toEqual(codes);
  }
});
