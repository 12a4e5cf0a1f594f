// Copies weights into the layout in which a kernel reads them, when a module loads or in a step of a training: one kernel for all
// geometries, so that modules stay small and engines compile it once.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, div, fmul, i32, mul, promote, rem, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import { numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

export interface PackSpec {
  /** How many loops. */
  readonly axes: number;
  readonly source: 'f32' | 'f64' | 'i8' | 'u8' | 'i32';
  readonly target: 'f32' | 'bf16' | 'i8' | 'i32';
  /** Of the factors of the elements, where there are some. */
  readonly factors?: 'f32' | 'f64';
  /** Whether the first element is so many behind the index that is given for the source, as the parameter after the target's. */
  readonly shifted?: true;
  /** Whether the elements of the innermost loop, whole vectors of them, lie side by side in source and target. */
  readonly runs?: true;
}

/** Where the packed weights of a type lie. */
export const packedMemory = { f32: 'weights', bf16: 'halves', i8: 'bytes', i32: 'integers' } as const;

/**
 * Parameters: index of the first element in source and target; then for each axis, outermost first, count, stride in the source, stride in the target; where
 * there are factors, the index of the first one, and their strides, innermost first.
 */
export function pack(
  name: string,
  { axes, source, target, factors: kind, shifted, runs }: PackSpec,
  own: Target,
): Kernel {
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, own);
    const from = k.memory('source', source);
    const factors = kind && k.memory('factors', kind);
    const to = k.memory(packedMemory[target], target);
    const x = k.parameter('x');
    const y = k.parameter('y');
    const first = shifted ? k.let('p', add(x, k.parameter('first'))) : x;
    const loops = Array.from({ length: axes }, () => ({
      count: k.parameter('n'),
      read: k.parameter('s'),
      write: k.parameter('t'),
    }));
    const z = factors && k.parameter('z');
    const steps = factors && loops.map(() => k.parameter('u')).toReversed();
    const copy = (p: Expression, q: Expression, r: Expression | undefined): void => {
      if (runs) return v.store(to, q, v.load(from, p, v.lanes), v.lanes);
      const value = k.load(from, p);
      k.store(to, q, factors ? fmul(promote(value), promote(k.load(factors, r!))) : value);
    };
    const nest = (axis: number, p: Expression, q: Expression, r: Expression | undefined): void => {
      const loop = loops[axis];
      if (!loop) return copy(p, q, r);
      const next = (i: Expression): void =>
        nest(
          axis + 1,
          k.let('p', add(p, mul(i, loop.read))),
          k.let('q', add(q, mul(i, loop.write))),
          r && k.let('r', add(r, mul(i, steps![axis]!))),
        );
      const step = runs && axis === axes - 1 ? v.lanes : 1;
      k.for('i', 0, loop.count, next, { parallel: axis === 0 && own.threads, step });
    };
    nest(0, first, y, z);
  };
  return buildKernel(name, `pack along ${axes} axes`, write, buildOptions(own));
}

/**
 * Packs a matrix of bytes for dot products of four along K. Parameters: index of the first element in source and target; groups and panels,
 * outermost first: count, stride in source and target; columns: count, stride in the source; bytes of four rows of a panel; then for rows
 * that lie `together` their count, or else three axes along K: count, stride in the source, rows from one element to the next.
 */
export function packBytes(name: string, { source, together }: BytesSpec): Kernel {
  return buildKernel(name, 'pack bytes by four', (k) => {
    const [from, to] = [k.memory('source', source), k.memory('bytes', 'i8')];
    const [x, y] = [k.parameter('x'), k.parameter('y')];
    const loop = () => ({ count: k.parameter('n'), read: k.parameter('s'), write: k.parameter('t') });
    const outer = [loop(), loop()];
    const column = { count: k.parameter('n'), read: k.parameter('s') };
    const four = k.parameter('four');
    const writeColumn = together
      ? rowsTogether(k, from, to, four)
      : rowsAlong(k, from, to, four, [loop(), loop(), loop()]);
    const nest = (at: number, p: Expression, q: Expression): void => {
      const next = outer[at];
      if (next) {
        return k.for('i', 0, next.count, (i) =>
          nest(at + 1, k.let('p', add(p, mul(i, next.read))), k.let('q', add(q, mul(i, next.write)))),
        );
      }
      k.for('o', 0, column.count, (o) =>
        writeColumn(k.let('p', add(p, mul(o, column.read))), k.let('q', add(q, mul(o, 4)))),
      );
    };
    nest(0, x, y);
  });
}

export interface BytesSpec extends Pick<PackSpec, 'source'> {
  /** Whether the rows of a column are bytes that lie side by side. */
  readonly together?: true;
}

type WriteColumn = (from: Expression, to: Expression) => void;

/** Four rows at a time, and the last ones by themselves. */
function rowsTogether(k: BlockBuilder, from: Memory, to: Memory, four: Expression): WriteColumn {
  const rows = k.parameter('n');
  return (p, q) => {
    const whole = k.let('w', mul(div(rows, 4), 4));
    k.for(
      'k',
      0,
      whole,
      (row) => k.storeBytes(to, add(q, mul(div(row, 4), four)), k.broadcastBytes(from, add(p, row)), 4),
      { step: 4 },
    );
    const last = k.let('q', add(q, mul(div(rows, 4), four)));
    k.for('k', 0, rem(rows, 4), (row) => k.store(to, add(last, row), k.load(from, sum(p, whole, row))));
  };
}

function rowsAlong(
  k: BlockBuilder,
  from: Memory,
  to: Memory,
  four: Expression,
  axes: readonly { readonly count: Expression; readonly read: Expression; readonly write: Expression }[],
): WriteColumn {
  const along = (at: number, p: Expression, q: Expression, depth: Expression): void => {
    const axis = axes[at];
    if (!axis) {
      const place = k.let('q', add(add(q, mul(div(depth, 4), four)), rem(depth, 4)));
      return k.store(to, place, k.load(from, p));
    }
    k.for('i', 0, axis.count, (i) =>
      along(at + 1, k.let('p', add(p, mul(i, axis.read))), q, k.let('k', add(depth, mul(i, axis.write)))),
    );
  };
  return (p, q) => along(0, p, q, i32(0));
}
