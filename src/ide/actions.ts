// What an editor offers to do at a place: the fixes of its mistakes, and shapes to be written behind chains or taken away.

import type { BlockDefinition, FlowStatement, NetworkDefinition } from '../../grammar/ast.ts';
import type { Diagnostic, Edit } from '../../grammar/diagnostic.ts';
import { isOfLibrary } from '../../compiler/blocks/library.ts';
import { flowsOf } from '../../grammar/visit.ts';
import { safeFixes } from '../edit/fix.ts';
import { shapeEdits, shapeRemovals } from '../edit/shapes.ts';
import type { Analysis } from './analysis.ts';
import type { CodeAction, Range } from './types.ts';

/** Fixes first, those that `check --fix` would apply before others. A fix that only says what to do is none. */
export function actions(analysis: Analysis, range: Range): readonly CodeAction[] {
  const fixes = fixesAt(analysis, range);
  const certain = fixes.filter(({ preferred }) => preferred);
  const guesses = fixes.filter(({ preferred }) => !preferred);
  return [...certain, ...allSafe(analysis, certain), ...guesses, ...shapesAt(analysis, range)];
}

function fixesAt({ source, diagnostics }: Analysis, range: Range): readonly CodeAction[] {
  return diagnostics.flatMap((diagnostic): CodeAction[] => {
    const { span, fixes = [] } = diagnostic;
    if (span?.source !== source || !touches(span, range)) return [];
    return fixes.flatMap(({ message, edits = [], safe = false }): CodeAction[] => {
      if (edits.length === 0 || edits.some((edit) => isOfLibrary(edit.span.source.path))) return [];
      return [{ title: titleOf(message), kind: 'quickfix', diagnostic, edits, preferred: safe }];
    });
  });
}

/** What an editor offers, from the sentence of a fix: a question is an offer there. */
export function titleOf(message: string): string {
  return message.replace(/^did you mean (.*)\?$/, 'write $1');
}

/** All safe fixes of the file at once, where there is one at hand and it is not the only one. */
function allSafe({ source, diagnostics }: Analysis, certain: readonly CodeAction[]): readonly CodeAction[] {
  if (certain.length === 0) return [];
  const all = safeFixes(source.path, diagnostics);
  if (all.length < 2) return [];
  const edits = all.flatMap((fix) => fix.edits);
  return [{ title: `apply all ${all.length} safe fixes of the file`, kind: 'quickfix', edits, preferred: false }];
}

/** Shapes are written where there is no mistake: a step that could not be built may give another one. */
function shapesAt(analysis: Analysis, range: Range): readonly CodeAction[] {
  const { file, networks, diagnostics } = analysis;
  const definition = file.definitions.find(
    (one): one is BlockDefinition | NetworkDefinition => 'body' in one && touches(one.span, range),
  );
  if (!definition) return [];
  const flow = innermost(flowsOf(file), range);
  const title = definition.name.name === '' ? `this ${definition.kind}` : definition.name.name;
  const within = ({ span }: Edit, { start, end }: Range): boolean => start <= span.start && span.end <= end;
  const found: CodeAction[] = [];
  const offer = (what: string, edits: readonly Edit[]): void => {
    if (edits.length > 0) found.push({ title: what, kind: 'refactor', edits, preferred: false });
  };
  if (!diagnostics.some(isMistake)) {
    const written = shapeEdits(file, networks, 'known').filter((edit) => within(edit, definition.span));
    const own = written.filter((edit) => flow && edit.span.end === flow.chain.span.end);
    offer(
      `write the shape${own
        .map(({ text }) => text)
        .join('')
        .replace(/^ : /, ' ')}`,
      own,
    );
    if (written.length > own.length || !flow) offer(`write all shapes of ${title}`, written);
  }
  const removed = shapeRemovals(file).filter((edit) => within(edit, definition.span));
  const own = removed.filter((edit) => flow && edit.span.end === flow.chain.span.end);
  offer('remove the shape', own);
  if (removed.length > own.length) offer(`remove all shapes of ${title}`, removed);
  return found;
}

/** A budget that is not kept changes no shape. */
function isMistake({ severity, code }: Diagnostic): boolean {
  return severity === 'error' && code !== 'expect/failed';
}

/** The shortest of the statements that a range touches. */
function innermost(flows: readonly FlowStatement[], range: Range): FlowStatement | undefined {
  const length = ({ span }: FlowStatement): number => span.end - span.start;
  return flows.filter(({ span }) => touches(span, range)).toSorted((a, b) => length(a) - length(b))[0];
}

function touches({ start, end }: Range, range: Range): boolean {
  return start <= range.end && range.start <= end;
}
