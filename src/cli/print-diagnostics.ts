// Prints what is wrong with files, for people.

import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import type { Io } from './io.ts';
import { usesColor } from './output.ts';

export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  { stderr, env }: Pick<Io, 'stderr' | 'env'>,
): void {
  const color = usesColor(stderr, env);
  for (const diagnostic of diagnostics) {
    stderr.write(`${renderDiagnostic(diagnostic, { color, width: stderr.columns })}\n\n`);
  }
}
