// Writes the shapes of a file's chains into its text, or blanks in their place for somebody to fill in, or takes them away.

import type { Network } from '../../compiler/frontend/index.ts';
import { sameShape } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { File } from '../../grammar/ast.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { textOf } from '../../grammar/source.ts';
import type { Source, Span } from '../../grammar/source.ts';
import { flowsOf } from '../../grammar/visit.ts';

/** `known`: the numbers, where they are the same for every call of the block. `blank`: `_` for each of them, whatever stood there. */
export type ShapeMode = 'known' | 'blank';

/** `networks` are those that the front end made of the file. Written extents are kept, `_` is replaced. */
export function shapeEdits(file: File, networks: readonly Pick<Network, 'chains'>[], mode: ShapeMode): readonly Edit[] {
  const { source } = file;
  const shapes = shapesOfChains(networks);
  return flowsOf(file).flatMap(({ chain }): Edit[] => {
    const { end } = chain.span;
    const found = shapes.get(chain.span) ?? [];
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

/** Takes away the shapes behind the chains of a text, those aside that have a comment before or in them. */
export function shapeRemovals(file: File): readonly Edit[] {
  return flowsOf(file).flatMap(({ chain: { steps, shape } }): Edit[] => {
    const last = steps.at(-1);
    if (!shape || !last) return [];
    const span = { ...shape.span, start: last.span.end };
    return !/\/[/*]/.test(textOf(span)) ? [{ span, text: '' }] : [];
  });
}

function insertion(source: Source, offset: number, text: string): Edit {
  return { span: { source, start: offset, end: offset }, text };
}

/** The shapes that came out of each chain, by its span. */
function shapesOfChains(networks: readonly Pick<Network, 'chains'>[]): ReadonlyMap<Span, readonly Shape[]> {
  const shapes = new Map<Span, Shape[]>();
  for (const { span, shape } of networks.flatMap(({ chains }) => chains)) {
    const known = shapes.get(span);
    if (known) known.push(shape);
    else shapes.set(span, [shape]);
  }
  return shapes;
}
