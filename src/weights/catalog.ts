// What is said about weights files, with an example for each code: a network, and the tensors of a file that does not fit
// it and of one that does.

import type { Shape } from '../../compiler/ir/tensor-type.ts';

export interface WeightsEntry {
  readonly code: string;
  readonly title: string;
  readonly explanation: string;
  readonly network: string;
  readonly bad: WeightsExample;
  readonly good: WeightsExample;
}

export interface WeightsExample {
  readonly tensors: readonly (readonly [name: string, shape: Shape])[];
  /** The type of all tensors. Default F32. */
  readonly dtype?: 'I64';
  /** The value of every weight. Default 0. */
  readonly value?: number;
  /** As `--match` and `--map` take them. */
  readonly match?: 'order';
  readonly map?: string;
}

const network = 'network A {\n  input x: [4]\n  dense(3)\n}\n';
const right: WeightsExample['tensors'] = [
  ['dense1.weight', [3, 4]],
  ['dense1.bias', [3]],
];
const two = 'network A {\n  input x: [4]\n  dense(4) -> relu -> dense(4)\n}\n';
const swapped: WeightsExample['tensors'] = [
  ['b.weight', [4, 4]],
  ['b.bias', [4]],
  ['a.weight', [4, 4]],
  ['a.bias', [4]],
];

export const weightsCatalog: ReadonlyMap<string, WeightsEntry> = new Map(
  (
    [
      {
        code: 'weights/shape',
        title: 'tensor of another shape',
        explanation:
          'The layer and the file disagree: another network, another input size, or a padding that was forgotten. Dense weights are [outputs, inputs], those of a convolution [out, in / groups, height, width], as in PyTorch.',
        network,
        bad: { tensors: [['dense1.weight', [3, 5]], right[1]!] },
        good: { tensors: right },
      },
      {
        code: 'weights/missing',
        title: 'tensor missing',
        explanation:
          "Tensors are found by the network's own names, such as conv1.weight. --match order goes by position instead, --map FILE by a list of pairs.",
        network,
        bad: { tensors: [right[0]!] },
        good: { tensors: right },
      },
      {
        code: 'weights/extra',
        title: 'tensors that are not used',
        explanation: 'By name they are left out with a warning; by position they would shift all the others.',
        network,
        bad: { tensors: [...right, ['head.weight', [2, 3]]] },
        good: { tensors: right },
      },
      {
        code: 'weights/order',
        title: 'order that cannot be trusted',
        explanation:
          'Some tools sort the tensors of a file by name, so that their order is not that of the layers. Where several orders fit, nothing is guessed: the pairs are suggested as a file for --map.',
        network: two,
        bad: { tensors: swapped.toSorted(([a], [b]) => (a < b ? -1 : 1)), match: 'order' },
        good: {
          tensors: [
            ['first.weight', [4, 4]],
            ['first.bias', [4]],
            ['second.weight', [4, 4]],
            ['second.bias', [4]],
          ],
          match: 'order',
        },
      },
      {
        code: 'weights/map',
        title: 'map of names that are not there',
        explanation:
          'Every line of --map is `file-name -> net-name`: a tensor of the file and a parameter of the network.',
        network,
        bad: { tensors: [['w', [3, 4]], right[1]!], map: 'w -> dens1.weight\n' },
        good: { tensors: [['w', [3, 4]], right[1]!], map: 'w -> dense1.weight\n' },
      },
      {
        code: 'weights/dtype',
        title: 'weights of a type that cannot be read',
        explanation:
          'Weights are real numbers in F64, F32, F16 or BF16. Tensors that the network does not use may have any type.',
        network,
        bad: { tensors: right, dtype: 'I64' },
        good: { tensors: right },
      },
      {
        code: 'weights/finite',
        title: 'weights that are NaN or infinite',
        explanation:
          'Whatever such a weight takes part in is NaN or infinite, too: the training has diverged, or a number was too large for the type in which it was stored.',
        network,
        bad: { tensors: right, value: NaN },
        good: { tensors: right },
      },
    ] satisfies readonly WeightsEntry[]
  ).map((entry) => [entry.code, entry]),
);
