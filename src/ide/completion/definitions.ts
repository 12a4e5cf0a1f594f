// What opens a definition or a statement: keywords, with a snippet of what goes with them, and names of networks and outputs.

import type { CompletionKind } from '../types.ts';
import type { Offer, Site } from './offer.ts';

/** Behind the last definition, the next one is more often of these kinds. */
const after: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  '': { import: 0.3, block: 0.25, network: 0.35, const: 0.1 },
  import: { network: 0.45, block: 0.35, const: 0.15, import: 0.05 },
  const: { const: 0.45, block: 0.3, network: 0.25 },
  block: { network: 0.6, block: 0.4 },
  network: { network: 0.4, expect: 0.3, train: 0.2, block: 0.1 },
  train: { expect: 0.7, network: 0.15, train: 0.15 },
  expect: { expect: 0.8, train: 0.1, network: 0.1 },
};

const snippets: Readonly<Record<string, string>> = {
  import: 'import { $1 } from "${2:cnnc:blocks}"$0',
  const: 'const ${1:name} = $0',
  block: 'block ${1:name}(${2:channels}: int) {\n  $0\n\\}',
  network: 'network ${1:Net}(${2:classes}: int = ${3:10}) {\n  input image: [${4:1, 28, 28}]\n\n  $0\n\\}',
  train:
    'train ${1:Net} {\n  loss: cross_entropy\n  optimizer: sgd(learning_rate: ${2:0.1})\n  batch: ${3:128}\n  epochs: ${4:10}\n\\}$0',
  expect: 'expect ${1:Net} { parameters == $2 \\}$0',
  parallel: 'parallel ${1:concat} {\n  path $2\n  path $0\n\\}',
  repeat: 'repeat ${1:2} { $0 \\}',
  for: 'for ${1:i} in ${2:0..3} { $0 \\}',
  if: 'if ${1:condition} { $0 \\}',
  path: 'path ',
  input: 'input ${1:image}: [${2:3, 224, 224}]$0',
  output: 'output ',
  share: 'share ${1:name} = $0',
  learned: 'learned ${1:name}: [$2] = ${3:0}$0',
};

/** A keyword, with its snippet where nothing of its statement stands behind the caret. */
export function keyword(text: string, weight: number, { rest }: Pick<Site, 'rest'>): Offer {
  const snippet = Object.hasOwn(snippets, text) && rest === '' ? snippets[text] : undefined;
  const kind: CompletionKind = 'keyword';
  if (snippet === undefined) return { text, kind, weight };
  return snippet.includes('$')
    ? { text, kind, weight, insert: snippet, snippet: true }
    : { text, kind, weight, insert: snippet };
}

/** Definitions of a file. */
export function definitionOffers(site: Site): readonly Offer[] {
  const { items, siblings } = site.frame;
  const previous = (siblings.length > 0 ? siblings : items.at(-1))?.[0]?.text ?? '';
  const weights: Readonly<Record<string, number>> = Object.hasOwn(after, previous) ? after[previous]! : {};
  const all = ['import', 'const', 'block', 'network', 'train', 'expect'];
  return all.map((text) => keyword(text, weights[text] ?? 0.02, site));
}

/** Keywords that open a statement of a body, and the brace that ends it. */
export function statementKeywords(site: Site): readonly Offer[] {
  const { frame, isNewLine, isDedented } = site;
  const { items, siblings, owner } = frame;
  const count = items.length + (siblings.length > 0 ? 1 : 0);
  const isOuter = frame.parent?.kind === 'file';
  const isNetwork = isOuter && owner === 'network';
  const has = (word: string): boolean => [...items, siblings].some(([first]) => first?.text === word);
  const weights: readonly (readonly [string, number])[] = [
    ['input', !isOuter ? 0 : count === 0 ? (isNetwork ? 20 : 0.5) : has('input') && count < 3 ? 0.1 : 0.01],
    ['output', !isOuter || has('output') ? 0 : isNetwork && isLast(site) ? 3 : 0.05],
    ['}', isDedented ? 30 : isNewLine || count === 0 ? 0.02 : 0.8],
    ['parallel', owner === 'block' && count === 0 ? 0.5 : 0.08],
    ['repeat', 0.15],
    ['for', 0.12],
    ['if', 0.1],
    ['const', isOuter && count === 0 ? 0.3 : 0.06],
    ['share', 0.01],
    ['learned', 0.01],
  ];
  return weights.flatMap(([text, weight]) => (weight === 0 ? [] : [keyword(text, weight, site)]));
}

/** Whether the last statement names a result, as that before `output` does. */
function isLast({ frame }: Site): boolean {
  const { siblings, items } = frame;
  const last = siblings.length > 0 ? siblings : (items.at(-1) ?? []);
  return last[0]?.is === 'name' && (last[1]?.is === '=' || last[1]?.is === ',');
}

/** Networks of the file; behind `train` and `expect` those without such a section are likelier. */
export function networkOffers({ frame, names, analysis }: Site): readonly Offer[] {
  const section = frame.siblings[0]?.text;
  const isSection = section === 'train' || section === 'expect';
  const own = frame.siblings[1]?.text;
  const used = new Set(frame.items.flatMap(([first, name]) => (first?.text === section && name ? [name.text] : [])));
  const before = names.flatMap(({ name, kind }) => (kind === 'network' ? [name] : []));
  const all = new Set([...analysis.declared.map(({ name }) => name), ...before.toReversed()]);
  return [...all]
    .filter((name) => isSection || name !== own)
    .map((name) => ({ text: name, kind: 'network', weight: isSection && used.has(name) ? 0.1 : 1 }));
}

/** Values that a network may give, the last ones first. */
export function outputOffers({ names, frame }: Site): readonly Offer[] {
  const given = new Set(frame.siblings.map(({ text }) => text));
  return names
    .filter(({ name, kind }) => (kind === 'value' || kind === 'values') && !given.has(name))
    .map(({ name }, rank) => ({ text: name, kind: 'value', weight: 1 / (rank + 1) }));
}
