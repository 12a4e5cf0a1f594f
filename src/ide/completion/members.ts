// What may follow a point: parts of tuples, and properties of values that flow.

import { properties } from '../../../grammar/properties.ts';
import type { Offer, Site } from './offer.ts';

/** Parts of what stands before the caret, where it may be a tuple; properties where it may be a value that flows. */
export function memberOffers({ frame, names }: Site): readonly Offer[] {
  const last = frame.siblings.at(-1);
  const name = last?.is === 'name' ? names.find((one) => one.name === last.text) : undefined;
  if (name && (name.kind === 'value' || name.kind === 'values')) return [];
  if (name && !name.type?.startsWith('(') && name.kind !== 'variable' && name.type !== undefined) return [];
  const likely = name?.type?.startsWith('(') === true ? 0.5 : 0.02;
  return [0, 1, 2, 3, 4, 5].map((part) => ({ text: `.${part}`, kind: 'attribute', weight: likely / (part + 1) }));
}

/** Properties of a value that flows: `.channels`. */
export function propertyOffers(): readonly Offer[] {
  return properties.map((text, rank) => ({ text, kind: 'attribute', weight: 1 / (rank + 1) }));
}
