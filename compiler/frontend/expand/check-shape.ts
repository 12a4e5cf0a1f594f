// Shapes that are written behind chains and inputs of blocks.

import type { ShapePattern } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Span } from '../../../grammar/source.ts';
import { INT } from '../values/convert-at.ts';
import { evaluateAs } from '../values/evaluate.ts';
import { oneOf } from './flows.ts';
import { evaluationAt, fresh } from './walk.ts';
import type { Flow, Place, Walk } from './walk.ts';

/** What flows, with the shape that is written behind it. */
export function checked(
  walk: Walk,
  { span }: { readonly span: Span },
  shape: ShapePattern,
  place: Place,
  flow: Flow,
): Flow {
  if ('none' in flow) return flow;
  const pattern = shape.items.map((extent) => {
    if (!extent) return undefined;
    const value = evaluateAs(extent, INT, evaluationAt(walk, place, extent.span), 'an extent');
    return value?.kind === 'int' ? value.value : undefined;
  });
  const ref = fresh(walk);
  walk.steps.check({
    ref: oneOf(walk, flow, span),
    result: ref,
    pattern,
    written: shape.items.map((extent) => (extent ? textOf(extent.span) : '_')),
    span: shape.span,
    origin: { span, scopes: place.scopes },
  });
  return { ref };
}
