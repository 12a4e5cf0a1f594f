// From the caret to the boxes of the drawing. No part of it knows the editor, so that a test can run it.

export interface Point {
  readonly line: number;
  readonly character: number;
}

export interface Place {
  readonly uri: string;
  readonly range: { readonly start: Point; readonly end: Point };
}

export interface Boxed {
  readonly id: string;
  readonly places: readonly Place[];
}

/** Ids of the boxes whose text is the smallest around the caret: one step, or all the steps that a block's text became. */
export function boxesAt(boxes: readonly Boxed[], uri: string, caret: Point): readonly string[] {
  const around = boxes.flatMap(({ id, places }) =>
    places.filter((place) => place.uri === uri && holds(place, caret)).map((place) => ({ id, size: sizeOf(place) })),
  );
  const smallest = around
    .map(({ size }) => size)
    .toSorted((a, b) => a.lines - b.lines || a.characters - b.characters)[0];
  const found = around.filter(({ size }) => size.lines === smallest?.lines && size.characters === smallest.characters);
  return [...new Set(found.map(({ id }) => id))];
}

function holds({ range: { start, end } }: Place, caret: Point): boolean {
  return !isBefore(caret, start) && !isBefore(end, caret);
}

const isBefore = (a: Point, b: Point): boolean => a.line < b.line || (a.line === b.line && a.character < b.character);

const sizeOf = ({ range: { start, end } }: Place) => ({
  lines: end.line - start.line,
  characters: end.character - start.character,
});
