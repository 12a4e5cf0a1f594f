// The numbers of a network of whole numbers, in f64: weights symmetric with a scale per output channel, activations with a scale and a
// zero point per group (Jacob et al., 2018, sections 2 and 3), and everything that follows from them.

import { interpret } from '../../compiler/ir/interpret.ts';
import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import type { OperatorTable, Tensor } from '../../compiler/ir/operator.ts';
import type { Range } from '../../compiler/ir/range.ts';
import { removeDead } from '../../compiler/ir/rewrite.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { scalarFunction } from '../../compiler/ir/scalar-evaluate.ts';
import { LARGEST_CODE, clampedCode, nearest } from '../../compiler/ops/quantized/codes.ts';
import type { Filling, LayerFilling, QuantizationPlan } from '../../compiler/quantize/plan.ts';
import type { WeightData } from '../../runtime/weights.ts';
import type { LayerWeights } from './layer.ts';
import type { ChannelMeans } from './means.ts';
import type { Scale } from './scale.ts';
import { quantizedLayer } from './layer.ts';
import { biasesOfPhases, filtersOfPhases } from './phases.ts';

/** Tensors by name, row-major: of i8, u8 and i32 or of f32. */
export type QuantizedTensors = ReadonlyMap<string, WeightData>;

export interface QuantizeInput {
  /** The f32 graph that the plan speaks of. */
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly plan: QuantizationPlan;
  /** Weights of the f32 graph by name. */
  readonly weights: ReadonlyMap<string, { readonly data: Float32Array }>;
  /** By group. */
  readonly scales: readonly Scale[];
  /** Of what layers read, where it is known. */
  readonly means?: ReadonlyMap<ValueId, ChannelMeans>;
}

/** All parameters that the plan fills. Those of nodes that stay f32 are not among them. */
export function quantizedTensors({ graph, operators, plan, weights, scales, means }: QuantizeInput): QuantizedTensors {
  const parameters = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  // One layer at a time: those of a large network would need gigabytes in f64.
  const valueOf = (value: ValueId): LayerWeights => {
    const name = parameters.get(value);
    const given = name === undefined ? undefined : weights.get(name);
    return given ? { shape: typeOf(graph, value).shape, data: given.data } : prepared(graph, operators, weights, value);
  };
  const tensors = new Map<string, WeightData>();
  for (const filling of plan.fillings) {
    if (filling.kind === 'layer') fillLayer(filling, valueOf, { scales, means }, tensors);
    else fill(filling, scales, tensors);
  }
  return tensors;
}

function fill(
  filling: Exclude<Filling, LayerFilling>,
  scales: readonly Scale[],
  tensors: Map<string, WeightData>,
): void {
  switch (filling.kind) {
    case 'quantize':
      return void tensors.set(filling.multiplier, Float32Array.of(1 / scales[filling.group]!.scale));
    case 'dequantize':
      return void tensors.set(filling.scale, Float32Array.of(scales[filling.group]!.scale));
    case 'range':
      return void tensors.set(filling.range, rangeCodes(scales[filling.group]!, filling.clip));
    case 'add': {
      const output = scales[filling.output]!.scale;
      const factors = filling.operands.map(({ group, sign }) => (sign * scales[group]!.scale) / output);
      return void tensors.set(filling.multiplier, Float32Array.from(factors));
    }
    case 'mul': {
      const [left, right, output] = [filling.left, filling.right, filling.output].map((group) => scales[group]!.scale);
      return void tensors.set(filling.multiplier, Float32Array.of((left! * right!) / output!));
    }
    case 'mean': {
      const [input, output] = [scales[filling.input]!.scale, scales[filling.output]!.scale];
      return void tensors.set(filling.multiplier, Float32Array.of(input / (output * filling.count)));
    }
    case 'lookup':
      return void tensors.set(filling.table, tableOf(filling, scales));
    default:
      return filling satisfies never;
  }
}

/** Zero point, lowest and highest code. */
function rangeCodes({ scale, zero }: Scale, clip: Range = { low: -Infinity, high: Infinity }): Int32Array {
  const codeOf = (bound: number): number => Math.min(Math.max(nearest(bound / scale) + zero, 0), LARGEST_CODE);
  return Int32Array.of(zero, codeOf(clip.low), codeOf(clip.high));
}

function tableOf({ input, output, expression }: Filling & { kind: 'lookup' }, scales: readonly Scale[]): Uint8Array {
  const [from, to] = [scales[input]!, scales[output]!];
  const apply = scalarFunction(expression);
  const range = { zero: to.zero, low: 0, high: LARGEST_CODE };
  return Uint8Array.from({ length: LARGEST_CODE + 1 }, (_, code) =>
    clampedCode(apply((code - from.zero) * from.scale, []) / to.scale, range),
  );
}

/** A value that is computed of weights when a module loads, in f64. */
function prepared(graph: Graph, operators: OperatorTable, weights: QuantizeInput['weights'], value: ValueId): Tensor {
  const needed = { ...removeDead({ ...graph, outputs: [{ name: 'value', value }] }), inputs: [] };
  const feeds = { inputs: new Map(), parameters: weights, batch: 1 };
  return interpret(needed, operators, feeds, { keep: 'outputs' }).outputs.get('value')!;
}

function fillLayer(
  filling: LayerFilling,
  valueOf: (value: ValueId) => LayerWeights,
  { scales, means }: Pick<QuantizeInput, 'scales'> & { readonly means: QuantizeInput['means'] | undefined },
  tensors: Map<string, WeightData>,
): void {
  const { reads, from, flip, phases, input, output } = filling;
  const weight = valueOf(from.weight);
  const bias = from.bias === undefined ? undefined : valueOf(from.bias);
  const { weights, biases, multipliers } = quantizedLayer({
    node: filling.node,
    weight: phases ? filtersOfPhases(weight, phases) : weight,
    ...(bias && { bias: phases ? biasesOfPhases(bias, phases) : bias }),
    flip,
    input: scales[input]!,
    ...(means?.has(reads) && { means: means.get(reads)! }),
    ...(output !== undefined && { output: scales[output]! }),
  });
  tensors.set(filling.weight, weights);
  tensors.set(filling.bias, biases);
  tensors.set(filling.multiplier, multipliers);
}
