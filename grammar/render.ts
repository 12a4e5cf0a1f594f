// A diagnostic as the text that a person reads: the place with its source line and carets, the chain of shapes, what was
// found and expected, fixes, call sites. Text of the user is shown with its control characters escaped.

import type { Diagnostic, Severity, TraceLine } from './diagnostic.ts';
import { shortenDiagnostic } from './shorten.ts';
import { lineText, positionOf, type Span } from './source.ts';
import { cellsOf, escapeControls, widthOf } from './terminal.ts';

export interface RenderOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal: a source line that is wider is cut around the carets. Default: 120. */
  readonly width?: number;
}

/** Lines joined by line breaks, without one at the end. */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const paint = options.color ? colored : plain;
  const { width = 120 } = options;
  const {
    code,
    severity,
    message,
    span,
    found,
    expected,
    trace = [],
    notes = [],
    fixes = [],
    related = [],
  } = shortenDiagnostic(diagnostic);
  // A trace with line numbers is the way to what was found; one without compares alternatives, and leads up to it.
  const leadsUp = trace.every(({ line }) => line === undefined);
  const traceText = traceLines(trace);
  const foundText = foundLine(found, expected);
  const body = [
    ...(span ? excerpt(span, severity, width, paint) : []),
    ...notes.flatMap((note) => note.split('\n')).map(escapeControls),
    ...(leadsUp ? [...traceText, ...foundText] : [...foundText, ...traceText]),
    ...fixes.flatMap((fix) => fixLines(fix.message, paint)),
    ...relatedLines(related, span),
  ];
  const head = paint(severity, `${severity}[${escapeControls(code)}]`) + ' ' + paint('bold', escapeControls(message));
  return [head, ...body.map((line) => `  ${line}`.trimEnd())].join('\n');
}

type Paint = (style: Severity | 'bold' | 'place', text: string) => string;

const plain: Paint = (_style, text) => text;
const styles = { error: '1;31', warning: '1;33', note: '1;36', bold: '1', place: '36' } as const;
const colored: Paint = (style, text) => `\u001b[${styles[style]}m${text}\u001b[0m`;

/** Widest and narrowest piece of source that is shown, in terminal columns. */
const WINDOW = 100;
const NARROWEST = 20;
const NEAR = 4 * WINDOW;

/** `file:line:column  source` and the carets below. */
function excerpt(span: Span, severity: Severity, width: number, paint: Paint): readonly string[] {
  const { source } = span;
  const { line, column } = positionOf(source, span.start);
  const last = positionOf(source, span.end).line;
  const text = lineText(source, line);
  const start = column - 1;
  const end = last > line ? text.trimEnd().length : start + (span.end - span.start);
  // Only the part of a very long line near the place is laid out; the window cuts it again, by columns.
  const first = Math.max(Math.min(text.length - text.trimStart().length, start), start - NEAR);
  const cells = cellsOf(text.slice(first, start + NEAR));
  const [from, to] = [cells.columnAt(start - first), cells.columnAt(Math.max(end, start) - first)];
  const place = `${escapeControls(source.path)}:${line}:${column}`;
  // The line's indentation, two blanks, and an ellipsis on either side stand in the same row.
  const room = width - (2 + widthOf(place) + 2 + 2);
  const view = cells.window(from, to, Math.min(WINDOW, Math.max(NARROWEST, room)));
  const carets = '^'.repeat(Math.max(1, Math.min(to - from, view.room)));
  const goesOn = last > line ? ` … to line ${last}` : '';
  const gap = ' '.repeat(widthOf(place) + 2 + view.offset);
  return [`${paint('place', place)}  ${view.text}`, `${gap}${paint(severity, carets + goesOn)}`];
}

/** Columns: line of the source, label, shape, arithmetic. */
function traceLines(trace: readonly TraceLine[]): readonly string[] {
  const cells = trace.map(({ line, label, shape }) => ({
    line: line === undefined ? '' : String(line),
    label: escapeControls(label),
    shape: escapeControls(shape),
  }));
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
  const lineWidth = width(cells.map(({ line }) => line));
  const labelWidth = width(cells.map(({ label }) => label));
  const shapeWidth = width(cells.map(({ shape }) => shape));
  return trace.map(({ arithmetic }, i) => {
    const { line, label, shape } = cells[i]!;
    const number = lineWidth === 0 ? '' : `${line.padStart(lineWidth)} `;
    const tail = arithmetic === undefined ? '' : `   ${escapeControls(arithmetic)}`;
    return `${number}${pad(label, labelWidth)}  ${pad(shape, shapeWidth)}${tail}`.trimEnd();
  });
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

function foundLine(found: string | undefined, expected: string | undefined): readonly string[] {
  const parts = [
    ...(found === undefined ? [] : [`found ${escapeControls(found)}`]),
    ...(expected === undefined ? [] : [`expected ${escapeControls(expected)}`]),
  ];
  // Where what was found has commas itself, a comma would not separate.
  return parts.length > 0 ? [parts.join(found?.includes(',') ? '    ' : ', ')] : [];
}

function fixLines(message: string, paint: Paint): readonly string[] {
  const [first = '', ...rest] = message.split('\n').map(escapeControls);
  return [`${paint('bold', 'fix:')} ${first}`, ...rest.map((line) => `     ${line}`)];
}

/** `called at line 41 and 8 more places`, one line for each kind of relation. */
function relatedLines(related: NonNullable<Diagnostic['related']>, span: Span | undefined): readonly string[] {
  const groups = new Map<string, Span[]>();
  for (const { message, span: place } of related) {
    const group = groups.get(message);
    if (group) group.push(place);
    else groups.set(message, [place]);
  }
  return [...groups].map(([message, places]) => {
    const first = places[0]!;
    const { line } = positionOf(first.source, first.start);
    const where =
      first.source.path === span?.source.path ? `line ${line}` : `${escapeControls(first.source.path)}:${line}`;
    const more = places.length - 1;
    const others = more === 0 ? '' : ` and ${more} more place${more === 1 ? '' : 's'}`;
    return `${escapeControls(message)} at ${where}${others}`;
  });
}
