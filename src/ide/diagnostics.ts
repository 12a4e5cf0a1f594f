// What is wrong with a text, as an editor shows it: every diagnostic has a place in that text. A mistake in an imported file
// stands where the text calls what has it, or else at the import, and leads to its own place.

import { resolvePath } from '../../compiler/frontend/names/project.ts';
import type { Import } from '../../grammar/ast.ts';
import { bounded } from '../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import type { Analysis } from './analysis.ts';
import { isNamed } from './names.ts';
import type { PlacedDiagnostic } from './types.ts';

/** In the order of the analysis, and behind them what is wrong with imported files. */
export function diagnostics(analysis: Analysis): readonly PlacedDiagnostic[] {
  const { source } = analysis;
  const own: PlacedDiagnostic[] = [];
  const elsewhere: (Diagnostic & { readonly span: Span })[] = [];
  for (const diagnostic of analysis.diagnostics) {
    const { span, code } = diagnostic;
    if (!span) own.push({ ...diagnostic, span: { source, start: 0, end: 0 } });
    else if (span.source.path !== source.path) elsewhere.push({ ...diagnostic, span });
    else own.push({ ...diagnostic, span, ...(code === 'name/unused' && { unnecessary: true as const }) });
  }
  if (elsewhere.length === 0) return own;
  const called = elsewhere.flatMap((one) => atCall(one, source.path) ?? []);
  const others = elsewhere.filter((one) => one.severity === 'error' && !atCall(one, source.path));
  return [...own, ...called, ...atImports(analysis, others)];
}

/** At the first call of this file that leads to the mistake. */
function atCall(diagnostic: Diagnostic & { readonly span: Span }, path: string): PlacedDiagnostic | undefined {
  const { related = [], span } = diagnostic;
  const call = related.find((one) => one.span.source.path === path);
  return call && placed(diagnostic, call.span, [{ span, message: diagnostic.message }, ...related]);
}

/** One for each import that leads to files with errors. */
function atImports(
  analysis: Analysis,
  errors: readonly (Diagnostic & { readonly span: Span })[],
): readonly PlacedDiagnostic[] {
  const byImport = new Map<Import, (Diagnostic & { readonly span: Span })[]>();
  for (const error of errors) {
    const at = importOf(analysis, error.span.source.path);
    if (!at) continue;
    const known = byImport.get(at);
    if (known) known.push(error);
    else byImport.set(at, [error]);
  }
  return [...byImport].map(([{ path }, [first, ...more]]) => {
    const related = [first!, ...more].map(({ span, message }) => ({ span, message }));
    return placed(first!, path.span, related, more.length);
  });
}

function placed(
  diagnostic: Diagnostic & { readonly span: Span },
  span: Span,
  related: NonNullable<Diagnostic['related']>,
  more = 0,
): PlacedDiagnostic {
  const { message, span: inside } = diagnostic;
  const others = more > 0 ? `, and ${more} more ${more === 1 ? 'error' : 'errors'}` : '';
  const text = `${message} (line ${lineOf(inside)} of ${inside.source.path}${others})`;
  // Its fixes are of the other file.
  const { fixes: _, ...rest } = diagnostic;
  return { ...bounded({ ...rest, message: text, related }), span };
}

/** The import that names a file, or one that leads to it; the first where no name does. */
function importOf({ file, source, bindings }: Analysis, path: string): Import | undefined {
  const next = new Map<string, Set<string>>();
  for (const [{ path: from }, uses] of bindings.uses) {
    const to = new Set<string>();
    for (const { definition } of uses)
      if (isNamed(definition)) to.add((definition.original ?? definition).span.source.path);
    next.set(from, to);
  }
  const leads = (from: string): boolean => {
    const seen = new Set([from]);
    for (const at of seen) for (const to of next.get(at) ?? []) seen.add(to);
    return seen.has(path);
  };
  const resolved = file.imports.map((one) => [one, resolvePath(source.path, one.path.value)] as const);
  const found =
    resolved.find(([, target]) => target === path) ??
    resolved.find(([, target]) => target !== undefined && leads(target)) ??
    resolved.find(([, target]) => target !== undefined);
  return found?.[0];
}
