// The settings of a training, filled in as the `train` section says them.

import type { TrainPlan } from '../../run/protocol.ts';
import { element } from '../dom.ts';

export interface TrainForm {
  fill(plan: TrainPlan): void;
  /** What stands in the fields now. */
  settings(): {
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly images: number;
  };
  lock(isLocked: boolean): void;
}

/** Digits to learn from, unless the user says another number. */
const IMAGES = 16_000;

/** Fills `root`. */
export function createTrainForm(root: HTMLElement): TrainForm {
  const field = (min: string, max: string, step: string, value = '1'): HTMLInputElement =>
    element('input', { type: 'number', min, max, step, value });
  const epochs = field('1', '1000', '1');
  const batch = field('1', '4096', '1');
  const rate = field('0', '100', 'any');
  const images = field('10', '60000', '1', String(IMAGES));
  const set = element(
    'fieldset',
    { class: 'train-form', 'aria-label': 'Settings of the training' },
    element('label', {}, 'Epochs ', epochs),
    element('label', {}, 'Batch ', batch),
    element('label', {}, 'Learning rate ', rate),
    element('label', {}, 'Digits to learn from ', images),
  );
  root.append(set);
  return {
    fill(plan) {
      epochs.value = String(plan.epochs);
      batch.value = String(plan.batch);
      rate.value = String(plan.learningRate);
    },
    settings: () => ({
      epochs: Number(epochs.value),
      batch: Number(batch.value),
      learningRate: Number(rate.value),
      images: Number(images.value),
    }),
    lock(isLocked) {
      set.disabled = isLocked;
    },
  };
}
