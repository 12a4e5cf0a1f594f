// Words before a name that read as a statement of their own: misspelt ones, and `share`, `learned` and `collect` without what
// belongs behind them.

import type { CstNode } from 'chevrotain';
import { type Builder, has } from '../build.ts';
import { textOf, type Source, type Span } from '../source.ts';
import { suggest } from '../suggest.ts';
import { shorten } from '../token-text.ts';

/** What is said of a word that was meant to begin a statement: the name behind it is no step. */
export const aboutWords: ReadonlySet<string> = new Set([
  'syntax/misspelt',
  'syntax/share',
  'syntax/learned',
  'syntax/collect',
]);

/** How the words are used, and what each does. */
const forms: ReadonlyMap<string, { readonly form: string; readonly message: string }> = new Map([
  ['share', { form: 'share tower = conv(8, kernel: 3)', message: 'share gives steps a name with =' }],
  ['learned', { form: 'learned gamma: [8] = 1', message: 'a learned tensor has a name and a shape' }],
  ['collect', { form: 'repeat 3 collect xs { … }', message: 'collect stands before the braces of a loop' }],
]);

/** What other frameworks call them. */
const foreignWords: ReadonlyMap<string, string> = new Map([
  ...['shared', 'reuse', 'tied', 'siamese'].map((word) => [word, 'share'] as const),
  ...['learn', 'learnable', 'param', 'parameter', 'trainable', 'weight', 'variable'].map(
    (word) => [word, 'learned'] as const,
  ),
]);

/** `imput x: [3, 8, 8]`, `shared t = relu`, `share t` and `learned: [8]`, where the chain at the span is a word. */
export function refuseMisspelt(builder: Builder, chain: CstNode, { source, start, end }: Span): void {
  const [word = ''] = /^[A-Za-z]+/.exec(source.text.slice(start, Math.min(end, start + 80))) ?? [];
  const [behind = ''] = /^[^\r\n]*/.exec(source.text.slice(start + word.length, start + word.length + 80)) ?? [];
  const alone = end === start + word.length;
  if (has(chain, 'step') || word === '' || !(alone || has(chain, 'shape'))) return;
  const span = { source, start, end: start + word.length };
  const named = /^[ \t]+[A-Za-z_]/.test(behind);
  if (forms.has(word) && (alone ? named : word === 'learned')) {
    if (!namesIn(source).has(word)) refuseForm(builder, span, behind);
    return;
  }
  const [, sign] = (alone && /^[ \t]+[A-Za-z_]\w*[ \t]*(:[ \t]*\[|=(?!=)|\}|$)/.exec(behind)) || [];
  if (sign === undefined) return;
  const candidates = sign.startsWith(':') ? ['input', 'learned'] : sign === '=' ? ['share'] : ['output'];
  const foreign = foreignWords.get(word.toLowerCase());
  const meant = foreign !== undefined && candidates.includes(foreign) ? foreign : suggest(word, candidates);
  if (meant === undefined || namesIn(source).has(word)) return;
  builder.report('syntax/misspelt', `${word} begins no statement`, span, {
    found: word,
    expected: meant,
    fixes: [{ message: `did you mean ${meant}?`, edits: [{ span, text: meant }] }],
  });
  builder.spoil();
}

function refuseForm(builder: Builder, span: Span, behind: string): void {
  const word = textOf(span);
  const { form, message } = forms.get(word)!;
  builder.report(`syntax/${word}`, message, span, {
    found: shorten(`${word}${behind}`.trimEnd()),
    expected: form,
    fixes: [{ message: `write ${form}` }],
  });
  builder.spoil();
}

const cache = new WeakMap<Source, ReadonlySet<string>>();

/** The names that a file gives to steps and values, or imports: these words are its own. */
function namesIn(source: Source): ReadonlySet<string> {
  const known = cache.get(source);
  if (known) return known;
  const { text } = source;
  const names = [
    ...[...text.matchAll(/\b(?:block|as)[ \t]+([A-Za-z_]\w*)/g)].map(([, name]) => name!),
    ...[...text.matchAll(/^[ \t]*([A-Za-z_]\w*)[ \t]*=(?!=)/gm)].map(([, name]) => name!),
    ...[...text.matchAll(/\b([A-Za-z_]\w*)[ \t]*:[ \t]*block\b/g)].map(([, name]) => name!),
    ...[...text.matchAll(/\bimport\b[^{}]*\{([^{}]*)\}/g)].flatMap(([, list]) => list!.split(/\W+/)),
  ];
  const set = new Set(names);
  cache.set(source, set);
  return set;
}
