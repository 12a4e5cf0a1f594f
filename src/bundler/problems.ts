// What is wrong with an import, in the parts from which bundlers make their messages: a place, the line with carets, the text.

import { capped } from '../../grammar/counts.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { lineText, positionOf } from '../../grammar/source.ts';
import type { Source } from '../../grammar/source.ts';
import { escapeControls } from '../../grammar/terminal.ts';
import { DiagnosticsError, UsageError } from '../cli/errors.ts';
import { InputError } from '../data/input-error.ts';

export interface Place {
  /** As the source's path is shown: relative to the project, or absolute. */
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
  /** Without the line and the carets. */
  readonly message: string;
  /** Some lines of the source, with carets, as bundlers show them: `6  |  flaten`. */
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
  const text = renderDiagnostic(withSettings(diagnostic));
  const { span } = diagnostic;
  if (!span) return { severity, text, message: text };
  const { source, start, end } = span;
  const { line, column } = positionOf(source, start);
  const code = lineText(source, line);
  const [head, , , ...rest] = text.split('\n');
  const length = Math.max(1, Math.min(end - start, code.length - column + 1));
  return {
    severity,
    text,
    message: [head, ...rest].join('\n'),
    frame: frameOf(source, line, column, length),
    place: {
      file: source.path,
      line,
      column: column - 1,
      length,
      lineText: code,
    },
  };
}

/** Lines shown above and below the one with the mistake, and the widest of them. */
const CONTEXT_LINES = 2;
const WIDEST = 200;

function frameOf(source: Source, line: number, column: number, length: number): string {
  const { line: last } = positionOf(source, source.text.length);
  const [first, end] = [Math.max(1, line - CONTEXT_LINES), Math.min(last, line + CONTEXT_LINES)];
  const width = String(end).length;
  const row = (label: string | number, text: string): string =>
    `${String(label).padEnd(width)}  |  ${escapeControls(text.slice(0, WIDEST))}\n`;
  const rows: string[] = [];
  for (let at = first; at <= end; at += 1) {
    rows.push(row(at, lineText(source, at)));
    const isWithin = at === line && column <= WIDEST;
    if (isWithin) rows.push(row('', `${' '.repeat(column - 1)}${'^'.repeat(length)}`));
  }
  return rows.join('');
}

/** What a thrown error says of the import; undefined of one that is no mistake of the user. */
export function problemsIn(error: unknown): readonly Problem[] | undefined {
  if (error instanceof DiagnosticsError) {
    const found = problemsOf(error.diagnostics);
    const appendix = asSettings(error.appendix);
    if (appendix === '') return found;
    return [...found.slice(0, -1), ...found.slice(-1).map((last) => appended(last, appendix))];
  }
  if (error instanceof InputError || error instanceof UsageError || error instanceof RangeError)
    return [sentence('error', asSettings(error.message))];
  return undefined;
}

const appended = (problem: Problem, appendix: string): Problem => ({
  ...problem,
  text: `${problem.text}\n${appendix}`,
  message: `${problem.message}\n${appendix}`,
});

const optionOrSet =
  /--set (?=\S+=)|--(match|map|disable|target|weights)\b(?: (order|FILE|js|random:\w+|[a-z]+(?:-[a-z]+)+(?:,[\w,-]+)?))?/g;

/** What a sentence says of options of the command line, said of settings: `--map FILE` is `map=FILE`, and `--set n=…` is `?n=…`. */
export function asSettings(sentence: string): string {
  return sentence.replaceAll(optionOrSet, (_, name?: string, value?: string) => {
    if (name === undefined) return '?';
    return `the setting ${name}${value === undefined ? '' : `=${value}`}`;
  });
}

function withSettings(diagnostic: Diagnostic): Diagnostic {
  const { notes, fixes } = diagnostic;
  return {
    ...diagnostic,
    message: asSettings(diagnostic.message),
    ...(notes && { notes: notes.map(asSettings) }),
    ...(fixes && { fixes: fixes.map((fix) => ({ ...fix, message: asSettings(fix.message) })) }),
  };
}

/** A problem without a place. */
export function sentence(severity: Problem['severity'], message: string): Problem {
  const text = escapeControls(message);
  return { severity, text, message: text };
}
