// The register-blocked matrix product at the heart of convolutions and dense layers: `rows` rows of A (contiguous
// along K) against blocks of `width` packed columns. Blocking after K. Goto and R. van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication" (2008), with the register block measured for V8: 3 × 4 f64 accumulators.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, f64, fadd, fmul, mul, promote, sub } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';

export const rowBlock = 3;
export const columnBlock = 4;

/** Elements of a packed matrix of `depth` × `columns`; blocks of `columnBlock` columns, the last one narrower. */
export const packedLength = (depth: number, columns: number): number => depth * columns;

export interface MatrixProduct {
  readonly depth: number;
  readonly columns: number;
  readonly a: Memory;
  /** Index of row 0, element 0; rows are `rowStride` elements apart. */
  readonly aBase: Expression;
  readonly rowStride: number;
  readonly weights: Memory;
  /** Index of the packed matrix. */
  readonly wBase: Expression;
  /** Index of the bias vector, if there is one. */
  readonly bias?: Expression;
  readonly rows: Operand;
  readonly store: (value: Expression, row: Expression, column: Expression) => void;
}

/** Emits loops over column blocks, then row blocks: the packed block stays in cache while all rows pass. */
export function matrixProduct(k: BlockBuilder, product: MatrixProduct): void {
  const { columns, depth, rows } = product;
  const full = columns - (columns % columnBlock);
  k.for('o', 0, full, (column) => rowLoops(k, product, column, columnBlock), { step: columnBlock });
  if (full < columns) rowLoops(k, product, add(full, 0), columns - full);

  function rowLoops(kb: BlockBuilder, p: MatrixProduct, column: Expression, width: number): void {
    const block = kb.let('wb', add(p.wBase, mul(column, depth)));
    if (typeof rows === 'number') {
      const fullRows = rows - (rows % rowBlock);
      kb.for('i', 0, fullRows, (row) => tile(kb, p, row, rowBlock, column, width, block), { step: rowBlock });
      if (fullRows < rows) tile(kb, p, add(fullRows, 0), rows - fullRows, column, width, block);
      return;
    }
    const next = kb.cell('next', 0);
    kb.for(
      'i',
      0,
      sub(rows, rowBlock - 1),
      (row) => {
        tile(kb, p, row, rowBlock, column, width, block);
        kb.set(next, add(row, rowBlock));
      },
      { step: rowBlock },
    );
    kb.for('i', next.value, rows, (row) => tile(kb, p, row, 1, column, width, block));
  }
}

/** `height` × `width` accumulators over the whole depth. */
function tile(
  k: BlockBuilder,
  p: MatrixProduct,
  row: Expression,
  height: number,
  column: Expression,
  width: number,
  block: Expression,
): void {
  const bias = Array.from({ length: width }, (_, j) =>
    p.bias ? promote(k.load(p.weights, add(p.bias, add(column, j)))) : f64(0),
  );
  const sums = Array.from({ length: height }, () => bias.map((value) => k.cell('s', value)));
  const a = k.cell('a', add(p.aBase, mul(row, p.rowStride)));
  const w = k.cell('w', add(block, 0));
  k.for('k', 0, p.depth, () => {
    const left = sums.map((_, i) => k.let('x', promote(k.load(p.a, add(a.value, i * p.rowStride)))));
    const right = bias.map((_, j) => k.let('y', promote(k.load(p.weights, add(w.value, j)))));
    sums.forEach((cells, i) => cells.forEach((cell, j) => k.set(cell, fadd(cell.value, fmul(left[i]!, right[j]!)))));
    k.accumulate(a, 1);
    k.accumulate(w, width);
  });
  sums.forEach((cells, i) => cells.forEach((cell, j) => p.store(cell.value, add(row, i), add(column, j))));
}
