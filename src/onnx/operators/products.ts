// Products of matrices of which at least one flows: of a pair, or of a pair in each place of the axes before.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { countOf, reshapedConstant } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { ofOneImage } from '../of-one-image.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import { broadcastDims, padded } from '../shapes.ts';
import type { Site } from '../site.ts';
import { slicedConstant } from './constants.ts';

/** Each pair of matrices is a node of its own. */
const MAX_PAIRS = 256;

interface Matrices {
  readonly operand: Operand;
  /** The axes before the last two, the batch not counted. */
  readonly places: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

/** As NumPy's matmul: a vector is one row on the left and one column on the right, and that axis is gone from the result. */
export function product(site: Site, a: Operand, b: Operand): Flow {
  const [rankA, rankB] = [a, b].map((one) => one.dims.length + (one.is === 'flow' ? site.outer : 0)) as [
    number,
    number,
  ];
  if (site.outer === 1 && (rankA < 3 || rankB < 3) && !(b.is === 'constant' && rankB === 2))
    throw new BatchRefusal('it multiplies by the batch', 'export the model with a batch of one image');
  const left = matricesOf(site, a, rankA === 1 ? [1, ...a.dims] : a.dims);
  const right = matricesOf(site, b, rankB === 1 ? [...b.dims, 1] : b.dims);
  if (left.columns !== right.rows)
    return refuse(
      `it multiplies [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`,
      'see whether the model runs elsewhere',
    );
  const places = broadcastDims(left.places, right.places);
  const result = [...places, ...(rankA === 1 ? [] : [left.rows]), ...(rankB === 1 ? [] : [right.columns])];
  return site.result(multiplied(site, left, right, places), result);
}

function matricesOf(site: Site, operand: Operand, dims: readonly number[]): Matrices {
  const own = operand.is === 'constant' && site.outer === 1 && dims.length > 2 ? ofOneImage(site, operand) : operand;
  const shape = own === operand ? dims : own.dims;
  return { operand: own, places: shape.slice(0, -2), rows: shape.at(-2)!, columns: shape.at(-1)! };
}

function multiplied(site: Site, left: Matrices, right: Matrices, places: readonly number[]): ValueId {
  const count = countOf(places);
  if (countOf(right.places) === 1) {
    const rows = countOf(left.places) * left.rows;
    return site.apply('matmul', [
      shaped(site, left.operand, [rows, left.columns]),
      shaped(site, right.operand, [right.rows, right.columns]),
    ]);
  }
  if (count > MAX_PAIRS)
    refuse(`it multiplies ${count} pairs of matrices`, `at most ${MAX_PAIRS} can be multiplied, one after the other`);
  const [a, b] = [left, right].map((one) => partsOf(site, one, places)) as [readonly ValueId[], readonly ValueId[]];
  const results = a.map((matrix, at) =>
    site.shaped(site.apply('matmul', [matrix, b[at]!]), [1, left.rows, right.columns]),
  );
  return site.apply('concat', results, { along: 'channels' });
}

/** The matrix of each place, in the order of `places`, along which they may repeat. */
function partsOf(
  site: Site,
  { operand, places: own, rows, columns }: Matrices,
  places: readonly number[],
): readonly ValueId[] {
  const count = countOf(own);
  const indices = indicesOf(padded(own, places.length), places);
  if (operand.is === 'constant') return constantParts(site, reshapedConstant(operand, [count, rows, columns]), indices);
  const whole = site.shaped(operand.value, [count, rows, columns]);
  const parts =
    count === 1 ? [whole] : site.applyAll('split', [whole], { sizes: Array<number>(count).fill(1), along: 'channels' });
  const matrices = parts.map((part) => site.shaped(part, [rows, columns]));
  return indices.map((at) => matrices[at]!);
}

/** A tensor of its own for each use: the language divides no weights. */
function constantParts(site: Site, tensor: Constant, indices: readonly number[]): readonly ValueId[] {
  const [, rows, columns] = tensor.dims as [number, number, number];
  const whole = [rows, columns].map((extent) => ({ start: 0, count: extent, step: 1 }));
  return indices.map((start) =>
    site.learned(slicedConstant(tensor, [{ start, count: 1, step: 1 }, ...whole]), [rows, columns]),
  );
}

/** For each place of `dims` in order, which element of a tensor of the axes `own` it is. */
function indicesOf(own: readonly number[], dims: readonly number[]): readonly number[] {
  return dims.reduce<readonly number[]>(
    (indices, extent, axis) =>
      indices.flatMap((index) =>
        Array.from({ length: extent }, (_, at) => index * own[axis]! + (own[axis] === 1 ? 0 : at)),
      ),
    [0],
  );
}

function shaped(site: Site, operand: Operand, shape: readonly number[]): ValueId {
  return operand.is === 'flow'
    ? site.shaped(operand.value, shape)
    : site.learned(reshapedConstant(operand, shape), shape);
}
