// The line between text and views: dragged, or moved by arrows (WAI-ARIA Authoring Practices, window splitter).

import { byId } from './dom.ts';

const [least, most, step] = [20, 80, 2];
const key = 'cnnc.divider';

/** Makes `#divider` move. */
export function startDivider(): void {
  const divider = byId('divider');
  const work = byId('work');
  let share = Number(divider.getAttribute('aria-valuenow'));
  const set = (next: number): void => {
    share = Math.round(10 * Math.min(most, Math.max(least, next))) / 10;
    work.style.setProperty('--share', `${share}%`);
    divider.setAttribute('aria-valuenow', `${Math.round(share)}`);
  };
  const keep = (): void => {
    try {
      localStorage.setItem(key, `${share}`);
    } catch {
      // It is then where it was at first.
    }
  };
  const kept = Number(read());
  if (kept >= least && kept <= most) set(kept);
  divider.addEventListener('pointerdown', (event) => {
    divider.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  divider.addEventListener('pointermove', (event) => {
    if (!divider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = work.getBoundingClientRect();
    set((100 * (event.clientX - left)) / width);
  });
  divider.addEventListener('pointerup', keep);
  divider.addEventListener('keydown', (event) => {
    const next = { ArrowLeft: share - step, ArrowRight: share + step, Home: least, End: most }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
    keep();
  });
}

function read(): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
