// Random kernels on numbers and vectors, made from a tape of choices: loop nests whose indices stay in bounds, with variables that
// are places, counts or both, in memories of elements of two sizes.

import * as fc from 'fast-check';
import {
  add,
  and,
  buildKernel,
  div,
  eq,
  f64,
  fadd,
  fdiv,
  fmadd,
  fmax,
  fmin,
  fmul,
  fsub,
  lanes,
  le,
  lt,
  max,
  min,
  mul,
  numberOf,
  pmax,
  pmin,
  promote,
  rem,
  select,
  sub,
  umax,
  unary,
} from '../../compiler/kernel/builder.ts';
import type { Cell } from '../../compiler/kernel/builder.ts';
import type { Binding } from '../../compiler/kernel/interpret.ts';
import type { Condition, Expression, Kernel, LaneCount, Memory } from '../../compiler/kernel/ir.ts';
import {
  erfLanes,
  expLanes,
  fusedSigmoidLanes,
  fusedSiluLanes,
  logLanes,
  sigmoidLanes,
  tanhLanes,
} from '../../compiler/kernel/math-lanes.ts';

/** `umax` where it is defined: of numbers without a sign. */
const largerSize = (a: Expression, b: Expression): Expression => umax(unary('abs', a), unary('abs', b));

/** Elements of `x` (f32), `h` (bf16) and `y` (f32, written). */
export const lengths = { x: 72, h: 80, y: 96 } as const;

/** A number from 0 to `most`: a place, or a count. */
interface Whole {
  readonly value: Expression;
  readonly most: number;
}

export interface RandomKernel {
  readonly kernel: Kernel;
  readonly parameters: readonly number[];
}

/** Numbers that are chosen from, one after another; 0 when they are used up, so that short tapes make small kernels. */
export type Tape = readonly number[];

export const tape: fc.Arbitrary<Tape> = fc.array(fc.nat(2 ** 20), { minLength: 20, maxLength: 900, size: 'max' });

const outermost = 3;

export function kernelOf(choices: Tape): RandomKernel {
  let at = 0;
  const choose = (count: number): number => (choices[at++] ?? 0) % count;
  const pick = <T>(items: readonly T[]): T => items[choose(items.length)]!;
  const parameters: number[] = [];
  const kernel = buildKernel('random', '', (k) => {
    const x = k.memory('x', 'f32');
    const h = k.memory('h', 'bf16');
    const y = k.memory('y', 'f32');
    const given: Whole[] = Array.from({ length: 2 }, (_, p) => {
      parameters.push(choose(8));
      return { value: k.parameter(`p${p}`), most: 7 };
    });
    let wholes: readonly Whole[] = given;
    let vectors: readonly Expression[] = [];
    let numbers: readonly Expression[] = [];
    let cells: readonly { readonly cell: Cell; readonly kind: 'vector' | 'number' }[] = [];

    const small = ({ value, most }: Whole, limit: number): Whole =>
      most <= limit ? { value, most } : { value: rem(value, limit + 1), most: limit };

    function whole(depth: number): Whole {
      if (depth === 0) return pick(wholes);
      const a = whole(depth - 1);
      const constant = choose(6);
      switch (choose(12)) {
        case 0: {
          const b = whole(depth - 1);
          return { value: add(a.value, b.value), most: a.most + b.most };
        }
        case 1:
          return { value: add(a.value, constant), most: a.most + constant };
        case 2:
        case 3:
          return { value: mul(a.value, constant), most: a.most * constant };
        case 4: {
          const [b, c] = [small(a, 9), small(whole(depth - 1), 9)];
          return { value: mul(b.value, c.value), most: b.most * c.most };
        }
        case 5:
          return { value: div(a.value, constant + 1), most: Math.floor(a.most / (constant + 1)) };
        case 6:
          return { value: rem(a.value, constant + 1), most: Math.min(a.most, constant) };
        case 7: {
          const b = whole(depth - 1);
          return choose(2) === 0
            ? { value: min(a.value, b.value), most: Math.min(a.most, b.most) }
            : { value: max(a.value, b.value), most: Math.max(a.most, b.most) };
        }
        case 8: {
          const b = whole(depth - 1);
          return { value: select(condition(0), a.value, b.value), most: Math.max(a.most, b.most) };
        }
        case 9:
          return { value: k.let('r', sub(a.most, a.value)), most: a.most };
        case 10:
          return { value: k.let('g', add(unary('neg', a.value), a.most)), most: a.most };
        default: {
          const limited = fmax(fmin(promote(number(0)), f64(constant)), f64(0));
          return { value: unary('truncate', limited), most: constant };
        }
      }
    }

    /** An index from which on there are `count` elements. */
    function place(memory: Memory, count: number): Expression {
      const room = lengths[memory.name as keyof typeof lengths] - count;
      const { value, most } = small(whole(choose(3)), room);
      return add(value, choose(room - most + 1));
    }

    function condition(depth: number): Condition {
      const compare = pick([lt, le, eq]);
      switch (choose(depth > 0 ? 4 : 2)) {
        case 0:
          return compare(pick(wholes).value, choose(5));
        case 1:
          return compare(pick(wholes).value, pick(wholes).value);
        case 2:
          return compare(number(0), number(0));
        default:
          return and(condition(depth - 1), compare(double(0), double(0)));
      }
    }

    function number(depth: number): Expression {
      if (depth === 0) return numbers.length > 0 && choose(2) === 0 ? pick(numbers) : k.load(x, place(x, 1));
      const a = number(depth - 1);
      switch (choose(5)) {
        case 0:
          return pick([fadd, fsub, fmul, fdiv, fmin, fmax])(a, number(depth - 1));
        case 1:
          return unary(pick(['neg', 'abs', 'sqrt', 'floor'] as const), a);
        case 2:
          return unary(pick(['sum_lanes', 'max_lanes'] as const), vector(depth - 1));
        case 3:
          return unary('demote', double(depth));
        default:
          return select(condition(1), a, number(0));
      }
    }

    function double(depth: number): Expression {
      const a = choose(2) === 0 ? promote(number(0)) : unary('convert', pick(wholes).value);
      if (depth === 0) return a;
      switch (choose(3)) {
        case 0:
          return pick([fadd, fsub, fmul, fdiv, fmin, fmax])(a, double(depth - 1));
        case 1:
          return unary(pick(['neg', 'abs', 'sqrt', 'floor'] as const), a);
        default:
          return select(condition(1), a, pick([0, -0, 1.5, 1e300, NaN, Infinity].map(f64)));
      }
    }

    const laneCondition = (depth: number): Condition => {
      const one = pick([lt, le, eq])(vector(depth), vector(depth));
      return choose(3) === 0 ? and(one, pick([lt, le, eq])(vector(depth), vector(0))) : one;
    };
    /** NaN becomes 0. */
    const sane = (value: Expression): Expression => {
      const held = k.let('n', value);
      return select(eq(held, held), held, lanes(0));
    };

    function vector(depth: number): Expression {
      if (depth === 0) {
        switch (choose(6)) {
          case 0:
            return k.loadLanes(h, place(h, 4), 4);
          case 1:
            return unary('splat', choose(2) === 0 ? k.load(x, place(x, 1)) : number(0));
          case 2:
            return lanes(pick([0, -0, 1, -2.5, 0.1, NaN, Infinity, 1e-40]));
          default: {
            if (vectors.length > 0 && choose(3) === 0) return pick(vectors);
            const count = (choose(4) + 1) as LaneCount;
            return k.loadLanes(x, place(x, count), count);
          }
        }
      }
      const a = vector(depth - 1);
      switch (choose(8)) {
        case 0:
        case 1:
          return pick([fadd, fsub, fmul, fdiv, fmin, fmax, pmin, pmax, largerSize])(a, vector(depth - 1));
        case 2:
          return unary(pick(['neg', 'abs', 'sqrt', 'floor'] as const), a);
        case 3:
          return fmadd(a, vector(depth - 1), vector(0));
        case 4:
          return choose(2) === 0
            ? select(laneCondition(0), a, vector(depth - 1))
            : select(condition(1), a, vector(depth - 1));
        case 5:
          return unary('pow2_lanes', unary('floor', pmax(pmin(sane(a), lanes(127)), lanes(-127))));
        case 6:
          return unary('exponent_lanes', pmax(pmin(unary('abs', sane(a)), lanes(3e38)), lanes(2 ** -126)));
        default:
          return pick([expLanes, logLanes, sigmoidLanes, fusedSigmoidLanes, fusedSiluLanes, tanhLanes, erfLanes])(
            k.let('f', a),
          );
      }
    }

    /** What is declared inside is unknown afterwards. */
    const inside = (write: () => void) => (): void => {
      const before = [wholes, vectors, numbers, cells] as const;
      write();
      [wholes, vectors, numbers, cells] = before;
    };

    function statement(depth: number): void {
      switch (choose(depth > 0 ? 13 : 9)) {
        case 0:
          vectors = [...vectors, k.let('v', vector(2))];
          break;
        case 1:
          numbers = [...numbers, k.let('s', number(2))];
          break;
        case 2: {
          const { value, most } = whole(2);
          wholes = [...wholes, { value: k.let('w', value), most }];
          break;
        }
        case 3: {
          const cell = choose(2) === 0 ? k.cell('c', vector(1)) : k.cell('d', number(1));
          const kind = cell.variable.type === 'f32x4' ? 'vector' : 'number';
          cells = [...cells, { cell, kind }];
          if (kind === 'vector') vectors = [...vectors, cell.value];
          else numbers = [...numbers, cell.value];
          break;
        }
        case 4: {
          const count = (choose(4) + 1) as LaneCount;
          k.storeLanes(y, place(y, count), vector(2), count);
          break;
        }
        case 5:
          k.store(y, place(y, 1), number(2));
          break;
        case 6:
        case 7: {
          if (cells.length === 0) return statement(depth);
          const { cell, kind } = pick(cells);
          const value = kind === 'vector' ? vector(1) : number(1);
          if (choose(2) === 0) k.set(cell, value);
          else k.set(cell, fadd(cell.value, value));
          break;
        }
        case 8:
          k.prefetch(x, place(x, 1));
          break;
        case 9:
          k.if(
            condition(1),
            inside(() => statements(depth - 1)),
            choose(2) === 0 ? inside(() => statements(depth - 1)) : undefined,
          );
          break;
        default:
          loop(depth);
      }
    }

    /** Over a range that may be empty, often with a place that moves along. */
    function loop(depth: number): void {
      const step = choose(3) + 1;
      const from = choose(2) === 0 ? { value: numberOf('i32', choose(4)), most: 3 } : small(whole(1), 4);
      const to = choose(2) === 0 ? { value: numberOf('i32', choose(6)), most: 5 } : small(whole(1), 5);
      // Threads share the outermost loop: it sets nothing of what stands outside.
      const parallel = depth === outermost && choose(2) === 0;
      const moves = !parallel && choose(2) === 0 ? choose(9) : undefined;
      const moving = moves === undefined ? undefined : k.cell('a', small(whole(1), 12).value);
      k.for(
        'i',
        from.value,
        to.value,
        (index) =>
          inside(() => {
            wholes = [...wholes, { value: index, most: 5 }];
            if (moving) wholes = [...wholes, { value: moving.value, most: 12 + 5 * moves! }];
            if (parallel) cells = [];
            // A large body becomes a function.
            for (let count = parallel ? choose(30) : 0; count > 0; count -= 1) statements(1);
            statements(depth - 1);
            if (moving) k.accumulate(moving, moves!);
          })(),
        { step, parallel },
      );
    }

    function statements(depth: number): void {
      for (let count = choose(4) + 1; count > 0; count -= 1) statement(depth);
    }

    statements(outermost);
    k.barrier();
    statements(outermost);
    k.storeLanes(y, 0, vectors.at(-1) ?? vector(1), 4);
    k.store(y, 4, numbers.at(-1) ?? number(1));
  });
  return { kernel, parameters };
}

/** Numbers of every kind for `x` and `h`; `y` is full of 7. */
export function memoriesOf(seed: number): ReadonlyMap<string, Binding> {
  const specials = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -3e38, 2 ** -149];
  const number = (at: number): number => {
    const hash = Math.imul(at + 1, Math.imul(seed + 1, 0x9e3779b1)) >>> 0;
    if (hash % 7 === 0) return specials[(hash >>> 8) % specials.length]!;
    return ((hash >>> 8) / 2 ** 24 - 0.5) * 2 ** ((hash >>> 4) % 6);
  };
  return new Map<string, Binding>([
    ['x', Float32Array.from({ length: lengths.x }, (_, at) => number(at))],
    ['h', Uint16Array.from({ length: lengths.h }, (_, at) => Math.imul(at + seed + 1, 0x9e3779b1) >>> 16)],
    ['y', new Float32Array(lengths.y).fill(7)],
  ]);
}
