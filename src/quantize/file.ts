// The file of a quantised network: codes of weights as I8, sums as I32, tables as U8, multipliers as F32, a quarter of the size of
// what it was quantised from. It is loaded by a module of the quantised network alone.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { weightsLayout } from '../../compiler/ir/weights-layout.ts';
import type { TensorSpec } from '../../runtime/abi.ts';
import { operators } from '../../compiler/ops/index.ts';
import { LARGEST_CODE } from '../../compiler/ops/quantized/codes.ts';
import { parameterBounds } from '../../compiler/schedule/bounds.ts';
import { readWeights } from '../../runtime/weights.ts';
import { checkedNumbers } from '../../runtime/whole-numbers.ts';
import { InputError } from '../data/input-error.ts';
import { readSafetensors, writeSafetensors } from '../data/safetensors.ts';
import type { Scale } from './scale.ts';
import type { QuantizedTensors } from './tensors.ts';

/** Says in the metadata that a file is one, and by which rules: codes of 7 bits, weights of 8. */
const MARK = 'cnnc.quantized';
const RULES = 'u7i8';
/** Scale and zero point of each group, which only those need who look at values. */
const SCALES = 'cnnc.scales';

/** Tensors of four bytes come first, so that all are aligned. */
export function quantizedFile(graph: Graph, tensors: QuantizedTensors, scales: readonly Scale[]): Uint8Array {
  const named = graph.parameters.map(({ name, value }) => ({
    name,
    shape: typeOf(graph, value).shape,
    data: tensors.get(name)!,
  }));
  const inOrder = named.toSorted((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const metadata = [
    ['cnnc', weightsLayout(graph)],
    [MARK, RULES],
    [SCALES, JSON.stringify(scales.map(({ scale, zero }) => [scale, zero]))],
  ] as const;
  return writeSafetensors(inOrder, { metadata: new Map(metadata) });
}

/** What the metadata of any file of weights say. */
export const isQuantized = (metadata: ReadonlyMap<string, string>): boolean => metadata.has(MARK);

/**
 * The tensors of `graph`, which is quantised. Throws `InputError` for a file of another network, for a damaged one, and for numbers that
 * the kernels do not hold.
 */
export function readQuantizedFile(bytes: Uint8Array, graph: Graph): QuantizedTensors {
  const { metadata } = readSafetensors(bytes);
  if (metadata.get(MARK) !== RULES)
    throw new InputError(`the file is quantised by rules that this version does not know; expected ${RULES}`);
  if (metadata.get('cnnc') !== weightsLayout(graph))
    throw new InputError(
      `the file was quantised for another network than ${graph.name}, or with other passes; quantise the weights in f32 again, with --calibrate`,
    );
  const specs = specsOf(graph);
  try {
    const tensors = checkedNumbers(readWeights(bytes, specs), specs, parameterBounds(graph, operators));
    return new Map(specs.map(({ name }, at) => [name, tensors[at]!]));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(cause.message, { cause });
  }
}

/** Scales and zero points by group, of which there are `count`. Throws `InputError` for a file that does not tell them. */
export function readScales(bytes: Uint8Array, count: number): readonly Scale[] {
  const text = readSafetensors(bytes).metadata.get(SCALES);
  const scales = text === undefined ? undefined : parsedScales(text);
  if (scales?.length !== count)
    throw new InputError('the file does not say which numbers its codes stand for; quantise the weights in f32 again');
  return scales;
}

function parsedScales(text: string): readonly Scale[] | undefined {
  try {
    const pairs = JSON.parse(text) as unknown;
    return Array.isArray(pairs) && pairs.every(isPair) ? pairs.map(([scale, zero]) => ({ scale, zero })) : undefined;
  } catch {
    return undefined;
  }
}

function isPair(pair: unknown): pair is readonly [number, number] {
  if (!Array.isArray(pair) || pair.length !== 2) return false;
  const [scale, zero] = pair as readonly unknown[];
  const isScale = typeof scale === 'number' && scale > 0 && Number.isFinite(scale);
  return isScale && Number.isInteger(zero) && (zero as number) >= 0 && (zero as number) <= LARGEST_CODE;
}

function specsOf(graph: Graph): readonly TensorSpec[] {
  return graph.parameters.map(({ name, value }) => {
    const { shape, element } = typeOf(graph, value);
    return { name, shape, ...((element === 'i8' || element === 'u8' || element === 'i32') && { element }) };
  });
}
