// Collects diagnostics so that one mistake is one error: what is found again at the same place, because a block is called
// several times or networks share it, only adds the place of the call.

import type { Diagnostic, Severity } from '../../grammar/diagnostic.ts';
import { positionOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';

export interface Reporter {
  /** `calls`: the places of the block calls around the mistake, outermost first. */
  report(diagnostic: Diagnostic, calls?: readonly Span[]): void;
  /** Whether this was reported already; if so the call is added, and working out the details again can be saved. */
  repeats(code: string, span: Span, calls?: readonly Span[]): boolean;
  readonly errors: number;
  /** By file and place, those without a place first. */
  finish(): readonly Diagnostic[];
}

/** A diagnostic with a place; `more` holds whatever else it says. */
export function problem(
  code: string,
  span: Span,
  message: string,
  more: Omit<Diagnostic, 'code' | 'span' | 'message' | 'severity'> & { readonly severity?: Severity } = {},
): Diagnostic {
  return { code, severity: 'error', span, message, ...more };
}

export function createReporter(): Reporter {
  interface Entry {
    readonly diagnostic: Diagnostic;
    readonly calls: Map<string, Span>;
  }
  const entries = new Map<string, Entry>();
  let errors = 0;
  const addCall = (entry: Entry, calls: readonly Span[]): void => {
    const call = calls.at(-1);
    if (call) entry.calls.set(placeOf(call), call);
  };
  return {
    report(diagnostic, calls = []) {
      const key = `${diagnostic.code} ${diagnostic.span ? placeOf(diagnostic.span) : diagnostic.message}`;
      let entry = entries.get(key);
      if (!entry) {
        entry = { diagnostic, calls: new Map() };
        entries.set(key, entry);
        if (diagnostic.severity === 'error') errors += 1;
      }
      addCall(entry, calls);
    },
    repeats(code, span, calls = []) {
      const entry = entries.get(`${code} ${placeOf(span)}`);
      if (entry) addCall(entry, calls);
      return entry !== undefined;
    },
    get errors() {
      return errors;
    },
    finish() {
      const sources = [...new Set([...entries.values()].map(({ diagnostic }) => diagnostic.span?.source))];
      return [...entries.values()]
        .map(({ diagnostic, calls }) => withCalls(diagnostic, [...calls.values()]))
        .sort(
          (a, b) =>
            sources.indexOf(a.span?.source) - sources.indexOf(b.span?.source) ||
            (a.span?.start ?? -1) - (b.span?.start ?? -1),
        );
    },
  };
}

function withCalls(diagnostic: Diagnostic, calls: readonly Span[]): Diagnostic {
  if (calls.length === 0) return diagnostic;
  const related = calls.map((span) => ({ span, message: 'called' }));
  return { ...diagnostic, related: [...(diagnostic.related ?? []), ...related] };
}

function placeOf(span: Span): string {
  return `${span.start}-${span.end} ${span.source.path}`;
}

/** `line 12`, or `heads.cnn:12` when it is in another file than `from`. */
export function placeText(span: Span, from?: Span): string {
  const { line } = positionOf(span.source, span.start);
  return from && from.source !== span.source ? `${span.source.path}:${line}` : `line ${line}`;
}
