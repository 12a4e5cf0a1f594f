// Which steps stand at a place of the text, and where a step stands.

import type { Range } from '../../ide/types.ts';
import type { ShownNetwork } from '../protocol.ts';

/**
 * Layers at the caret: those with the smallest part of the text around it; in a block's definition these are the layers of all its
 * calls, at a call those of that one.
 */
export function layersAt({ places }: ShownNetwork, text: string, offset: number): readonly string[] {
  const line = lineAt(text, offset);
  const sized = places.flatMap(({ layer, ranges }) => {
    const sizes = ranges.filter((range) => holds(range, offset)).map(({ start, end }) => end - start);
    return sizes.length === 0 ? [] : [{ layer, size: Math.min(...sizes) }];
  });
  if (sized.length > 0) {
    const least = Math.min(...sized.map(({ size }) => size));
    return sized.filter(({ size }) => size === least).map(({ layer }) => layer);
  }
  // Beside a step, on its line: that step.
  return places
    .filter(({ ranges: [own] }) => own && line.start <= own.start && own.start <= line.end)
    .map(({ layer }) => layer);
}

/** Where the first of the layers stands; undefined where that is in no text of this page. */
export function placeOf({ places }: ShownNetwork, layers: readonly string[]): Range | undefined {
  return places.find(({ layer, ranges }) => layers.includes(layer) && ranges.length > 0)?.ranges[0];
}

/** Where each of the layers stands, once. */
export function placesOf({ places }: ShownNetwork, layers: readonly string[]): readonly Range[] {
  const wanted = new Set(layers);
  const found = new Map<number, Range>();
  for (const { layer, ranges } of places) if (wanted.has(layer) && ranges[0]) found.set(ranges[0].start, ranges[0]);
  return [...found.values()];
}

const holds = ({ start, end }: Range, offset: number): boolean => start <= offset && offset <= end;

function lineAt(text: string, offset: number): Range {
  const end = text.indexOf('\n', offset);
  return { start: text.lastIndexOf('\n', offset - 1) + 1, end: end === -1 ? text.length : end };
}
