// The numbers kernels compute with on a target: f64 one at a time, rounded to f32 where they are stored, or vectors of
// four f32. Channels lie last, so that a vector is four channels of a pixel; the last ones may be fewer.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import {
  and,
  commonBits,
  eq,
  f64,
  fadd,
  fmadd,
  fmax,
  fmul,
  i32,
  lanes,
  pmax,
  umax,
  promote,
  select,
  unary,
} from '../kernel/builder.ts';
import type { Condition, Expression, LaneCount, Memory } from '../kernel/ir.ts';
import { fusedSigmoid, fusedSilu, sigmoid, silu } from './functions.ts';
import type { RegisterBlock } from './register-block.ts';
import { registerBlock } from './register-block.ts';
import type { Target } from './target.ts';

/** What copies elements: so many at once, or one by one. */
export interface Mover {
  readonly lanes: number;
  /** `count` consecutive elements. */
  load(memory: Memory, index: Operand, count: number): Expression;
  /** One element in every lane. */
  broadcast(memory: Memory, index: Operand): Expression;
  /** The first `count`, to consecutive elements. */
  store(memory: Memory, index: Operand, value: Expression, count: number): void;
  /** `body` for each of `extent` consecutive elements, as many at once as there are lanes. */
  each(hint: string, extent: number, body: (at: Expression, count: number) => void, parallel?: boolean): void;
}

/** A vector, or number, of some elements side by side: where it begins among them, and how many it has. */
export interface Part {
  readonly at: number;
  readonly count: LaneCount;
}

export interface Numbers {
  readonly lanes: 1 | 4;
  readonly block: RegisterBlock;
  constant(value: number): Expression;
  /** `count` consecutive elements. */
  load(memory: Memory, index: Operand, count: LaneCount): Expression;
  /** One element in every lane. */
  broadcast(memory: Memory, index: Operand): Expression;
  /** The first `count` lanes, to consecutive elements. */
  store(memory: Memory, index: Operand, value: Expression, count: LaneCount): void;
  /** sum + left · right */
  multiplyAdd(sum: Expression, left: Expression, right: Expression): Expression;
  /** The largest, as `Math.max` has it: NaN where one is, and +0 before −0. `positive`: all others are +0 or more. */
  largest(values: readonly Expression[], positive?: boolean): Expression;
  /** 1 / (1 + e^−x), of a vector or an f64. */
  sigmoid(x: Expression): Expression;
  /** x / (1 + e^−x), of a variable. */
  silu(x: Expression): Expression;
  /** A number that every lane has, from an f64. */
  everywhere(value: Expression): Expression;
  /** The parts of `extent` elements, whole but for the last one. */
  parts(extent: number): readonly Part[];
  /** `body` for each of `extent` consecutive channels, as many at once as there are lanes. */
  each(hint: string, extent: number, body: (channel: Expression, count: LaneCount) => void, parallel?: boolean): void;
  /** As `each`, for whole vectors only; returns the first channel that is left. */
  whole(hint: string, extent: number, body: (channel: Expression) => void): number;
}

/** The numbers of a target, for a kernel in the making. */
export function numbers(k: BlockBuilder, target: Target): Numbers {
  const { lanes: count } = target;
  const isVector = count === 4;
  const v: Numbers = {
    lanes: count,
    block: registerBlock(target),
    constant: isVector ? lanes : f64,
    load: (memory, index, size) => (isVector ? k.loadLanes(memory, index, size) : promote(k.load(memory, index))),
    broadcast(memory, index) {
      const element = k.load(memory, index);
      return isVector ? unary('splat', element) : promote(element);
    },
    store(memory, index, value, size) {
      if (isVector) k.storeLanes(memory, index, value, size);
      else k.store(memory, index, value);
    },
    multiplyAdd: (sum, left, right) => (isVector ? fmadd(left, right, sum) : fadd(sum, fmul(left, right))),
    largest(values, positive = false) {
      if (!isVector) return values.reduce(fmax);
      if (positive) return values.reduce(umax);
      // Plain maxima are one instruction each, but lose NaN, which does not equal itself, and take either zero, which is −0
      // only if all are negative.
      const named = values.map((value) => k.let('e', value));
      const ordered = named.map((value): Condition => eq(value, value)).reduce(and);
      const largest = k.let('e', named.reduce(pmax));
      const withSign = commonBits(largest, named.reduce(commonBits));
      return select(ordered, select(eq(largest, lanes(0)), withSign, largest), lanes(NaN));
    },
    sigmoid: target.fused ? fusedSigmoid : sigmoid,
    silu: target.fused ? fusedSilu : silu,
    everywhere: (value) => (isVector ? unary('splat', unary('demote', value)) : value),
    parts: (extent) =>
      Array.from({ length: Math.ceil(extent / count) }, (_, part) => ({
        at: part * count,
        count: Math.min(count, extent - part * count) as LaneCount,
      })),
    each(hint, extent, body, parallel = false) {
      const rest = (extent % count) as 0 | LaneCount;
      const full = extent - rest;
      k.for(hint, 0, full, (channel) => body(channel, count), { step: count, parallel });
      if (rest === 0) return;
      if (parallel) k.for(hint, full, extent, (channel) => body(channel, rest), { step: rest, parallel });
      else body(i32(full), rest);
    },
    whole(hint, extent, body) {
      const full = extent - (extent % count);
      k.for(hint, 0, full, body, { step: count });
      return full;
    },
  };
  return v;
}
