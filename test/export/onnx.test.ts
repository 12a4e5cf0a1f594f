// What `cnnc export --onnx` writes: valid models whose names are ours, and the same networks when they are read again. onnxruntime runs
// them in test/bench/export-check.ts.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators, stepOperators } from '../../compiler/ops/index.ts';
import { exportOnnx } from '../../src/export/onnx/index.ts';
import { exporters } from '../../src/export/onnx/operators/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { decodeModel, isProblem } from '../../src/onnx/file/decode.ts';
import type { Model } from '../../src/onnx/file/messages.ts';
import { arbitraryOperatorCase } from '../support/arbitrary-operator.ts';
import { exampleNetworks } from '../support/examples-list.ts';
import { runOracle } from '../support/executors.ts';
import { formulaInputs, formulaWeights } from '../support/formula.ts';
import { caseGraph } from '../support/operator-graph.ts';
import { roundTripDifference } from '../support/round-trip.ts';
import { runs } from '../support/runs.ts';

const graphOf = (text: string): Graph => frontend({ path: 'net.cnn', text }, { operators }).networks[0]!.graph;

function modelOf(graph: Graph, batch?: number): Model {
  const exported = exportOnnx(graph, formulaWeights(graph), batch === undefined ? {} : { batch });
  if ('problems' in exported) throw new Error(JSON.stringify(exported.problems));
  const model = decodeModel(exported.bytes);
  if (isProblem(model)) throw new Error(model.what);
  return model;
}

/** Written by the language, and by passes on weights alone. */
const written = [...operators.values()].filter(
  ({ name, internal }) => !stepOperators.has(name) && (!internal || exporters.has(name)),
);

/** ONNX's take regions of a whole batch. */
const ofRegions = ['roi_align', 'roi_pool'];

/** Those on numbers by themselves, without weights. */
const elementwise = written
  .filter(({ pointwise, parameters, internal }) => pointwise && !parameters && !internal)
  .map(({ name }) => name);

test('every operator of the language is written', () => {
  expect(written.map(({ name }) => name).filter((name) => !exporters.has(name))).toEqual([]);
  expect([...exporters.keys()].filter((name) => !operators.has(name))).toEqual([]);
});

describe('the file', () => {
  const { graph } = exampleNetworks.find(([title]) => title === 'googlenet: GoogLeNet')![1];
  const model = modelOf(graph);
  const { node, initializer, input, output, valueInfo } = model.graph!;

  test('says which version it is of: operator set 21, which is of IR version 10', () => {
    expect(model.irVersion).toBe(10n);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 21n]]);
    expect(model.producerName).toBe('cnnc');
  });

  test('gives each name once, and before it is read', () => {
    const known = new Set([...input, ...initializer].map(({ name }) => name));
    expect(known.size).toBe(input.length + initializer.length);
    for (const one of node) {
      expect(one.input.filter((name) => name !== '' && !known.has(name))).toEqual([]);
      for (const name of one.output) {
        expect(known.has(name), name).toBe(false);
        known.add(name);
      }
    }
    expect(output.every(({ name }) => known.has(name))).toBe(true);
    expect(new Set(node.map(({ name }) => name)).size).toBe(node.length);
  });

  test('has the names of steps, weights, inputs and outputs', () => {
    expect(input.map(({ name }) => name)).toEqual(graph.inputs.map(({ name }) => name));
    expect(output.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
    expect(initializer.map(({ name }) => name)).toEqual(graph.parameters.map(({ name }) => name));
    expect(node.map(({ name }) => name)).toEqual(graph.nodes.map(({ name }) => name));
  });

  test('has any number of images, or the number that is asked for, and shapes of all values', () => {
    const dims = (of: Model['graph']) =>
      of!.input.map(({ type }) => type!.tensorType!.shape!.dim.map(({ value }) => value.value));
    expect(dims(model.graph)).toEqual([['batch', 1n, 96n, 96n]]);
    expect(dims(modelOf(graph, 8).graph)).toEqual([[8n, 1n, 96n, 96n]]);
    expect(valueInfo.length + output.length).toBe(graph.nodes.length);
  });
});

test('attributes are of the types that ONNX names, and bounds that are infinite are absent', () => {
  const { node } = modelOf(
    graphOf('network N {\n  input x: [4, 8, 8]\n  conv(2, kernel: 3) -> leaky_relu(1) -> maximum(0) -> softmax\n}'),
  ).graph!;
  const attributes = Object.fromEntries(
    node.flatMap(({ opType, attribute }) => attribute.map(({ name, type }) => [`${opType}.${name}`, type])),
  );
  // 1: a float, 2: an integer, 7: integers.
  expect(attributes).toEqual({
    ...{ 'Conv.kernel_shape': 7, 'Conv.strides': 7, 'Conv.pads': 7, 'Conv.dilations': 7, 'Conv.group': 2 },
    ...{ 'LeakyRelu.alpha': 1, 'Softmax.axis': 2 },
  });
  expect(node.find(({ opType }) => opType === 'Clip')!.input).toHaveLength(2);
});

test('what is put out twice, or is an input, is copied', () => {
  const { node, output } = modelOf(
    graphOf('network N {\n  input x: [3]\n  a = relu\n  b = a\n  output a, b, x\n}'),
  ).graph!;
  expect(output).toHaveLength(3);
  expect(node.map(({ opType }) => opType)).toEqual(['Relu', 'Identity', 'Identity']);
});

test('strict convolution is written with its windows turned by half a turn', () => {
  const graph = graphOf('network N {\n  input x: [1, 4, 4]\n  conv(1, kernel: 2x3, bias: false, mode: convolution)\n}');
  const exported = exportOnnx(graph, new Map([[graph.parameters[0]!.name, Float32Array.of(1, 2, 3, 4, 5, 6)]]));
  const imported = importOnnx((exported as { readonly bytes: Uint8Array }).bytes);
  const [weight] = [...(imported as Exclude<typeof imported, { problems: unknown }>).weights.values()];
  expect([...weight!.data]).toEqual([6, 5, 4, 3, 2, 1]);
});

/** The largest difference between a network and what is read of its file, of its largest number. */
function differenceRead(graph: Graph): number {
  const parameters = formulaWeights(graph);
  const exported = exportOnnx(graph, parameters);
  if ('problems' in exported) throw new Error(JSON.stringify(exported.problems));
  const imported = importOnnx(exported.bytes);
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  const inputs = formulaInputs(graph, 1);
  const weights = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const expected = runOracle(graph, { inputs, parameters, batch: 1 });
  const found = runOracle(imported.network.graph, { inputs, parameters: weights, batch: 1 });
  const [values, others] = [expected, found].map(({ outputs }) => [...outputs.values()][0]!);
  expect(others!.length).toBe(values!.length);
  return Math.max(...Array.from(values!, (value, at) => Math.abs(value - others![at]!))) / expected.largest;
}

test('corners of a size that a factor leaves part of a pixel of are those of the size, as PyTorch has it', () => {
  const graph = graphOf(
    'network N {\n  input x: [3, 28, 8]\n  resize(factor: [1.3, 0.4], mode: bilinear, align_corners: true)\n}',
  );
  const { node, initializer } = modelOf(graph).graph!;
  expect(node[0]!.input.map((name) => initializer.find((one) => one.name === name)?.dims)).toEqual([
    ...[undefined, undefined, undefined, [2n]],
  ]);
  expect(differenceRead(graph)).toBeLessThan(1e-12);
});

// By ONNX's inference of shapes, which onnxruntime has and which drops no window, 9 rows padded by 1 have 3 windows of 2 at steps of 5.
test.each([
  ['max_pool(2, stride: 5x1, padding: 1, ceil: true)', [1, 1, 0, 1]],
  ['max_pool(3, stride: 5, padding: 1, ceil: true, dilation: 1)', [1, 1, 0, 0]],
  ['lp_pool(2, stride: 5x1, padding: 1, ceil: true)', [1, 1, 0, 1]],
  ['avg_pool(2, stride: 5x1, padding: 1, ceil: true, count_padding: false)', [1, 1, 0, 1]],
  ['avg_pool(2, stride: 5x1, padding: 1, ceil: true)', [1, 1, 0, 1]],
] as const)('%s is written without the window that is dropped', (pool, pads) => {
  const graph = graphOf(`network N {\n  input x: [2, 9, 7]\n  ${pool}\n}`);
  const [{ attribute } = { attribute: [] }] = modelOf(graph).graph!.node;
  const integers = new Map(attribute.map(({ name, ints, i }) => [name, [...ints, i].map(Number)]));
  expect(integers.get('ceil_mode')).toEqual([0]);
  expect(integers.get('pads')!.slice(0, 4)).toEqual(pads);
  expect(differenceRead(graph)).toBe(0);
});

test('a size is read as it is, whatever its quotient by the extent rounds to', () => {
  const pairs = Array.from({ length: 40 * 40 }, (_, at) => [Math.floor(at / 40) + 1, (at % 40) + 1] as const);
  const rounded = pairs.filter(([extent, size]) => extent * (size / extent) !== size);
  expect(rounded.length).toBeGreaterThan(20);
  for (const [extent, size] of rounded) {
    const graph = graphOf(`network N {\n  input x: [1, ${extent}, ${extent}]\n  resize(${size})\n}`);
    expect(differenceRead(graph), `${extent} to ${size}`).toBe(0);
  }
});

test.each(['kernel: 5x2, stride: 1x3', 'kernel: 3x4, stride: 2, padding: [1, 0, 3, 2]', 'kernel: 1, stride: 3x1'])(
  'conv_transpose with %s adds fewer rows and columns than its stride has, as ONNX demands',
  (window) => {
    const graph = graphOf(
      `network N {\n  input x: [2, 3, 4]\n  conv_transpose(4, ${window}, output_padding: 2, dilation: 3, groups: 2)\n}`,
    );
    const [{ attribute } = { attribute: [] }] = modelOf(graph).graph!.node;
    const list = (wanted: string) => attribute.find(({ name }) => name === wanted)!.ints.map(Number);
    const [added, stride] = [list('output_padding'), list('strides')];
    expect(added.filter((rows, axis) => rows >= stride[axis]!)).toEqual([]);
    expect(list('pads').filter((rows) => rows < 0)).toEqual([]);
    expect(differenceRead(graph)).toBeLessThan(1e-12);
  },
);

describe('what cannot be written is refused', () => {
  test('every step that only a training has, in one go', () => {
    const builder = graphBuilder('n', operators);
    const x = builder.input('x', [4, 2, 2]);
    const [a] = builder.node({ op: 'zeros', name: 'first', inputs: [x] });
    const [b] = builder.node({ op: 'channel_sum', name: 'second', inputs: [a] });
    builder.output('y', b);
    const exported = exportOnnx(builder.finish(), new Map());
    expect(exported).toMatchObject({
      problems: [
        { node: 'first', operator: 'zeros' },
        { node: 'second', operator: 'channel_sum' },
      ],
    });
  });

  test.each(ofRegions)('%s, whose regions would have to name their image', (op) => {
    const graph = graphOf(`network N {\n  input x: [2, 8, 8]\n  input r: [3, 4]\n  x -> ${op}(r, size: 2)\n}`);
    const what = expect.stringContaining('the number of its image');
    expect(exportOnnx(graph, new Map())).toMatchObject({ problems: [{ operator: op, what }] });
  });

  test('2 GiB of weights, before they are looked at', () => {
    const graph = graphOf('network N {\n  input x: [32768]\n  dense(16384)\n}');
    expect(
      graph.parameters.reduce((sum, { value }) => sum + 4 * sizeOf(typeOf(graph, value).shape), 0),
    ).toBeGreaterThan(2 ** 31);
    expect(exportOnnx(graph, new Map())).toMatchObject({ problems: [{ what: expect.stringContaining('2147549184') }] });
  });
});

describe('read again, an operator computes the same', () => {
  test.each(written.map(({ name }) => name).filter((op) => !ofRegions.includes(op)))('%s', (op) => {
    fc.assert(
      fc.property(arbitraryOperatorCase([op]), (one) => {
        // Beside what flows, joins alone read constants.
        fc.pre(one.inputs.every(({ batched }) => batched));
        const { graph, feeds } = caseGraph(one, 2, 1, []);
        const exported = exportOnnx(graph, feeds.parameters);
        if ('problems' in exported) throw new Error(JSON.stringify(exported.problems));
        const imported = importOnnx(exported.bytes);
        if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
        const weights = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
        const expected = runOracle(graph, feeds);
        const found = runOracle(imported.network.graph, { ...feeds, parameters: weights });
        graph.outputs.forEach(({ name }, at) => {
          const values = found.outputs.get(imported.network.graph.outputs[at]!.name)!;
          const distances = Array.from(expected.outputs.get(name)!, (number, place) =>
            Math.abs(number - values[place]!),
          );
          expect(Math.max(...distances)).toBeLessThanOrEqual(1e-6 * expected.largest);
        });
      }),
      runs(6, op),
    );
  });
});

describe('read again, a step is itself', () => {
  // With numbers that none of their attributes has by default.
  test.each(elementwise)('%s', (op) => {
    fc.assert(
      fc.property(arbitraryOperatorCase([op]), (one) => {
        // Tokens are written as images of one row.
        fc.pre(one.inputs.every(({ shape }) => shape.length !== 2));
        const { graph, feeds } = caseGraph(one, 2, 1, []);
        expect(roundTripDifference(graph, feeds.parameters)).toBeUndefined();
      }),
      runs(20, `${op} itself`),
    );
  });

  test.each([
    ['[8, 3, 3]', 'batch_norm(epsilon: 0.1, momentum: 0.3)'],
    ['[8, 3, 3]', 'group_norm(groups: 2, epsilon: 0.1)'],
    ['[8, 3, 3]', 'layer_norm(over: map, epsilon: 0.1)'],
    // A single pixel, whose channels are all numbers of its map.
    ['[8, 1, 1]', 'layer_norm(over: map)'],
    ['[8, 1, 1]', 'layer_norm'],
    ['[1, 1, 1]', 'layer_norm(over: map)'],
    ['[8, 3, 3]', 'local_response_norm(size: 3, alpha: 0.1, beta: 0.5, k: 2)'],
    ['[8, 3, 3]', 'local_response_norm(size: 4, alpha: 0.1, beta: 0.5, k: 2)'],
    ['[3, 4, 5]', 'local_response_norm(size: 2)'],
    ['[3, 1, 1]', 'local_response_norm(size: 8, alpha: 1, beta: 1, k: 0)'],
    ['[8, 3, 3]', 'rms_norm(epsilon: 0.1)'],
    ['[8, 3, 3]', 'rms_norm(affine: false)'],
    ['[8, 3, 3]', 'rms_norm(over: map)'],
    ['[8]', 'rms_norm'],
    ['[3, 8, 8]', 'tokens -> dense(6) -> rms_norm -> dense(3)'],
    ['[8, 3, 3]', 'max_pool(2) -> max_unpool(x, kernel: 2)'],
    ['[8, 3, 5]', 'max_pool(2, stride: 3, padding: 1) -> max_unpool(x, kernel: 2, stride: 3, padding: 1)'],
    ['[8, 7, 7]', 'lp_pool(2, p: 3, stride: 3)'],
    ['[2, 7, 7]', 'avg_pool(3, padding: 1, count_padding: false)'],
    ['[8, 3, 3]', 'prelu(shared: true)'],
  ])('%s -> %s', (shape, steps) => {
    const graph = graphOf(`network N {\n  input x: ${shape}\n  ${steps}\n}`);
    expect(roundTripDifference(graph, formulaWeights(graph))).toBeUndefined();
  });
});

/** Larger ones in nightly runs. */
const MOST_NUMBERS = Number(process.env['CNNC_RUNS'] ?? 1) > 1 ? Infinity : 500_000;

describe('read again, an example is the same network with the same weights', () => {
  const numbersOf = (graph: Graph): number =>
    graph.parameters.reduce((sum, { value }) => sum + sizeOf(typeOf(graph, value).shape), 0);
  test.each(exampleNetworks.filter(([, { graph }]) => numbersOf(graph) <= MOST_NUMBERS))('%s', (_, { graph }) => {
    expect(roundTripDifference(graph, formulaWeights(graph))).toBeUndefined();
  });
});
