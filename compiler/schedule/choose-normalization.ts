// Kernel calls of what reduces or normalises along axes of a map.

import type { BareCall } from './bare-call.ts';
import type { ReduceSpec } from '../templates/reduce.ts';
import { reduce } from '../templates/reduce.ts';
import type { Site } from './site.ts';

/** A mean, sum or extreme along an axis; a flat value is one pixel. */
export function reduction(site: Site): BareCall {
  const { attributes, input, output, group } = site;
  const bound = site.bindEpilogue(group.steps);
  const over = attributes['over'] as ReduceSpec['over'] | 'features';
  const spec: ReduceSpec = {
    operation: attributes['operation'] as ReduceSpec['operation'],
    over: over === 'features' ? 'channels' : over,
    input,
    output,
    epilogue: bound.epilogue,
  };
  const base = `${spec.operation}_over_${spec.over}_${input.channels}x${input.height}x${input.width}`;
  return site.call(base, spec, reduce, { epilogues: [bound] });
}
