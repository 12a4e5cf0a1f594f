// Shares the parallel loops of a kernel among threads: part `part` of `parts` runs a contiguous range of each loop's iterations, or,
// where ranges are claimed, one short range after another for as long as any is left, so that a thread that is held up holds up no
// other. What an iteration computes depends neither on how many parts there are nor on which of them runs it.

import { add, asExpression, div, eq, i32, lt, max, min, mul, rem, select, sub } from './builder.ts';
import type { Expression, Kernel, Statement, Variable } from './ir.ts';

/** A kernel with two more parameters, the part and the number of parts; each parallel loop runs the part's ranges. */
export interface SplitKernel {
  readonly kernel: Kernel;
  /**
   * Variables that get the number of a range that no thread has run, from 0 on, by the counter of this number: 0 at the kernel's
   * start and at each barrier. With a single part the value is as the kernel has it.
   */
  readonly claims: ReadonlyMap<Variable, number>;
}

/** Counters at most. Further loops between two barriers are split into as many ranges as there are parts. */
export const counters = 8;

/** Ranges of each loop for each thread. */
const rangesOfThread = 4;

/** `claimed`: whether the ranges of loops that stand in no other statement are claimed. */
export function splitLoops(source: Kernel, claimed: boolean): SplitKernel {
  const part: Variable = { name: 'part', type: 'i32' };
  const parts: Variable = { name: 'parts', type: 'i32' };
  const claims = new Map<Variable, number>();
  const split = (statement: Statement): Statement => {
    if (statement.kind === 'if')
      return { ...statement, then: statement.then.map(split), otherwise: statement.otherwise.map(split) };
    if (statement.kind !== 'for') return statement;
    if (statement.mode === 'serial') return { ...statement, body: statement.body.map(split) };
    return rangeOf(statement, read(part), read(parts));
  };
  const claim = (statement: Loop, counter: number): Statement => {
    const turn: Variable = { name: 'turn', type: 'i32' };
    const range: Variable = { name: 'range', type: 'i32' };
    claims.set(range, counter);
    // A single thread runs all at once.
    const wanted = select(eq(read(parts), i32(1)), i32(1), mul(read(parts), rangesOfThread));
    const ranges = min(wanted, countOf(statement));
    const ofRange = rangeOf(statement, read(range), ranges);
    return {
      ...{ kind: 'for', variable: turn, from: i32(0), to: ranges, step: 1, mode: 'serial' },
      body: [
        { kind: 'let', variable: range, value: read(turn), mutable: false },
        { kind: 'if', condition: lt(read(range), ranges), then: [ofRange], otherwise: [] },
      ],
    };
  };
  let counter = 0;
  const body = source.body.map((statement): Statement => {
    if (statement.kind === 'barrier') counter = 0;
    if (!claimed || statement.kind !== 'for' || statement.mode === 'serial' || counter === counters)
      return split(statement);
    counter += 1;
    return claim(statement, counter - 1);
  });
  return { kernel: { ...source, parameters: [...source.parameters, part, parts], body }, claims };
}

type Loop = Extract<Statement, { kind: 'for' }>;

const read = (variable: Variable): Expression => ({ kind: 'variable', type: 'i32', variable });

/** How many iterations a loop has. */
function countOf({ from, to, step }: Loop): Expression {
  const span = sub(to, from);
  return div(add(span.kind === 'constant' ? i32(Math.max(0, span.value)) : max(span, 0), step - 1), step);
}

/** Range number `at` of so many of a loop's iterations. */
function rangeOf(statement: Loop, at: Expression, ranges: Expression): Statement {
  const { from, step } = statement;
  const count = countOf(statement);
  const bound = (number: Expression): Expression => add(mul(share(number, count, ranges), step), from);
  return { ...statement, from: bound(at), to: bound(add(asExpression(at), 1)) };
}

/**
 * Where range `at` of so many begins, for at ≤ ranges: ⌊at · count / ranges⌋. Where that product could exceed 32 bits, the first
 * count mod ranges ranges get ⌈count / ranges⌉ iterations and the others ⌊count / ranges⌋. A count that only a call knows is one of
 * images, of which a memory holds fewer than 2^24.
 */
function share(at: Expression, count: Expression, ranges: Expression): Expression {
  if (count.kind !== 'constant' || count.value < 2 ** 32 / mostRanges) return div(mul(at, count), ranges);
  return add(mul(at, div(count, ranges)), min(at, rem(count, ranges)));
}

/** Ranges of a loop at most: `checkedThreads` of runtime/engine.ts allows 64 threads. */
const mostRanges = 64 * rangesOfThread;
