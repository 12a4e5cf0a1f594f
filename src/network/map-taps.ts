// Which inner values of a network are worth a look as feature maps.

import type { Network } from '../../compiler/frontend/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';

/** Names of values without a dot that are maps of more than one pixel, each value once; at most 60, in the order of the network. */
export function mapTaps({ graph, taps }: Pick<Network, 'graph' | 'taps'>): readonly string[] {
  const inputs = graph.inputs.map(({ value }) => value);
  const maps = [...taps].filter(([name, value]) => {
    const { shape } = typeOf(graph, value);
    return !name.includes('.') && !inputs.includes(value) && shape.length === 3 && shape[1]! * shape[2]! > 1;
  });
  return [...new Map(maps.map(([name, value]) => [value, name])).values()].slice(0, MAX_TAPS);
}

const MAX_TAPS = 60;
