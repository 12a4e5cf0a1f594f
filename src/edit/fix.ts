// Mends a text by the fixes of its own errors: one after the other, each only where there is no choice, and never so that
// more errors are left than there were.

import type { Diagnostic, Fix } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';
import { applyEdits } from './apply.ts';

export interface Fixed {
  readonly text: string;
  /** What was applied, in order. */
  readonly changes: readonly Change[];
}

export interface Change {
  readonly code: string;
  /** 1-based, in the text as it was then. */
  readonly line: number;
  /** As the diagnostic says it: `conv(6, kernel: 5, padding: 2)`. */
  readonly fix: string;
}

/** Fixes that are tried on one text. */
const LIMIT = 500;

/** `path` is that of the text in spans; `diagnose` says everything that is wrong with a text. */
export function fixText(path: string, text: string, diagnose: (text: string) => readonly Diagnostic[]): Fixed {
  const errorsIn = (diagnostics: readonly Diagnostic[]): number =>
    diagnostics.filter(({ severity }) => severity === 'error').length;
  let diagnostics = diagnose(text);
  const seen = new Set([text]);
  const changes: Change[] = [];
  let current = text;
  // A syntax error can hide others, so that more show on the way; what is kept in the end has the fewest.
  let best = { text, errors: errorsIn(diagnostics), count: 0 };
  for (let round = 0; round < LIMIT; round++) {
    const next = nextStep(path, current, diagnostics, seen);
    if (!next) break;
    seen.add(next.text);
    current = next.text;
    changes.push(next.change);
    diagnostics = diagnose(current);
    const errors = errorsIn(diagnostics);
    if (errors <= best.errors) best = { text: current, errors, count: changes.length };
  }
  return { text: best.text, changes: changes.slice(0, best.count) };
}

/** The first error with a single fix that leads to a text not seen before. */
function nextStep(
  path: string,
  text: string,
  diagnostics: readonly Diagnostic[],
  seen: ReadonlySet<string>,
): { readonly text: string; readonly change: Change } | undefined {
  for (const { severity, span, code, fixes = [] } of diagnostics) {
    const fix = onlyFix(fixes);
    if (severity !== 'error' || !span || !fix) continue;
    if (fix.edits.some((edit) => edit.span.source.path !== path)) continue;
    const changed = applyEdits(text, fix.edits);
    if (changed === undefined || seen.has(changed)) continue;
    return { text: changed, change: { code, line: lineOf(fix.edits[0]!.span), fix: fix.message } };
  }
  return undefined;
}

function onlyFix(fixes: readonly Fix[]): (Fix & Required<Pick<Fix, 'edits'>>) | undefined {
  const applicable = fixes.flatMap(({ message, edits }) => (edits && edits.length > 0 ? [{ message, edits }] : []));
  return applicable.length === 1 ? applicable[0] : undefined;
}
