// The drawing of a network for an editor, with the places of the text that each box stands for, so that the caret and the drawing can
// follow each other.

import type { Network, SeenNetwork } from '../../compiler/frontend/index.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import { report } from '../report/network-report.ts';
import { drawSvg } from '../report/svg/draw.ts';
import type { Box, Group, Item } from '../report/svg/drawing.ts';
import { writtenItems } from '../report/svg/items.ts';
import { isDrawable, layOut, notDrawn } from '../report/svg/layout.ts';
import { legendOf } from '../report/svg/legend.ts';
import { stack } from '../report/svg/stack.ts';
import type { Analysis } from './analysis.ts';
import type { Refusal } from './types.ts';

/** Most steps of a network that is laid out or compiled while a person waits: some two seconds. */
export const STEP_LIMIT = 1000;

export interface NetworkDrawing {
  /** An `svg` element, whose boxes have their ids as `data-id`. */
  readonly svg: string;
  readonly boxes: readonly DrawnBox[];
}

export interface DrawnBox {
  readonly id: string;
  /** Steps, and the call of a block; a folded block stands for all that is in it, too. */
  readonly spans: readonly Span[];
}

/** `toggled`: ids of blocks that are open where they would be folded, and the other way round. */
export function drawing(network: Network, seen: SeenNetwork | undefined, toggled: ReadonlySet<string>): NetworkDrawing {
  const plan = layOut(itemsOf(network));
  const folded = new Set(
    blocksOf(plan.group)
      .map(({ id }) => id)
      .filter((id) => plan.folded.includes(id) !== toggled.has(id)),
  );
  const placed = stack(plan, folded);
  const spansOf = spansByBox(network, seen);
  const boxes = placed.boxes.map(({ box, isOpen }): DrawnBox => {
    const own = spansOf(box.id);
    const inside = box.group && !isOpen ? box.layers.flatMap(spansOf) : [];
    return { id: box.id, spans: unique([...own, ...(box.group ? inside : box.layers.flatMap(spansOf))]) };
  });
  return { svg: drawSvg(plan, folded, network.name, legendOf(placed)), boxes };
}

const itemsOf = (network: Network): readonly Item[] => writtenItems(report(network));

/** Why there is no `drawing` of it. */
export function undrawable(network: Network): Refusal | undefined {
  return isDrawable(itemsOf(network)) ? undefined : { refused: notDrawn };
}

const blocksOf = ({ boxes }: Group): readonly Box[] =>
  boxes.flatMap((box) => (box.group ? [box, ...blocksOf(box.group)] : []));

/** By ids of boxes and names of layers. */
function spansByBox({ graph }: Network, seen: SeenNetwork | undefined): (id: string) => readonly Span[] {
  const spans = new Map<string, Span[]>();
  const add = (id: string, span: Span): void => void spans.set(id, [...(spans.get(id) ?? []), span]);
  for (const { name, origin } of graph.nodes) {
    if (!origin) continue;
    add(name, origin.span);
    for (const { kind, name: scope, span } of origin.scopes)
      if (kind === 'block' && !spans.has(`block ${scope}`)) add(`block ${scope}`, span);
  }
  for (const { statement } of seen?.inputs ?? []) add(`input ${statement.name.name}`, statement.span);
  return (id) => spans.get(id) ?? [];
}

function unique(spans: readonly Span[]): readonly Span[] {
  const keys = new Set<string>();
  return spans.filter(({ source, start, end }) => {
    const key = `${start} ${end} ${source.path}`;
    return !keys.has(key) && keys.add(key);
  });
}

/**
 * The network that is meant at an offset: the one around it, or the first that uses the block around it, or else the first. `name`:
 * that one. Only what was built can be shown, whatever is wrong elsewhere in the text, and what has at most `STEP_LIMIT` steps. While
 * errors keep the one that is meant from being built, it is not exchanged for another.
 */
export function networkAt(analysis: Analysis, offset: number, name?: string): Network | Refusal {
  const { networks, declared, file, diagnostics } = analysis;
  if (name !== undefined) {
    const named = networks.find((network) => network.name === name);
    return named ? notTooLarge(named) : { refused: notBuilt(analysis, name) };
  }
  const around = file.definitions.find(({ span }) => span.start <= offset && offset <= span.end);
  const title = around && ('target' in around && around.kind !== 'alias' ? around.target.name : nameOf(around));
  const own =
    networks.find((network) => network.name === title) ??
    (around && networks.find((network) => uses(network, around.span)));
  if (own) return notTooLarge(own);
  const first = declared.find(({ bound }) => bound) ?? declared[0];
  if (around && around.kind !== 'const' && hasErrors(diagnostics))
    return { refused: notBuilt(analysis, declared.some((one) => one.name === title) ? title : first?.name) };
  const found = first ? networks.find((network) => network.name === first.name) : networks[0];
  return found ? notTooLarge(found) : { refused: notBuilt(analysis, first?.name) };
}

function notTooLarge(network: Network): Network | Refusal {
  const { length } = network.graph.nodes;
  if (length <= STEP_LIMIT) return network;
  return {
    refused: `${network.name} has ${length} steps, and at most ${STEP_LIMIT} are shown here; use \`cnnc report\``,
  };
}

const nameOf = (definition: object): string | undefined =>
  'name' in definition ? (definition.name as { readonly name: string }).name : undefined;

/** Whether a step of the network stands there. */
function uses({ graph }: Network, place: Span): boolean {
  return graph.nodes.some(
    ({ origin }) =>
      origin && origin.span.source === place.source && place.start <= origin.span.start && origin.span.end <= place.end,
  );
}

function notBuilt({ declared, diagnostics, file }: Analysis, name: string | undefined): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const found = declared.find((one) => one.name === name);
  if (!found) {
    if (errors.length > 0 && name === undefined)
      return `there is no network before the errors are mended: ${errors[0]!.message}`;
    return name === undefined ? 'the text has no network' : `the text has no network ${name}`;
  }
  if (!found.bound) return `${found.name} has parameters without values; a network that gives them all can be shown`;
  const own = file.definitions.find((definition) => nameOf(definition) === name)?.span;
  const error = errors.find(({ span }) => own && span && own.start <= span.start && span.end <= own.end) ?? errors[0];
  return `${found.name} cannot be shown before its errors are mended${error ? `: ${error.message}` : ''}`;
}
