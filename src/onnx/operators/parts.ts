// What joins and divides values, and moves their parts: Concat, Split, Slice, DepthToSpace, SpaceToDepth.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { constantOf, countOf, zerosOf } from '../constant.ts';
import type { Constant, Numbers } from '../constant.ts';
import { withBatchAt } from '../flow.ts';
import type { Flow, Operand } from '../flow.ts';
import { ofOneImage } from '../of-one-image.ts';
import { refuse } from '../problem.ts';
import { along, axisAt, imageShape } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { slicedConstant } from './constants.ts';
import { takenAlong } from './gathering.ts';
import { asMask, asNumbers, isMask } from './masks.ts';

const concat: Importer = (site) => {
  const given = Array.from({ length: site.count }, (_, at) => site.operand(at));
  const joint = concatenated(
    site,
    given.map((operand) => asNumbers(site, operand)),
  );
  return [given.some(isMask) ? asMask(joint as Flow) : joint];
};

function concatenated(site: Site, operands: readonly Operand[]): Operand {
  const known = operands.filter((operand): operand is Constant => operand.is === 'constant');
  const given = site.attributes.int('axis', 1);
  if (known.length === operands.length) return joined(known, given);
  const first = operands.find((operand): operand is Flow => operand.is === 'flow')!;
  const axis = site.axis(given, first.dims.length + site.outer);
  if (operands.length === 1) return first;
  const own = operands.map((operand) =>
    operand.is === 'flow' || site.outer === 0 ? operand : ofOneImage(site, operand),
  );
  const odd = own.find(({ dims }) => dims.length !== first.dims.length);
  if (odd)
    refuse(
      `it joins [${first.dims.join(', ')}] and [${odd.dims.join(', ')}], which have not as many axes`,
      'see whether the model runs elsewhere',
    );
  const isTokens = own.some((operand) => operand.is === 'flow' && site.shapeOf(operand.value).length === 2);
  const values = own.map((operand) => {
    const { shape } = along(operand.dims, axis, isTokens ? operand.dims : undefined);
    return operand.is === 'flow' ? site.shaped(operand.value, shape) : site.learned(operand, shape);
  });
  const extents = own.map(({ dims }) => dims[axis]!);
  const dims = first.dims.with(
    axis,
    extents.reduce((sum, extent) => sum + extent, 0),
  );
  return site.result(
    site.apply('concat', values, { along: along(first.dims, axis, isTokens ? first.dims : undefined).name }),
    dims,
  );
}

/** Constants of one rank that differ in extent along the axis at most. */
function joined(parts: readonly Constant[], given: number): Constant {
  const [first] = parts as readonly [Constant, ...Constant[]];
  const axis = axisAt(given, first.dims.length);
  const fits = ({ dims }: Constant): boolean =>
    dims.length === first.dims.length && dims.every((extent, at) => at === axis || extent === first.dims[at]);
  const other = parts.find((part) => !fits(part));
  if (other)
    refuse(
      `[${first.dims.join(', ')}] and [${other.dims.join(', ')}] cannot be joined along axis ${axis}`,
      'see whether the model runs elsewhere',
    );
  const extents = parts.map(({ dims }) => dims[axis]!);
  const dims = first.dims.with(
    axis,
    extents.reduce((sum, extent) => sum + extent, 0),
  );
  const outer = countOf(first.dims.slice(0, axis));
  const inRows = <Target extends Numbers>(target: Target, of: (part: Constant) => Numbers | undefined): Target => {
    const sources = parts.map((part) => ({ data: of(part), size: countOf(part.dims) / outer }));
    let end = 0;
    for (let row = 0; row < outer; row += 1) {
      for (const { data, size } of sources) {
        if (data) target.set(data.subarray(row * size, (row + 1) * size), end);
        end += size;
      }
    }
    return target;
  };
  const count = countOf(dims);
  const perImage = parts.some((part) => part.perImage)
    ? inRows(new Float64Array(count), (part) => part.perImage)
    : undefined;
  return constantOf('', dims, first.type, () => inRows(zerosOf(first.type, count), ({ data }) => data), perImage);
}

/** Sizes are an attribute before version 13, an input since; equal parts without. */
const split: Importer = (site) => {
  const { value, dims, batchAt = 0 } = site.flow(0);
  const axis = site.axis(site.attributes.int('axis', 0), dims.length + site.outer, batchAt);
  const count = site.node.output.length;
  const equal = Math.ceil(dims[axis]! / count);
  const sizes =
    site.attributes.ints('split', undefined) ??
    (site.optional(1)
      ? [...site.constant(1, 'the sizes').data]
      : Array.from({ length: count }, (_, at) => Math.min(equal, dims[axis]! - at * equal)));
  if (count === 1) return [site.flow(0)];
  const { shape, name } = along(dims, axis, site.shapeOf(value));
  const [whole, resultOf] = [
    site.shaped(value, shape),
    (result: ValueId, at: number): Flow => withBatchAt(site.result(result, dims.with(axis, sizes[at]!)), batchAt),
  ];
  const wanted = [...sizes.keys()].filter((at) => site.wants(at));
  const isWhole = sizes.reduce((sum, size) => sum + size, 0) === dims[axis];
  if (isWhole && FEW * wanted.length < count) return partsOf(site, whole, name, sizes, wanted).map(resultOf);
  return site.applyAll('split', [whole], { sizes, along: name }).map(resultOf);
};

/** Of so many times more results than are read, these alone are cut out. */
const FEW = 8;

/** The parts at some places; there is nothing at the others. */
function partsOf(
  site: Site,
  whole: ValueId,
  along: string,
  sizes: readonly number[],
  wanted: readonly number[],
): readonly ValueId[] {
  const parts: ValueId[] = [];
  for (const at of wanted) {
    const start = sizes.slice(0, at).reduce((sum, size) => sum + size, 0);
    parts[at] = site.helper('slice', [whole], { along, start, end: start + sizes[at]! });
  }
  return parts;
}

/** How exporters write an end behind every element. */
const ENDLESS = 2 ** 31 - 1;

/** Starts, ends, axes and steps are attributes before version 10, inputs since. */
const slice: Importer = (site) => {
  const operand = site.operand(0);
  const outer = operand.is === 'flow' ? site.outer : 0;
  const list = (at: number, name: string): readonly number[] | undefined =>
    site.version < 10
      ? site.attributes.ints(name, undefined)
      : site.optionalConstant(at, `the list of ${name}`) && [...site.constant(at, name).data];
  const [starts, ends] = [list(1, 'starts') ?? [], list(2, 'ends') ?? []];
  const rank = operand.dims.length + outer;
  const axes = list(3, 'axes') ?? starts.map((_, at) => at);
  const steps = list(4, 'steps') ?? starts.map(() => 1);
  if ([ends, axes, steps].some(({ length }) => length !== starts.length))
    refuse(
      `it has ${starts.length} starts, ${ends.length} ends, ${axes.length} axes and ${steps.length} steps`,
      'see whether the model runs elsewhere',
    );
  const whole = operand.dims.map((extent) => ({ start: 0, count: extent, step: 1 }));
  for (const [at, given] of axes.entries()) {
    const [start, end, step] = [starts[at]!, ends[at]!, steps[at]!];
    const counted = axisAt(given, rank);
    if (operand.is === 'flow' && counted < outer && start === 0 && end >= (site.images ?? ENDLESS) && step === 1)
      continue;
    const axis = operand.is === 'flow' ? site.axis(given, rank) : counted;
    const extent = operand.dims[axis]!;
    if (step === 0) refuse(`its step along axis ${given} is 0`, 'export the model again');
    // Backwards it begins at the last element, and may end before the first one.
    const [least, most] = step > 0 ? [0, extent] : [-1, extent - 1];
    const place = (index: number): number => Math.min(most, Math.max(least, index < 0 ? index + extent : index));
    const [from, to] = [place(start), place(end)];
    whole[axis] = { start: from, count: Math.max(0, Math.ceil((to - from) / step)), step };
  }
  if (operand.is === 'constant') return [slicedConstant(operand, whole)];
  if (whole.some(({ count }) => count === 0))
    return refuse('nothing is left of its input', 'see whether the model runs elsewhere');
  return [sliced(site, operand, whole)];
};

function sliced(
  site: Site,
  { value, dims }: Flow,
  parts: readonly { readonly start: number; readonly count: number; readonly step: number }[],
): Flow {
  let [result, extents] = [value, dims];
  for (const [axis, { start, count, step }] of parts.entries()) {
    if (count === dims[axis] && step > 0) continue;
    if (step < 0) {
      const places = Array.from({ length: count }, (_, at) => start + at * step);
      result = takenAlong(site, result, extents, axis, places);
      extents = extents.with(axis, count);
      continue;
    }
    const end = start + (count - 1) * step + 1;
    const { shape, name } = along(extents, axis, site.shapeOf(result));
    result = site.apply('slice', [site.shaped(result, shape)], { along: name, start, end, step });
    extents = extents.with(axis, count);
  }
  return site.result(
    result,
    parts.map(({ count }) => count),
  );
}

/** CRD is pixel_shuffle; DCR has its channels in another order. */
const depthToSpace: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const factor = site.attributes.int('blocksize', 1);
  const [channels, height, width] = imageShape(dims) as [number, number, number];
  const inner = channels / (factor * factor);
  const isByColumns = site.attributes.text('mode', 'DCR') === 'CRD';
  const image = site.shaped(value, [channels, height, width]);
  const ordered =
    isByColumns || inner === 1 ? image : site.helper('channel_shuffle', [image], { groups: factor * factor });
  const result = site.apply('pixel_shuffle', [ordered], { factor });
  return [site.result(result, [inner, height * factor, width * factor])];
};

const spaceToDepth: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const factor = site.attributes.int('blocksize', 1);
  const [channels, height, width] = imageShape(dims) as [number, number, number];
  const unshuffled = site.apply('pixel_unshuffle', [site.shaped(value, [channels, height, width])], { factor });
  const result = channels === 1 ? unshuffled : site.helper('channel_shuffle', [unshuffled], { groups: channels });
  return [site.result(result, [channels * factor * factor, height / factor, width / factor])];
};

export const parts = {
  Concat: concat,
  Split: split,
  Slice: slice,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
} satisfies Record<string, Importer>;
