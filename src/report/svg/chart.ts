// Curves over epochs as SVG: axes with round numbers, lines, and dots that say their numbers when they are pointed at.

import { escapeMarkup } from './markup.ts';

export interface Line {
  /** For the legend; absent for a line that only accompanies another. */
  readonly name?: string;
  /** A class of `chartStyle`: what has been measured, all steps behind it, or what is yet to come. */
  readonly look: 'first' | 'second' | 'steps' | 'plan';
  /** From left to right; points that are not finite are gaps. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether each point has a dot that says its numbers. */
  readonly hasDots?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  /** What is counted from 0 to `most` on the axis across: `epoch`. */
  readonly across: { readonly name: string; readonly most: number };
  /** Numbers that the axis up includes besides those of the lines; what lies beyond `most` is drawn at its border. */
  readonly up?: { readonly least?: number; readonly most?: number };
  /** How a number of the axis up is written. */
  readonly text: (value: number) => string;
  /** At its marks, if that is shorter. */
  readonly mark?: (value: number) => string;
}

const size = { width: 400, height: 232 };
/** Of the field in which the lines are. */
const field = { left: 52, right: 390, top: 10, bottom: 200 };
/** More dots would touch one another. */
const MAX_DOTS = 64;

/** An `svg` element; text of the user must not be among the options but in the names, which are escaped. */
export function chartSvg(lines: readonly Line[], { title, across, up = {}, text, mark = text }: ChartOptions): string {
  const all = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  const known = [...all, ...[up.least, up.most].filter((value) => value !== undefined)];
  const most = up.most ?? Math.max(...known);
  const rows = ticks(Math.min(...known), known.length > 0 ? most : NaN, 5);
  const [low = 0, high = 1] = [rows[0], rows.at(-1)];
  const columns = ticks(0, Math.max(1, across.most), 6).filter(Number.isInteger);
  const right = Math.max(1, across.most);
  const x = (value: number): number => round(field.left + (value / right) * (field.right - field.left));
  const y = (value: number): number => {
    const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
    return round(field.bottom - share * (field.bottom - field.top));
  };
  return [
    `<svg class="chart" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeMarkup(title)}">`,
    ...rows.map(
      (value) =>
        `<path class="grid" d="M${field.left} ${y(value)}H${field.right}"/><text class="row" x="${field.left - 6}" y="${y(value) + 4}">${mark(value)}</text>`,
    ),
    ...columns
      .filter((value) => value <= right)
      .map(
        (value) =>
          `<path class="grid" d="M${x(value)} ${field.bottom}v4"/><text class="column" x="${x(value)}" y="${field.bottom + 16}">${value}</text>`,
      ),
    `<text class="column" x="${(field.left + field.right) / 2}" y="${size.height - 2}">${escapeMarkup(across.name)}</text>`,
    ...lines.map(({ look, points }) => `<path class="line ${look}" d="${pathOf(points, x, y)}"/>`),
    ...lines.flatMap((line) => dotsOf(line, across.name, x, y, text)),
    '</svg>',
  ].join('\n');
}

/** Round numbers at even distances, the first not above `least` and the last not below `most`; about `count` of them. */
export function ticks(least: number, most: number, count: number): readonly number[] {
  if (!(Number.isFinite(least) && Number.isFinite(most))) return [0, 1];
  const span = most > least ? most - least : Math.abs(most) || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = power * ([1, 2, 5].find((factor) => factor * power * count >= span * 0.999) ?? 10);
  const first = Math.floor(least / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

type Place = (value: number) => number;

function pathOf(points: Line['points'], x: Place, y: Place): string {
  let isOpen = false;
  return points
    .map(([across, up]) => {
      if (!Number.isFinite(up)) {
        isOpen = false;
        return '';
      }
      const command = isOpen ? 'L' : 'M';
      isOpen = true;
      return `${command}${x(across)} ${y(up)}`;
    })
    .join('');
}

function dotsOf(
  { name, look, points, hasDots }: Line,
  across: string,
  x: Place,
  y: Place,
  text: ChartOptions['text'],
): readonly string[] {
  if (!hasDots || points.length > MAX_DOTS) return [];
  return points
    .filter(([, up]) => Number.isFinite(up))
    .map(
      ([at, up]) =>
        `<circle class="${look}" cx="${x(at)}" cy="${y(up)}" r="3"><title>${escapeMarkup(`${across} ${at}: ${name === undefined ? '' : `${name} `}${text(up)}`)}</title></circle>`,
    );
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** Of `chartSvg`. Colours have a contrast of at least 3:1 with the surface (WCAG 2.2, 1.4.11). */
export const chartStyle = `.chart{display:block;width:100%;height:auto}
.chart text{font-size:11px;fill:var(--soft);font-variant-numeric:tabular-nums}
.chart .row{text-anchor:end}.chart .column{text-anchor:middle}
.chart .grid{stroke:var(--line);fill:none}
.chart .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.chart .line.first{stroke:var(--accent)}.chart .line.second{stroke:var(--missed)}
.chart .line.steps{stroke:var(--accent);stroke-opacity:.35;stroke-width:1}
.chart .line.plan{stroke:var(--accent);stroke-opacity:.6;stroke-width:1.5;stroke-dasharray:3 5}
.chart circle.first{fill:var(--accent)}.chart circle.second{fill:var(--missed)}
.chart circle:hover{stroke:var(--text);stroke-width:2}
`;
