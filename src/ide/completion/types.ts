// Types of parameters and constants.

import { usualParameters } from './conventions.ts';
import type { Offer, Site } from './offer.ts';

const whole: Readonly<Record<string, string>> = { '[': '[int]', '(': '(int, int)' };

/** The types of the language; that which goes with the name first. */
export function typeOffers({ frame }: Site): readonly Offer[] {
  const name = frame.siblings[0]?.text;
  const usual = usualParameters.find(([one]) => one === name)?.[1];
  const weights: readonly (readonly [string, number])[] = [
    ['int', 1],
    ['block', 0.2],
    ['bool', 0.2],
    ['float', 0.15],
    ['size', 0.15],
    ['string', 0.02],
    ['[', 0.2],
    ['(', 0.1],
  ];
  return weights.map(([text, weight]) => ({
    text,
    kind: 'type',
    weight: weight + (usual?.startsWith(text) ? 2 : 0),
    ...(Object.hasOwn(whole, text) && { label: whole[text]!, insert: whole[text]! }),
  }));
}
