// Names for what is being defined: usual ones that are not taken, in the form that goes with the place.

import { networkSpellings, usualNames, usualParameters } from './conventions.ts';
import type { FreshKind } from './expected.ts';
import type { Offer, Site } from './offer.ts';

/** Sensible names for the definition at the caret. */
export function freshOffers(site: Site, kind: FreshKind): readonly Offer[] {
  const taken = new Set([
    ...site.names.map(({ name }) => name),
    ...(site.frame.siblings ?? []).map(({ text }) => text),
  ]);
  const names =
    kind === 'parameter' ? parameters(site) : kind === 'network' ? networks(site) : (usualNames[kind] ?? []);
  const offers = [...numberedNames(site, kind), ...names].map((text, rank): Offer => ({
    text,
    kind: itemKind(kind),
    weight: 1 / (rank + 1),
  }));
  const isTable = kind === 'constant' || kind === 'path';
  const free = offers.filter(({ text }) => isTable || !taken.has(text));
  return kind === 'parameter' ? free.map((offer) => withType(offer, site)) : free;
}

/** `reduced2` behind `reduced1`, of the same kind. */
function numberedNames({ frame, names }: Site, kind: FreshKind): readonly string[] {
  const taken = new Set(names.map(({ name }) => name));
  const before = kind === 'label' || kind === 'parameter' || kind === 'constant' || kind === 'block' ? frame.items : [];
  return before.flatMap((item): string[] => {
    const name = item.findLast(({ is, text }) => is === 'name' && /\d$/.test(text) && taken.has(text))?.text;
    if (name === undefined) return [];
    const [, stem, number] = /^(.*?)(\d{1,6})$/.exec(name)!;
    const following = `${stem}${Number(number) + 1}`;
    return taken.has(following) ? [] : [following];
  });
}

function itemKind(kind: FreshKind): Offer['kind'] {
  switch (kind) {
    case 'network':
    case 'block':
    case 'constant':
    case 'parameter':
      return kind;
    case 'variable':
    case 'index':
      return 'variable';
    default:
      return 'value';
  }
}

/** Called after the file, or with the number of those that there are. */
function networks({ caret, names, analysis }: Site): readonly string[] {
  const file = caret.source.path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.cnn$/, '');
  const plain = file.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  const known = networkSpellings.filter((name) => plain.startsWith(name.toLowerCase()));
  const spelt = known.map(
    (name) => name + plain.slice(name.length).replace(/^[a-z]/, (letter) => letter.toUpperCase()),
  );
  const titled = file
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join('');
  const own = names.flatMap(({ name, kind }) => (kind === 'network' ? [name] : []));
  // A second network is a variant of the first: `LeNetSmall`; an alias is called as the constant that it is made of.
  const variants = own.flatMap((name) => [`Small${name}`, `${name}ImageNet`, `${name}Small`, `${name}Large`]);
  const constants = names.flatMap(({ name, kind }) => (kind === 'constant' ? [name] : []));
  const named = constants.flatMap((name) => spelledLike(name, own));
  const unused = [...constants, ...analysis.file.definitions.flatMap((one) => ('name' in one ? [one.name.name] : []))]
    .length;
  return [
    ...new Set([
      ...named,
      ...spelt,
      ...known,
      ...variants,
      titled,
      ...(unused > 0 ? [] : []),
      ...usualNames['network']!,
    ]),
  ].filter((name) => /^[A-Za-z_]\w*$/.test(name));
}

/** `vgg11`, where there is a network `VGG` → `VGG11`; `large`, where there is `MobileNetV3` → `MobileNetV3Large`. */
function spelledLike(constant: string, networks_: readonly string[]): readonly string[] {
  return networks_.flatMap((network) =>
    constant.toLowerCase().startsWith(network.toLowerCase())
      ? [network + constant.slice(network.length)]
      : [network + constant[0]!.toUpperCase() + constant.slice(1)],
  );
}

function parameters({ frame }: Site): readonly string[] {
  const { owner, items } = frame;
  const given = new Set(items.map(([name]) => name?.text));
  const last = usualParameters.findLastIndex(([name]) => given.has(name));
  const fit = usualParameters.filter(([name, , where]) => (where ?? owner) === owner && !given.has(name));
  // They come in this order: those behind the last that is given are likelier.
  const isBehind = (name: string): boolean => usualParameters.findIndex(([one]) => one === name) > last;
  const names = fit.map(([name]) => name);
  const ordered = owner === 'network' ? ['size', 'channels', 'classes'] : [];
  return [...new Set([...ordered.filter((name) => !given.has(name)), ...names.filter(isBehind), ...names])];
}

function withType(offer: Offer, { rest }: Site): Offer {
  const type = usualParameters.find(([name]) => name === offer.text)?.[1];
  if (type === undefined || rest.startsWith(':')) return offer;
  return { ...offer, insert: `${offer.text}: ${type}`, detail: type };
}
