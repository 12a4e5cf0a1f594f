// Values that a file has as codes of 8 bits. Here they are the numbers that the codes stand for, so that only nodes which would be the
// same on numbers may read them: those that move or compare elements, and those that are about codes.

import type { Codes, Entry, Flow, Operand } from './flow.ts';
import { refuse } from './problem.ts';

/** Operators whose importers know of codes. */
const aboutCodes: ReadonlySet<string> = new Set([
  ...[
    'ConvInteger',
    'DequantizeLinear',
    'MatMulInteger',
    'QGemm',
    'QLinearAdd',
    'QLinearAveragePool',
    'QLinearConcat',
    'QLinearConv',
  ],
  ...[
    'QLinearGlobalAveragePool',
    'QLinearLeakyRelu',
    'QLinearMatMul',
    'QLinearMul',
    'QLinearSigmoid',
    'QLinearSoftmax',
  ],
]);

/** Operators that give some of their operands' elements. */
const moving: ReadonlySet<string> = new Set([
  ...['Concat', 'DepthToSpace', 'Flatten', 'Gather', 'Identity', 'MaxPool', 'Reshape', 'Slice', 'SpaceToDepth'],
  ...['Split', 'Squeeze', 'Transpose', 'Unsqueeze'],
]);

const isCodes = (operand: Operand | undefined): operand is Flow & { readonly codes: Codes } =>
  operand?.is === 'flow' && operand.codes !== undefined;

/** Runs an importer on operands some of which may be codes; what moves codes gives codes. Refuses what computes with them. */
export function knowingCodes(
  operator: string,
  given: readonly (Operand | undefined)[],
  run: () => readonly Entry[],
): readonly Entry[] {
  const [first, ...others] = given.filter(isCodes);
  if (!first || aboutCodes.has(operator)) return run();
  if (!moving.has(operator))
    return refuse('it computes with codes of 8 bits', 'put DequantizeLinear before it and QuantizeLinear behind');
  const { codes } = first;
  if (operator === 'Concat' && !given.every((operand) => isCodes(operand)))
    return refuse('it joins codes with other values', 'quantise all of them, or none');
  if (others.some((other) => !sameCodes(other.codes, codes)))
    return refuse('it joins codes of different scales', 'put DequantizeLinear before it and QuantizeLinear behind');
  return run().map((result) => (result.is === 'flow' ? { ...result, codes } : result));
}

/** Whether codes stand for the same numbers. */
export const sameCodes = (a: Codes, b: Codes): boolean => a.scale === b.scale && a.zero === b.zero;
