// What may be written at the caret, the likeliest first: what the grammar and the names allow there, ranked by conventions, by
// the shape that flows, and by what followed the same tokens before.

import type { Analysis } from './analysis.ts';
import { argumentOffers } from './completion/arguments.ts';
import { caretAt } from './completion/caret.ts';
import type { Caret } from './completion/caret.ts';
import { definitionOffers, keyword, networkOffers, outputOffers, statementKeywords } from './completion/definitions.ts';
import { visibleNames } from './completion/defined.ts';
import { expectedIn } from './completion/expected.ts';
import type { Expected } from './completion/expected.ts';
import { flowingShape } from './completion/flowing.ts';
import { memberOffers, propertyOffers } from './completion/members.ts';
import { frameAt } from './completion/frames.ts';
import { freshOffers } from './completion/fresh.ts';
import { evidenceFor } from './completion/habits.ts';
import type { Evidence } from './completion/habits.ts';
import { importNameOffers, importPathOffers } from './completion/imports.ts';
import { itemOf, matches } from './completion/items.ts';
import { numberFits } from './completion/numbers.ts';
import { normalised } from './completion/offer.ts';
import type { Offer, Site } from './completion/offer.ts';
import { quantityOffers, settingOffers } from './completion/sections.ts';
import { stepOffers } from './completion/steps.ts';
import { typeOffers } from './completion/types.ts';
import { augmentationOffers, valueOffers } from './completion/values.ts';
import { wantedAt } from './completion/wanted.ts';
import type { CompletionItem } from './types.ts';

/** At most so many are proposed. */
const LIMIT = 200;
/** How many places like this one the conventions count for. */
const PRIOR = 200;

/** Proposals for an offset of the text, which may be broken there. Never throws. */
export function completion(analysis: Analysis, offset: number): readonly CompletionItem[] {
  const { source } = analysis;
  const caret = caretAt(source, Math.max(0, Math.min(offset, source.text.length)));
  if (caret.comment) return [];
  if (caret.string) return strings(analysis, caret);
  const word = caret.word;
  if (!word) return ranked(analysis, caret, caret.tokens.length, caret.offset).map((offer) => itemOf(offer, caret));
  // What the word may become, and what may follow it where it is whole.
  const of = ranked(analysis, caret, caret.tokens.length - 1, word.start).filter(({ text }) =>
    matches(text, word.text),
  );
  const [whole, longer] = [of.filter(({ text }) => text === word.text), of.filter(({ text }) => text !== word.text)];
  const isWhole = word.end === caret.offset;
  const after = isWhole
    ? ranked(analysis, caret, caret.tokens.length, caret.offset).filter(({ text }) => /^\W/.test(text))
    : [];
  const items = (offers: readonly Offer[], isWord: boolean): readonly CompletionItem[] =>
    offers.map((offer) => itemOf(offer, isWord ? caret : { ...caret, word: undefined as never }));
  return [...items([...whole, ...longer.slice(0, 2)], true), ...items(after, false), ...items(longer.slice(2), true)];
}

/** The proposals behind so many tokens, in their order. */
function ranked(analysis: Analysis, caret: Caret, count: number, at: number): readonly Offer[] {
  const tokens = caret.tokens.slice(0, count);
  const site = siteAt(analysis, caret, tokens, at);
  const offers = new Map<string, Offer>();
  const expected = expectedIn(site.frame, site.isNewLine);
  for (const place of expected) {
    const found = offersFor(site, place);
    const isMeasured = place.is === 'words' || place.is === 'member';
    for (const offer of isMeasured ? found : normalised(found)) {
      const weight = offer.weight * place.weight;
      const known = offers.get(offer.text);
      offers.set(offer.text, known ? { ...known, weight: known.weight + weight } : { ...offer, weight });
    }
  }
  const evidence = evidenceFor(tokens);
  addNumbers(offers, evidence, site);
  if (expected.some(({ is }) => is === 'fresh')) addNames(offers, evidence, site);
  return byLikelihood([...offers.values()], evidence);
}

function siteAt(analysis: Analysis, caret: Caret, tokens: Caret['tokens'], at: number): Site {
  const { text } = caret.source;
  const frame = frameAt(tokens);
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const isNewLine = text.slice(lineStart, at).trim() === '';
  const opener = frame.open < 0 ? undefined : tokens[frame.open];
  const openerLine = opener ? text.lastIndexOf('\n', opener.startOffset) + 1 : 0;
  const indent = /^[ \t]*/.exec(text.slice(openerLine, openerLine + 200))![0].length;
  return {
    analysis,
    caret,
    frame,
    at,
    isNewLine,
    isDedented: isNewLine && frame.open >= 0 && at - lineStart <= indent,
    names: visibleNames(frame, isNewLine),
    shape: flowingShape(analysis, frame, tokens),
    rest: /^[^\n\r]*/.exec(text.slice(Math.max(at, caret.word?.end ?? caret.offset)))![0].trimStart(),
  };
}

/** Numbers that stood in such a place before, where numbers are due. */
function addNumbers(offers: Map<string, Offer>, { following, total }: Evidence, site: Site): void {
  if (![...offers.values()].some(({ kind }) => kind === 'literal') || site.frame.kind === 'budgets') return;
  const wanted = wantedAt(site.analysis, site.frame);
  for (const [text, amount] of following)
    if (/^\d/.test(text) && !offers.has(text) && amount > total / 1000 && numberFits(text, site, wanted))
      offers.set(text, { text, kind: 'literal', weight: 0.001 });
}

/** Names that were given in such a place before, and are free. */
function addNames(offers: Map<string, Offer>, { following, total }: Evidence, { names }: Site): void {
  const taken = new Set(names.map(({ name }) => name));
  for (const [text, amount] of following)
    if (/^[A-Za-z_]\w*$/.test(text) && !taken.has(text) && !offers.has(text) && amount > total / 1000)
      offers.set(text, { text, kind: 'value', weight: 0.001 });
}

/** The conventions' share of each, and that of the places before. */
function byLikelihood(offers: readonly Offer[], { following, total }: Evidence): readonly Offer[] {
  const all = offers.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const known = offers.reduce((sum, { text }) => sum + (following.get(text) ?? 0), 0);
  const of = ({ text, weight }: Offer): number =>
    (PRIOR * weight) / all + ((following.get(text) ?? 0) * Math.min(known, total)) / (known || 1);
  return offers
    .map((offer) => ({ offer, score: offer.isWrong ? 0 : of(offer) }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, LIMIT)
    .map(({ offer }) => offer);
}

function offersFor(site: Site, expected: Expected): readonly Offer[] {
  switch (expected.is) {
    case 'words':
      return Object.entries(expected.words).map(([text, weight]) => keyword(text, closing(site, text, weight), site));
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

/** Inside a string: paths behind `from`, and nothing elsewhere. */
function strings(analysis: Analysis, caret: Caret): readonly CompletionItem[] {
  const { frame, ...site } = siteAt(analysis, caret, caret.tokens.slice(0, -1), caret.string!.start - 1);
  if (!expectedIn(frame, false).some(({ is }) => is === 'import-path')) return [];
  const { start, end, text } = caret.string!;
  return importPathOffers({ ...site, frame })
    .map(({ text: path }) => path.slice(1, -1))
    .filter((path) => path.startsWith(text))
    .map((path) => ({ label: path, kind: 'file', insert: path, range: { start, end } }));
}
