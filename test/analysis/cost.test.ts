import { expect, test } from 'vitest';
import { costOf } from '../../compiler/analysis/cost.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { tinyOperators } from '../support/tiny-operators.ts';
import { loadOracle } from '../support/oracle.ts';
import { inception, lenet } from './networks.ts';

test('LeNet costs what PyTorch counts', () => {
  const { params, macs } = loadOracle('lenet');
  const { nodes, total } = costOf(lenet, operators);
  expect(total).toMatchObject({ parameters: params, macs });
  // 6·5·5 weights and 6 biases; 6·25 MACs for each of 28·28 pixels; 6·28·28 f32
  expect(nodes.get('conv1')).toEqual({ parameters: 156, macs: 117_600, outputBytes: 18_816 });
  expect(nodes.get('flatten1')).toEqual({ parameters: 0, macs: 0, outputBytes: 1_600 });
});

test('GoogLeNet, inception 3a at 12×12: the rows of the published report', () => {
  const { nodes } = costOf(inception(), operators);
  const rows = ['conv4', 'conv5', 'conv6', 'conv7', 'conv8', 'conv9'].map((name) => nodes.get(name)!);
  // channels out · (channels in · k² + 1), and the same without the 1 times 144 pixels
  expect(rows.map(({ parameters }) => parameters)).toEqual([12_352, 18_528, 110_720, 3_088, 12_832, 6_176]);
  expect(rows.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(163_696);
  expect(rows.reduce((sum, { macs }) => sum + macs, 0)).toBe(144 * (163_696 - 368));
});

test('shared parameters count once in all, buffers and constants never', () => {
  const builder = graphBuilder('G', tinyOperators);
  const x = builder.input('x', [3, 2, 2]);
  const weight = builder.parameter('w', [3], 'parameter', { kind: 'constant', value: 1 });
  builder.parameter('unused', [100], 'parameter', { kind: 'constant', value: 1 });
  const buffer = builder.parameter('b', [3], 'buffer', { kind: 'constant', value: 0 });
  const [a] = builder.node({ op: 'affine', name: 'a', inputs: [x], parameters: [weight, buffer] });
  const [b] = builder.node({
    op: 'affine',
    name: 'b',
    inputs: [a],
    parameters: [weight, builder.constant([3], [1, 2, 3])],
  });
  const [left] = builder.node({ op: 'affine', name: 'c', inputs: [b], parameters: [weight, weight] });
  builder.output('y', left);
  const { nodes, total } = costOf(builder.finish(), tinyOperators);
  expect([...nodes.values()].map(({ parameters }) => parameters)).toEqual([3, 3, 3]);
  expect(total).toEqual({ parameters: 3, macs: 36, outputBytes: 3 * 48 });
});
