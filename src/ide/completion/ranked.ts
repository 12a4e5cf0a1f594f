// The proposals of a place in their order. Each has a share by convention and a share of the earlier places that are like this one;
// the second is the larger, the more of the tokens before are the same.

import type { Analysis } from '../analysis.ts';
import type { Caret } from './caret.ts';
import { visibleNames } from './defined.ts';
import { expectedIn } from './expected.ts';
import { flowingShape } from './flowing.ts';
import { frameAt } from './frames.ts';
import { evidenceFor } from './habits.ts';
import type { Evidence } from './habits.ts';
import { withImportedKinds } from './imports.ts';
import { numberFits } from './numbers.ts';
import { normalised } from './offer.ts';
import type { Offer, Site } from './offer.ts';
import { offersAt } from './offers-at.ts';
import { wantedAt } from './wanted.ts';

/** At most so many are proposed. */
const LIMIT = 200;
/** How much the conventions count: as so many earlier places of which one token is the same. */
const PRIOR = 200;

/** The proposals behind so many tokens, in their order. */
export function ranked(analysis: Analysis, caret: Caret, count: number, at: number): readonly Offer[] {
  const tokens = caret.tokens.slice(0, count);
  const site = siteAt(analysis, caret, tokens, at);
  const offers = new Map<string, Offer>();
  const expected = expectedIn(site.frame, site.isNewLine);
  for (const place of expected) {
    const found = offersAt(site, place);
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

/** The place of an offset behind the tokens. */
export function siteAt(analysis: Analysis, caret: Caret, tokens: Caret['tokens'], at: number): Site {
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
    names: withImportedKinds(analysis, visibleNames(frame, isNewLine)),
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
