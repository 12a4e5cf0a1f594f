// Texts with a caret, written `▮`: what completion and signature help answer there.

import { analyse } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import { signatureHelp } from '../../src/ide/signature-help.ts';
import type { CompletionItem, SignatureHelp } from '../../src/ide/types.ts';

export type Read = (path: string) => string | undefined;

interface Marked {
  readonly text: string;
  readonly offset: number;
}

function marked(written: string): Marked {
  const offset = written.indexOf('▮');
  return { text: written.replace('▮', ''), offset };
}

export function itemsAt(written: string, read?: Read): readonly CompletionItem[] {
  const { text, offset } = marked(written);
  return completion(analyse({ path: 'net.cnn', text }, read && { read }), offset);
}

export function labelsAt(written: string, read?: Read): readonly string[] {
  return itemsAt(written, read).map(({ label }) => label);
}

export function helpAt(written: string, read?: Read): SignatureHelp | undefined {
  const { text, offset } = marked(written);
  return signatureHelp(analyse({ path: 'net.cnn', text }, read && { read }), offset);
}

/** What a snippet writes where nobody changes it: placeholders become what they hold. */
export function filled(snippet: string): string {
  return snippet
    .replace(/\$\{\d+:((?:[^\\}]|\\.)*)\}|\$\d+/g, (_, held?: string) => held ?? '')
    .replace(/\\([\\$}])/g, '$1');
}

/** The text after an item is taken, with the edits that go with it. */
export function taken(written: string, label: string, read?: Read): string {
  const { text } = marked(written);
  const item = itemsAt(written, read).find((one) => one.label === label);
  if (!item) throw new Error(`${label} is not offered at ${written}`);
  const insert = item.snippet ? filled(item.insert) : item.insert;
  const edits = [
    { ...item.range, insert },
    ...(item.also ?? []).map(({ span, text: insert_ }) => ({ start: span.start, end: span.end, insert: insert_ })),
  ];
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((result, { start, end, insert: new_ }) => result.slice(0, start) + new_ + result.slice(end), text);
}
