// A network that is cut off behind any of its tokens, as it is while it is written: hover knows the shapes of all steps before the
// cut, which are those of the whole network.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hover } from '../../src/ide/hover.ts';
import { analysisOf } from './support.ts';

test.each(['lenet', 'nin'])('%s', (name) => {
  const text = readFileSync(new URL(`../../examples/${name}/${name}.cnn`, import.meta.url), 'utf8');
  const { file, seen } = analysisOf(text);
  const network = file.definitions.find(({ kind }) => kind === 'network')!;
  const steps = seen[0]!.nodes
    .map(({ step }) => step)
    .filter(({ span }) => network.span.start <= span.start && span.end <= network.span.end);
  expect(steps.length).toBeGreaterThan(5);
  const shapes = (of: typeof text, offset: number): string =>
    /`\[.*\]` → `\[.*\]`/.exec(hover(analysisOf(of), offset)?.markdown ?? '')?.[0] ?? 'unknown';
  for (const { index } of text.slice(0, network.span.end).matchAll(/\w+|[^\w\s]+/g)) {
    // The last step that is there as a whole: what follows is no argument of it.
    const last = steps.findLast(({ span }) => span.end <= index && !/^\s*[(.[]/.test(text.slice(span.end)));
    if (!last) continue;
    const { start } = last.callee.span;
    expect([index, shapes(text.slice(0, index), start)]).toEqual([index, shapes(text, start)]);
  }
});
