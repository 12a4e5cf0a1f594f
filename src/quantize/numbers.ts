// What the codes of a network of whole numbers stand for, as more values of the same graph: scale · (code − zero).

import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { editGraph } from '../../compiler/ir/rewrite.ts';
import { operators } from '../../compiler/ops/index.ts';
import { LARGEST_CODE } from '../../compiler/ops/quantized/codes.ts';
import type { WeightData } from '../../runtime/weights.ts';
import type { Scale } from './scale.ts';
import type { NamedTensors } from './tapped.ts';

/** A value of a graph of whole numbers. */
export interface Wanted {
  readonly value: ValueId;
  /** Of codes. */
  readonly scale: Scale | undefined;
}

/** The graph in which codes that are wanted are also numbers, with the parameters that this takes. */
export function withNumbers(
  graph: Graph,
  wanted: readonly Wanted[],
): {
  readonly graph: Graph;
  /** In the order of `wanted`, all of them f32. */
  readonly values: readonly ValueId[];
  readonly extra: NamedTensors;
} {
  const editor = editGraph(graph, operators);
  const extra = new Map<string, WeightData>();
  const parameter = (name: string, data: Float32Array | Int32Array): ValueId => {
    const element = data instanceof Int32Array ? 'i32' : 'f32';
    const id = editor.parameter(name, [data.length], 'parameter', { kind: 'constant', value: 0 }, element);
    extra.set(editor.parameterOf(id)!.name, data);
    return id;
  };
  const values = wanted.map(({ value, scale }) => {
    if (!scale) return value;
    const parameters = [
      parameter('reading.scale', Float32Array.of(scale.scale)),
      parameter('reading.range', Int32Array.of(scale.zero, 0, LARGEST_CODE)),
    ];
    return editor.add({ op: 'dequantize', inputs: [value], parameters })[0];
  });
  return { graph: editor.finish(), values, extra };
}
