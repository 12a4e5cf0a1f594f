// What editors say of the arguments of a training's settings: each has a sentence.

import { expect, test } from 'vitest';
import { menus } from '../../compiler/frontend/sections/train-menu.ts';
import { argumentText } from '../../compiler/frontend/texts.ts';

test('every argument of a loss, an optimizer, a schedule and the rest is described', () => {
  const steps = Object.values(menus).flatMap((menu) => Object.entries(menu));
  expect(steps.length).toBeGreaterThan(20);
  for (const [step, specs] of steps)
    for (const argument of Object.keys(specs))
      expect(argumentText(step, argument), `${step}(${argument})`).toMatch(/\.$/);
  expect(argumentText('one_cycle', 'final')).not.toBe(argumentText('cosine', 'final'));
});
