// The feature maps of a layer in a grid, of which one is chosen: with the pointer, or with arrow keys as in any group of radio
// buttons. Features are a grid of single numbers.

import { scaleOf } from '../../run/colours.ts';
import type { Palette } from '../../run/colours.ts';
import { numberText } from '../../run/number-text.ts';
import { planeAt, planesOf } from '../../run/planes.ts';
import type { LayerInfo } from '../../run/protocol.ts';
import { element } from '../dom.ts';
import { paintPlane } from './paint.ts';

/** Maps of a layer that are shown, and features. */
const [MAX_MAPS, MAX_FEATURES] = [64, 256];

export interface Maps {
  show(layer: LayerInfo, values: Float32Array, palette: Palette, chosen: number): void;
}

interface Cell {
  readonly button: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

/** `choose` is told the number of a map. */
export function createMaps(root: HTMLElement, choose: (index: number) => void): Maps {
  const grid = element('div', { class: 'run-maps', role: 'radiogroup' });
  const legend = element('p', { class: 'run-legend' });
  root.append(grid, legend);
  let cells: readonly Cell[] = [];
  let key = '';

  grid.addEventListener('keydown', (event) => {
    const at = cells.findIndex(({ button }) => button === event.target);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = (at + step + cells.length) % cells.length;
    choose(next);
    cells[next]!.button.focus();
  });

  return {
    show(layer, values, palette, chosen) {
      const planes = planesOf(layer.shape);
      const count = Math.min(planes.count, planes.unit === 'feature' ? MAX_FEATURES : MAX_MAPS);
      const wanted = `${layer.id} ${layer.shape.join()}`;
      if (wanted !== key) {
        key = wanted;
        cells = Array.from({ length: count }, (_, index) => cellOf(planes.unit, index, choose));
        grid.replaceChildren(...cells.map(({ button }) => button));
        grid.setAttribute('aria-label', `${planes.unit === 'feature' ? 'Features' : 'Feature maps'} of ${layer.name}`);
        grid.dataset['unit'] = planes.unit;
        grid.style.setProperty('--ratio', `${planes.columns} / ${planes.rows}`);
      }
      const scale = scaleOf(values);
      cells.forEach(({ button, canvas }, index) => {
        const plane = planeAt(values, planes, index);
        paintPlane(canvas, plane, planes.rows, planes.columns, scale, palette);
        button.setAttribute('aria-checked', `${index === chosen}`);
        button.tabIndex = index === chosen || (chosen >= count && index === 0) ? 0 : -1;
        if (planes.unit === 'feature') button.title = `${planes.unit} ${index}: ${numberText(plane[0]!)}`;
      });
      legend.replaceChildren(
        ...legendOf(
          scale,
          values.some((value) => value < 0),
          planes.count > count ? `the first ${count} of ${planes.count}` : '',
        ),
      );
    },
  };
}

function cellOf(unit: string, index: number, choose: (index: number) => void): Cell {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const button = element(
    'div',
    { role: 'radio', class: 'run-map', 'aria-label': unit === 'tokens' ? 'all tokens' : `${unit} ${index}` },
    canvas,
  );
  button.addEventListener('click', () => choose(index));
  button.addEventListener('keydown', (event) => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    choose(index);
  });
  return { button, canvas };
}

function legendOf(scale: number, hasNegative: boolean, note: string): readonly (Node | string)[] {
  if (scale === 0) return ['All numbers are 0.'];
  const strip = element('span', { class: hasNegative ? 'run-strip' : 'run-strip positive', 'aria-hidden': 'true' });
  return [
    hasNegative ? numberText(-scale) : '0',
    strip,
    numberText(scale),
    ...(note === '' ? [] : [element('span', {}, note)]),
  ];
}
