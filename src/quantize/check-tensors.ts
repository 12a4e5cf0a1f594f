// Whether the tensors of a quantised network are what its kernels count on: codes of 7 bits, and sums that no kernel lets overflow. Files
// that were written here always are; one that was changed would give other numbers on each target.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../../compiler/ir/signature.ts';
import { LARGEST_CODE } from '../../compiler/ops/quantized/codes.ts';
import { InputError, printable } from '../data/input-error.ts';
import { WINOGRAD_LIMIT } from './layer.ts';
import type { QuantizedTensors } from './tensors.ts';

/** Throws `InputError` for the first tensor that breaks a bound. `graph` is quantised, and `tensors` has all its parameters. */
export function checkTensors(graph: Graph, operators: OperatorTable, tensors: QuantizedTensors): void {
  const names = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  for (const node of graph.nodes) {
    const operator = operatorOf(operators, node.op);
    if (operator.takes?.(node.attributes) !== 'codes' && operator.lowering?.kind !== 'quantize') continue;
    const inputs = dataTypes(graph, node, operator);
    const given = new Map(
      (operator.parameters?.(node.attributes, inputs) ?? []).map((spec, at) => {
        const value = node.operands[inputs.length + at]!;
        return [spec.name, { name: names.get(value)!, shape: typeOf(graph, value).shape }] as const;
      }),
    );
    for (const [role, { name }] of given) {
      if (role.endsWith('range') || role === 'table') checkCodes(name, tensors.get(name)!);
    }
    const [weight, bias] = [given.get('weight'), given.get('bias')];
    if (weight && bias) checkSums(weight, tensors.get(weight.name)!, tensors.get(bias.name)!);
  }
}

function checkCodes(name: string, data: ArrayLike<number>): void {
  const wrong = Array.from(data).find((code) => !(code >= 0 && code <= LARGEST_CODE));
  if (wrong === undefined) return;
  throw new InputError(
    `${printable(name)} has ${wrong}; expected codes from 0 to ${LARGEST_CODE}. Quantise the network again`,
  );
}

/** Sums are bias + Σ code·weight in 32 bits, of which Winograd's algorithm takes fewer. */
function checkSums(
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  weights: ArrayLike<number>,
  biases: ArrayLike<number>,
): void {
  const [channels, , height = 1, width = 1] = shape as [number, number, number?, number?];
  const size = weights.length / channels;
  const products = height * width > 1 ? WINOGRAD_LIMIT : 2 ** 31;
  for (let o = 0; o < channels; o += 1) {
    let magnitude = 0;
    for (let at = o * size; at < (o + 1) * size; at += 1) magnitude += Math.abs(weights[at]!);
    const largest = magnitude * LARGEST_CODE;
    if (largest < products && Math.abs(biases[o]!) + largest < 2 ** 31) continue;
    throw new InputError(
      `the sums of ${printable(name)} could reach ${largest + Math.abs(biases[o]!)} in channel ${o}, which its kernels do not hold; quantise the network again`,
    );
  }
}
