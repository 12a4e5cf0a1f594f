// What the signs of a drawing mean, below it: the colours of MACs, and those of a folded block, a step that moves no data
// and a shortcut where the drawing has them.

import { macsText } from '../../text/format.ts';
import { metrics } from './drawing.ts';
import type { Placed } from './stack.ts';

export interface Legend {
  readonly width: number;
  readonly height: number;
  /** SVG elements whose upper left corner is at `x`, `y`. */
  draw(x: number, y: number): readonly string[];
}

const [line, sampleWidth, gap] = [20, 50, 8];

/** Explains only the signs that occur in the drawing. */
export function legendOf({ boxes, edges }: Placed): Legend {
  const most = Math.max(0, ...boxes.map(({ box, isOpen }) => (isOpen ? 0 : box.macs)));
  const entries: readonly (readonly [text: string, sample: (x: number, y: number) => string])[] = [
    ...(most === 0 ? [] : [[`MACs: none to ${macsText(most)}`, ramp] as const]),
    ...(boxes.some(({ box, isOpen }) => box.group && !isOpen)
      ? [['a block, what is inside not shown', box('block')] as const]
      : []),
    ...(boxes.some(({ box: { kind } }) => kind === 'free') ? [['moves no data', box('free')] as const] : []),
    ...(edges.some(({ isSkip }) => isSkip) ? [['a shortcut past other steps', shortcut] as const] : []),
  ];
  const longest = Math.max(0, ...entries.map(([text]) => text.length));
  return {
    width: entries.length === 0 ? 0 : sampleWidth + gap + longest * metrics.textCharacter,
    height: entries.length * line,
    draw: (x, y) =>
      entries.map(([text, sample], at) => {
        const top = y + at * line;
        return `<g class="key">${sample(x, top)}<text x="${x + sampleWidth + gap}" y="${top + 11}">${text}</text></g>`;
      }),
  };
}

/** The opacities are those of a hundredth, a sixteenth … and all of the most MACs, which boxes show by their root. */
function ramp(x: number, y: number): string {
  return [0.1, 0.25, 0.5, 0.75, 1]
    .map(
      (opacity, at) =>
        `<rect class="heat" x="${x + at * 10}" y="${y}" width="10" height="14" fill-opacity="${opacity}"/>`,
    )
    .join('');
}

function box(kind: 'block' | 'free'): (x: number, y: number) => string {
  return (x, y) =>
    `<g class="${kind}"><rect class="face" x="${x + 2}" y="${y}" width="${sampleWidth - 4}" height="14" rx="5"/></g>`;
}

function shortcut(x: number, y: number): string {
  return `<path class="edge skip" d="M${x} ${y + 7}H${x + sampleWidth}"/>`;
}
