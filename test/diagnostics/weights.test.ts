// Weights of another network: what `cnnc run --weights` says of LeNet's weights when the padding was forgotten.

import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { matchWeights } from '../../src/weights/match.ts';
import { wantedBy } from '../../src/weights/specs.ts';
import { networkOf } from '../frontend/support.ts';

const forgotten = `network LeNet {
  input image: [1, 28, 28]
  conv(6, kernel: 5) -> sigmoid
  avg_pool(2)
  conv(16, kernel: 5) -> sigmoid
  avg_pool(2)
  flatten
  dense(120) -> sigmoid
}
`;
/** D2L 7.6 in the order of PyTorch's modules. */
const trained: readonly (readonly [string, readonly number[]])[] = [
  ['0.weight', [6, 1, 5, 5]],
  ['0.bias', [6]],
  ['3.weight', [16, 6, 5, 5]],
  ['3.bias', [16]],
  ['7.weight', [120, 400]],
  ['7.bias', [120]],
];

test('the layer, the shapes on the way, and the padding that would fit', () => {
  const { diagnostics } = matchWeights(
    {
      metadata: new Map(),
      tensors: trained.map(([name, shape]) => ({ name, shape, dtype: 'F32' as const, data: new Float32Array() })),
    },
    wantedBy(networkOf(forgotten, { path: 'lenet.cnn' }).graph),
    { fileName: 'lenet.safetensors', mode: 'order', operators },
  );
  expect(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic)).join('\n\n')).toBe(
    `error[weights/shape] dense1 has 256 inputs; lenet.safetensors has 400
  lenet.cnn:8:3  dense(120) -> sigmoid
                 ^^^^^^^^^^
  found 7.weight [120, 400]    expected dense1.weight [120, 256]
    image      [1, 28, 28]
  3 conv1      [6, 24, 24]   28 + 2·0 − 5 + 1 = 24
  4 avg_pool1  [6, 12, 12]   24 / 2 = 12
  5 conv2      [16, 8, 8]    12 + 2·0 − 5 + 1 = 8
  6 avg_pool2  [16, 4, 4]    8 / 2 = 4
  7 flatten1   [256]         16·4·4
  fix: 400 = 16·5·5. Line 3 with padding: 2 keeps 28×28 and gives it`,
  );
});
