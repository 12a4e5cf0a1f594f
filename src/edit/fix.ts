// Mends a text by the fixes of its own errors: only those that keep what was meant beyond doubt, all that do not touch each
// other at once, and never so that more errors are left than there were.

import type { Diagnostic, Fix } from '../../grammar/diagnostic.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
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

/** How often a text is diagnosed again: a mistake can hide another, and of syntax errors a hundred are told at a time. */
const ROUNDS = 8;

/** `path` is that of the text in spans; `diagnose` says everything that is wrong with a text. */
export function fixText(path: string, text: string, diagnose: (text: string) => readonly Diagnostic[]): Fixed {
  let diagnostics = diagnose(text);
  let current = text;
  let changes: readonly Change[] = [];
  let best = { text, changes, errors: errorsIn(diagnostics) };
  for (let round = 0; round < ROUNDS; round++) {
    const chosen = safeFixes(path, diagnostics);
    const next = applyEdits(
      current,
      chosen.flatMap(({ edits }) => edits),
    );
    if (next === undefined || next === current) break;
    current = next;
    changes = [...changes, ...chosen.map(({ change }) => change)];
    diagnostics = diagnose(current);
    // A syntax error can hide others, so that more show on the way; what is kept in the end has the fewest.
    const errors = errorsIn(diagnostics);
    if (errors <= best.errors) best = { text: current, changes, errors };
  }
  return { text: best.text, changes: best.changes };
}

function errorsIn(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ severity }) => severity === 'error').length;
}

/** A fix that is applied. */
export interface Chosen {
  readonly edits: readonly Edit[];
  readonly change: Change;
}

/** The safe fixes of all errors in the text of that path, in its order; of two that are in each other's way the first. */
export function safeFixes(path: string, diagnostics: readonly Diagnostic[]): readonly Chosen[] {
  const safe = diagnostics.flatMap(({ severity, span, code, fixes }): Chosen[] => {
    const fix = severity === 'error' && span ? onlySafe(fixes) : undefined;
    if (!fix || fix.edits.some((edit) => edit.span.source.path !== path)) return [];
    return [{ edits: fix.edits, change: { code, line: lineOf(fix.edits[0]!.span), fix: fix.message } }];
  });
  const edits = safe.flatMap((fix) => fix.edits.map((edit) => ({ fix, edit })));
  const refused = new Set<Chosen>();
  let last: (typeof edits)[number] | undefined;
  for (const one of edits.toSorted((a, b) => a.edit.span.start - b.edit.span.start)) {
    if (last && last.fix !== one.fix && collide(last.edit, one.edit)) refused.add(one.fix);
    if (!refused.has(one.fix)) last = one;
  }
  return safe.filter((fix) => !refused.has(fix)).toSorted((a, b) => a.change.line - b.change.line);
}

/**
 * Whether the second of two edits cannot be made with the first: they share characters, or meet so that an insertion could go
 * before or behind, or that two words could become one. The comma behind `nn.Flatten(),` is replaced with the step before it.
 */
function collide(first: Edit, second: Edit): boolean {
  if (first.span.end !== second.span.start) return second.span.start < first.span.end;
  const inserts = [first, second].some(({ span }) => span.start === span.end);
  const { source, end } = second.span;
  return inserts || !/^\s/.test(second.text || source.text.slice(end, end + 1));
}

function onlySafe(fixes: readonly Fix[] = []): (Fix & Required<Pick<Fix, 'edits'>>) | undefined {
  const applicable = fixes.flatMap((fix) => (fix.edits && fix.edits.length > 0 ? [{ ...fix, edits: fix.edits }] : []));
  return applicable.length === 1 && applicable[0]!.safe ? applicable[0] : undefined;
}
