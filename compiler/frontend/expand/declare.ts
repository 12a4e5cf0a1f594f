// `share` and `learned`: weights that have their place in the weights file where they are declared.

import type { LearnedStatement, ShapePattern, ShareStatement } from '../../../grammar/ast.ts';
import { textOf } from '../../../grammar/source.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { problem } from '../report.ts';
import { FLOAT, INT } from '../values/convert-at.ts';
import { evaluateAs } from '../values/evaluate.ts';
import type { Evaluation } from '../values/evaluation.ts';
import { tooManyElements } from './element-limit.ts';
import { evaluationAt, fresh, sharedName } from './walk.ts';
import type { Place, Walk } from './walk.ts';

/** Most axes of a `learned` tensor. */
const AXES = 4;

/** Gives a name to steps; their weights come when they are first used. */
export function share({ steps }: Walk, { name: { name, span }, chain }: ShareStatement, place: Place): void {
  const own = place.naming.labelled(name, span, place.looped);
  const slot = {};
  steps.share(slot, place.shared?.slot);
  const step = {
    kind: 'share',
    name,
    chain,
    scope: place.scope,
    weights: sharedName(place, own) ?? own,
    slot,
  } as const;
  place.scope.names.set(name, { kind: 'step', step, span });
}

/** Gives a name to a tensor of the weights file. */
export function learned(walk: Walk, item: LearnedStatement, place: Place): void {
  const { name, span } = item.name;
  const own = place.naming.labelled(name, span, place.looped);
  const at = evaluationAt(walk, place, item.span);
  const shape = learnedShape(item.shape, at);
  const number = item.value ? evaluateAs(item.value, FLOAT, at, `\`${name}\``) : undefined;
  const initial = number?.kind === 'float' ? number.value : 0;
  const ref = fresh(walk);
  if (!walk.budget.exhausted)
    walk.steps.learned({
      ref,
      name: sharedName(place, own) ?? own,
      shape: item.value && !number ? undefined : shape,
      initial,
      span: item.span,
      ...(place.shared && { slot: place.shared.slot }),
    });
  place.scope.names.set(name, { kind: 'value', ref, span });
}

/** The extents; undefined, and reported, where one is none. */
function learnedShape({ items, span }: ShapePattern, at: Evaluation): Shape | undefined {
  const extents = items.map((extent) => {
    if (!extent) return undefined;
    const value = evaluateAs(extent, INT, at, 'an extent');
    return value?.kind === 'int' ? value.value : undefined;
  });
  const blank = items.some((extent) => !extent);
  if (!blank && extents.includes(undefined)) return undefined;
  const shape = extents.filter((extent) => extent !== undefined);
  const fits = !blank && shape.length >= 1 && shape.length <= AXES && shape.every((extent) => extent >= 1);
  if (!fits) {
    at.report(
      problem('learned/shape', span, `a learned tensor has 1 to ${AXES} axes, and an extent from 1 on along each`, {
        found: textOf(span),
        expected: 'extents such as [x.channels, 1, 1]',
        fixes: [{ message: 'write a number for every axis; there is no batch axis' }],
      }),
    );
    return undefined;
  }
  const excess = tooManyElements(shape, span, 'a tensor', 'choose smaller extents');
  if (!excess) return shape;
  at.report(excess);
  return undefined;
}
