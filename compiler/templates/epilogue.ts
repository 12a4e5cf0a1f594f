// The epilogue of a kernel: what happens to each result between the accumulator and the store. Templates call it
// once per value they store, so bias, batch norm, residual addition and activation cost no pass over memory.

import type { ScalarExpression, UnaryFunction } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fmul, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';
import { lowerScalar } from './scalar.ts';

export type EpilogueStep =
  /** `vectors` per-channel parameters, each a packed vector whose place is a kernel parameter. */
  | { readonly kind: 'pointwise'; readonly expression: ScalarExpression; readonly vectors: number }
  /** Adds or multiplies with another value of the result's shape, read where the result is stored. */
  | {
      readonly kind: 'combine';
      readonly operation: 'add' | 'mul';
      readonly imageStride: number;
      readonly pixelStride: number;
    };

export type Epilogue = readonly EpilogueStep[];

/**
 * Whether a step evaluates an elementary function. Written out for every accumulator of a register block that would
 * make the kernel large and slow: such an epilogue runs over the values after they were stored, while they are in cache.
 * Not with combined values: the result may overwrite them.
 */
export function isHeavy(epilogue: Epilogue): boolean {
  const combines = epilogue.some((step) => step.kind === 'combine');
  return !combines && epilogue.some((step) => step.kind === 'pointwise' && usesFunction(step.expression));
}

/** Whether what happens to a value depends on the value alone, not on its place. */
export const isUniform = (epilogue: Epilogue): boolean =>
  epilogue.every((step) => step.kind === 'pointwise' && step.vectors === 0);

/** Whether an elementary function is part of it. */
export function usesFunction(expression: ScalarExpression): boolean {
  switch (expression.kind) {
    case 'x':
    case 'channel':
    case 'constant':
      return false;
    case 'unary':
      return elementary.has(expression.function) || usesFunction(expression.operand);
    case 'binary':
      return usesFunction(expression.left) || usesFunction(expression.right);
    case 'less':
      return [expression.left, expression.right, expression.then, expression.otherwise].some(usesFunction);
    default:
      return expression satisfies never;
  }
}

const elementary: ReadonlySet<UnaryFunction> = new Set(['exp', 'log', 'tanh', 'sigmoid', 'erf']);

/** Where a value belongs: image, pixel (row-major) and channels of the result. */
export interface Place {
  readonly image: Expression;
  readonly pixel: Expression;
  /** The first of `count` channels. */
  readonly channel: Expression;
  readonly count: LaneCount;
}

export type ApplyEpilogue = (value: Expression, place: Place) => Expression;

/**
 * Declares the epilogue's kernel parameters, one per vector and per combined value in order of the steps, and returns
 * the function that applies it to a value.
 */
export function declareEpilogue(
  k: BlockBuilder,
  v: Numbers,
  epilogue: Epilogue,
  arena: Memory,
  weights: Memory,
): ApplyEpilogue {
  const pointers = epilogue.map((step) =>
    step.kind === 'pointwise' ? Array.from({ length: step.vectors }, () => k.parameter('v')) : [k.parameter('z')],
  );
  return (value, place) =>
    epilogue.reduce((current, step, at) => {
      if (step.kind === 'pointwise') {
        const channels = pointers[at]!.map((pointer) => v.load(weights, add(pointer, place.channel), place.count));
        return lowerScalar(k, v, step.expression, k.let('v', current), channels);
      }
      const base = add(pointers[at]![0]!, mul(place.image, step.imageStride));
      const index = add(add(base, mul(place.pixel, step.pixelStride)), place.channel);
      const other = v.load(arena, index, place.count);
      return step.operation === 'add' ? fadd(current, other) : fmul(current, other);
    }, value);
}

/** Some of the numbers that were stored, and what becomes of them. */
export interface StoredPart {
  readonly place: Expression;
  readonly count: LaneCount;
  readonly apply: (value: Expression) => Expression;
}

/**
 * Changes parts that lie apart from one another. In vectors all are read before one is written, so that they can be computed at the same time;
 * numbers are changed one by one.
 */
export function applyInPlace(k: BlockBuilder, v: Numbers, memory: Memory, parts: readonly StoredPart[]): void {
  if (v.lanes === 1)
    return parts.forEach(({ place, count, apply }) =>
      v.store(memory, place, apply(v.load(memory, place, count)), count),
    );
  const values = parts.map(({ place, count }) => k.let('v', v.load(memory, place, count)));
  const results = parts.map(({ apply }, i) => k.let('r', apply(values[i]!)));
  parts.forEach(({ place, count }, i) => v.store(memory, place, results[i]!, count));
}
