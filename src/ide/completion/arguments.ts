// The start of an argument: attributes and parameters that are not given yet, with their defaults.

import { usualArguments, usualNumbers } from './conventions.ts';
import { escaped, normalised } from './offer.ts';
import type { Offer, Site } from './offer.ts';
import { parameterText } from './signatures.ts';
import type { Signature, SignatureParameter } from './signatures.ts';
import { valueOffers } from './values.ts';
import { calledBy, givenNames, parameterAt } from './wanted.ts';

/** Names of arguments, and values for the next one in order. */
export function argumentOffers(site: Site): readonly Offer[] {
  const signature = calledBy(site.analysis, site.frame);
  const names = signature ? nameOffers(site, signature) : [];
  const next = parameterAt(site.frame, signature);
  const isNamed = site.frame.items.some((item) => item[1]?.is === ':');
  // Arguments without a name come before named ones.
  if (isNamed && signature) return normalised(names);
  // What joins values is given them. Else the first argument is usually given by its place, the others by their names.
  const joins = (signature?.operator?.arity?.max ?? 1) > 1;
  const byPlace =
    site.frame.items.length === 0
      ? joins || next?.default === undefined
        ? 8
        : 3
      : next && next.default === undefined
        ? 0.6
        : 0.3;
  const values = normalised(valueOffers(site, true)).map((offer) => ({ ...offer, weight: offer.weight * byPlace }));
  return [...normalised(names), ...values];
}

function nameOffers({ frame, rest }: Site, signature: Signature): readonly Offer[] {
  const given = givenNames(frame, signature);
  const usual = (Object.hasOwn(usualArguments, signature.name) && usualArguments[signature.name]) || [];
  return signature.parameters.flatMap((parameter, at): Offer[] => {
    const { name, default: standard, doc } = parameter;
    if (given.has(name)) return [];
    const place = usual.indexOf(name);
    const weight = (standard === undefined ? 1.5 : 0) + (place < 0 ? 0.3 / (at + 1) : 1 / (place + 1));
    return [
      {
        text: name,
        kind: 'attribute',
        weight,
        detail: parameterText(parameter),
        ...(doc !== undefined && { doc }),
        ...(rest.startsWith(':')
          ? { insert: name }
          : { insert: `${name}: \${1:${escaped(held(parameter))}}`, snippet: true }),
      },
    ];
  });
}

/** What stands behind the colon at first: the other of a boolean, a usual number, the default. */
function held({ name, default: standard, spec }: SignatureParameter): string {
  if (spec?.type === 'bool') return standard === 'true' ? 'false' : 'true';
  const usual = Object.hasOwn(usualNumbers, name) ? usualNumbers[name]![0] : undefined;
  return usual ?? (standard || name);
}
