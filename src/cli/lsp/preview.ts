// Requests of its own for a preview beside the text: `cnnc/drawing`, `cnnc/report`, `cnnc/explain`, and `cnnc/library` for the texts
// of the library of blocks. While errors keep a network from being built, it is shown as the last version without any had it.

import { RequestType } from 'vscode-languageserver-protocol/node';
import type { Position, ProtocolConnection, Range, TextDocumentIdentifier } from 'vscode-languageserver-protocol/node';
import { isOfLibrary, libraryText } from '../../../compiler/blocks/library.ts';
import { compileNetwork } from '../../../compiler/index.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { changedPart } from '../../edit/changed-part.ts';
import { printExplanation } from '../../explain/print.ts';
import { explain } from '../../explain/story.ts';
import type { Analysis } from '../../ide/analysis.ts';
import { drawing, networkAt, undrawable } from '../../ide/drawing.ts';
import { report } from '../../report/network-report.ts';
import { printReport } from '../../report/print.ts';
import { darkColors, drawingStyle, lightColors } from '../../report/svg/style.ts';
import { nameOf } from '../paths.ts';
import { toLocation, toOffset } from './convert/places.ts';
import { refusal, textOf } from './session.ts';
import type { Session } from './session.ts';
import type { OpenText } from './workspace.ts';

export interface PreviewParams {
  readonly textDocument: TextDocumentIdentifier;
  /** The caret, which says which network is meant. Absent: the first. */
  readonly position?: Position;
  /** The network that is meant, whatever the caret says. */
  readonly network?: string;
}

interface Preview {
  readonly network: string;
  /** Those that can be shown. */
  readonly networks: readonly string[];
  /** Whether errors keep the network from being built, so that an older version of the text is shown. */
  readonly outdated: boolean;
}

export interface DrawingParams extends PreviewParams {
  /** Ids of blocks to open where they are folded at first, and the other way round. */
  readonly toggled?: readonly string[];
}

export interface DrawingAnswer extends Preview {
  /** An `svg` element; its boxes have `data-id`. */
  readonly svg: string;
  /** CSS: variables for light and for dark surroundings, and the rules that use them. */
  readonly style: { readonly light: string; readonly dark: string; readonly rules: string };
  /** Of the text as it is now; what was changed since the version that is drawn has no place. */
  readonly boxes: readonly {
    readonly id: string;
    readonly places: readonly { readonly uri: string; readonly range: Range }[];
  }[];
}

export interface TextAnswer extends Preview {
  readonly text: string;
}

export const DrawingRequest = new RequestType<DrawingParams, DrawingAnswer, void>('cnnc/drawing');
export const ReportRequest = new RequestType<PreviewParams, TextAnswer, void>('cnnc/report');
export const ExplainRequest = new RequestType<PreviewParams, TextAnswer, void>('cnnc/explain');
export const LibraryRequest = new RequestType<{ readonly uri: string }, string, void>('cnnc/library');

/** Columns of the texts. */
const WIDTH = 100;

/** `current` throws where there is no session. */
export function answerPreview(connection: ProtocolConnection, current: () => Session): void {
  connection.onRequest(DrawingRequest, (params) => {
    const session = current();
    const text = textOf(session, params.textDocument.uri);
    const { network, seen, about, source } = chosen(text, params);
    const found = undrawable(network);
    if (found) throw refusal(found.refused);
    const { svg, boxes } = drawing(network, seen, new Set(params.toggled));
    const move = mover(source.text, text);
    const place = (span: Span) => {
      const now = move(span);
      return (now && toLocation(text.project, now, session.client)) ?? [];
    };
    return {
      ...about,
      svg,
      style: { light: lightColors, dark: darkColors, rules: drawingStyle },
      boxes: boxes.map(({ id, spans }) => ({ id, places: spans.flatMap(place) })),
    };
  });
  connection.onRequest(ReportRequest, (params) => {
    const { network, about } = chosen(textOf(current(), params.textDocument.uri), params);
    return { ...about, text: printReport(report(network, compileNetwork(network).program), { width: WIDTH })! };
  });
  connection.onRequest(ExplainRequest, (params) => {
    const text = textOf(current(), params.textDocument.uri);
    const { network, about } = chosen(text, params);
    const explained = explain(network, compileNetwork(network), nameOf(text.path));
    return { ...about, text: printExplanation(network.name, explained, { color: false, width: WIDTH }) };
  });
  connection.onRequest(LibraryRequest, ({ uri }) => {
    if (!isOfLibrary(uri)) throw refusal(`${uri} is not of the library of blocks`);
    return libraryText(uri);
  });
}

/** The network to show. Throws a `ResponseError` that says why there is none. */
function chosen(text: OpenText, { position, network: name }: PreviewParams) {
  const { service } = text.project;
  const now = service.analysis(text.path);
  if (!now) throw refusal(`${text.uri} is not open`);
  const meant = (analysis: Analysis) => networkAt(analysis, position ? toOffset(text, position) : 0, name);
  const own = meant(now);
  const outdated = 'refused' in own && hasErrors(now.diagnostics);
  const analysis = (outdated ? service.lastGood(text.path) : now) ?? now;
  if (outdated && analysis === now)
    throw refusal(`the text has errors and had no version without any yet: ${own.refused}`);
  const network = outdated ? meant(analysis) : own;
  if ('refused' in network) throw refusal(network.refused);
  const networks = analysis.networks.map((one) => one.name);
  const seen = analysis.seen.find((one) => one.name === network.name);
  return { network, seen, source: analysis.source, about: { network: network.name, networks, outdated } };
}

/** From a place in an older version of a text to the same place now; undefined where it was changed since. */
function mover(before: string, text: OpenText): (span: Span) => Span | undefined {
  const after = text.document.getText();
  const { start, end, text: by } = changedPart(before, after);
  const shift = by.length - (end - start);
  const source = { path: text.path, text: after };
  return (span) => {
    if (span.source.path !== text.path) return span;
    if (span.end <= start) return { ...span, source };
    if (span.start < end) return undefined;
    return { source, start: span.start + shift, end: span.end + shift };
  };
}
