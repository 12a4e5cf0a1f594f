// `cnnc report A B --html`: two networks side by side, their drawings above, their steps aligned by name below. No script.

import type { Comparison } from '../compare.ts';
import { markOf, stepFields, stepWriter, summaryOf, totalCells } from '../print-comparison.ts';
import type { Report } from '../network-report.ts';
import { drawSvg } from '../svg/draw.ts';
import { writtenItems } from '../svg/items.ts';
import { isDrawable, layOut, notDrawn } from '../svg/layout.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { still } from '../svg/svg.ts';
import { drawingStyle } from '../svg/style.ts';
import { document } from './html.ts';
import { breakable } from './layers.ts';
import { baseStyle } from './style.ts';

/** The page of a comparison of two reports. */
export function comparisonHtml(comparison: Comparison, reports: readonly [Report, Report]): string {
  const { networks, totals, rows } = comparison;
  const [first, second] = networks.map(escapeMarkup) as [string, string];
  const write = stepWriter(rows);
  const kinds = { '=': 'same', '~': 'differs', '−': 'first', '+': 'second' } as const;
  const drawings = reports.map((report) => {
    const items = writtenItems(report);
    if (!isDrawable(items)) return `<p class="soft">Not drawn: ${escapeMarkup(notDrawn)}.</p>`;
    const drawing = layOut(items);
    return `<div class="pane">${still(drawSvg(drawing, new Set(drawing.folded), report.network))}</div>`;
  });
  return document(`${networks[0]} and ${networks[1]}`, style, [
    `<header><h1>${first} and ${second}</h1></header>`,
    '<main><div class="scroll"><table>',
    `<thead><tr><th></th><th class="number">${first}</th><th class="number">${second}</th><th class="number">change</th></tr></thead><tbody>`,
    ...totals.map((total) => {
      const [label, ...cells] = totalCells(total);
      return `<tr><th scope="row">${label}</th>${cells.map((cell) => `<td class="number">${cell}</td>`).join('')}</tr>`;
    }),
    '</tbody></table></div>',
    '<h2>Step by step</h2>',
    `<p class="soft">${escapeMarkup(summaryOf(comparison))}</p>`,
    '<div class="scroll"><table class="steps">',
    '<thead><tr><th></th><th>layer</th><th>operator</th><th>output</th><th>parameters</th><th>MACs</th></tr></thead><tbody>',
    ...rows.map((row) => {
      const mark = markOf(row);
      const cells = stepFields.map((field) => {
        const changed = row.differences.includes(field) ? ' class="changed"' : '';
        return `<td${changed}>${escapeMarkup(write(row, field))}</td>`;
      });
      return `<tr class="${kinds[mark]}"><td>${mark}</td><th scope="row">${breakable(row.name)}</th>${cells.join('')}</tr>`;
    }),
    '</tbody></table></div>',
    '<h2>Drawn</h2>',
    `<div class="drawings">${drawings.join('\n')}</div></main>`,
  ]);
}

const style = `${baseStyle}${drawingStyle}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:8px;background:var(--surface);width:max-content;max-width:100%}
.steps{font-size:13px}
.steps tr>td:first-child{font-weight:700;text-align:center}
.first>*,.second>*,.changed{background:var(--frame)}
.first td:first-child{color:var(--missed)}.second td:first-child,.differs td:first-child{color:var(--accent)}.second td:first-child{color:var(--done)}
.changed{font-weight:600}
.same>*{color:var(--soft)}
.drawings{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:14px}
.pane{overflow:auto;border:1px solid var(--line);border-radius:8px}
.pane svg{display:block;margin:0 auto}
@media (max-width:600px){body{padding:12px}th,td{padding:3px 5px}.drawings{grid-template-columns:minmax(0,1fr)}}
`;
