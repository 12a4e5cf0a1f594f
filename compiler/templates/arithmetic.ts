// Elementwise arithmetic on parameters when a module loads. Extents and strides are parameters, so that all tensors share a kernel: each runs
// once, and an engine that compiles loops which repeat would begin again with a kernel for each geometry.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, mul } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Combination } from './elementwise.ts';
import { combined } from './elementwise.ts';
import { numbers } from './numbers.ts';
import type { Target } from './target.ts';

export interface ArithmeticSpec {
  /** How many loops. */
  readonly axes: number;
  /** Of the operands, which are the memories `s0`, `s1`, …, and of the result, `target`. */
  readonly operands: readonly Memory['type'][];
  readonly result: Memory['type'];
  readonly combination: Combination;
}

/**
 * Parameters: index of the first element in each operand and in the result; then for each axis, outermost first, the count, the stride in
 * each operand, 0 where it is repeated, and that in the result.
 */
export function arithmetic(name: string, spec: ArithmeticSpec, target: Target): Kernel {
  const { axes, operands, result, combination } = spec;
  const what = combination.kind === 'fold' ? combination.operation : combination.kind;
  return buildKernel(name, `${what} along ${axes} axes`, (k: BlockBuilder) => {
    const v = numbers(k, target);
    const memories = operands.map((type, at) => k.memory(`s${at}`, type));
    const stored = k.memory('target', result);
    const bases = operands.map(() => k.parameter('x'));
    const y = k.parameter('y');
    const loops = Array.from({ length: axes }, () => ({
      count: k.parameter('n'),
      read: operands.map(() => k.parameter('s')),
      write: k.parameter('t'),
    }));
    const nest = (axis: number, places: readonly Expression[], to: Expression): void => {
      const loop = loops[axis];
      if (loop) {
        return k.for('i', 0, loop.count, (i) => {
          const next = places.map((place, at) => k.let('p', add(place, mul(i, loop.read[at]!))));
          nest(axis + 1, next, k.let('q', add(to, mul(i, loop.write))));
        });
      }
      if (combination.kind === 'copy') return k.store(stored, to, k.load(memories[0]!, places[0]!));
      const values = places.map((place, at) => v.load(memories[at]!, place, 1));
      v.store(stored, to, combined(k, v, combination, values), 1);
    };
    nest(0, bases, y);
  });
}
