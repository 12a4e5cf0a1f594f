// The limits of expansion, counted before each step is built.

import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { wholeNumber } from '../../ir/whole-number.ts';
import { problem } from '../report.ts';

/** Nodes, block calls, paths, loop iterations and elements of ranges that a file may expand to. */
export const EXPANSION_LIMIT = 100_000;
/** Expressions that may be evaluated meanwhile: a bound of the values that are kept, too. */
export const WORK_LIMIT = 2_000_000;
/** Expressions, constants and lists that may stand inside each other while they are evaluated. */
export const EVALUATION_DEPTH_LIMIT = 512;
/** Characters of the name of a step with the blocks and paths around it: `stage2.block3.conv1`. */
export const STEP_NAME_LIMIT = 4096;
/** Characters of all these names together. */
export const NAMES_LIMIT = 32_000_000;
/** Blocks, paths, loops and conditions that may stand inside each other once expanded. */
export const DEPTH_LIMIT = 256;

export interface Budget {
  /** True from the first refusal on: everything then stops. */
  readonly exhausted: boolean;
  /** Counts nodes or iterations; `what` is the subject of the message, `` `repeat` ``. */
  expand(count: number, span: Span, what: string, report: (diagnostic: Diagnostic) => void): boolean;
  work(span: Span, report: (diagnostic: Diagnostic) => void): boolean;
  /** One level deeper into an expression, constant or list, up to `leave`; false, and reported, where that is too deep. */
  descend(span: Span, report: (diagnostic: Diagnostic) => void): boolean;
  leave(): void;
  /** Counts the characters of a step's name before it is put together. */
  name(length: number, span: Span, report: (diagnostic: Diagnostic) => void): boolean;
  enter(depth: number, span: Span, report: (diagnostic: Diagnostic) => void): boolean;
}

/** Counts what a file expands to. Each method says whether more may follow; the first refusal is reported, later ones are not. */
export function createBudget(): Budget {
  let expanded = 0;
  let worked = 0;
  let named = 0;
  let level = 0;
  let exhausted = false;
  const refuse = (diagnostic: Diagnostic, report: (diagnostic: Diagnostic) => void): false => {
    if (!exhausted) report(diagnostic);
    exhausted = true;
    return false;
  };
  return {
    get exhausted() {
      return exhausted;
    },
    expand(count, span, what, report) {
      if (exhausted) return false;
      expanded += count;
      if (expanded <= EXPANSION_LIMIT) return true;
      const expected = `at most ${grouped(EXPANSION_LIMIT)} nodes and iterations in all`;
      const diagnostic =
        count > EXPANSION_LIMIT
          ? problem('limit/expansion', span, `${what} is too long`, {
              found: grouped(count),
              expected,
              limit: true,
              fixes: [{ message: 'repeat it less often' }],
            })
          : problem('limit/expansion', span, 'the file expands to too much: here it passes the limit', {
              found: grouped(expanded),
              expected,
              limit: true,
              fixes: [{ message: 'unfold less: fewer repeats, fewer calls' }],
            });
      return refuse(diagnostic, report);
    },
    work(span, report) {
      worked += 1;
      if (exhausted) return false;
      if (worked <= WORK_LIMIT) return true;
      const message = 'the expressions of this file take too long to evaluate';
      const expected = `at most ${grouped(WORK_LIMIT)} evaluations`;
      return refuse(
        problem('limit/work', span, message, {
          found: grouped(worked),
          expected,
          limit: true,
          fixes: [{ message: 'name what is calculated again and again with const, outside of loops' }],
        }),
        report,
      );
    },
    descend(span, report) {
      if (level < EVALUATION_DEPTH_LIMIT) {
        level += 1;
        return true;
      }
      return refuse(
        problem('limit/depth', span, 'constants or lists lead to each other too deeply', {
          found: `more than ${EVALUATION_DEPTH_LIMIT} levels`,
          expected: `at most ${EVALUATION_DEPTH_LIMIT} levels`,
          limit: true,
          fixes: [{ message: 'write some of them as numbers' }],
        }),
        report,
      );
    },
    leave() {
      level -= 1;
    },
    name(length, span, report) {
      if (exhausted) return false;
      named += length;
      if (length <= STEP_NAME_LIMIT && named <= NAMES_LIMIT) return true;
      const isLong = length > STEP_NAME_LIMIT;
      return refuse(
        problem(
          'limit/names',
          span,
          isLong ? 'the name of this step is too long' : 'the names of all steps are too long',
          {
            found: `${grouped(isLong ? length : named)} characters`,
            expected: `at most ${grouped(STEP_NAME_LIMIT)} in one name and ${grouped(NAMES_LIMIT)} in all`,
            limit: true,
            notes: ['the name of a step begins with the names of the blocks and paths around it'],
            fixes: [{ message: 'give blocks and labels shorter names' }],
          },
        ),
        report,
      );
    },
    enter(depth, span, report) {
      if (exhausted) return false;
      if (depth <= DEPTH_LIMIT) return true;
      const message = 'blocks, paths, loops and conditions nest too deeply';
      return refuse(
        problem('limit/depth', span, message, {
          found: `${depth} levels`,
          expected: `at most ${DEPTH_LIMIT} levels`,
          limit: true,
          fixes: [{ message: 'put blocks one after the other instead of into each other' }],
        }),
        report,
      );
    },
  };
}

let wholeNumbers: Intl.NumberFormat | undefined;

/** `100,000`; independent of the host's locale. */
export function grouped(value: number): string {
  if (Number.isSafeInteger(value) && value >= 0) return wholeNumber(value);
  wholeNumbers ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return wholeNumbers.format(value);
}
