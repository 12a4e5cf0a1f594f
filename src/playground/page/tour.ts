// The guided tour: a card above the text. A step's program takes the place of the text, and undo brings that back.

import type { Program } from '../program.ts';
import { button, byId, element } from './dom.ts';
import { markdown } from './editor/markdown.ts';
import { tourSteps } from './tour-steps.ts';

const key = 'cnnc.tour';

/** Opens it where it was left, or closes it. */
export function toggleTour(load: (program: Program) => void): void {
  const card = byId('tour');
  const isOpen = card.hidden;
  card.hidden = !isOpen;
  byId('open-tour').setAttribute('aria-expanded', `${isOpen}`);
  if (!isOpen) return byId('open-tour').focus();
  show(kept(), load);
}

function show(at: number, load: (program: Program) => void): void {
  const step = tourSteps[at]!;
  keep(at);
  load({ text: step.program });
  const to = (label: string, next: number): HTMLButtonElement => {
    const made = button(label, () => show(next, load));
    made.disabled = next < 0 || next >= tourSteps.length;
    return made;
  };
  const choice = element(
    'select',
    { 'aria-label': 'Step of the tour' },
    ...tourSteps.map(({ title }, index) => element('option', { value: `${index}` }, `${index + 1}. ${title}`)),
  );
  choice.value = `${at}`;
  choice.addEventListener('change', () => show(Number(choice.value), load));
  const title = element('h2', { tabindex: '-1' }, step.title);
  const attempt = markdown(step.attempt);
  attempt.classList.add('attempt');
  attempt.prepend(element('b', {}, 'Try it'));
  byId('tour').replaceChildren(
    element(
      'div',
      { class: 'steps' },
      element('span', { class: 'soft' }, `${at + 1} of ${tourSteps.length} · D2L ${step.section}`),
      element('span', { class: 'space' }),
      element(
        'div',
        { class: 'turns' },
        to('Back', at - 1),
        to('Next', at + 1),
        button('Close', () => toggleTour(load)),
      ),
      choice,
    ),
    element('div', { class: 'lesson' }, title, markdown(step.text), attempt),
  );
  title.focus({ preventScroll: true });
}

function keep(at: number): void {
  try {
    localStorage.setItem(key, `${at}`);
  } catch {
    // It begins anew next time.
  }
}

function kept(): number {
  try {
    const at = Number(localStorage.getItem(key));
    return Number.isInteger(at) && at >= 0 && at < tourSteps.length ? at : 0;
  } catch {
    return 0;
  }
}
