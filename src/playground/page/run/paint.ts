// Numbers painted on canvases, in the colours of the page's theme.

import type { Colour, Palette } from '../../run/colours.ts';
import { coloured, greyPalette } from '../../run/colours.ts';

export { greyPalette };

/** The palette of signed numbers, of this element's theme. */
export function themePalette(of: Element): Palette {
  const style = getComputedStyle(of);
  const colour = (name: string): Colour => parsed(style.getPropertyValue(name).trim());
  return {
    zero: colour('--run-zero'),
    plus: colour('--run-plus'),
    minus: colour('--run-minus'),
    broken: colour('--run-broken'),
  };
}

/** `#rrggbb` */
function parsed(text: string): Colour {
  const number = Number.parseInt(text.slice(1), 16) || 0;
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

/** A pixel of the canvas per number. */
export function paintPlane(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  scale: number,
  palette: Palette,
): void {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  canvas.getContext('2d')!.putImageData(new ImageData(coloured(values, scale, palette), columns, rows), 0, 0);
}
