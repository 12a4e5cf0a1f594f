// The shape that comes out of each chain, shown behind its last step as if it were written there: `[16, 5, 5]`. While the next step is
// being typed, or where it has a mistake, it is the shape that flows into it, behind the step that it comes from.

import type { ChainShape } from '../../compiler/frontend/index.ts';
import { formatShape, sameShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Chain } from '../../grammar/ast.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import { flowsOf } from '../../grammar/visit.ts';
import type { Analysis } from './analysis.ts';
import type { InlayHint, Range } from './types.ts';

/** Calls that a tooltip lists; of more, their number is said. */
const MOST = 12;
/** Extents of one axis that are listed; of more, the smallest and the largest, the first of them in front. */
const FEW = 3;

/** Hints for the lines of a range, of the whole text where there is none; at most one per line, in the order of the text. Never throws. */
export function inlayHints(analysis: Analysis, range?: Range): readonly InlayHint[] {
  const times = timesByChain(analysis);
  const lines = new Map<number, InlayHint>();
  for (const { chain } of flowsOf(analysis.file)) {
    const { span, shape: written } = chain;
    const known = knownOf(chain).find((one) => times.has(one));
    if (written || !known) continue;
    const hint = hintOf(known, times.get(known)!);
    const { offset } = hint;
    if (range && (offset < range.start || offset > range.end)) continue;
    const line = lineOf({ ...span, start: offset });
    const before = lines.get(line);
    if (!before || before.offset < offset) lines.set(line, hint);
  }
  return [...lines.values()].toSorted((a, b) => a.offset - b.offset);
}

/** The chain, and what stands first in it: of `a - b`, `a`. */
function knownOf({ span, steps: [head] }: Chain): readonly Span[] {
  const spans = [span];
  let first = head?.kind === 'operation' ? head.value : undefined;
  while (first?.kind === 'binary') {
    spans.push(first.left.span);
    first = first.left;
  }
  return spans;
}

function timesByChain({ seen, source }: Analysis): ReadonlyMap<Span, readonly ChainShape[]> {
  const times = new Map<Span, ChainShape[]>();
  for (const chain of seen.flatMap(({ chains }) => chains)) {
    if (chain.span.source !== source) continue;
    const known = times.get(chain.span);
    if (known) known.push(chain);
    else times.set(chain.span, [chain]);
  }
  return times;
}

/** For the times at which the most of the chain is known. */
function hintOf(span: Span, all: readonly ChainShape[]): InlayHint {
  const endOf = ({ until = span.end }: ChainShape): number => until;
  const end = all.reduce((most, one) => Math.max(most, endOf(one)), 0);
  const times = all.filter((one) => endOf(one) === end);
  const shapes = distinct(times.map(({ shape }) => shape));
  const label = ` ${shapes.length === 1 ? formatShape(shapes[0]!) : together(shapes)}`;
  if (shapes.length === 1) return { offset: end, label };
  const lines = [
    ...new Set(times.map(({ call, shape }) => (call === undefined ? '' : `${call}: `) + formatShape(shape))),
  ];
  const more = lines.length - MOST;
  const shown = more > 0 ? [...lines.slice(0, MOST), `and ${more} more`] : lines;
  return { offset: end, label, tooltip: shown.join('\n') };
}

function distinct(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.filter((shape, at) => shapes.findIndex((other) => sameShape(other, shape)) === at);
}

/** `[64 | 128, 28, 28]`, `[64 … 512, 56 … 7, 56 … 7]`; `3 shapes` where they have different axes. */
function together(shapes: readonly Shape[]): string {
  const [first] = shapes;
  if (shapes.some(({ length }) => length !== first!.length)) return `${shapes.length} shapes`;
  const extents = first!.map((_, axis) => {
    const all = [...new Set(shapes.map((shape) => shape[axis]!))];
    if (all.length <= FEW) return all.join(' | ');
    const [least, most] = [Math.min(...all), Math.max(...all)];
    return all.indexOf(least) < all.indexOf(most) ? `${least} … ${most}` : `${most} … ${least}`;
  });
  return `[${extents.join(', ')}]`;
}
