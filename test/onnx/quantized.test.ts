// Quantised models of ONNX as networks in f32: against the codes of PyTorch's quantised functions, and what is refused of them.

import { describe, expect, test } from 'vitest';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, modelBytes, node } from './models.ts';
import found from '../fixtures/pytorch/quantized.json' with { type: 'json' };

type Case = (typeof found.cases)[number];

const integers = (name: string, dims: readonly number[], data: readonly number[], dataType: number) => ({
  name,
  dims: dims.map(BigInt),
  dataType,
  int32Data: [...data],
});
const bytes = (name: string, dims: readonly number[], data: readonly number[]) =>
  integers(name, dims, data, dataTypes.uint8);
const signed = (name: string, dims: readonly number[], data: readonly number[]) =>
  integers(name, dims, data, dataTypes.int8);

const X_SCALE = 2 ** -5;
const Y_SCALE = 0.15625;

/** What both forms of a case have. */
function partsOf({ x, y, weight, bias, multiplier, zeros, window }: Case) {
  const outputs = weight.shape[0]!;
  const scales = multiplier.map((factor) => Math.fround((factor * Y_SCALE) / X_SCALE));
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = window as Record<string, number>;
  const both = (value: number): readonly number[] => [value, value];
  return {
    input: [border('x', ['n', ...x.shape.slice(1)])],
    output: [border('y', ['n', ...y.shape.slice(1)])],
    initializer: [
      floats('xs', [], [X_SCALE]),
      bytes('xz', [], [zeros[0]!]),
      floats('ys', [], [Y_SCALE]),
      bytes('yz', [], [zeros[1]!]),
      signed('w', weight.shape, weight.data),
      floats('ws', [outputs], scales),
      signed('wz', [outputs], Array<number>(outputs).fill(0)),
      integers('b', [outputs], bias, dataTypes.int32),
      floats(
        'bs',
        [outputs],
        scales.map((scale) => scale * X_SCALE),
      ),
    ],
    settings: { strides: both(stride), pads: Array<number>(4).fill(padding), dilations: both(dilation), group: groups },
  };
}

interface Imported {
  readonly graph: Graph;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

function imported(model: Uint8Array): Imported {
  const found = importOnnx(model);
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  const weights = new Map([...found.weights].map(([name, { data }]) => [name, Float32Array.from(data)]));
  return { graph: found.network.graph, weights };
}

/** What the codes of x stand for. */
const numbersOf = ({ x, zeros }: Case): Float32Array =>
  Float32Array.from(x.data, (code) => (code - zeros[0]!) * X_SCALE);

/** Numbers of the file's only output. */
function run(model: Uint8Array, one: Case): ArrayLike<number> {
  const { graph, weights: parameters } = imported(model);
  const { outputs } = runOracle(graph, {
    inputs: new Map([['x', numbersOf(one)]]),
    parameters,
    batch: one.x.shape[0]!,
  });
  return [...outputs.values()][0]!;
}

/** Before they are rounded to codes: within half a code of what PyTorch has. */
function expectCodes(y: ArrayLike<number>, { y: expected, zeros }: Case): void {
  expect(y.length).toBe(expected.data.length);
  const distances = expected.data.map((code, at) => Math.abs(y[at]! / Y_SCALE + zeros[1]! - code));
  expect(Math.max(...distances)).toBeLessThan(0.5001);
}

const convolutions = found.cases.filter(({ kind }) => kind === 'conv').map((one, at) => [at, one] as const);
const layers = found.cases.filter(({ kind }) => kind === 'linear').map((one, at) => [at, one] as const);

describe('convolutions', () => {
  test.each(convolutions)('QLinearConv %i', (_, one) => {
    const { settings, ...parts } = partsOf(one);
    const model = modelBytes({
      ...parts,
      node: [
        node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
        node('QLinearConv', ['q', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz', 'b'], ['r'], settings),
        node('DequantizeLinear', ['r', 'ys', 'yz'], ['y']),
      ],
    });
    expectCodes(run(model, one), one);
  });
  const between = ({ settings, ...parts }: ReturnType<typeof partsOf>) =>
    modelBytes({
      ...parts,
      node: [
        node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
        node('DequantizeLinear', ['q', 'xs', 'xz'], ['d']),
        node('DequantizeLinear', ['w', 'ws', 'wz'], ['v'], { axis: 0 }),
        node('DequantizeLinear', ['b', 'bs'], ['c'], { axis: 0 }),
        node('Conv', ['d', 'v', 'c'], ['p'], settings),
        node('QuantizeLinear', ['p', 'ys', 'yz'], ['r']),
        node('DequantizeLinear', ['r', 'ys', 'yz'], ['y']),
      ],
    });
  test.each(convolutions)('between DequantizeLinear and QuantizeLinear %i', (_, one) => {
    expectCodes(run(between(partsOf(one)), one), one);
  });
  test.each(convolutions)('in whole numbers, without images %i', async (_, one) => {
    const { graph, weights } = imported(between(partsOf(one)));
    const { graph: quantized, tensors } = await quantizeNetwork({ graph }, weights, []);
    const inputs = new Map([['x', numbersOf(one)]]);
    const { outputs } = runOracle(quantized, { inputs, parameters: tensors, batch: one.x.shape[0]! });
    const [y] = [...outputs.values()];
    // One code of 7 bits is 255 / 127 of 8 bits.
    const distances = one.y.data.map((code, at) => Math.abs(y![at]! / Y_SCALE + one.zeros[1]! - code));
    expect(Math.max(...distances)).toBeLessThan(255 / 127);
  });
});

test.each(layers)('QLinearMatMul %i', (_, one) => {
  const { settings: _none, initializer, ...parts } = partsOf(one);
  const [outputs, inputs] = one.weight.shape as [number, number];
  const turned = Array.from(
    { length: inputs * outputs },
    (__, at) => one.weight.data[(at % outputs) * inputs + Math.floor(at / outputs)]!,
  );
  const model = modelBytes({
    ...parts,
    initializer: [...initializer.filter(({ name }) => name !== 'w'), signed('w', [inputs, outputs], turned)],
    node: [
      node('QuantizeLinear', ['x', 'xs', 'xz'], ['q']),
      node('QLinearMatMul', ['q', 'xs', 'xz', 'w', 'ws', 'wz', 'ys', 'yz'], ['r']),
      node('DequantizeLinear', ['r', 'ys', 'yz'], ['y']),
    ],
  });
  // Without the bias, which QLinearMatMul does not have.
  const { multiplier, bias, zeros, y } = one;
  const numbers = run(model, one);
  const codes = y.data.map((code, at) => Math.round(code - bias[at % outputs]! * multiplier[at % outputs]!));
  for (const [at, code] of codes.entries())
    if (y.data[at]! > 0 && y.data[at]! < 255 && code > 0 && code < 255)
      expect(Math.abs(numbers[at]! / Y_SCALE + zeros[1]! - code)).toBeLessThan(1.0001);
});

const scales = [floats('s', [], [0.5]), bytes('z', [], [0]), floats('t', [], [0.25])];
const small = (...nodes: readonly ReturnType<typeof node>[]) =>
  importOnnx(
    modelBytes({
      input: [border('x', ['n', 4, 6, 6])],
      output: [border('y', [])],
      initializer: [...scales, floats('many', [4], [1, 1, 1, 1]), integers('z16', [], [0], dataTypes.int32)],
      node: [node('QuantizeLinear', ['x', 's', 'z'], ['q']), ...nodes],
    }),
  );

test('pools and joins of codes are those of numbers', () => {
  const imported = small(
    node('MaxPool', ['q'], ['m'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Concat', ['m', 'm'], ['c'], { axis: 1 }),
    node('DequantizeLinear', ['c', 's', 'z'], ['y']),
  );
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  expect(imported.network.graph.nodes.map(({ op }) => op)).toEqual(['clip', 'max_pool', 'concat']);
  // The least and the largest code of uint8 with the zero point 0.
  expect(imported.network.graph.nodes[0]!.attributes).toMatchObject({ min: 0, max: 127.5 });
});

test.each([
  [[node('Relu', ['q'], ['y'])], 'it computes with codes of 8 bits'],
  [[node('Identity', ['q'], ['y'])], 'the output "y" is codes of 8 bits, and networks give floats'],
  [
    [node('DequantizeLinear', ['q', 't', 'z'], ['y'])],
    "its scale and zero point are 0.25 and 0, and its operand's 0.5 and 0",
  ],
  [[node('QuantizeLinear', ['x', 'many', 'z'], ['y'])], 'a value that is computed has a scale for each part of it'],
  [[node('QuantizeLinear', ['x', 's', 'z16'], ['y'])], 'its codes are not of 8 bits'],
  [[node('Concat', ['q', 'x'], ['y'], { axis: 1 })], 'it joins codes with other values'],
  [[node('DequantizeLinear', ['x', 's', 'z'], ['y'])], 'its operand is no codes'],
] as const)('refuses %#', (nodes, what) => {
  expect(small(...nodes)).toMatchObject({ problems: [{ what }] });
});
