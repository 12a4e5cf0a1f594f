// Draws a placed network as SVG: boxes coloured by their MACs, lines with the shapes that pass along them, blocks that
// open and fold. Colours come from a style sheet. Pure, and part of the page of a report.

import type { Drawing } from './drawing.ts';
import { metrics } from './drawing.ts';
import type { Legend } from './legend.ts';
import { escapeMarkup } from './markup.ts';
import type { Placed, PlacedBox } from './stack.ts';
import { stack } from './stack.ts';

/** An `svg` element; `label` is what a screen reader says of it, `legend` stands below the network. */
export function drawSvg(drawing: Drawing, folded: ReadonlySet<string>, label: string, legend?: Legend): string {
  const placed = stack(drawing, folded);
  const mostMacs = Math.max(1, ...placed.boxes.map(({ box, isOpen }) => (isOpen ? 0 : box.macs)));
  const margin = 10;
  const width = Math.ceil(Math.max(placed.width, legend ? legend.width + 2 * margin : 0));
  const height = Math.ceil(placed.height + (legend?.height ?? 0));
  const left = Math.floor((placed.width - width) / 2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="drawing" width="${width}" height="${height}" viewBox="${left} 0 ${width} ${height}" role="group" aria-label="${escapeMarkup(label)}">`,
    ...placed.boxes.filter(({ isOpen }) => isOpen).map(drawFrame),
    ...drawEdges(placed),
    ...placed.boxes.map((one) => drawBox(one, mostMacs)),
    ...(legend?.draw(left + margin, placed.height) ?? []),
    '</svg>',
  ].join('\n');
}

function drawFrame({ x, y, width, height }: PlacedBox): string {
  return `<rect class="frame" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>`;
}

function drawEdges({ boxes, edges }: Placed): readonly string[] {
  return [
    ...edges.map(({ path, isSkip }) => `<path class="edge${isSkip ? ' skip' : ''}" d="${path}"/>`),
    ...edges
      .filter(({ arrow }) => arrow)
      .map(({ end: { x, y }, isSkip }) => `<path class="tip${isSkip ? ' skip' : ''}" d="M${x} ${y}l-4 -7h8z"/>`),
    ...boxes.flatMap((one) => {
      const { shape, kind } = one.box;
      if (shape === '' || kind === 'output') return [];
      const [x, y] = [one.x + one.width / 2, one.y + one.height + metrics.stem - 6];
      return [`<text class="shape${one.depth > 0 ? ' inner' : ''}" x="${x}" y="${y}">${escapeMarkup(shape)}</text>`];
    }),
  ];
}

function drawBox(one: PlacedBox, mostMacs: number): string {
  const { box, isOpen, x, y, width, height } = one;
  const { id, kind, title, text, done, missed } = box;
  const isBlock = box.group !== undefined;
  const middle = x + width / 2;
  const inner: string[] = [`<title>${escapeMarkup(aboutBox(one))}</title>`];
  if (isOpen) {
    inner.push(
      `<rect class="bar" x="${x}" y="${y}" width="${width}" height="${metrics.header}" rx="8"/>`,
      `<text class="name" x="${x + 12}" y="${y + 17}">▾ ${escapeMarkup(title)}<tspan class="what" dx="10">${escapeMarkup(text)}</tspan></text>`,
    );
  } else {
    const heat = Math.round(100 * Math.sqrt(Math.min(1, box.macs / mostMacs))) / 100;
    inner.push(
      `<rect class="face" x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === 'step' ? 5 : kind === 'block' ? 8 : 14}"/>`,
      `<rect class="heat" x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill-opacity="${heat}"/>`,
      `<text class="name" x="${middle}" y="${y + 16}">${isBlock ? '▸ ' : ''}${escapeMarkup(title)}</text>`,
      `<text class="what" x="${middle}" y="${y + 31}">${escapeMarkup(text)}</text>`,
    );
    inner.push(...marks(x + width, y, done, missed));
  }
  const role = isBlock ? ` aria-expanded="${isOpen}"` : '';
  return `<g class="box ${kind}${isOpen ? ' open' : ''}" data-id="${escapeMarkup(id)}" role="button" tabindex="0"${role}>${inner.join('')}</g>`;
}

/** Filled: what compiling did here; hollow: what it nearly did. */
function marks(right: number, y: number, done: number, missed: number): readonly string[] {
  const mark = (kind: string, count: number, x: number): readonly string[] =>
    count === 0
      ? []
      : [
          `<circle class="mark ${kind}" cx="${x}" cy="${y - 2}" r="7"/><text class="count" x="${x}" y="${y + 1}">${count}</text>`,
        ];
  return [...mark('done', done, right - 4), ...mark('missed', missed, right - (done > 0 ? 22 : 4))];
}

function aboutBox({ box: { title, text, shape, group, done, missed }, isOpen }: PlacedBox): string {
  return [
    title,
    text,
    ...(shape === '' ? [] : [`makes ${shape}`]),
    ...(done > 0 ? [`${done} rewritten`] : []),
    ...(missed > 0 ? [`${missed} nearly rewritten`] : []),
    ...(group ? [isOpen ? 'Enter folds it' : 'Enter opens it'] : []),
  ].join(', ');
}
