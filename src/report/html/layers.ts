// The table of a report's page: a row for each step, sortable by every column, with a bar for its share of the MACs.

import { extentText, grouped, macsFormat, percent, shapeText } from '../../text/format.ts';
import type { Report } from '../network-report.ts';
import { numbersText, parametersText, rowText, rowsOf, storedBytes } from '../rows.ts';
import { escapeMarkup } from '../svg/markup.ts';

interface Cell {
  readonly html: string;
  /** What the column is sorted by. */
  readonly by: string | number;
  readonly number?: boolean;
}

const numeric = new Set(['KiB', 'parameters', 'MACs', 'share of MACs', 'field']);

/** The table of layers as HTML; its rows are linked with the drawing. */
export function layerTable(report: Report): string {
  const rows = rowsOf(report);
  const isQuantized = report.totals.quantizedWeightBytes !== undefined;
  const numbers = isQuantized ? ['numbers'] : [];
  const titles = ['layer', 'operator', 'output', ...numbers, 'KiB', 'parameters', 'MACs', 'share of MACs', 'field'];
  const macs = macsFormat(report.totals.macs);
  const most = Math.max(1, ...rows.map((row) => row.macs));
  const body = rows.map((row) => {
    const [first] = row.layers;
    const last = row.layers.at(-1)!;
    const share = percent(row.macs, report.totals.macs);
    const { size } = last.receptiveField;
    const cells: readonly Cell[] = [
      {
        html: `<button type="button" class="pick">${breakable(first.name)}</button>`,
        by: first.name,
      },
      { html: escapeMarkup(rowText(row)), by: rowText(row) },
      { html: shapeText(last.outputShape), by: last.outputShape.reduce((product, extent) => product * extent, 1) },
      ...(isQuantized ? [{ html: numbersText(row), by: numbersText(row) }] : []),
      { html: kib(storedBytes(last)), by: storedBytes(last), number: true },
      { html: parametersText(row), by: row.parameters, number: true },
      { html: macs(row.macs), by: row.macs, number: true },
      {
        html: first.free
          ? '<span class="soft">no copy</span>'
          : row.macs === 0
            ? ''
            : `<span class="share"><svg class="portion" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${Math.round((1000 * row.macs) / most) / 10}" height="10"/></svg><span class="percent">${share}</span></span>`,
        by: row.macs,
        number: true,
      },
      { html: extentText(size), by: typeof size === 'number' ? size : Math.max(...size), number: true },
    ];
    const columns = cells.map(
      ({ html, by, number }, at) =>
        `<${at === 0 ? 'th scope="row"' : 'td'}${number ? ' class="number"' : ''} data-by="${escapeMarkup(String(by))}">${html}</${at === 0 ? 'th' : 'td'}>`,
    );
    return `<tr data-id="${escapeMarkup(first.name)}">${columns.join('')}</tr>`;
  });
  const head = titles.map(
    (title) =>
      `<th scope="col"${numeric.has(title) ? ' class="number"' : ''}><button type="button" class="sort">${title}</button></th>`,
  );
  const total = `<tr><th scope="row">total</th><td colspan="${3 + numbers.length}"></td><td class="number">${grouped(report.totals.parameters)}</td><td class="number">${macs(report.totals.macs)}</td><td></td><td></td></tr>`;
  return `<table id="layers"><thead><tr>${head.join('')}</tr></thead><tbody>\n${body.join('\n')}\n</tbody><tfoot>${total}</tfoot></table>`;
}

const kib = (bytes: number): string => (bytes / 1024).toFixed(bytes < 10 * 1024 ? 1 : 0);

/** Dotted names may break at their dots. */
export const breakable = (name: string): string => escapeMarkup(name).replaceAll('.', '.<wbr/>');
