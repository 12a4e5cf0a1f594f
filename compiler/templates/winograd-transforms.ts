// The linear maps of Winograd's minimal filtering F(m × n, r × s), as sums with constant factors (A. Lavin and S. Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2016), by Cook and Toom's construction: polynomials are multiplied at some points
// and at infinity. Tiles of 4 have the points 0, 1 and −1. Those of others are exact in binary, and lie so that products neither grow
// nor cancel much (B. Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks",
// 2020): errors of tiles of 6 are 0.4 of those with 0, ±1 and ±2. A point that has its opposite stands before it.

import type { BlockBuilder } from '../kernel/builder.ts';
import { fadd, fmadd, fmul, fsub, numberOf } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';

/** Along an axis: m results of r taps, from m + r − 1 pixels. One result of one tap leaves the axis as it is. */
export interface Line {
  readonly results: 1 | 2 | 4 | 5;
  readonly filter: 1 | 3 | 4 | 5 | 7;
}

/** F(m × n, r × s): results of a tile, and taps of a filter, along both axes. */
export interface Filtering {
  readonly down: Line;
  readonly across: Line;
}

/** Of an axis that is not transformed. */
export const plainLine: Line = { results: 1, filter: 1 };

/** The same along both axes. */
export const square = (line: Line): Filtering => ({ down: line, across: line });

const points = {
  1: [],
  4: [0, 1, -1],
  6: [0, 5 / 8, -5 / 8, 3 / 2, -3 / 2],
  7: [0, 1 / 2, -1 / 2, 9 / 8, -9 / 8, 5 / 2],
  8: [0, 1 / 2, -1 / 2, 1, -1, 2, -2],
  10: [0, 7 / 16, -7 / 16, 13 / 16, -13 / 16, 5 / 4, -5 / 4, 9 / 4, -9 / 4],
} as const;

/**
 * A convolution whose filters have `kernel` taps down and across. Of stride s it is one of stride 1 over s² times as many channels, its
 * phases: pixels and taps whose row and column leave the same rests when divided by s. `form` is that of a phase, which may have fewer taps.
 */
export interface Phased {
  readonly form: Filtering;
  readonly kernel: readonly [number, number];
  readonly stride: number;
}

/** Pixels along a line of a tile: results + taps − 1. */
export const lineLength = ({ results, filter }: Line): keyof typeof points =>
  (results + filter - 1) as keyof typeof points;

/** Rows and columns of a rectangle. */
export type Sides = readonly [rows: number, columns: number];

/** Pixels of a tile. */
export const tileSides = ({ down, across }: Filtering): Sides => [lineLength(down), lineLength(across)];

/** Pixels of what a tile sees of the map. */
export function patchSides({ form, stride }: Phased): Sides {
  const [rows, columns] = tileSides(form);
  return [rows * stride, columns * stride];
}

/** Results of a tile. */
export const resultSides = ({ down, across }: Filtering): Sides => [down.results, across.results];

/** Results along the axis that has more. */
export const mostResults = (form: Filtering): number => Math.max(...resultSides(form));

/** Pixels of a rectangle. */
export const areaOf = ([rows, columns]: Sides): number => rows * columns;

type Matrix = readonly (readonly number[])[];

/** Coefficients of Π (x − root), the constant first. */
const polynomialOf = (roots: readonly number[]): readonly number[] =>
  roots.reduce<readonly number[]>(
    (factors, root) =>
      [...factors, 0].map((factor, i) => (factors[i - 1] ?? 0) - root * (i < factors.length ? factor : 0)),
    [1],
  );

/** Bᵀ: pixels of a line → transformed: coefficients of the products of (x − point) over the other points. */
function inputMatrix(line: Line): Matrix {
  const finite: readonly number[] = points[lineLength(line)];
  const others = finite.map((point) => [...polynomialOf(finite.filter((other) => other !== point)), 0]);
  return [...others, polynomialOf(finite)];
}

/** G: taps of a line → transformed: powers of the points, over the product of a point's distances from the others. */
function filterMatrix(line: Line): Matrix {
  const finite: readonly number[] = points[lineLength(line)];
  const last = Array.from({ length: line.filter }, (_, i) => (i === line.filter - 1 ? 1 : 0));
  const scaleOf = (point: number): number =>
    1 / finite.reduce((product, other) => (other === point ? product : product * (point - other)), 1);
  return [...finite.map((point) => last.map((_, i) => scaleOf(point) * point ** i)), last];
}

/** Aᵀ: transformed → results, powers of the points. */
const outputMatrix = (line: Line): Matrix =>
  Array.from({ length: line.results }, (_, i) => [
    ...points[lineLength(line)].map((point) => point ** i),
    i === line.results - 1 ? 1 : 0,
  ]);

/** How many times the largest pixel times the largest tap, times the channels, any intermediate number of a tile can be at most. */
export function amplification({ down, across }: Filtering): number {
  const matrices = [inputMatrix, filterMatrix, outputMatrix].flatMap((matrixOf) => [matrixOf(down), matrixOf(across)]);
  return matrices.map(largestRowSum).reduce((product, sum) => product * sum, 1);
}

const largestRowSum = (matrix: Matrix): number =>
  Math.max(...matrix.map((row) => row.reduce((sum, factor) => sum + Math.abs(factor), 0)));

/** The element in row i and column j of a rectangle. */
export type Read = (i: number, j: number) => Expression;
export type Write = (i: number, j: number, value: Expression) => void;

/** Bᵀ d B of a tile. */
export const transformInput = (k: BlockBuilder, form: Filtering, read: Read, write: Write): void =>
  transform(k, form, inputMatrix, read, write);
/** G g Gᵀ of a filter. */
export const transformFilter = (k: BlockBuilder, form: Filtering, read: Read, write: Write): void =>
  transform(k, form, filterMatrix, read, write);
/** Aᵀ M A of products. */
export const transformOutput = (k: BlockBuilder, form: Filtering, read: Read, write: Write): void =>
  transform(k, form, outputMatrix, read, write);

/** A dy Aᵀ of a tile of ∂loss/∂y: the adjoint of `transformOutput`. */
export const transformUpstream = (k: BlockBuilder, form: Filtering, read: Read, write: Write): void =>
  transform(k, form, (line) => transposed(outputMatrix(line)), read, write);
/** Gᵀ M G of sums of products: the adjoint of `transformFilter`. */
export const transformSums = (k: BlockBuilder, form: Filtering, read: Read, write: Write): void =>
  transform(k, form, (line) => transposed(filterMatrix(line)), read, write);

const transposed = (matrix: Matrix): Matrix => matrix[0]!.map((_, j) => matrix.map((row) => row[j]!));

/** matrix · rectangle · matrixᵀ, each matrix that of its axis: column by column, then row by row, each written as soon as it is known. */
function transform(k: BlockBuilder, form: Filtering, matrixOf: (line: Line) => Matrix, read: Read, write: Write): void {
  const [down, across] = [matrixOf(form.down), matrixOf(form.across)];
  const columns = across[0]!.map((_, j) =>
    combine(
      k,
      down,
      down[0]!.map((_, i) => k.let('d', read(i, j))),
    ),
  );
  down.forEach((_, i) => {
    const row = columns.map((column) => column[i]!);
    combine(k, across, row).forEach((value, j) => write(i, j, value));
  });
}

/** matrix · values, with sums that several rows need computed once. */
function combine(k: BlockBuilder, matrix: Matrix, values: readonly Expression[]): readonly Expression[] {
  const paired = pairColumns(k, matrix, values);
  if (paired) return paired.matrix.map((row) => k.let('m', weighted(row, paired.values)!));
  const done = new Map<number, Expression>();
  matrix.forEach((row, at) => {
    if (done.has(at)) return;
    const twin = matrix.findIndex((other, i) => i > at && !done.has(i) && isTwin(row, other));
    if (twin === -1) return void done.set(at, k.let('m', weighted(row, values)!));
    const isSame = row.map((factor, i) => factor === matrix[twin]![i]);
    const part = (same: boolean): Expression =>
      k.let(
        same ? 'e' : 'o',
        weighted(
          row.map((factor, i) => (isSame[i] === same ? factor : 0)),
          values,
        )!,
      );
    const [even, odd] = [part(true), part(false)];
    done.set(at, k.let('m', fadd(even, odd)));
    done.set(twin, k.let('m', fsub(even, odd)));
  });
  return matrix.map((_, at) => done.get(at)!);
}

/** Neighbouring columns whose factors differ in sign only become their values' sum and difference; undefined without such. */
function pairColumns(k: BlockBuilder, matrix: Matrix, values: readonly Expression[]) {
  const newValues: Expression[] = [];
  const newColumns: number[][] = [];
  const columnOf = (j: number): number[] => matrix.map((row) => row[j]!);
  for (let j = 0; j < values.length; j += 1) {
    const [left, right] = [columnOf(j), j + 1 < values.length ? columnOf(j + 1) : []];
    const isPair =
      left.every((factor, i) => Math.abs(factor) === Math.abs(right[i]!)) && left.some((f, i) => f !== right[i]);
    if (!isPair) {
      newValues.push(values[j]!);
      newColumns.push(left);
      continue;
    }
    newValues.push(k.let('e', fadd(values[j]!, values[j + 1]!)), k.let('o', fsub(values[j]!, values[j + 1]!)));
    newColumns.push(
      left.map((factor, i) => (factor === right[i] ? factor : 0)),
      left.map((factor, i) => (factor === right[i] ? 0 : factor)),
    );
    j += 1;
  }
  if (
    newValues.length === values.length &&
    newColumns.every((column, j) => column.every((f, i) => f === matrix[i]![j]))
  )
    return undefined;
  return { values: newValues, matrix: matrix.map((_, i) => newColumns.map((column) => column[i]!)) };
}

/** Whether rows have the same magnitudes, some terms with the same sign and others with the opposite one. */
function isTwin(row: readonly number[], other: readonly number[]): boolean {
  const used = row.flatMap((factor, i) => (factor === 0 && other[i] === 0 ? [] : [i]));
  const same = used.filter((i) => row[i] === other[i]).length;
  const flipped = used.filter((i) => row[i] === -other[i]!).length;
  return same > 0 && flipped > 0 && same + flipped === used.length && used.length > 2;
}

/** Σ factors[i] · values[i]; undefined where all factors are 0. Terms with factor 1 or −1 need no product. */
function weighted(factors: readonly number[], values: readonly Expression[]): Expression | undefined {
  const terms = factors.flatMap((factor, i) => (factor === 0 ? [] : [{ factor, value: values[i]! }]));
  // A positive term first, so that no sign has to be turned.
  terms.sort((a, b) => Number(b.factor > 0) - Number(a.factor > 0));
  return terms.reduce<Expression | undefined>((total, { factor, value }) => {
    const scaled = (by: number): Expression => fmul(value, numberOf(value.type, by));
    if (!total) return factor === 1 ? value : scaled(factor);
    if (factor === 1) return fadd(total, value);
    if (factor === -1) return fsub(total, value);
    if (value.type === 'f32x4') return fmadd(value, numberOf(value.type, factor), total);
    return factor > 0 ? fadd(total, scaled(factor)) : fsub(total, scaled(-factor));
  }, undefined);
}
