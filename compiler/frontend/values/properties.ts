// Properties of a value that flows, `x.channels`: extents of its axes, known while a network is expanded.

import type { Identifier } from '../../../grammar/ast.ts';
import { properties } from '../../../grammar/properties.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { textOf } from '../../../grammar/source.ts';
import { axisNames, formatShape } from '../../ir/tensor-type.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { didYouMean, problem } from '../report.ts';
import { int } from './types.ts';
import type { Value } from './types.ts';

/** An extent, or height and width; undefined where a value of that shape has no such property. */
export function propertyOf(shape: Shape, name: string): Value | undefined {
  const axes = axisNames(shape.length) ?? [];
  if (name === 'size') {
    const [, height, width] = shape;
    return axes.includes('height') ? { kind: 'size', height: height!, width: width! } : undefined;
  }
  const axis = axes.indexOf(name);
  return axis < 0 ? undefined : int(shape[axis]!);
}

/** `x.channels` of a flat value. */
export function absentProperty({ name, span }: Identifier, shape: Shape): Diagnostic {
  const own = properties.filter((known) => propertyOf(shape, known));
  const [first = ''] = own;
  return problem('value/property', span, `a value ${formatShape(shape)} has no \`${name}\``, {
    found: textOf(span),
    expected: own.length > 0 ? own.join(', ') : 'a value with named axes',
    fixes: [
      own.length === 1
        ? didYouMean(span, first)
        : { message: own.length > 0 ? `it has ${own.join(', ')}` : 'ask a value that has up to three axes' },
    ],
  });
}
