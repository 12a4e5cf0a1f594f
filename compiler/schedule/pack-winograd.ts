// How the filters of a convolution are packed for Winograd's algorithm: transformed, and as they are for the tiles that it cannot compute.

import type { ValueId } from '../ir/graph.ts';
import { registerBlock } from '../templates/register-block.ts';
import { aligned, scalarTarget } from '../templates/target.ts';
import type { WinogradFilters } from '../templates/winograd-filter.ts';
import {
  plainFilterLength,
  winogradFilter,
  winogradFilterArguments,
  winogradFilterLength,
  winogradFilterShared,
} from '../templates/winograd-filter.ts';
import type { Phased } from '../templates/winograd-transforms.ts';
import { areaOf, mostResults } from '../templates/winograd-transforms.ts';
import { packMatrix } from './pack-matrix.ts';
import type { Axis } from './packed-axes.ts';
import type { Packing } from './packing.ts';
import { once, push, pushInPass, storedIn } from './packing.ts';
import type { MatrixLayout } from './packings.ts';
import { floats } from './parameter-arithmetic.ts';

/** Offsets of filters in the weights: transformed, and as `conv` reads them. */
export interface WinogradOffsets {
  readonly transformed: number;
  readonly plain: number;
}

/** Transforms and packs the filters of a convolution without groups, and packs them as `conv` reads them. */
export function packWinograd(packing: Packing, value: ValueId, phased: Phased, layout: MatrixLayout): WinogradOffsets {
  const { target, kernels } = packing;
  const { columns, depth, origin } = layout;
  const [rows, across, inputs] = depth as readonly [Axis, Axis, Axis];
  const strides = [columns.stride, inputs.stride, rows.stride, across.stride] as const;
  const { form, kernel: taps } = phased;
  const sizes = { ...phased, columns: columns.count, depth: inputs.count, panel: registerBlock(target).panel };
  const filters: WinogradFilters = { ...sizes, lanes: target.lanes, strides };
  const length = winogradFilterLength(filters);
  const key = ['winograd', phased, layout];
  const base = `winograd_filter_${mostResults(form)}_${form.down.filter}x${form.across.filter}`;
  if (packing.stages.get(value) === 'run') {
    const transformed = once(packing, value, key, { length, type: 'f32' }, (offset) => {
      const { place, strideOf, first } = storedIn(packing, value, origin);
      const moved = { ...filters, strides: strides.map(strideOf) as unknown as typeof strides };
      const kernel = kernels.use(base, { ...phased, type: 'f32', shifted: true }, winogradFilter, target);
      const numbers = [...winogradFilterArguments(moved, offset), first];
      pushInPass(packing, kernel, place, numbers, winogradFilterShared(filters, target));
    });
    return { transformed, plain: packMatrix(packing, value, layout) };
  }
  const before = aligned(length, target);
  const whole = { length: before + plainFilterLength(filters), type: 'f32' } as const;
  const offset = once(packing, value, key, whole, (offset) => {
    const perFilter = inputs.count * areaOf(taps);
    const isWhole = columns.stride === perFilter;
    const source = packing.productOf(value, (every) => isWhole && every === perFilter) ?? packing.sourceOf(value);
    const { factors } = source;
    const given = { type: floats(source).type, ...(factors && { factors: factors.type }) };
    const spec = { ...phased, ...given, plain: true } as const;
    const kernel = kernels.use(base, spec, winogradFilter, scalarTarget);
    const numbers = [
      ...[origin, ...winogradFilterArguments(filters, offset)],
      ...(factors ? [Math.floor(origin / perFilter)] : []),
      offset + before,
    ];
    const apart = { kind: 'filters', ...(factors && { factors: factors.count }) } as const;
    const isApart = target.name === 'wasm' && isWhole;
    push(packing, kernel, source, numbers, { shape: [length], type: 'f32', ...(isApart && { apart }) });
    packing.magnitudes.push({ from: offset, to: offset + whole.length, at: offset + length - 1 });
  });
  return { transformed: offset, plain: offset + before };
}
