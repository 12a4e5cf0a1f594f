// The arena of a compiled network over time, as SVG: kernel calls from left to right, addresses from the top down, a
// rectangle for every buffer from the first call that touches it to the last, and the call where most is alive.

import type { KernelCall, Program } from '../../../compiler/program/program.ts';
import { bytesText } from '../../text/format.ts';
import { aliveAtCalls } from '../alive.ts';
import { escapeMarkup } from '../svg/markup.ts';

export interface MemoryPeak {
  /** Index of the call. */
  readonly at: number;
  /** Bytes of f32 values of one image that are alive there. */
  readonly bytes: number;
}

/** Undefined for a program without buffers. */
export function memoryPeak(program: Program): MemoryPeak | undefined {
  const { buffers } = program;
  if (buffers.length === 0) return undefined;
  let peak = { at: 0, bytes: 0 };
  for (const [at, bytes] of aliveAtCalls(program, buffers, ({ length }) => 4 * length).entries())
    if (bytes > peak.bytes) peak = { at, bytes };
  return peak;
}

const [width, height, top] = [1000, 260, 22];

/** Buffers of activations as rectangles: kernel calls to the right, places in memory downwards. Empty where there are none. */
export function memorySvg(program: Program): string {
  const { run, buffers } = program;
  const arenaLength = program.sections.arena.length;
  const peak = memoryPeak(program);
  if (!peak || arenaLength === 0) return '';
  const x = (call: number): number => round((width * call) / run.length);
  const y = (elements: number): number => round(top + (height * elements) / arenaLength);
  const makers = makersOf(program);
  const rectangles = buffers.map(({ name, from, to, offset, length }, index) => {
    const [left, up] = [x(from), y(offset)];
    const [wide, high] = [round(x(to + 1) - left), round(y(offset + length) - up)];
    const layers = makers.get(index)?.flatMap(({ nodes }) => nodes) ?? [];
    const label = high >= 14 && wide >= name.length * 6.7 + 8 ? name : '';
    const when = from === to ? `during call ${from + 1}` : `from call ${from + 1} to ${to + 1}`;
    const atPeak = from <= peak.at && peak.at <= to ? ' peak' : '';
    return [
      `<g class="buffer${atPeak}" data-layers="${escapeMarkup(JSON.stringify(layers))}">`,
      `<title>${escapeMarkup(`${name}: ${bytesText(4 * length)}, ${when}`)}</title>`,
      `<rect x="${left}" y="${up}" width="${wide}" height="${high}"/>`,
      label === '' ? '' : `<text x="${left + 5}" y="${up + Math.min(high / 2 + 4, 16)}">${escapeMarkup(label)}</text>`,
      '</g>',
    ].join('');
  });
  const marker = round(x(peak.at) + width / run.length / 2);
  const flag = `most alive: ${bytesText(peak.bytes)}, call ${peak.at + 1} (${run[peak.at]!.nodes[0] ?? 'copy'})`;
  const end = marker > width / 2;
  return [
    `<svg class="memory" viewBox="0 0 ${width} ${height + top + 2}" role="img" aria-label="${escapeMarkup(`Memory over time; ${flag}`)}">`,
    ...rectangles,
    `<line class="peak" x1="${marker}" x2="${marker}" y1="4" y2="${height + top}"/>`,
    `<text class="flag" x="${marker + (end ? -7 : 7)}" y="14" text-anchor="${end ? 'end' : 'start'}">${escapeMarkup(flag)}</text>`,
    '</svg>',
  ].join('\n');
}

/** The calls that write into each buffer, in their order. */
function makersOf({ run }: Program): ReadonlyMap<number, readonly KernelCall[]> {
  const makers = new Map<number, KernelCall[]>();
  for (const call of run)
    for (const buffer of new Set(call.writes.map((slice) => slice.buffer))) {
      const known = makers.get(buffer);
      if (known) known.push(call);
      else makers.set(buffer, [call]);
    }
  return makers;
}

const round = (value: number): number => Math.round(value * 10) / 10;
