// Shapes and figures as hovers write them, and why a shape is not known.

import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import type { Span } from '../../../grammar/source.ts';
import { grouped } from '../../text/format.ts';
import { inlineCode } from '../../text/markdown.ts';
import type { Analysis } from '../analysis.ts';
import { definitionAround } from './places.ts';

interface Typed {
  readonly shape: Shape;
}

/** `` `[1, 28, 28]` → `[6, 28, 28]` ``; undefined where one of the results is not known. */
export function shapesText(
  inputs: readonly (Typed | undefined)[],
  results: readonly (Typed | undefined)[],
): string | undefined {
  const known = results.flatMap((type) => type ?? []);
  if (known.length < results.length) return undefined;
  const list = (types: readonly (Typed | undefined)[]): string =>
    types.map((type) => (type ? `\`${formatShape(type.shape)}\`` : 'an unknown shape')).join(', ');
  return `${list(inputs)} → ${list(known)}`;
}

/** `156 parameters · 117,600 MACs`; what is 0 is left out. */
export function figuresText(parameters: number, macs: number): string {
  return [
    ...(parameters > 0 ? [`${grouped(parameters)} ${parameters === 1 ? 'parameter' : 'parameters'}`] : []),
    ...(macs > 0 ? [`${grouped(macs)} ${macs === 1 ? 'MAC' : 'MACs'}`] : []),
  ].join(' · ');
}

/** Why nothing is known of the shapes at a place. */
export function unknownShape(analysis: Analysis, span: Span): string {
  const around = definitionAround(analysis, span);
  const { seen, declared } = analysis;
  if (around?.kind === 'block' && !seen.some(({ blocks }) => blocks.some(({ definition }) => definition === around)))
    return `No network of this file calls ${around.name.name === '' ? 'it' : inlineCode(around.name.name)}, so that its shapes are not known.`;
  if (around?.kind === 'network' && !around.partial) {
    const isBound = declared.some(({ name, bound }) => name === around.name.name && bound);
    const isNamed = seen.some(({ name }) => name !== around.name.name);
    if (!isBound && !isNamed)
      return `${inlineCode(around.name.name)} has parameters without a value, so that its shapes are not known.`;
  }
  return 'Its shape is not known: there is a mistake here or before it, or it is never reached.';
}
