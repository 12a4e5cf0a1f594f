// One number of a layer: where its window lies on the input, where the number lies in the output, and the arithmetic between them.

import type { Arithmetic, Patch } from '../../arithmetic/arithmetic.ts';
import { placeOf } from '../../arithmetic/places.ts';
import type { Palette } from '../../run/colours.ts';
import { resultText } from '../../run/number-text.ts';
import { planeAt, planesOf } from '../../run/planes.ts';
import type { LayerInfo, LayerValues, Shown } from '../../run/protocol.ts';
import { element } from '../dom.ts';
import { termsOf } from './terms.ts';
import type { Frame } from './window-map.ts';
import { greyPalette } from './paint.ts';
import { createWindowMap } from './window-map.ts';

/** A place in a layer, by plane, row and column. */
export interface Spot {
  readonly plane: number;
  readonly row: number;
  readonly column: number;
}

export interface NumberView {
  show(layer: LayerInfo, layers: readonly LayerInfo[], values: Float32Array, shown: Shown, palette: Palette): void;
}

/** The place in the row-major values. */
export function spotIndex({ shape }: LayerInfo, { plane, row, column }: Spot): number {
  const { rows, columns } = planesOf(shape);
  return (plane * rows + row) * columns + column;
}

/** The place, or the nearest that the layer has. */
export function withinLayer({ shape }: LayerInfo, spot: Spot): Spot {
  const { count, rows, columns } = planesOf(shape);
  const at = (value: number, extent: number): number => Math.min(extent - 1, Math.max(0, value));
  return { plane: at(spot.plane, count), row: at(spot.row, rows), column: at(spot.column, columns) };
}

/** Fills `root`; `choose` is told the place that the user moved to. */
export function createNumberView(root: HTMLElement, spot: () => Spot, choose: (spot: Spot) => void): NumberView {
  let layer: LayerInfo | undefined;
  let channel = 0;
  let again = (): void => {};
  let inputSize: readonly [number, number] = [1, 1];
  const to = (row: number, column: number): void => {
    if (layer) choose(withinLayer(layer, { ...spot(), row, column }));
  };
  const input = createWindowMap('Input', (row, column) => {
    if (!layer) return;
    const { rows, columns } = planesOf(layer.shape);
    to(Math.floor((row * rows) / inputSize[0]), Math.floor((column * columns) / inputSize[1]));
  });
  const output = createWindowMap('Output', to, (down, across) => {
    const { row, column } = spot();
    to(row + down, column + across);
  });
  const title = element('p', { class: 'run-place', 'aria-live': 'polite' });
  const terms = element('div', { class: 'run-arithmetic' });
  const arrow = element('span', { class: 'run-arrow' });
  root.append(title, element('div', { class: 'run-windows' }, input.root, arrow, output.root), terms);

  return {
    show(next, layers, values, shown, palette) {
      if (next.id !== layer?.id) channel = 0;
      layer = next;
      const place = spot();
      const { rows, columns } = planesOf(next.shape);
      const written = placeOf(spotIndex(next, place), next.shape).join(', ');
      title.replaceChildren(
        element('span', {}, `${next.name}[${written}] `),
        element('b', {}, `= ${resultText(shown.computed)}`),
      );
      output.root.hidden = rows * columns === 1;
      arrow.textContent = `${next.what} →`;
      const plane = planeAt(values, planesOf(next.shape), place.plane);
      const mark: Frame = { row: place.row, column: place.column, rows: 1, columns: 1 };
      output.show(plane, rows, columns, palette, mark, `output, ${planesOf(next.shape).unit} ${place.plane}`);
      const placeText = ({ operand, at }: { readonly operand: number; readonly at: number }): string => {
        const info = layers.find(({ id }) => id === next.inputs[operand]);
        return info ? `${info.name}[${placeOf(at, info.shape).join(', ')}]` : 'its input';
      };
      again = () => {
        const source = sourceOf(shown, layers, next, channel);
        input.root.hidden = source === undefined;
        arrow.hidden = source === undefined || output.root.hidden;
        if (source) {
          inputSize = [source.rows, source.columns];
          input.show(
            source.values,
            source.rows,
            source.columns,
            source.isInput ? greyPalette : palette,
            source.frame,
            source.title,
          );
        }
        terms.replaceChildren(
          ...termsOf(
            shown.arithmetic,
            channel,
            (index) => {
              channel = index;
              again();
              terms.querySelectorAll<HTMLElement>('.run-sum')[index]?.focus();
            },
            placeText,
          ),
        );
      };
      again();
    },
  };
}

interface Source {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly frame?: Frame;
  readonly title: string;
  /** Whether it is what the network was given: a picture. */
  readonly isInput: boolean;
}

/** The plane of the input that the number sees, with the part that it sees. */
function sourceOf(
  { arithmetic, operands }: Shown,
  layers: readonly LayerInfo[],
  layer: LayerInfo,
  channel: number,
): Source | undefined {
  const patch = patchOf(arithmetic, channel);
  const seen = patch
    ? { operand: 0, at: patch.cells.find(({ at }) => at !== undefined)?.at ?? 0 }
    : placesIn(arithmetic)[0];
  const operand = seen && operands[seen.operand];
  const info = layers.find(({ id }) => id === layer.inputs[seen?.operand ?? 0]);
  if (!operand || !info) return undefined;
  const planes = planesOf(info.shape);
  // A dense layer's input, where it shows as the map that was flattened.
  if (patch && planes.rows * planes.columns === 1) return patch.rows > 1 ? ofPatch(patch, info) : undefined;
  if (planes.rows * planes.columns === 1) return undefined;
  const places = patch
    ? patch.cells.flatMap(({ at }) => (at === undefined ? [] : [at]))
    : placesIn(arithmetic).map(({ at }) => at);
  return ofPlane(operand, info, seen.at, places);
}

/** The plane of the operand in which `at` lies, with a frame around the places. */
function ofPlane(operand: LayerValues, info: LayerInfo, at: number, places: readonly number[]): Source {
  const planes = planesOf(info.shape);
  const index = Math.floor(at / (planes.rows * planes.columns));
  const title = `${info.name}, ${planes.unit} ${index}`;
  return {
    values: planeAt(operand.values, planes, index),
    rows: planes.rows,
    columns: planes.columns,
    ...(places.length > 0 && { frame: around(places.map((place) => pixelOf(place, planes))) }),
    title,
    isInput: info.inputs.length === 0,
  };
}

function ofPatch(patch: Patch, info: LayerInfo): Source {
  const { rows, columns, cells, channel } = patch;
  const values = Float32Array.from(cells, ({ value }) => value);
  return {
    values,
    rows,
    columns,
    frame: { row: 0, column: 0, rows, columns },
    title: `${info.name}, map ${channel}`,
    isInput: false,
  };
}

function pixelOf(
  at: number,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): readonly [number, number] {
  const inside = at % (rows * columns);
  return [Math.floor(inside / columns), inside % columns];
}

function around(places: readonly (readonly [number, number])[]): Frame {
  const [rows, columns] = [places.map(([row]) => row), places.map(([, column]) => column)];
  const [row, column] = [Math.min(...rows), Math.min(...columns)];
  return { row, column, rows: Math.max(...rows) - row + 1, columns: Math.max(...columns) - column + 1 };
}

function patchOf(arithmetic: Arithmetic, channel: number): Patch | undefined {
  if (arithmetic.kind === 'products') return arithmetic.patches[Math.min(channel, arithmetic.patches.length - 1)];
  return 'patch' in arithmetic ? arithmetic.patch : undefined;
}

/** Where the numbers of a formula come from that are of one operand, the first that it has. */
function placesIn(arithmetic: Arithmetic): readonly { readonly operand: number; readonly at: number }[] {
  if (arithmetic.kind === 'copy') return [arithmetic.from];
  if (arithmetic.kind === 'mixture') return arithmetic.parts.map(({ from }) => from);
  const found = arithmetic.kind === 'formula' ? arithmetic.terms.find(({ from }) => from)?.from : undefined;
  return found ? [found] : [];
}
