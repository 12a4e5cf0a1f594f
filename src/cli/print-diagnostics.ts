// Prints what is wrong with files, for people.

import { capped } from '../../grammar/counts.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import type { Io } from './io.ts';
import { usesColor } from './output.ts';

/** The diagnostics on stderr, at most 100 of them; the others are counted. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  { stderr, env }: Pick<Io, 'stderr' | 'env'>,
): void {
  const color = usesColor(stderr, env);
  const shown = capped(diagnostics);
  for (const diagnostic of shown) {
    stderr.write(`${renderDiagnostic(diagnostic, { color, width: stderr.columns })}\n\n`);
  }
  if (shown.length < diagnostics.length)
    stderr.write(`and ${diagnostics.length - shown.length} more that are not shown\n\n`);
}
