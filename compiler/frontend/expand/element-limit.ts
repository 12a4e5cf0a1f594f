// How many elements a tensor that a file declares or makes may have.

import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { formatShape, sizeOf } from '../../ir/tensor-type.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { problem } from '../report.ts';
import { grouped } from './budget.ts';

/** Elements without the batch axis: indices are 32-bit. */
export const ELEMENT_LIMIT = 2 ** 31 - 1;

/** The error where a tensor has more; `what` is its subject, `a tensor`, and `advice` what to choose instead. */
export function tooManyElements(shape: Shape, span: Span, what: string, advice: string): Diagnostic | undefined {
  const count = sizeOf(shape);
  if (count <= ELEMENT_LIMIT) return undefined;
  return problem('limit/elements', span, `${what} has too many elements`, {
    found: `${formatShape(shape)}: ${count} elements`,
    expected: `at most ${grouped(ELEMENT_LIMIT)} (2^31 − 1)`,
    limit: true,
    fixes: [{ message: advice }],
  });
}
