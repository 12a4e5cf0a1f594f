// Kernel calls of what reduces or normalises along axes of a map.

import type { BareCall } from './bare-call.ts';
import type { ReduceSpec } from '../templates/reduce.ts';
import { reduce } from '../templates/reduce.ts';
import type { NormalizeSpec } from '../templates/normalize.ts';
import { normalize, normalizeMemory } from '../templates/normalize.ts';
import { normalizeGradient, normalizeGradientScratch } from '../templates/normalize-gradient.ts';
import { callOnOperands } from './choose-gradient.ts';
import type { Site } from './site.ts';

/** What the kernel of one of these lowerings is called with. */
export function normalizationCall(site: Site, kind: 'normalization' | 'normalization-gradient' | 'reduce'): BareCall {
  switch (kind) {
    case 'normalization':
      return normalization(site);
    case 'normalization-gradient':
      return normalizationGradient(site);
    case 'reduce':
      return reduction(site);
    default:
      return kind satisfies never;
  }
}

/** A mean, sum or extreme along an axis; a flat value is one pixel. */
function reduction(site: Site): BareCall {
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

/** A normalisation by the statistics of pixels or images. */
function normalization(site: Site): BareCall {
  const { anchor, attributes, input, inputTypes, output, group, operator, target } = site;
  const bound = site.bindEpilogue(group.steps);
  const spec: NormalizeSpec = {
    ...operator.normalizes!(attributes, inputTypes),
    input,
    output,
    epilogue: bound.epilogue,
  };
  const base = `${anchor.op}_${input.channels}x${input.height}x${input.width}`;
  return site.call(base, spec, normalize, { epilogues: [bound], ...normalizeMemory(spec, target) });
}

/** ∂loss/∂input of a normalisation, from ∂loss/∂result and the input. */
function normalizationGradient(site: Site): BareCall {
  const { attributes, data, input: upstream, inputTypes, operator, output } = site;
  const input = site.placeOf(data[1]!).slice;
  const spec = { ...operator.normalizes!(attributes, inputTypes), upstream, input, output };
  const base = `normalize_gradient_${input.channels}x${input.height}x${input.width}`;
  return callOnOperands(site, base, spec, normalizeGradient, { scratch: normalizeGradientScratch(spec) });
}
