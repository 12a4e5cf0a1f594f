// Forms that the grammar reads and the front end does not compile.

import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { problem } from '../report.ts';

/** Says so; `what` is the subject of the message. */
export function notYet(span: Span, what: string): Diagnostic {
  return problem('syntax/unexpected', span, `${what} cannot be compiled yet`, {
    found: textOf(span).split('\n', 1)[0]!,
    expected: 'steps joined with ->',
    fixes: [{ message: 'write it with steps: a -> add(b)' }],
  });
}
