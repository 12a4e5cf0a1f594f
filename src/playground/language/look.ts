// What an edit changes on the page, from the analysis of the text: diagnostics with their places, and of the network that is looked
// at the report, the drawing and the table.

import type { Network } from '../../../compiler/frontend/index.ts';
import type { Diagnostic, Edit } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { titleOf } from '../../ide/actions.ts';
import type { Analysis } from '../../ide/analysis.ts';
import { diagnostics as placed } from '../../ide/diagnostics.ts';
import type { PlacedDiagnostic } from '../../ide/types.ts';
import { layerFacts, pictureSize } from '../../report/html/data.ts';
import { layerTable } from '../../report/html/layers.ts';
import { report as reportOf } from '../../report/network-report.ts';
import type { Report } from '../../report/network-report.ts';
import { rowsOf } from '../../report/rows.ts';
import { writtenItems } from '../../report/svg/items.ts';
import { isDrawable, layOut } from '../../report/svg/layout.ts';
import { bytesText, grouped, macsText } from '../../text/format.ts';
import { programPath } from '../program.ts';
import type { LayerPlaces, Look, Problem, ShownNetwork, TextEdit } from '../protocol.ts';

/** Diagnostics that are shown, and steps that are listed: more of them would only keep the page busy. */
const [maxDiagnostics, maxSteps] = [200, 1000];

/** `network` is the one that is looked at, where the text has it. */
export function look(analysis: Analysis, network: string | undefined): Look {
  const { networks, declared } = analysis;
  const diagnostics = placed(analysis);
  // One that errors keep from being built is not exchanged for another.
  const wanted = declared.find(({ name }) => name === network) ?? declared.find(({ bound }) => bound);
  const shown = wanted ? networks.find(({ name }) => name === wanted.name) : networks[0];
  return {
    diagnostics: diagnostics.slice(0, maxDiagnostics).map(problem),
    networks: networks.map(({ name }) => name),
    ...(shown && { shown: show(shown) }),
    isSound: diagnostics.every(({ severity }) => severity !== 'error'),
  };
}

function show(network: Network): ShownNetwork {
  const report = reportOf(network);
  const isSmall = report.layers.length <= maxSteps;
  const items = isSmall ? writtenItems(report) : undefined;
  const drawing = items && isDrawable(items) ? layOut(items) : undefined;
  const picture = pictureSize(report);
  return {
    report,
    ...(drawing && { drawing }),
    ...(isSmall && { table: layerTable(report) }),
    rows: isSmall
      ? rowsOf(report).map(({ layers: [first, ...others] }) => [first.name, [first, ...others].map(({ name }) => name)])
      : [],
    figures: figuresOf(report),
    facts: isSmall ? layerFacts(report) : [],
    ...(picture && { picture }),
    places: network.graph.nodes.map(({ name, origin }): LayerPlaces => {
      const spans = origin ? [origin.span, ...origin.scopes.map(({ span }) => span)] : [];
      return { layer: name, ranges: spans.filter(isHere).map(({ start, end }) => ({ start, end })) };
    }),
  };
}

function figuresOf({ totals, layers }: Report): ShownNetwork['figures'] {
  return [
    [grouped(totals.parameters), 'parameters'],
    [macsText(totals.macs), 'MACs per image'],
    [bytesText(totals.weightBytes), 'weights in f32'],
    [bytesText(totals.peakActivationBytes), 'activations, step by step'],
    [grouped(layers.length), layers.length === 1 ? 'step' : 'steps'],
  ];
}

const isHere = (span: Span): boolean => span.source.path === programPath;

function problem(diagnostic: PlacedDiagnostic): Problem {
  const { span, severity, code, fixes = [] } = diagnostic;
  return {
    start: span.start,
    end: span.end,
    severity,
    code,
    message: sentence(diagnostic),
    fixes: fixes.flatMap(({ message, edits }) =>
      edits?.every((edit) => isHere(edit.span)) ? [{ title: titleOf(message), edits: edits.map(textEdit) }] : [],
    ),
  };
}

/** The message, and below it what was found and expected, the arithmetic and the notes. */
function sentence({ message, found, expected, notes = [], trace = [] }: Diagnostic): string {
  const both = [
    ...(found === undefined ? [] : [`found ${found}`]),
    ...(expected === undefined ? [] : [`expected ${expected}`]),
  ];
  return [
    message,
    ...(both.length === 0 ? [] : [both.join(', ')]),
    ...trace.map(({ label, shape, arithmetic }) => [label, shape, arithmetic ?? ''].join('  ').trimEnd()),
    ...notes,
  ].join('\n');
}

/** The edit as plain data. */
export function textEdit({ span, text }: Edit): TextEdit {
  return { start: span.start, end: span.end, text };
}
