// Kernel calls that join values along an axis, or cut them: copies of what could not lie in its place.

import { constant as constantExpression } from '../ir/scalar.ts';
import { typeOf } from '../ir/signature.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, sliceRef } from './bare-call.ts';
import { copyRegion, fillRegion } from './copies.ts';
import { extentsOfType } from './extents.ts';
import { elementwiseOperand } from './operands.ts';
import { axisAlong, boxIn, partOf, partsOf, wholeRegion } from './region.ts';
import type { Site } from './site.ts';

/** Copies for the operands that could not be written into their part directly. */
export function concatCopies(site: Site): readonly BareCall[] {
  const { anchor, destination, graph, stages } = site;
  const axis = axisAlong(anchor.attributes);
  const whole = wholeRegion(destination);
  let start = 0;
  return site.data.flatMap((value) => {
    const extent = extentsOfType(typeOf(graph, value))[axis];
    const to = partOf(whole, axis, start, extent);
    start += extent;
    if (stages.get(value) !== 'run') return [fillRegion(site, elementwiseOperand(site, value), to)];
    const from = site.placeOf(value);
    return from.buffer === to.buffer && from.within === to.within ? [] : [copyRegion(site, wholeRegion(from), to)];
  });
}

/** Copies of parts that are no places in their operand. */
export function splitCopies(site: Site): readonly BareCall[] {
  const { anchor, graph, source } = site;
  return partsOf(graph, anchor, wholeRegion(source)).map((from, at) =>
    copyRegion(site, from, wholeRegion(site.placeOf(anchor.results[at]!))),
  );
}

/** A copy of a box that is no place in its operand. */
export function boxCopy(site: Site): BareCall {
  const { anchor, attributes, graph, operator, inputTypes, source, destination } = site;
  const box = operator.box!(attributes, inputTypes);
  const from = boxIn(wholeRegion(source), box, typeOf(graph, anchor.results[0]!));
  return copyRegion(site, from, wholeRegion(destination));
}

/** Zeros, and the operand in its box of them. */
export function boxGradient(site: Site): readonly BareCall[] {
  const { attributes, operator, inputTypes, source, destination, input } = site;
  const whole = wholeRegion(destination);
  // Of the operand, whose first number is not looked at.
  const operand = {
    memory: 'arena',
    type: 'f32',
    strides: [0, 0, 0],
    imageStride: input.imageStride,
  } as const;
  const zeros = { kind: 'scalar', expression: constantExpression(0) } as const;
  const from = { operand, argument: argumentOf(source) };
  const to = boxIn(whole, operator.box!(attributes, inputTypes), inputTypes[0]!);
  return [fillRegion(site, from, whole, [sliceRef(source)], zeros), copyRegion(site, wholeRegion(source), to)];
}
