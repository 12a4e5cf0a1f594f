// `cnnc report --svg`: the network as one SVG file with its style inside, which follows the reader's light or dark setting.

import type { Report } from '../network-report.ts';
import { drawSvg } from './draw.ts';
import { writtenItems } from './items.ts';
import { layOut } from './layout.ts';
import { legendOf } from './legend.ts';
import { stack } from './stack.ts';
import { darkColors, drawingStyle, lightColors } from './style.ts';

export interface SvgOptions {
  /** Every block is a single box. Default: of many blocks that look alike, the first is open. */
  readonly fold?: boolean;
}

/** A whole SVG document. */
export function reportSvg(report: Report, { fold = false }: SvgOptions = {}): string {
  const drawing = layOut(writtenItems(report));
  const blocks = drawing.group.boxes.filter(({ group }) => group).map(({ id }) => id);
  const folded = new Set(fold ? blocks : drawing.folded);
  const style = `svg{${lightColors}}@media (prefers-color-scheme:dark){svg{${darkColors}}}.drawing{background:var(--page)}${drawingStyle}`;
  const drawn = still(drawSvg(drawing, folded, report.network, legendOf(stack(drawing, folded))));
  return `${drawn.replace('>', `>\n<style>${style}</style>`)}\n`;
}

/** Without what only a script could answer. */
export function still(svg: string): string {
  return svg
    .replaceAll(/ (role="button"|tabindex="0"|aria-expanded="\w+"|data-id="[^"]*")/g, '')
    .replaceAll(/(<text class="name"[^>]*>)[▾▸] /g, '$1')
    .replaceAll(/, Enter (opens|folds) it/g, '');
}
