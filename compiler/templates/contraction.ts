// Sums of weights and of their products, in f64, when a module loads: y = Σ a or y = Σ a · b over some axes of an index
// space in which every operand has a stride per axis (0 where it is repeated).

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, f64, fadd, fmul, mul, promote } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';

export interface ContractionOperand {
  readonly memory: string;
  readonly type: 'f32' | 'f64';
  /** Elements per step along each of the axes. */
  readonly strides: readonly number[];
}

export interface ContractionSpec {
  /** The result's axes, row-major and dense; then those that are summed over. */
  readonly extents: readonly number[];
  readonly summed: readonly number[];
  /** One or two; strides along `extents`, then along `summed`. */
  readonly operands: readonly ContractionOperand[];
}

/** Parameters: a base for every operand, the base of the result in the f64 memory `target`. */
export function contraction(name: string, spec: ContractionSpec): Kernel {
  const { extents, summed, operands } = spec;
  const summary = `contraction ${extents.join('x')} over ${summed.join('x')}`;
  const last = extents.length - 1;
  /** Rows of the result grow term by term where the operands' elements lie as densely; else its elements, one by one. */
  const byRows = operands.every(({ strides }) => strides[last] === 0 || strides[last] === 1);
  return buildKernel(name, summary, (k) => {
    const memories = operands.map(({ memory, type }) => k.memory(memory, type));
    const target = k.memory('target', 'f64');
    const bases = operands.map(() => k.parameter('x'));
    const y = k.parameter('y');
    const outer = byRows ? last : extents.length;
    nest(k, extents.slice(0, outer), 0, bases, (places, row) => {
      const to = k.let('q', add(y, byRows ? mul(row, extents[last]!) : row));
      if (byRows) growRow(places, to);
      else {
        const total = k.cell('s', f64(0));
        nest(k, summed, extents.length, places, (at) => k.accumulate(total, product(at.map(load))));
        k.store(target, to, total.value);
      }
    });

    function growRow(places: readonly Expression[], to: Expression): void {
      const columns = extents[last]!;
      k.for('j', 0, columns, (j) => k.store(target, add(to, j), f64(0)));
      nest(k, summed, extents.length, places, (at) => {
        const repeated = at.map((place, i) =>
          operands[i]!.strides[last] === 0 ? k.let('a', load(place, i)) : undefined,
        );
        k.for('j', 0, columns, (j) => {
          const here = add(to, j);
          const factors = at.map((place, i) => repeated[i] ?? load(add(place, j), i));
          k.store(target, here, fadd(k.load(target, here), product(factors)));
        });
      });
    }

    function load(place: Expression, i: number): Expression {
      return promote(k.load(memories[i]!, place));
    }
  });

  /** Loops over `counts`, whose strides start at `first`; `body` gets the operands' places and the row-major index. */
  function nest(
    k: BlockBuilder,
    counts: readonly number[],
    first: number,
    bases: readonly Expression[],
    body: (places: readonly Expression[], index: Expression) => void,
  ): void {
    const step = (axis: number, places: readonly Expression[], index: Expression): void => {
      if (axis === counts.length) return body(places, index);
      k.for('i', 0, counts[axis]!, (i) => {
        const next = places.map((place, at) => k.let('p', add(place, mul(i, operands[at]!.strides[first + axis]!))));
        step(axis + 1, next, k.let('n', add(mul(index, counts[axis]!), i)));
      });
    };
    step(0, bases, { kind: 'constant', type: 'i32', value: 0 });
  }
}

const product = (factors: readonly Expression[]): Expression => factors.reduce(fmul);
