// What a refusal says can be done, and models that say two things at once.

import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';
import type { NodeInit, TensorInit } from './models.ts';

function read(
  nodes: readonly NodeInit[],
  initializer: readonly TensorInit[] = [],
  rest: object = {},
  dims = [2, 8, 8],
) {
  const graph = {
    input: [border('x', ['n', ...dims])],
    output: [{ name: 'y' }],
    initializer: [...initializer],
    node: [...nodes],
  };
  return importOnnx(modelBytes(graph, rest));
}
type Read = ReturnType<typeof read>;
const problemOf = (found: Read): string => ('problems' in found ? found.problems[0]!.what : 'none');
const mendOf = (found: Read): string => ('problems' in found ? found.problems[0]!.mend : 'none');

test.each([
  ['NonMaxSuppression', '', /end the model before it .*with boxes and scores as outputs/],
  ['Unique', '', /sort that in your program/],
  ['LSTM', '', /no state from step to step/],
  ['Loop', '', /as a trace/],
  ['GridSample', '', /at places that the network computes/],
  ['RotaryEmbedding', '', /opset_version=17/],
  ['NhwcFusedConv', 'com.microsoft', /take the file that it was given/],
  ['Det', '', /write this part of the network with other operators/],
])('%s is refused, and what can be done is said', (opType, domain, expected) => {
  const found = read([{ ...node(opType, ['x'], ['y']), domain }]);
  expect(problemOf(found)).toMatch('this operator is not supported');
  expect(mendOf(found)).toMatch(expected);
});

test('an exponent that flows is refused, with what is the same but for rounding', () => {
  const two = floats('two', [], [2]);
  const tanh = node('Tanh', ['x'], ['t']);
  const ofNumber = read([tanh, node('Pow', ['two', 't'], ['y'])], [two]);
  const ofValue = read([tanh, node('Pow', ['x', 't'], ['y'])]);
  expect(problemOf(ofNumber)).toBe('its exponent is known only when the network runs');
  expect(mendOf(ofNumber)).toBe('write it as exp(0.69314718 · x), which is the same but for rounding');
  expect(mendOf(ofValue)).toBe('write it as exp(ln(a) · x), where the base a is above 0');
  // An input may be a constant.
  expect(mendOf(read([node('Pow', ['two', 'x'], ['y'])], [two]))).toBe(
    'where x is a constant, give it: --constant x=FILE',
  );
});

test.each([
  ['that is not supported', node('Foo', ['x'], ['x'])],
  ['that is refused', node('Conv', ['x', 'x'], ['x'])],
  ['that is read', node('Relu', ['x'], ['x'])],
])('refused: a node %s whose result is called as an input', (_, named) => {
  expect(read([named, node('Tanh', ['x'], ['y'])])).toHaveProperty('problems.length', 1);
});

const f = (nodes: readonly NodeInit[]) => ({ name: 'F', domain: 'own', input: ['a'], output: ['o'], node: [...nodes] });
const call = (input: readonly string[]) => ({ ...node('F', input, ['y']), domain: 'own' });

test('refused: two functions of one name, and a call with more operands than there are', () => {
  const [relu, tanh] = [f([node('Relu', ['a'], ['o'])]), f([node('Tanh', ['a'], ['o'])])];
  expect(problemOf(read([call(['x'])], [], { functions: [relu, tanh] }))).toBe('two functions are called "own.F"');
  expect(problemOf(read([call(['x'])], [], { functions: [relu, { ...tanh, overload: 'b' }] }))).toBe('none');
  expect(problemOf(read([call(['x', 'x'])], [], { functions: [relu] }))).toBe(
    'the function "F" has 1 operands and 1 results, and is called with 2 and 1',
  );
});

test('refused: windows that are not those of the weight', () => {
  const weight = floats('w', [1, 2, 3, 3], Array<number>(18).fill(1));
  const conv = (shape: readonly number[]) => read([node('Conv', ['x', 'w'], ['y'], { kernel_shape: shape })], [weight]);
  expect(problemOf(conv([5, 5]))).toBe('kernel_shape is [5, 5], and its weight is of [3, 3]');
  expect(problemOf(conv([3, 3]))).toBe('none');
});

test('refused: an input of more elements than tensors have', () => {
  expect(problemOf(read([node('Relu', ['x'], ['y'])], [], {}, [65536, 32768]))).toMatch(/more than 2\^31 − 1 elements/);
});

test('of a split into thousands, what is read is cut out', () => {
  const names = Array.from({ length: 4000 }, (_, at) => (at === 7 ? 'y' : `p${at}`));
  const found = read([node('Split', ['x'], names, { axis: 1 })], [], {}, [8000]);
  expect('problems' in found ? found.problems : found.network.graph.nodes).toMatchObject([
    { op: 'slice', attributes: { start: 14, end: 16 } },
  ]);
});

test('a size of many pixels is written without an exponent', () => {
  const found = read([node('Expand', ['x', 'to'], ['y'])], [ints('to', [1, 1, 1, 100_000])], {}, [1, 1, 1]);
  if ('problems' in found) throw new Error(problemOf(found));
  expect(ownModel(found, operators).text).toMatch(/resize\(100000x1\)[^]*reshape\(\[1, 1, 100000\]\)/);
});
