// Diagnostics for programs: places as paths, lines and columns.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { shortenDiagnostic } from '../../grammar/shorten.ts';
import { positionOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';

/** A diagnostic as `--json` prints it: spans become path, line and column. */
export function diagnosticJson(diagnostic: Diagnostic) {
  const { span, fixes, related, ...rest } = shortenDiagnostic(diagnostic);
  return {
    ...rest,
    ...(span && placeJson(span)),
    ...(fixes && {
      fixes: fixes.map(({ message, edits, safe }) => ({
        message,
        ...(safe && { safe }),
        ...(edits && { edits: edits.map((edit) => ({ ...placeJson(edit.span), text: edit.text })) }),
      })),
    }),
    ...(related && { related: related.map(({ span: place, message }) => ({ ...placeJson(place), message })) }),
  };
}

function placeJson({ source, start, end }: Span) {
  const [from, to] = [positionOf(source, start), positionOf(source, end)];
  return { path: source.path, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
