// One copy of a tensor into the packed weights: its loops, by which kernel it is done, and where.

import type { ValueId } from '../ir/graph.ts';
import type { KernelCall } from '../program/program.ts';
import type { PackSpec } from '../templates/pack.ts';
import { pack } from '../templates/pack.ts';
import { scalarTarget } from '../templates/target.ts';
import type { PackedAxis } from './packed-axes.ts';
import { arePartsOf, factorStrides, hasRuns, inReadingOrder, inTiles, simplified, spanOf } from './packed-axes.ts';
import type { Packing } from './packing.ts';
import { push, pushInPass, storedIn } from './packing.ts';

/** Indices of the first elements in the source and in the packed weights, and the type of these. */
interface Ends {
  readonly from: number;
  readonly to: number;
  readonly type: PackSpec['target'];
}

/** Loops of a packing when a module loads, of which the outer ones may have one iteration: engines compile one kernel. */
const commonLoops = 5;

const one: PackedAxis = { count: 1, stride: 0, to: 0 };

/** One copy from the source tensor into the packed weights. */
export function copy(packing: Packing, value: ValueId, axes: readonly PackedAxis[], { from, to, type }: Ends): void {
  if (packing.stages.get(value) === 'run') return copyInPass(packing, value, axes, { from, to });
  const needed = inTiles(simplified(axes));
  const stridesOf = (every: number) => factorStrides(needed, from, every);
  const source = packing.productOf(value, (every) => stridesOf(every) !== undefined) ?? packing.sourceOf(value);
  const { factors } = source;
  const inParts =
    packing.target.name === 'wasm' && type === 'f32' && source.type.startsWith('f') ? partsOf(needed) : undefined;
  const missing = Array.from({ length: Math.max(0, commonLoops - (inParts ?? needed).length) }, () => one);
  const loops = inParts ? [inParts[0]!, ...missing, ...inParts.slice(1)] : [...missing, ...needed];
  const spec: PackSpec = {
    axes: loops.length,
    source: source.type,
    target: type,
    ...(factors && { factors: factors.type }),
  };
  const kernel = packing.kernels.use('pack', spec, pack, scalarTarget);
  const numbers = [
    ...[from, to, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])],
    ...(factors ? [Math.floor(from / factors.every), ...factorStrides(loops, from, factors.every)!.toReversed()] : []),
  ];
  const apart: KernelCall['apart'] = inParts && { kind: 'packed', ...(factors && { factors: factors.count }) };
  push(packing, kernel, source, numbers, { shape: axes.map(({ count }) => count), type, ...(apart && { apart }) });
}

/** Elements that are one part, whatever the order in which they are read. */
const wholeElements = 2 ** 14;

/** The loops, of which each step of the outermost reads what lies behind that of the step before; undefined where that is not so. */
function partsOf(loops: readonly PackedAxis[]): readonly PackedAxis[] | undefined {
  if (loops.some(({ stride }) => stride < 0)) return undefined;
  const [outer = one, ...inner] = loops;
  if (arePartsOf(outer, inner, 'f32')) return loops;
  const whole = spanOf(loops);
  return whole <= wholeElements && loops.length < commonLoops ? [{ ...one, stride: whole }, ...loops] : undefined;
}

/** The same from a value that is computed in a pass. */
function copyInPass(
  packing: Packing,
  value: ValueId,
  axes: readonly PackedAxis[],
  { from, to }: Omit<Ends, 'type'>,
): void {
  const { place, strideOf, first } = storedIn(packing, value, from);
  const written = simplified(axes.map((axis) => ({ ...axis, stride: strideOf(axis.stride) })));
  const runs = hasRuns(written, packing.target);
  const loops = runs ? inReadingOrder(written) : inTiles(written);
  const spec: PackSpec = { axes: loops.length, source: 'f32', target: 'f32', shifted: true, ...(runs && { runs }) };
  const kernel = packing.kernels.use(`pack_${loops.length}`, spec, pack, packing.target);
  const numbers = [to, first, ...loops.flatMap((axis) => [axis.count, axis.stride, axis.to])];
  pushInPass(packing, kernel, place, numbers);
}
