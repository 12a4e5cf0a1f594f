// Inputs that are no pictures: a few numbers each can be written; longer ones get made-up numbers.

import { sizeOf } from '../../../../compiler/ir/tensor-type.ts';
import type { InputInfo } from '../../run/protocol.ts';
import { element } from '../dom.ts';

/** Numbers of an input that are written one by one, at most. */
const MAX_WRITTEN = 16;

export interface NumbersInput {
  fill(inputs: readonly InputInfo[]): void;
  current(): Readonly<Record<string, readonly number[]>> | undefined;
}

/** Fills `root`; `changed` is called when a number was written. */
export function createNumbersInput(root: HTMLElement, changed: () => void): NumbersInput {
  let fields: readonly { readonly name: string; readonly boxes: readonly HTMLInputElement[] }[] = [];
  let key = '';
  return {
    fill(inputs) {
      const wanted = JSON.stringify(inputs);
      if (wanted === key) return;
      key = wanted;
      const short = inputs.filter(({ shape }) => sizeOf(shape) <= MAX_WRITTEN);
      const long = inputs.filter(({ shape }) => sizeOf(shape) > MAX_WRITTEN);
      fields = short.map(({ name, shape }) => ({
        name,
        boxes: Array.from({ length: sizeOf(shape) }, (_, at) =>
          element('input', { type: 'number', step: 'any', value: '1', 'aria-label': `${name} ${at}` }),
        ),
      }));
      root.replaceChildren(
        ...fields.map(({ name, boxes }) => element('fieldset', {}, element('legend', {}, name), ...boxes)),
        ...long.map(({ name, shape }) =>
          element('p', { class: 'run-hint' }, `${name} [${shape.join(', ')}] is no picture; it gets made-up numbers.`),
        ),
      );
      for (const { boxes } of fields) for (const box of boxes) box.addEventListener('input', changed);
    },
    current() {
      if (fields.length === 0) return undefined;
      return Object.fromEntries(fields.map(({ name, boxes }) => [name, boxes.map((box) => Number(box.value) || 0)]));
    },
  };
}
