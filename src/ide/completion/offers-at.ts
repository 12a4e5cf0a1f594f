// From a place that the grammar allows to what may be written there.

import { argumentOffers } from './arguments.ts';
import { definitionOffers, keyword, networkOffers, outputOffers, statementKeywords } from './definitions.ts';
import type { Expected } from './expected.ts';
import { freshOffers } from './fresh.ts';
import { importNameOffers, importPathOffers } from './imports.ts';
import { memberOffers, propertyOffers } from './members.ts';
import type { Offer, Site } from './offer.ts';
import { quantityOffers, settingOffers } from './sections.ts';
import { stepOffers } from './steps.ts';
import { typeOffers } from './types.ts';
import { augmentationOffers, valueOffers } from './values.ts';

/** What may stand at one of the places that the grammar allows. */
export function offersAt(site: Site, expected: Expected): readonly Offer[] {
  switch (expected.is) {
    case 'words':
      return Object.entries(expected.words).flatMap(([text, weight]) =>
        (site.isNewLine && staysOnLine(site.frame, text)) || beginsShape(site, text)
          ? []
          : [keyword(text, closing(site, text, weight), site)],
      );
    case 'definition':
      return definitionOffers(site);
    case 'statement':
      return [...stepOffers(site, true), ...statementKeywords(site), ...labels(site)];
    case 'step':
      if (site.frame.kind === 'settings') return augmentationOffers(site);
      return [...stepOffers(site, false), { text: 'parallel', kind: 'keyword', weight: 0.02 }];
    case 'join':
      return joins();
    case 'type':
      return typeOffers(site);
    case 'member':
      return memberOffers(site);
    case 'property':
      return propertyOffers();
    case 'network-name':
      return networkOffers(site);
    case 'output-name':
      return outputOffers(site);
    case 'import-name':
      return importNameOffers(site);
    case 'import-path':
      return importPathOffers(site);
    case 'setting':
      return settingOffers(site);
    case 'quantity':
      return quantityOffers(site);
    case 'argument':
      return argumentOffers(site);
    case 'value':
      return valueOffers(site, expected.chain === true);
    case 'fresh':
      return freshOffers(site, expected.of);
    default:
      return expected satisfies never;
  }
}

/** No statement goes on with a bracket or a point on the next line. */
function staysOnLine({ kind, siblings }: Site['frame'], text: string): boolean {
  const isStatement = kind === 'body' || kind === 'parallel' || kind === 'settings';
  return isStatement && siblings.length > 0 && ['(', '[', '{', '.'].includes(text);
}

/** Behind a space a bracket is no index, but a shape, before which a colon stands. */
function beginsShape({ frame: { kind, siblings }, at }: Site, text: string): boolean {
  const last = siblings.at(-1);
  if (text !== '[' || !last || last.end === at || (kind !== 'body' && kind !== 'parallel')) return false;
  return siblings[0]!.is !== 'input' && (last.is === 'name' || last.is === '[]');
}

/** A bracket closes at the beginning of a line that is no deeper than that which opened it. */
function closing({ isDedented, isNewLine }: Site, text: string, weight: number): number {
  if (!/^[)\]}]$/.test(text)) return weight;
  return isDedented ? weight * 20 : isNewLine ? weight / 10 : weight;
}

/** `logits = `: a name for what follows. */
function labels(site: Site): readonly Offer[] {
  const { siblings, items, owner } = site.frame;
  const last = siblings.length > 0 ? siblings : (items.at(-1) ?? []);
  const isFlat = owner === 'network' && last.some(({ text }) => text === 'flatten' || text === 'dense');
  return freshOffers(site, 'label').map((offer) => ({
    ...offer,
    insert: `${offer.text} = `,
    weight: offer.weight * (isFlat ? 0.5 : 0.08),
  }));
}

/** Operators that take the results of several paths. */
function joins(): readonly Offer[] {
  const usual = ['concat', 'add', 'mul', 'maximum', 'minimum', 'sub', 'div', 'matmul'];
  return usual.map((text, rank) => ({ text, kind: 'operator', weight: 1 / (rank + 1) }));
}
