// Names for what is being defined: usual ones that are not taken, in the form that goes with the place.

import { networkSpellings, usualNames, usualParameters } from './conventions.ts';
import type { FreshKind } from './expected.ts';
import type { Offer, Site } from './offer.ts';

/** Sensible names for the definition at the caret. */
export function freshOffers(site: Site, kind: FreshKind): readonly Offer[] {
  const taken = new Set([...site.names.map(({ name }) => name), ...site.frame.siblings.map(({ text }) => text)]);
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

/** Called after the constants that they are made of, after the file, or as variants of those that there are. */
function networks({ caret, names }: Site): readonly string[] {
  const file = caret.source.path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.cnn$/, '');
  const own = names.flatMap(({ name, kind }) => (kind === 'network' ? [name] : []));
  const constants = names.flatMap(({ name, kind }) => (kind === 'constant' ? [name] : []));
  const variants = own.flatMap((name) => [`Small${name}`, `${name}ImageNet`, `${name}Small`, `${name}Large`]);
  const made = constants.flatMap((constant) => own.map((network) => madeOf(network, constant)));
  const all = [...made, ...afterFile(file), ...variants, ...usualNames['network']!];
  return [...new Set(all)].filter((name) => /^[A-Za-z_]\w*$/.test(name));
}

/** `resnet50.cnn` → `ResNet50`, `ResNet`; `my-net.cnn` → `MyNet`. */
function afterFile(file: string): readonly string[] {
  const plain = file.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  const known = networkSpellings.filter((name) => plain.startsWith(name.toLowerCase()));
  const whole = known.map((name) => name + capitalised(plain.slice(name.length)));
  return [
    ...whole,
    ...known,
    file
      .split(/[^A-Za-z0-9]+/)
      .map(capitalised)
      .join(''),
  ];
}

/** `VGG` made of `vgg11` → `VGG11`; `MobileNetV3` made of `large` → `MobileNetV3Large`. */
function madeOf(network: string, constant: string): string {
  const isAlike = constant.toLowerCase().startsWith(network.toLowerCase());
  return network + (isAlike ? constant.slice(network.length) : capitalised(constant));
}

function capitalised(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
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
