// A map enlarged, with a frame around the pixels that are looked at; places are chosen with the pointer or with arrow keys.

import type { Palette } from '../../run/colours.ts';
import { scaleOf } from '../../run/colours.ts';
import { element } from '../dom.ts';
import { paintPlane } from './paint.ts';

/** Where a frame lies, in pixels of the map; parts of it may be outside, over padding. */
export interface Frame {
  readonly row: number;
  readonly column: number;
  readonly rows: number;
  readonly columns: number;
}

export interface WindowMap {
  readonly root: HTMLElement;
  show(
    plane: Float32Array,
    rows: number,
    columns: number,
    palette: Palette,
    frame: Frame | undefined,
    title: string,
  ): void;
}

/** `move` is told the row and column that the pointer is at; `step` how far an arrow key goes. */
export function createWindowMap(
  label: string,
  move: (row: number, column: number) => void,
  step?: (down: number, across: number) => void,
): WindowMap {
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const frame = element('span', { class: 'run-frame', 'aria-hidden': 'true' });
  const inner = element('div', { class: 'run-plane' }, canvas, frame);
  const outer = element('div', { class: 'run-field' }, inner);
  const title = element('figcaption');
  const root = element('figure', { class: 'run-window' }, title, outer);
  if (step) {
    outer.tabIndex = 0;
    outer.setAttribute('role', 'application');
    outer.setAttribute('aria-label', `${label}: arrow keys move`);
    outer.addEventListener('keydown', (event) => {
      const [down, across] = arrows.get(event.key) ?? [0, 0];
      if (down === 0 && across === 0) return;
      event.preventDefault();
      step(down, across);
    });
  }
  const at = (event: PointerEvent): void => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) * canvas.height) / box.height);
    const column = Math.floor(((event.clientX - box.left) * canvas.width) / box.width);
    move(within(row, canvas.height), within(column, canvas.width));
  };
  outer.addEventListener('pointerdown', (event) => {
    outer.setPointerCapture(event.pointerId);
    at(event);
  });
  outer.addEventListener('pointermove', (event) => {
    // A mouse moves the window by hovering, a finger by dragging.
    if (event.pointerType === 'mouse' || outer.hasPointerCapture(event.pointerId)) at(event);
  });

  return {
    root,
    show(plane, rows, columns, palette, place, text) {
      paintPlane(canvas, plane, rows, columns, scaleOf(plane), palette);
      inner.style.setProperty('--ratio', `${columns} / ${rows}`);
      title.textContent = text;
      frame.hidden = place === undefined;
      if (!place) return;
      frame.style.left = `${(100 * place.column) / columns}%`;
      frame.style.top = `${(100 * place.row) / rows}%`;
      frame.style.width = `${(100 * place.columns) / columns}%`;
      frame.style.height = `${(100 * place.rows) / rows}%`;
    },
  };
}

const arrows = new Map<string, readonly [number, number]>([
  ['ArrowLeft', [0, -1]],
  ['ArrowRight', [0, 1]],
  ['ArrowUp', [-1, 0]],
  ['ArrowDown', [1, 0]],
]);

const within = (place: number, extent: number): number => Math.min(extent - 1, Math.max(0, place));
