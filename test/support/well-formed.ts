// Checks that markup is well-formed as XML has it: every tag closed in turn, attributes quoted, no stray `<` or `&`.

import { expect } from 'vitest';

/** `script` and `style` elements are text in HTML and left out; so is the doctype. */
export function expectWellFormed(markup: string): void {
  const text = markup.replace(/^<!doctype html>/, '').replaceAll(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
  const open: string[] = [];
  let rest = 0;
  for (const match of text.matchAll(/<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const [all, slash, name, , empty] = match;
    expect(text.slice(rest, match.index)).not.toMatch(/<|&(?!#\d+;)/);
    rest = match.index + all.length;
    if (slash) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name!);
  }
  expect(text.slice(rest).trim()).toBe('');
  expect(open).toEqual([]);
}
