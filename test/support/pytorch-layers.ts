// A graph as the list of layers that PyTorch and other frameworks build again, see pytorch_layers.py.

import type { Graph } from '../../compiler/ir/graph.ts';
import { flagOf, numberOf } from '../../compiler/ops/attributes.ts';
import { windowOf } from '../../compiler/ops/window.ts';

type Pair = readonly [number, number];

export interface Layer {
  readonly op: string;
  /** Numbers of values. */
  readonly inputs: readonly number[];
  /** Names of weights. */
  readonly weights: readonly string[];
  readonly result: number;
  readonly window?: {
    readonly kernel: Pair;
    readonly stride: Pair;
    /** Before and after, of rows and of columns. */
    readonly padding: Pair;
    readonly dilation: Pair;
  };
  readonly ceil?: boolean;
  readonly groups?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly p?: number;
  /** Of the node, from 1: tells dropout layers apart. */
  readonly number?: number;
}

export interface Layers {
  readonly input: number;
  readonly output: number;
  readonly layers: readonly Layer[];
}

const windowed: ReadonlySet<string> = new Set(['conv', 'depthwise_conv', 'max_pool', 'avg_pool']);

/** Throws on what frameworks pad or count otherwise. */
export function layersOf(graph: Graph): Layers {
  const names = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  const layers = graph.nodes.map(({ op, name, operands, results, attributes }, at): Layer => {
    const window = windowed.has(op) ? windowOf(attributes) : undefined;
    const [top, left, bottom, right] = window?.padding ?? [0, 0, 0, 0];
    if (top !== bottom || left !== right) throw new Error(`frameworks have no such padding as that of ${name}`);
    if (op === 'avg_pool' && top + left > 0 && !flagOf(attributes, 'count_padding'))
      throw new Error(`frameworks have no such padding as that of ${name}`);
    return {
      op,
      inputs: operands.filter((id) => !names.has(id)),
      weights: operands.flatMap((id) => names.get(id) ?? []),
      result: results[0]!,
      ...(window && {
        window: { kernel: window.kernel, stride: window.stride, padding: [top, left], dilation: window.dilation },
      }),
      ...(op.endsWith('_pool') && window && { ceil: flagOf(attributes, 'ceil') }),
      ...(op === 'dropout' && { p: numberOf(attributes, 'p'), number: at + 1 }),
      ...(op === 'conv' && { groups: numberOf(attributes, 'groups') }),
      ...(op === 'batch_norm' && {
        epsilon: numberOf(attributes, 'epsilon'),
        momentum: numberOf(attributes, 'momentum'),
      }),
    };
  });
  return { input: graph.inputs[0]!.value, output: graph.outputs[0]!.value, layers };
}
