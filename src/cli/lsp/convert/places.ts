// Places: UTF-16 offsets of the service ↔ lines and characters of the protocol, which count UTF-16 units as well.

import { isOfLibrary } from '../../../../compiler/blocks/library.ts';
import type { Location, Position, Range } from 'vscode-languageserver-protocol/node';
import { positionOf } from '../../../../grammar/source.ts';
import type { Source, Span } from '../../../../grammar/source.ts';
import type { Range as OffsetRange } from '../../../ide/types.ts';
import type { Client } from '../client.ts';
import type { OpenText, Project } from '../workspace.ts';
import { uriIn } from '../workspace.ts';

/** Offset → position in the newest version of a text. */
export const toPosition = ({ document }: OpenText, offset: number): Position => document.positionAt(offset);

/** Offsets → lines and characters, in the newest version of a text. */
export function toRange(text: OpenText, { start, end }: OffsetRange): Range {
  return { start: toPosition(text, start), end: toPosition(text, end) };
}

/** Position → offset; behind the end of a line is its end. */
export const toOffset = ({ document }: OpenText, position: Position): number => document.offsetAt(position);

/** Lines and characters → offsets; an end before its start is taken for the start. */
export function toOffsets(text: OpenText, { start, end }: Range): OffsetRange {
  const first = toOffset(text, start);
  return { start: first, end: Math.max(first, toOffset(text, end)) };
}

/** Place of a span in its own source. */
export function spanRange({ source, start, end }: Span): Range {
  return { start: pointOf(source, start), end: pointOf(source, end) };
}

function pointOf(source: Source, offset: number): Position {
  const { line, column } = positionOf(source, offset);
  return { line: line - 1, character: column - 1 };
}

/** Undefined for what this client cannot open: the library of blocks is no file. */
export function toLocation(project: Project, { source, start, end }: Span, client: Client): Location | undefined {
  const uri = isOfLibrary(source.path) ? (client.opensLibrary ? source.path : undefined) : uriIn(project, source.path);
  return uri === undefined ? undefined : { uri, range: spanRange({ source, start, end }) };
}
