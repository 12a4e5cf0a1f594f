import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Graph, Origin } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { explainShape } from '../../src/weights/shape-mismatch.ts';
import { matchWeights } from '../../src/weights/match.ts';
import { wantedBy } from '../../src/weights/specs.ts';
import { type TensorList, fileOf } from './shared.ts';

const source = { path: 'lenet.cnn', text: '\n'.repeat(20) };
const line = (number: number): Origin => ({ span: { source, start: number - 1, end: number - 1 }, scopes: [] });

/** LeNet of the book; without `padding` its classifier sees 256 inputs instead of 400. */
function lenet(padding: number): Graph {
  const b = graphBuilder('LeNet', operators);
  let x = b.input('image', [1, 28, 28]);
  const step = (op: string, attributes: Record<string, number | readonly number[]>, origin: Origin) => {
    [x] = b.node({ op, inputs: [x], attributes, origin });
  };
  const size = (n: number) => [n, n];
  step('conv', { channels: 6, kernel: size(5), padding: [padding, padding, padding, padding] }, line(4));
  step('sigmoid', {}, line(4));
  step('avg_pool', { kernel: size(2) }, line(5));
  step('conv', { channels: 16, kernel: size(5) }, line(6));
  step('sigmoid', {}, line(6));
  step('avg_pool', { kernel: size(2) }, line(7));
  step('flatten', {}, line(8));
  step('dense', { features: 120 }, line(9));
  step('sigmoid', {}, line(9));
  step('dense', { features: 84 }, line(10));
  step('sigmoid', {}, line(10));
  step('dense', { features: 10 }, line(11));
  b.output('logits', x);
  return b.finish();
}

const file: TensorList = [
  ['0.weight', [6, 1, 5, 5]],
  ['0.bias', [6]],
  ['3.weight', [16, 6, 5, 5]],
  ['3.bias', [16]],
  ['7.weight', [120, 400]],
  ['7.bias', [120]],
  ['9.weight', [84, 120]],
  ['9.bias', [84]],
  ['11.weight', [10, 84]],
  ['11.bias', [10]],
];

test('the example of the language reference: a forgotten padding', () => {
  const result = matchWeights(fileOf(file), wantedBy(lenet(0)), {
    fileName: 'lenet.safetensors',
    mode: 'order',
    operators,
  });
  expect(result.weights).toBeUndefined();
  expect(result.diagnostics).toHaveLength(1);
  const [{ span, ...diagnostic }] = result.diagnostics as [(typeof result.diagnostics)[0]];
  expect(span).toEqual(line(9).span);
  expect(diagnostic).toEqual({
    code: 'weights/shape',
    severity: 'error',
    message: 'dense1 has 256 inputs; lenet.safetensors has 400',
    found: '7.weight [120, 400]',
    expected: 'dense1.weight [120, 256]',
    trace: [
      { label: 'image', shape: '[1, 28, 28]' },
      { line: 4, label: 'conv1', shape: '[6, 24, 24]', arithmetic: '28 + 2·0 − 5 + 1 = 24' },
      { line: 5, label: 'avg_pool1', shape: '[6, 12, 12]', arithmetic: '24 / 2 = 12' },
      { line: 6, label: 'conv2', shape: '[16, 8, 8]', arithmetic: '12 + 2·0 − 5 + 1 = 8' },
      { line: 7, label: 'avg_pool2', shape: '[16, 4, 4]', arithmetic: '8 / 2 = 4' },
      { line: 8, label: 'flatten1', shape: '[256]', arithmetic: '16·4·4' },
    ],
    notes: [],
    fixes: [{ message: '400 = 16·5·5. Line 4 with padding: 2 keeps 28×28 and gives it' }],
  });
});

test('the same file fits the network with the padding', () => {
  const { rule, weights } = matchWeights(fileOf(file), wantedBy(lenet(2)), { fileName: 'f', mode: 'order', operators });
  expect(rule).toMatch(/order of their data/);
  expect([...weights!].map(([name, tensor]) => `${name} ${tensor.name}`).slice(3, 5)).toEqual([
    'conv2.bias 3.bias',
    'dense1.weight 7.weight',
  ]);
});

test('tensors of the right names and a wrong shape are refused, too', () => {
  const named = lenet(2).parameters.map(({ name }, at): TensorList[number] => [name, file[at]![1]]);
  const options = { fileName: 'f', operators };
  expect(matchWeights(fileOf(named), wantedBy(lenet(2)), options).weights?.size).toBe(10);
  const { weights, diagnostics } = matchWeights(fileOf(named), wantedBy(lenet(0)), options);
  expect(weights).toBeUndefined();
  expect(diagnostics.map(({ message }) => message)).toEqual(['dense1 has 256 inputs; f has 400']);
});

const explain = (name: string, shape: readonly number[], found: readonly number[]) =>
  explainShape(wantedBy(lenet(2)), operators, [{ wanted: { name, shape }, found: { name: 'x', shape: found } }], 'f');

test.each([
  ['dense3.weight', [10, 84], [100, 84], 'dense3 has 10 outputs; f has 100', "dense(100) has the file's shape"],
  ['conv1.weight', [6, 1, 5, 5], [6, 1, 3, 3], 'conv1 has a 5×5 kernel; f has 3×3', "kernel: 3 has the file's shape"],
  ['conv2.weight', [16, 6, 5, 5], [16, 3, 5, 5], 'conv2 has 6 input channels for each output; f has 3', undefined],
  ['conv2.bias', [16], [32], 'conv2 has 16 elements of bias; f has 32', "conv(32) has the file's shape"],
  [
    'dense1.weight',
    [120, 400],
    [120, 16 * 53 * 53],
    'dense1 has 400 inputs; f has 44944',
    '44944 = 16·53·53: maps of 53×53 are needed here, and they are 5×5',
  ],
  ['dense1.weight', [120, 400], [120, 7], 'dense1 has 400 inputs; f has 7', undefined],
])('%s %j, found %j', (name, shape, found, message, fix) => {
  const diagnostic = explain(name, shape, found);
  expect(diagnostic.message).toBe(message);
  expect(diagnostic.fixes?.[0]?.message).toBe(fix ?? 'give weights of LeNet, or change the layer to what the file has');
});

test('weights with the outputs last are recognised', () => {
  expect(explain('dense1.weight', [120, 400], [400, 120]).notes).toEqual([
    'the file has the outputs last, as TensorFlow stores weights; they must come first',
  ]);
  expect(explain('conv2.weight', [16, 6, 5, 5], [5, 5, 6, 16]).notes).toHaveLength(1);
});
