// Kernel calls of pooling of regions, and of its gradient.

import type { Lowering } from '../ir/lowering.ts';
import { flagOf, numberOf, sizeAt } from '../ops/attributes.ts';
import { regionAlign, regionAlignGradient } from '../templates/region-align.ts';
import { regionPool, regionPoolGradient } from '../templates/regions.ts';
import type { RegionPoolSpec } from '../templates/regions.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, bindMemories, sliceRef } from './bare-call.ts';
import type { Operand } from './choose-product.ts';
import { operandOf } from './choose-product.ts';
import type { Site } from './site.ts';

/** The kernel call of a pooling of regions, or of its gradient. */
export function regionCall(
  site: Site,
  { kind, reduces }: Extract<Lowering, { kind: 'region-pool' | 'region-pool-gradient' }>,
): BareCall {
  const { anchor, attributes, data, destination, kernels, output, target } = site;
  const operands = data.map((value) => operandOf(site, value));
  const [input, regions] = operands.slice(-2).map(({ slice, memory }) => ({ slice, memory }));
  const spec: RegionPoolSpec = {
    ...{ input: input!, regions: regions!, output },
    ...{ size: sizeAt(attributes, 'size'), scale: numberOf(attributes, 'scale') },
  };
  const { channels, height, width } = input!.slice;
  const base = `${anchor.op}_${spec.size.join('x')}_${channels}x${height}x${width}`;
  const above = { ...spec, upstream: operands[0]!.slice };
  const pool = (): string =>
    kind === 'region-pool'
      ? kernels.use(base, spec, regionPool, target)
      : kernels.use(base, above, regionPoolGradient, target);
  const align = (): string => {
    const points = { sampling: numberOf(attributes, 'sampling'), aligned: flagOf(attributes, 'aligned') };
    return kind === 'region-pool'
      ? kernels.use(base, { ...spec, ...points }, regionAlign, target)
      : kernels.use(base, { ...above, ...points }, regionAlignGradient, target);
  };
  const kernel = reduces === 'max' ? pool() : align();
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [...operands.map(({ argument }: Operand) => argument), argumentOf(destination), { kind: 'images' }],
    reads: operands.flatMap(({ reads }) => reads),
    writes: [sliceRef(destination)],
    scratch: 0,
    shared: 0,
  };
}
