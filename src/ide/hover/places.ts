// Which part of the tree stands at a place: the step that a name calls, the definition around it.

import type { CallStep, Definition } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { Analysis } from '../analysis.ts';

/** The step whose callee is at that place; undefined where the name is none, as in an argument. */
export function stepCalledAt({ bindings }: Analysis, span: Span): CallStep | undefined {
  for (const step of bindings.calls.keys()) if (step.callee.span === span) return step;
  return undefined;
}

/** The innermost step of the file around a place. */
export function stepAround({ bindings }: Analysis, { source, start, end }: Span): CallStep | undefined {
  let found: CallStep | undefined;
  for (const step of bindings.calls.keys()) {
    const { span } = step;
    const around = span.source === source && span.start <= start && end <= span.end;
    if (around && (!found || span.start >= found.span.start)) found = step;
  }
  return found;
}

/** The definition of the file around a place. */
export function definitionAround({ file }: Analysis, { source, start, end }: Span): Definition | undefined {
  if (source !== file.source) return undefined;
  return file.definitions.find(({ span }) => span.start <= start && end <= span.end);
}
