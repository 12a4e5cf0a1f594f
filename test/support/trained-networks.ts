// Small networks of every kind of layer, of mode `train`, with five classes.

import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

type Layer = readonly [op: string, attributes?: Attributes];

/** A chain of layers, then a dense one. */
function chain(name: string, shape: Shape, layers: readonly Layer[]): Graph {
  const g = graphBuilder(name, operators, 'train');
  let value: ValueId = g.input('image', shape);
  for (const [op, attributes = {}] of [...layers, ['flatten'] as const, ['dense', { features: 5 }] as const])
    [value] = g.node({ op, inputs: [value], attributes });
  g.output('scores', value);
  return g.finish();
}

/** A fresh list. */
export function trainedNetworks(): readonly Graph[] {
  return [
    chain(
      'LeNet',
      [1, 12, 12],
      [
        ['conv', { channels: 6, kernel: 5, padding: 2 }],
        ['sigmoid'],
        ['avg_pool', { kernel: 2 }],
        ['conv', { channels: 16, kernel: 3 }],
        ['sigmoid'],
        ['avg_pool', { kernel: 2 }],
        ['flatten'],
        ['dense', { features: 20 }],
        ['sigmoid'],
      ],
    ),
    chain(
      'Vgg',
      [3, 9, 8],
      [
        ['conv', { channels: 8, kernel: 3, padding: 1 }],
        ['relu'],
        ['conv', { channels: 8, kernel: 3, padding: 1 }],
        ['relu'],
        ['max_pool', { kernel: 2 }],
        ['conv', { channels: 12, kernel: 3, stride: 2, padding: 1, groups: 4 }],
        ['relu'],
      ],
    ),
  ];
}
