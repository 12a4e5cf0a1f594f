// What is wrong with an import, in the parts from which bundlers make their messages: a place, the line with carets, the text.

import { capped } from '../../grammar/counts.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { lineText, positionOf } from '../../grammar/source.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import { DiagnosticsError, UsageError } from '../cli/errors.ts';
import { InputError } from '../data/input-error.ts';

export interface Place {
  /** As the source's path is shown. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 0, in UTF-16 units. */
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
}

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** All of it, as `cnnc check` prints it. */
  readonly text: string;
  /** Without the line and the carets, which are the `frame`. */
  readonly message: string;
  readonly frame?: string;
  readonly place?: Place;
}

/** Errors and warnings, at most a hundred. Notes are left out: they ask for nothing. */
export function problemsOf(diagnostics: readonly Diagnostic[]): readonly Problem[] {
  return capped(diagnostics).flatMap((diagnostic) =>
    diagnostic.severity === 'note' ? [] : [problemOf(diagnostic, diagnostic.severity)],
  );
}

function problemOf(diagnostic: Diagnostic, severity: Problem['severity']): Problem {
  const text = renderDiagnostic(diagnostic);
  const { span } = diagnostic;
  if (!span) return { severity, text, message: text };
  const { source, start, end } = span;
  const { line, column } = positionOf(source, start);
  const code = lineText(source, line);
  const [head, place, carets, ...rest] = text.split('\n');
  return {
    severity,
    text,
    message: [head, ...rest].join('\n'),
    frame: `${place}\n${carets}`,
    place: {
      file: source.path,
      line,
      column: column - 1,
      length: Math.max(1, Math.min(end - start, code.length - column + 1)),
      lineText: code,
    },
  };
}

/** What a thrown error says of the import; undefined of one that is no mistake of the user. */
export function problemsIn(error: unknown): readonly Problem[] | undefined {
  if (error instanceof DiagnosticsError) {
    const found = problemsOf(error.diagnostics);
    return error.appendix === ''
      ? found
      : [...found.slice(0, -1), ...found.slice(-1).map((last) => appended(last, error.appendix))];
  }
  if (error instanceof InputError || error instanceof UsageError || error instanceof RangeError)
    return [sentence('error', error.message)];
  return undefined;
}

const appended = (problem: Problem, appendix: string): Problem => ({
  ...problem,
  text: `${problem.text}\n${appendix}`,
  message: `${problem.message}\n${appendix}`,
});

/** A problem without a place. */
export function sentence(severity: Problem['severity'], message: string): Problem {
  const text = escapeControls(message);
  return { severity, text, message: text };
}
