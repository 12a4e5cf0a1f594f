// What the network answers: classes with their probabilities as bars, or the numbers themselves.

import { likeliest } from '../../../../runtime/classes.ts';
import { numberText } from '../../run/number-text.ts';
import type { OutputInfo } from '../../run/protocol.ts';
import { element } from '../dom.ts';

/** Classes that are shown, at most: all of ten, else the likeliest. */
const MAX_CLASSES = 10;
/** Numbers that are shown. */
const MAX_NUMBERS = 24;

export interface Answers {
  show(outputs: readonly OutputInfo[], values: readonly Float32Array[], labels: readonly string[] | undefined): void;
  clear(sentence: string): void;
}

/** Fills `root`. */
export function createAnswers(root: HTMLElement): Answers {
  return {
    show(outputs, values, labels) {
      root.replaceChildren(
        ...outputs.flatMap((output, at) => {
          const numbers = values[at]!;
          const title = outputs.length > 1 ? [element('h3', {}, output.name)] : [];
          const body = output.scores ? bars(numbers, labels ?? output.labels) : table(output, numbers);
          return [...title, body];
        }),
      );
    },
    clear(sentence) {
      root.replaceChildren(element('p', { class: 'run-hint' }, sentence));
    },
  };
}

/** In the order of the classes where all are shown, so that bars grow and shrink in their places as one draws. */
function bars(numbers: Float32Array, labels: readonly string[] | undefined): HTMLElement {
  const best = likeliest(numbers, MAX_CLASSES);
  const order = numbers.length <= MAX_CLASSES ? best.toSorted((a, b) => a - b) : best;
  const rows = order.map((index) => {
    const share = numbers[index]!;
    const bar = element('span', { class: 'run-bar' });
    bar.style.setProperty('--share', `${100 * Math.min(1, Math.max(0, share || 0))}%`);
    const percent = Number.isNaN(share) ? 'NaN' : `${(100 * share).toFixed(1)} %`;
    return element(
      'li',
      index === best[0] ? { class: 'best' } : {},
      element('span', { class: 'run-label' }, labels?.[index] ?? `class ${index}`),
      bar,
      element('span', { class: 'run-percent' }, percent),
    );
  });
  return element('ol', { class: 'run-classes', 'aria-label': 'Classes and their probabilities' }, ...rows);
}

function table({ name, shape }: OutputInfo, numbers: Float32Array): HTMLElement {
  const shown = [...numbers.slice(0, MAX_NUMBERS)].map((value) => element('td', {}, numberText(value)));
  const rest = numbers.length > MAX_NUMBERS ? [element('td', {}, '…')] : [];
  return element(
    'table',
    { class: 'run-numbers' },
    element('caption', {}, `${name} [${shape.join(', ')}]`),
    element('tbody', {}, element('tr', {}, ...shown, ...rest)),
  );
}
