// Names of nodes as PyTorch's exporters and Caffe2 write scopes.

import { expect, test } from 'vitest';
import type { NodeProto } from '../../src/onnx/file/messages.ts';
import { legal, wishFor } from '../../src/onnx/naming.ts';

const named = (rest: Partial<NodeProto>): NodeProto =>
  ({ name: '', opType: 'Conv', output: ['12'], metadataProps: [], ...rest }) as unknown as NodeProto;

test.each<[string, Partial<NodeProto>, string | undefined, string | undefined]>([
  ['a weight of PyTorch', {}, 'layer1.0.conv1.weight', 'layer1.0.conv1'],
  ['a weight of Caffe2', {}, 'gpu_0/inception_3a/1x1_w_0', 'inception_3a.conv_1x1'],
  ['a scope', { name: '/layer1/layer1.0/conv1/Conv' }, 'onnx::Conv_193', 'layer1.0.conv1'],
  ['a sum in a module', { name: '/layer1/layer1.0/Add', opType: 'Add' }, undefined, 'layer1.0.add'],
  ['a layer of a sequence', { name: '/features/features.1/Relu', opType: 'Relu' }, undefined, 'features.1'],
  ['a name of TensorFlow', { name: 'block1/conv/Conv2D' }, undefined, 'block1.conv.Conv2D'],
  [
    'metadata',
    {
      metadataProps: [
        { key: 'pkg.torch.onnx.name_scopes', value: "['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'conv2d']" },
      ] as never,
    },
    undefined,
    'layer1.0.conv1',
  ],
  ['an operator and a number', { name: 'Conv_12' }, undefined, undefined],
  ['an output', { output: ['prob'] }, undefined, 'prob'],
  ['nothing', {}, undefined, undefined],
])('%s', (_, node, weight, expected) => expect(wishFor(named(node), weight)).toBe(expected));

test('names are made of letters, digits, underscores and dots', () => {
  expect(legal(['a b', '', '../x', '1'])).toBe('a_b.x.1');
  expect(legal(['1x1'])).toBe('n1x1');
  expect(legal(['\u202e`;'])).toBeUndefined();
});
