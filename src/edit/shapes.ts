// Writes the shapes of a file's chains into its text, or blanks in their place for somebody to fill in, or takes them away.

import type { Network } from '../../compiler/frontend/index.ts';
import { sameShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { File } from '../../grammar/ast.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/parse.ts';
import { textOf } from '../../grammar/source.ts';
import type { Source } from '../../grammar/source.ts';
import { flowsOf } from '../../grammar/visit.ts';

/** `known`: the numbers, where they are the same for every call of the block. `blank`: `_` for each of them, whatever stood there. */
export type ShapeMode = 'known' | 'blank';

/** `networks` are those of the text. Written extents are kept, `_` is replaced. */
export function shapeEdits(
  source: Source,
  networks: readonly Pick<Network, 'chains'>[],
  mode: ShapeMode,
): readonly Edit[] {
  const shapes = shapesByPlace(source, networks);
  return flowsOf(parse(source).file).flatMap(({ chain }): Edit[] => {
    const { start, end } = chain.span;
    const found = shapes.get(`${start}-${end}`) ?? [];
    const [first] = found;
    if (!first) return [];
    if (mode === 'blank') {
      if (found.some(({ length }) => length !== first.length)) return [];
      const text = `[${first.map(() => '_').join(', ')}]`;
      return [chain.shape ? { span: chain.shape.span, text } : insertion(source, end, ` : ${text}`)];
    }
    if (!found.every((shape) => sameShape(shape, first))) return [];
    if (!chain.shape) return [insertion(source, end, ` : [${first.join(', ')}]`)];
    if (chain.shape.items.every((extent) => extent !== undefined)) return [];
    const written = chain.shape.items.map((extent, axis) =>
      extent ? source.text.slice(extent.span.start, extent.span.end) : first[axis],
    );
    return [{ span: chain.shape.span, text: `[${written.join(', ')}]` }];
  });
}

/** Takes away the shapes behind the chains of a text, those with a comment before them aside. */
export function shapeRemovals(file: File): readonly Edit[] {
  return flowsOf(file).flatMap(({ chain: { steps, shape } }): Edit[] => {
    const last = steps.at(-1);
    if (!shape || !last) return [];
    const span = { ...shape.span, start: last.span.end };
    return /^\s*:\s*\[/.test(textOf(span)) ? [{ span, text: '' }] : [];
  });
}

function insertion(source: Source, offset: number, text: string): Edit {
  return { span: { source, start: offset, end: offset }, text };
}

/** The shapes that came out of each chain of the text. */
function shapesByPlace(
  source: Source,
  networks: readonly Pick<Network, 'chains'>[],
): ReadonlyMap<string, readonly Shape[]> {
  const shapes = new Map<string, Shape[]>();
  for (const { span, shape } of networks.flatMap(({ chains }) => chains)) {
    if (span.source.path !== source.path) continue;
    const key = `${span.start}-${span.end}`;
    const known = shapes.get(key);
    if (known) known.push(shape);
    else shapes.set(key, [shape]);
  }
  return shapes;
}
