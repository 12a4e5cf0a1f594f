// How reports write numbers, shapes and bars.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { wholeNumber } from '../../compiler/ir/whole-number.ts';
import { widthOf } from '../../grammar/terminal.ts';

/** Pixels along both axes, or height and width where they differ. */
export type Extent = number | readonly [height: number, width: number];

/** Made once for each set of options: making one takes a hundred times as long as writing a number. */
const formats = new Map<string, Intl.NumberFormat>();

function written(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.NumberFormat('en-US', options);
  formats.set(key, known);
  return known.format(value);
}

/** `64×12×12` */
export function shapeText(shape: Shape): string {
  return shape.join('×');
}

/** `59`, or `59×43` where height and width differ. */
export function extentText(extent: Extent): string {
  return (typeof extent === 'number' ? [extent] : extent).map(short).join('×');
}

/** `61,706` */
export function grouped(value: number): string {
  return atMost(value, 2);
}

/** With so many decimal places, or fewer where they would be zeros. */
function atMost(value: number, decimals: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return wholeNumber(value);
  return written(value, { maximumFractionDigits: decimals });
}

/** With thousands of `decimals` places: `1,849.69`. */
function fixed(value: number, decimals: number): string {
  return written(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A way to write the MACs of one table: in full below a million, else in millions. */
export function macsFormat(largest: number): (macs: number) => string {
  if (largest < 1e6) return grouped;
  return (macs) => (macs === 0 ? '0' : `${fixed(macs / 1e6, 2)}M`);
}

/** MACs that stand alone: in full below a million, else in millions, or in billions: `18.36G`. */
export function macsText(macs: number): string {
  return macs < 1e9 ? macsFormat(macs)(macs) : `${fixed(macs / 1e9, 2)}G`;
}

/** A way to write the KiB of one table: whole where all are whole or some are large. */
export function kibFormat(all: readonly number[]): (bytes: number) => string {
  const decimals = all.every((bytes) => bytes % 1024 === 0) || all.some((bytes) => bytes >= 1000 * 1024) ? 0 : 1;
  return (bytes) => fixed(bytes / 1024, decimals);
}

/** Words in lines of at most `width` columns. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `18.4 KiB`, `1.13 MiB`, `6.61 GiB` */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${grouped1(bytes / 1024)} KiB`;
  return bytes < 1024 ** 3 ? `${grouped(bytes / 1024 ** 2)} MiB` : `${grouped(bytes / 1024 ** 3)} GiB`;
}

/** `8.5%`; a dash where the part is NaN or infinite. */
export function percent(part: number, whole: number): string {
  if (!Number.isFinite(part)) return '–';
  return whole === 0 ? '0.0%' : `${fixed((100 * part) / whole, 1)}%`;
}

/** `0.0031%`, so many digits that it tells something; a dash where the fraction is NaN or infinite. */
export function finePercent(fraction: number): string {
  return Number.isFinite(fraction) ? `${significant(100 * fraction, 2)}%` : '–';
}

/** So many digits that tell something: `0.0021`, `1.5`, `120`. */
export function significant(value: number, digits: number): string {
  return written(value, { maximumSignificantDigits: digits });
}

/** At most `cells` characters long, in eighths of one, rounded down; whatever is more than nothing shows. */
export function bar(fraction: number, cells: number): string {
  const eighths = fraction > 0 ? Math.max(1, Math.floor(fraction * cells * 8 + 1e-9)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!;
}

function grouped1(value: number): string {
  return atMost(value, 1);
}

function short(value: number): string {
  return `${Math.round(value * 100) / 100}`.replace('-', '−');
}
