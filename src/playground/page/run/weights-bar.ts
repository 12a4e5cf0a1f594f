// Which weights the network has: random ones by a seed, those of a file, those that ship with an example, or those that the page
// has learnt.

import { button, element } from '../dom.ts';
import type { Subject } from './shipped.ts';

/** Bytes of a file, at most. */
const MAX_BYTES = 2 ** 30;

export interface WeightsBar {
  /** What they are, and what is odd about them. */
  say(text: string, isError?: boolean): void;
  seed(): number;
  /** Weights that come with the network, by what they were taught. */
  offer(subjects: readonly Subject[]): void;
}

export interface WeightsActions {
  random(seed: number): void;
  file(file: File): void;
  shipped(subject: Subject): void;
}

/** Fills `root`. */
export function createWeightsBar(root: HTMLElement, actions: WeightsActions): WeightsBar {
  const seed = element('input', { type: 'number', min: '0', max: '4294967295', step: '1', value: '0' });
  const chooser = element('input', {
    type: 'file',
    accept: '.safetensors,.npz,.pt,.pth,.bin,.zip',
    hidden: '',
    'aria-label': 'File of weights',
  });
  const text = element('p', { class: 'run-weights-text', role: 'status' });
  const say = (sentence: string, isError = false): void => {
    text.textContent = sentence;
    text.classList.toggle('error', isError);
  };
  const take = (file: File | undefined): void => {
    if (!file) return;
    if (file.size > MAX_BYTES) return say('The file has more than 1 GiB; the command `cnnc run` reads it.', true);
    actions.file(file);
  };
  const seeded = (): number => Math.min(4_294_967_295, Math.max(0, Math.floor(Number(seed.value)) || 0));
  chooser.addEventListener('change', () => {
    take(chooser.files?.[0]);
    chooser.value = '';
  });
  const shipped = element('span', { class: 'run-shipped', role: 'group', 'aria-label': 'Trained weights' });
  seed.addEventListener('change', () => actions.random(seeded()));
  root.append(
    element(
      'div',
      { class: 'run-tools' },
      shipped,
      button('Weights from a file…', () => chooser.click(), { title: 'safetensors, .npz, or a .pt of PyTorch' }),
      chooser,
      button('Random', () => actions.random(seeded())),
      element('label', {}, 'Seed ', seed),
    ),
    text,
  );
  root.addEventListener('dragover', (event) => event.preventDefault());
  root.addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
  return {
    say,
    seed: seeded,
    offer(subjects) {
      const title = (subject: Subject): string => `Weights that were trained on ${subject}`;
      shipped.hidden = subjects.length === 0;
      shipped.replaceChildren(
        ...subjects.map((subject) =>
          button(subject === 'clothes' ? 'Clothes' : 'Digits', () => actions.shipped(subject), {
            title: title(subject),
          }),
        ),
      );
    },
  };
}
