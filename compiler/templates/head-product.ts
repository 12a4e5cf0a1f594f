// Products of matrices of values that flow, several heads at once: left [M,K] · right [K,N] for each. Threads share the heads and the
// panels of columns; each copies its panel side by side, transposed or not, and multiplies all rows by it.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, div, fmul, i32, mul, rem, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import { matrixProduct } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { panelsOf, registerBlock } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions, imageLoop } from './target.ts';

/** The matrices of the heads in one memory. Strides are elements. */
export interface Heads {
  readonly memory: 'arena' | 'weights';
  readonly headStride: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly imageStride: number;
}

export interface HeadProductSpec {
  readonly heads: number;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly left: Heads;
  readonly right: Heads;
  /** Its columns lie side by side. */
  readonly result: Omit<Heads, 'columnStride' | 'memory'>;
  readonly factor: number;
}

/** Elements of each thread's own memory: a panel. */
export function headProductScratch({ depth, columns }: HeadProductSpec, target: Target): number {
  const { panel: width } = registerBlock(target);
  const { full, lastWidth } = panelsOf(columns, width, target.lanes);
  return depth * (full > 0 ? width : lastWidth);
}

/** Parameters: bases of left, right and result, images. */
export function headProduct(name: string, spec: HeadProductSpec, target: Target): Kernel {
  const { heads, rows, depth, columns, left, right, result } = spec;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const [a, b, y] = [k.parameter('a'), k.parameter('b'), k.parameter('y')];
    const arena = k.memory('arena', 'f32');
    const memoryOf = (operand: Heads): Memory => k.memory(operand.memory, 'f32');
    const [lefts, rights, scratch] = [memoryOf(left), memoryOf(right), k.memory('scratch', 'f32')];
    const { width, full, lastWidth } = panelsOf(columns, v.block.panel, v.lanes);
    k.for(
      'n',
      0,
      k.parameter('images'),
      (n) => {
        const at = (base: Expression, { imageStride }: Pick<Heads, 'imageStride'>): Expression =>
          k.let('p', add(base, mul(n, imageStride)));
        const [an, bn, yn] = [at(a, left), at(b, right), at(y, result)];
        const panel = (head: Expression, column: Expression, count: number, stride: number): void => {
          const from = k.let('from', sum(bn, mul(head, right.headStride), mul(column, right.columnStride)));
          copyPanel(k, v, spec, { rights, scratch, from, count, stride });
          const to = k.let('to', sum(yn, mul(head, result.headStride), column));
          matrixProduct(k, v, {
            depth,
            columns: count,
            panel: stride,
            a: lefts,
            aBase: k.let('left', add(an, mul(head, left.headStride))),
            rowStride: left.rowStride,
            depthStride: left.columnStride,
            weights: scratch,
            wBase: i32(0),
            rows,
            result: arena,
            placeOf: (row, from) => sum(to, mul(row, result.rowStride), from),
            ...(spec.factor !== 1 && { apply: (value) => fmul(value, v.constant(spec.factor)) }),
          });
        };
        const whole = (piece: Expression): void => {
          const head = k.let('head', div(piece, full));
          panel(head, k.let('column', mul(rem(piece, full), width)), width, width);
        };
        if (full > 0) k.for('piece', 0, heads * full, whole, { parallel: true });
        if (lastWidth === 0) return;
        const rest = columns - full * width;
        k.for('head', 0, heads, (head) => panel(head, i32(full * width), rest, lastWidth), { parallel: true });
      },
      imageLoop(target),
    );
  };
  const summary = `product of [${rows}, ${depth}] and [${depth}, ${columns}] for ${heads} heads`;
  return buildKernel(name, summary, write, buildOptions(target));
}

interface Panel {
  readonly rights: Memory;
  readonly scratch: Memory;
  /** Where its first number lies. */
  readonly from: Expression;
  readonly count: number;
  /** Numbers from one row of the copy to the next: whole vectors. */
  readonly stride: number;
}

/** Copies columns of a right matrix side by side. */
function copyPanel(k: BlockBuilder, v: Numbers, { depth, right }: HeadProductSpec, panel: Panel): void {
  const { rights, scratch, from, count, stride } = panel;
  k.for('k', 0, depth, (row) => {
    const source = k.let('s', add(from, mul(row, right.rowStride)));
    const place = k.let('t', mul(row, stride));
    if (right.columnStride === 1) {
      for (let at = 0; at < stride; at += v.lanes) {
        const size = Math.min(v.lanes, count - at) as LaneCount;
        v.store(scratch, add(place, at), v.load(rights, add(source, at), size), v.lanes);
      }
      return;
    }
    for (let at = 0; at < count; at += 1) {
      k.store(scratch, add(place, at), k.load(rights, add(source, at * right.columnStride)));
    }
  });
}
