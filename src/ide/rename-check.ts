// Whether a text with new names means what it did: it is resolved and built again, and every name must stand for what it
// stood for, with no mistake that was not there before.

import { frontend } from '../../compiler/frontend/index.ts';
import type { FrontendResult } from '../../compiler/frontend/index.ts';
import type { Definition, Use } from '../../compiler/frontend/names/bindings.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Diagnostic, Edit } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Source, Span } from '../../grammar/source.ts';
import { applyEdits } from '../edit/apply.ts';
import type { Analysis } from './analysis.ts';
import { isNamed, keyOf, placeOf } from './names.ts';

/** An analysed text after the edits. */
export interface After {
  readonly result: FrontendResult;
  readonly sources: ReadonlyMap<string, Source>;
  /** Where a place of the text before is now. */
  moved(span: Span): Span;
}

/** The text after edits; undefined where none of them is in it or in what it imports. */
export function afterwards({ source, bindings }: Analysis, edits: readonly Edit[]): After | undefined {
  const byPath = Map.groupBy(edits, ({ span }) => span.source.path);
  const before = [source, ...[...bindings.uses.keys()].filter((other) => other !== source)];
  if (!before.some(({ path }) => byPath.has(path))) return undefined;
  const sources = new Map(
    before.map(({ path, text }): [string, Source] => {
      // They are names, which never overlap.
      return [path, { path, text: applyEdits(text, byPath.get(path) ?? []) ?? text }];
    }),
  );
  const root = sources.get(source.path)!;
  const result = frontend(root, { operators, read: (path) => sources.get(path)?.text });
  const moved = ({ source: { path, text }, start, end }: Span): Span => {
    const shifted = (offset: number): number =>
      (byPath.get(path) ?? []).reduce(
        (at, { span, text: by }) => (span.end <= offset ? at + by.length - (span.end - span.start) : at),
        offset,
      );
    return { source: sources.get(path) ?? { path, text }, start: shifted(start), end: shifted(end) };
  };
  return { result, sources, moved };
}

/** One sentence that says what a new name breaks. */
export function whatBreaks(before: Analysis, after: After, name: string): string | undefined {
  const known = new Set(before.diagnostics.map((one) => mistakeKey(one, one.span && after.moved(one.span))));
  const mistake = after.result.diagnostics.find(
    (one) => !harmless.has(one.code) && !known.has(mistakeKey(one, one.span)),
  );
  if (mistake) return aboutMistake(mistake, before, after, name);
  const other = firstDifference(before, after);
  return other && `\`${name}\` would stand for something else on ${placeIn(other)}`;
}

/**
 * A name that begins with _ may be unused; without it that is said, and the text is still right. An imported file that says no
 * name is not among the sources of an analysis, and so not found.
 */
const harmless: ReadonlySet<string> = new Set(['name/unused', 'import/not-found']);

function mistakeKey({ code }: Diagnostic, span: Span | undefined): string {
  return `${code} ${span ? placeOf(span) : ''}`;
}

function aboutMistake(
  { code, message, span, related = [] }: Diagnostic,
  before: Analysis,
  after: After,
  name: string,
): string {
  if (code === 'name/duplicate') {
    const taken = takenBefore(before, after, [...(span ? [span] : []), ...related.map((one) => one.span)]);
    return `\`${name}\` is taken${taken ? ` by line ${lineOf(taken)} of ${taken.source.path}` : ''}`;
  }
  return `with the name \`${name}\`, ${span ? placeIn(span) : 'the file'} would be wrong: ${message}`;
}

/** Which of the two definitions of a name had it before. */
function takenBefore({ bindings }: Analysis, { moved }: After, spans: readonly Span[]): Span | undefined {
  const given = new Set(spans.map(placeOf));
  const uses = [...bindings.uses.values()].flat();
  return uses.find((use) => {
    const now = moved(use.span);
    return given.has(placeOf(now)) && now.end - now.start === use.span.end - use.span.start && sameText(use, now);
  })?.span;
}

function sameText({ span }: Use, now: Span): boolean {
  return span.source.text.slice(span.start, span.end) === now.source.text.slice(now.start, now.end);
}

function placeIn(span: Span): string {
  return `line ${lineOf(span)} of ${span.source.path}`;
}

/** The first place where a name does not stand for what it stood for. */
function firstDifference({ bindings }: Analysis, { result, sources, moved }: After): Span | undefined {
  const movedKey = (definition: Definition): string =>
    isNamed(definition) ? placeOf(moved(definition.span)) : keyOf(definition);
  for (const [source, uses] of bindings.uses) {
    const now = [...result.bindings.uses].find(([{ path }]) => path === source.path)?.[1] ?? [];
    for (let at = 0; at < Math.max(uses.length, now.length); at += 1) {
      const [old, one] = [uses[at], now[at]];
      const isSame =
        old && one && moved(old.span).start === one.span.start && movedKey(old.definition) === keyOf(one.definition);
      if (!isSame)
        return one?.span ?? (old && moved(old.span)) ?? { source: sources.get(source.path)!, start: 0, end: 0 };
    }
  }
  return undefined;
}
