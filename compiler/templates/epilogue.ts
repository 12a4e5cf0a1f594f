// The epilogue of a kernel: operators that are applied to each result between the accumulator and the store, so that batch norms,
// residual sums and activations need no pass over memory of their own.

import type { ScalarExpression, UnaryFunction } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fmul, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';
import { lowerScalar } from './scalar.ts';

export type EpilogueStep =
  /** `vectors` per-channel parameters, each a packed vector whose place is a kernel parameter. */
  | { readonly kind: 'pointwise'; readonly expression: ScalarExpression; readonly vectors: number }
  /** The sum or product with another value of the result's shape, whose element at the same index is read. */
  | {
      readonly kind: 'combine';
      readonly operation: 'add' | 'mul';
      readonly imageStride: number;
      readonly pixelStride: number;
    };

export type Epilogue = readonly EpilogueStep[];

/**
 * Whether the epilogue runs in a loop of its own over stored results that are still in cache, because a step evaluates an elementary
 * function: written out for every accumulator of a register block, that would make the kernel large and slow. Not if there are combined
 * values, which the stored results may have overwritten.
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

/** The place of a value in the result: image, pixel (row-major) and channels. */
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

/** A part of the stored results, and what is applied to it. */
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
