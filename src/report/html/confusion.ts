// What a network takes for what, as a part of a page: a table of classes by classes where it can be read, and the pairs that it
// mistakes most often. A confusion matrix as in R. Kohavi and F. Provost, "Glossary of Terms", Machine Learning 30 (1998).

import { grouped, percent } from '../../text/format.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { picture } from './pictures.ts';

export interface ConfusionOptions {
  readonly classes: number;
  /** Pairs that occur, each once. */
  readonly confusions: readonly { readonly label: number; readonly predicted: number; readonly count: number }[];
  /** The name of a class; where it has none, its number. */
  readonly nameOf: (index: number) => string;
}

/** Classes that a table shows, and a picture. */
const [MAX_TABLE, MAX_PICTURE] = [20, 1024];
/** Pixels of the picture's sides, about. */
const pictureSide = 420;
const MAX_PAIRS = 10;

/** HTML: the table, of more than 20 classes a picture, and the ten most frequent mistakes. */
export function confusionHtml(options: ConfusionOptions): string {
  const { classes } = options;
  const table = classes <= MAX_TABLE ? `<div class="scroll">${tableOf(options)}</div>` : '';
  const drawn = classes > MAX_TABLE && classes <= MAX_PICTURE ? pictureOf(options) : '';
  return `<div class="confusion">${table}${drawn}${pairsOf(options)}</div>`;
}

/** A pixel for each pair, the brighter the larger the root of its share of the row. */
function pictureOf({ classes, confusions }: ConfusionOptions): string {
  const sums = sumsOf(confusions);
  const data = new Uint8Array(classes * classes);
  for (const { label, predicted, count } of confusions)
    data[label * classes + predicted] = Math.round(255 * Math.sqrt(count / sums.get(label)!));
  const raster = { width: classes, height: classes, channels: 1, data } as const;
  return `<figure>${picture(raster, 'Confusion matrix', Math.max(1, Math.floor(pictureSide / classes)))}<figcaption>classes from 0 to ${classes - 1}, the brighter the larger a share of its row</figcaption></figure>`;
}

/** Images of each class. */
function sumsOf(confusions: ConfusionOptions['confusions']): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { label, count } of confusions) sums.set(label, (sums.get(label) ?? 0) + count);
  return sums;
}

function tableOf({ classes, confusions, nameOf }: ConfusionOptions): string {
  const counts = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const { label, predicted, count } of confusions) counts[label]![predicted] = count;
  const sums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  const taken = counts.map((_, at) => counts.reduce((sum, row) => sum + row[at]!, 0));
  const share = (part: number, whole: number): string => (whole === 0 ? '' : `${Math.round((100 * part) / whole)}%`);
  const head = counts.map(
    (_, at) => `<th scope="col" class="number" title="${escapeMarkup(`predicted: ${nameOf(at)}`)}">${at}</th>`,
  );
  const rows = counts.map((row, label) => {
    const cells = row.map((count, predicted) => {
      const says = `${nameOf(label)} taken for ${nameOf(predicted)}: ${grouped(count)}`;
      return `<td class="number ${lookOf(count, sums[label]!, label === predicted)}" title="${escapeMarkup(says)}">${count === 0 ? '' : grouped(count)}</td>`;
    });
    return `<tr><th scope="row">${titleOf(label, nameOf)}</th>${cells.join('')}<td class="number">${share(row[label]!, sums[label]!)}</td></tr>`;
  });
  const precisions = taken.map((sum, at) => `<td class="number">${share(counts[at]![at]!, sum)}</td>`);
  return [
    '<table class="matrix"><thead>',
    `<tr><th>class</th>${head.join('')}<th class="number">recall</th></tr></thead><tbody>`,
    ...rows,
    `</tbody><tfoot><tr><th scope="row">precision</th>${precisions.join('')}<td></td></tr></tfoot></table>`,
  ].join('\n');
}

/** The share of its row, in steps: of mistakes by its root, so that rare ones show. */
function lookOf(count: number, sum: number, isRight: boolean): string {
  if (count === 0) return '';
  return isRight
    ? `right${Math.ceil((4 * count) / sum)}`
    : `wrong${Math.min(8, Math.ceil(8 * Math.sqrt(count / sum / 0.3)))}`;
}

function pairsOf({ confusions, nameOf }: ConfusionOptions): string {
  const sums = sumsOf(confusions);
  const wrong = confusions.filter(({ label, predicted }) => label !== predicted);
  if (wrong.length === 0) return '<p>No image got another class than its own.</p>';
  const rows = wrong
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MAX_PAIRS)
    .map(
      ({ label, predicted, count }) =>
        `<tr><th scope="row">${titleOf(label, nameOf)}</th><td>${titleOf(predicted, nameOf)}</td><td class="number">${grouped(count)}</td><td class="number">${percent(count, sums.get(label)!)}</td></tr>`,
    );
  return `<div class="scroll"><table class="pairs"><thead><tr><th>class</th><th>taken for</th><th class="number">images</th><th class="number">of the class</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** `3 dress`, or `3` where its name is its number. */
function titleOf(index: number, nameOf: (index: number) => string): string {
  const name = nameOf(index);
  return name === String(index) ? name : `<span class="soft">${index}</span> ${escapeMarkup(name)}`;
}

const mix = (color: string, share: number): string => `color-mix(in srgb,var(${color}) ${share}%,transparent)`;

/** Of `confusionHtml`. */
export const confusionStyle = `.confusion{display:flex;flex-wrap:wrap;gap:14px 24px;align-items:flex-start}
.matrix{font-size:13px}.matrix td,.matrix th{padding:3px 6px}.matrix tbody td{border-left:1px solid var(--line)}
.matrix tbody td,.matrix tfoot td{min-width:38px}
.matrix tfoot td,.matrix tfoot th,.matrix tbody td:last-child{color:var(--soft)}
.matrix tfoot td{font-size:11px}.matrix th[scope=row]{white-space:nowrap}
${[1, 2, 3, 4].map((step) => `.right${step}{background:${mix('--accent', 9 * step)}}`).join('')}
${[1, 2, 3, 4, 5, 6, 7, 8].map((step) => `.wrong${step}{background:${mix('--heat', 12 * step)}}`).join('')}
.pairs :is(th,td){overflow-wrap:anywhere}
@media (max-width:600px){.matrix td,.matrix th{padding:3px 2px}.matrix{font-size:11px}.matrix tbody td,.matrix tfoot td{min-width:27px}.matrix tfoot td{font-size:9px}}
`;
