// `cnnc report --md`: the shape report as a Markdown table (GitHub's flavour), for notebooks, issues and READMEs.

import { bytesText, extentText, grouped, macsFormat, percent, shapeText } from '../text/format.ts';
import { escapeMarkdown } from '../text/markdown.ts';
import type { Report } from './network-report.ts';
import { auxiliaryText, weightsText } from './print.ts';
import { numbersText, parametersText, rowText, rowsOf } from './rows.ts';

/** Lines joined by line breaks, one at the end. */
export function reportMarkdown(report: Report): string {
  const { network, doc = '', inputs, outputs, auxiliary, totals, peak } = report;
  const macs = macsFormat(totals.macs);
  const list = (values: Report['inputs']): string =>
    values.map(({ name, shape }) => `${escapeMarkdown(name)} ${shapeText(shape)}`).join(', ');
  const isQuantized = totals.quantizedWeightBytes !== undefined;
  const numbers = isQuantized ? [''] : [];
  const rows = rowsOf(report).map((row) => {
    const [first] = row.layers;
    const last = row.layers.at(-1)!;
    return cells([
      `\`${first.name}\``,
      escapeMarkdown(rowText(row)),
      shapeText(last.outputShape),
      ...(isQuantized ? [numbersText(row)] : []),
      parametersText(row),
      macs(row.macs),
      row.macs === 0 ? '' : percent(row.macs, totals.macs),
      extentText(last.receptiveField.size),
    ]);
  });
  const compiled = totals.compiledArenaBytes;
  const at = peak.at === null ? '' : ` (at \`${peak.at}\`)`;
  return `${[
    `## ${escapeMarkdown(network)}`,
    '',
    ...(doc === '' ? [] : [escapeMarkdown(doc.replaceAll(/\s+/g, ' ')), '']),
    `${list(inputs)} → ${list(outputs)}`,
    '',
    ...(auxiliary ? [escapeMarkdown(auxiliaryText(auxiliary)), ''] : []),
    cells(['layer', 'operator', 'output', ...(isQuantized ? ['numbers'] : []), 'parameters', 'MACs', 'share', 'field']),
    `| --- | --- | --- |${isQuantized ? ' --- |' : ''} ---: | ---: | ---: | ---: |`,
    ...rows,
    cells(['**total**', '', '', ...numbers, `**${grouped(totals.parameters)}**`, `**${macs(totals.macs)}**`, '', '']),
    '',
    `Weights: ${weightsText(totals)}. Peak activation memory: ${bytesText(totals.peakActivationBytes)} step by step${at}${compiled === undefined ? '' : `, ${bytesText(compiled)} compiled`}.`,
  ].join('\n')}\n`;
}

const cells = (texts: readonly string[]): string =>
  `|${texts.map((text) => (text === '' ? ' ' : ` ${text} `)).join('|')}|`;
