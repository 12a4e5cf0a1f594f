// Values: numbers, names in scope, words of an attribute, functions, steps where a block is wanted, and what opens a list.

import { wordsOf } from '../../../compiler/frontend/values/written.ts';
import { menus } from '../../../compiler/frontend/sections/train-menu.ts';
import { functions } from '../../../compiler/frontend/values/evaluate.ts';
import { usualSources } from './conventions.ts';
import { columnWords, numberOffers } from './numbers.ts';
import { normalised } from './offer.ts';
import type { Offer, Site } from './offer.ts';
import { measuredOffers, trainedOutputOffers } from './sections.ts';
import type { VisibleName } from './sibling.ts';
import { callText, stepOffers } from './steps.ts';
import { settingSignature } from './signatures.ts';
import type { Wanted } from './wanted.ts';
import { wantedAt } from './wanted.ts';

const word = (text: string, weight: number, kind: Offer['kind'] = 'keyword'): Offer => ({ text, kind, weight });

/** What the value at the caret may be. `isChain`: a chain of steps may stand there, too. */
export function valueOffers(site: Site, isChain: boolean): readonly Offer[] {
  const wanted = wantedAt(site.analysis, site.frame);
  const { spec, type, isPart, role, joins = false } = wanted;
  if (role === 'budget') return measuredOffers(site);
  if (type === 'output') return trainedOutputOffers(site);
  if (type === 'choice') return choiceOffers(site, wanted);
  const words = spec && !isPart ? wordsOf(spec) : [];
  const isBool = spec?.type === 'bool' || type === 'bool';
  const isText = spec?.type === 'choice' || spec?.type === 'string' || type === 'string' || type === 'block';
  const isNumber = !isText && (!isBool || isPart);
  const isStep = type === 'block' || role === 'flow' || (role === 'argument' && isTensorArgument(site, wanted));
  return [
    ...words.map((text, rank) => word(text, (joins ? 0.1 : 2) / (rank + 1), 'value')),
    ...nameOffers(site, wanted),
    ...openings(site, wanted),
    ...columnWords(site),
    ...(isBool ? booleans(wanted) : []),
    ...(isNumber ? weighted(numberOffers(site, wanted), role === 'flow' ? 0.1 : role === 'axis' ? 1 : 2) : []),
    ...(isNumber && role !== 'flow' ? functionOffers() : []),
    ...(role === 'list' && !isPart ? [range] : []),
    ...(isStep ? weighted(stepOffers(site, false), type === 'block' ? 3 : isChain ? 1 : 0.3) : []),
  ];
}

const range: Offer = {
  text: '0',
  label: '0..',
  kind: 'literal',
  weight: 1,
  insert: '0..${1:2}',
  snippet: true,
  detail: 'a range',
};

/** That which is not the default is the likelier one; conditions are rarely a constant. */
function booleans({ default: standard, spec, role }: Wanted): readonly Offer[] {
  const usual = (standard ?? spec?.default?.toString()) === 'true' ? 'false' : 'true';
  const likely = role === 'condition' ? 0.05 : 1;
  return [...['true', 'false'].map((text) => word(text, likely * (text === usual ? 3 : 1))), word('not', 0.1)];
}

/** Whether the argument may be a value that flows: all of its own parameters are given, or there are none. */
function isTensorArgument({ frame }: Site, { name, isPart, joins = false }: Wanted): boolean {
  return (name === undefined || isPart || joins) && frame.siblings[1]?.is !== ':';
}

function weighted(offers: readonly Offer[], factor: number): readonly Offer[] {
  return normalised(offers).map((offer) => ({ ...offer, weight: offer.weight * factor }));
}

/** Names in scope, those that are called as the argument first; then those of its type, the innermost first. */
function nameOffers({ names, analysis, at }: Site, wanted: Wanted): readonly Offer[] {
  const flows =
    wanted.role === 'flow' || wanted.role === 'list' || (wanted.role === 'argument' && wanted.spec === undefined);
  const usable = names.filter(({ kind }) => kind !== 'block' && kind !== 'network');
  const offers = usable.flatMap((name, rank): Offer[] => {
    const fits = nameFits(name, wanted, flows);
    if (fits === 0) return [];
    const same = wanted.name !== undefined && calledAs(name.name, wanted.name) ? 2 : 0;
    return [
      { text: name.name, kind: kindOf(name), weight: fits * (0.6 / (rank + 1) + 0.15) + same, ...detailOf(name) },
    ];
  });
  const later = analysis.file.definitions.flatMap((one): Offer[] =>
    one.kind === 'const' &&
    !(one.span.start <= at && at <= one.span.end) &&
    !names.some(({ name }) => name === one.name.name)
      ? [{ text: one.name.name, kind: 'constant', weight: 0.05 }]
      : [],
  );
  return [...offers, ...(wanted.type === 'block' ? [] : later)];
}

/** Whether what is named so is usually given as the argument: `classes` for `features`. */
function calledAs(name: string, argument: string): boolean {
  const usual = Object.hasOwn(usualSources, argument) ? usualSources[argument]! : [];
  return name === argument || usual.includes(name);
}

const detailOf = ({ type, kind }: VisibleName): { readonly detail: string } => ({
  detail: type === undefined ? kind : `${kind}: ${type}`,
});

/** How well a name fits, from 0 to 1. */
function nameFits(
  { kind, type }: VisibleName,
  { role, spec, type: wants, isPart, name, joins = false }: Wanted,
  flows: boolean,
): number {
  if (joins && (kind === 'value' || kind === 'values' || kind === 'learned')) return 1;
  if (spec?.type === 'choice' && kind !== 'parameter') return 0;
  if (kind === 'value' || kind === 'values' || kind === 'learned' || kind === 'share') {
    if (role === 'argument' && name !== undefined && !isPart && spec) return 0.1;
    return flows ? (kind === 'share' ? 0.3 : 1) : 0.15;
  }
  if (wants === 'block') return type === 'block' ? 1 : 0;
  if (spec?.type === 'choice') return type === 'string' ? 1 : 0;
  if (type === undefined) return 0.6;
  const wantsBool = wants === 'bool' || spec?.type === 'bool';
  if (wantsBool && !isPart) return type === 'bool' ? 1 : 0.3;
  if (type === 'bool' && role !== 'condition') return 0.1;
  const wantsList =
    wants?.startsWith('[') === true ||
    wants === 'list' ||
    spec?.type === 'ints' ||
    spec?.type === 'floats' ||
    role === 'list';
  if (type.startsWith('[')) return wantsList ? 1 : 0.25;
  if (type === 'block' || type === 'string') return 0.02;
  return role === 'flow' ? 0.05 : wantsList && !isPart ? 0.2 : 1;
}

function kindOf({ kind }: VisibleName): Offer['kind'] {
  if (kind === 'constant' || kind === 'parameter' || kind === 'variable') return kind;
  return kind === 'share' ? 'function' : 'value';
}

function openings(site: Site, { spec, type, role, isPart }: Wanted): readonly Offer[] {
  const kind = spec?.type;
  if (kind === 'weights') return [word('[', 3), word('-', 0.5)];
  if (kind === 'ints' || kind === 'floats' || type?.startsWith('['))
    return [
      word('[', isPart && site.frame.kind === 'list' ? 0.1 : 2.5),
      word('(', role === 'setting' && !isPart ? 2 : 0.2),
      word('-', 0.2),
    ];
  if (kind === 'choice') return [];
  if (kind === 'bool' || type === 'bool') return [word('(', 0.05)];
  if (type === 'labels') return [word('[', 1), word('"', 1)];
  if (type?.startsWith('(')) return [word('(', 3)];
  if (type === 'string') return [word('"', 1)];
  return [word('(', 0.15), word('-', 0.05), word('[', role === 'list' || role === 'constant' ? 1 : 0.02)];
}

const formsOf: ReadonlyMap<string, string> = new Map([
  ['len', 'list'],
  ['size', 'height, width'],
  ['floor', 'number'],
  ['ceil', 'number'],
]);

function functionOffers(): readonly Offer[] {
  return [...functions.keys()].map((name, rank) => ({
    text: name,
    kind: 'function',
    weight: 0.06 / (rank + 1),
    insert: `${name}($1)$0`,
    snippet: true,
    detail: `${name}(${formsOf.get(name) ?? 'a, b'})`,
  }));
}

/** Steps of `augment`, behind the first. */
export function augmentationOffers(site: Site): readonly Offer[] {
  return choiceOffers(site, { role: 'setting', name: 'augment', isPart: false });
}

/** The words of a setting such as `optimizer`, with what they must be given. */
function choiceOffers(site: Site, { name = '' }: Wanted): readonly Offer[] {
  const menu = menus[name as keyof typeof menus];
  return Object.keys(menu).map((text, rank) => {
    const signature = settingSignature(name, text)!;
    return { text, kind: 'value', weight: 1 / (rank + 1), ...callText(signature, site) };
  });
}
