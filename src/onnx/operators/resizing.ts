// Resize and Upsample: by `resize` where the coordinates are those that it has, otherwise axis by axis by a matrix.

import { isImages } from '../of-one-image.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import type { Filter, Stretch } from './resampling.ts';
import { isCut, resampled } from './resampling.ts';

const modes: Readonly<Record<string, Filter['mode']>> = {
  nearest: 'nearest',
  linear: 'linear',
  bilinear: 'linear',
  cubic: 'cubic',
};

const resize: Importer = (site) => {
  const filter = filterOf(site);
  const { value, dims } = site.flow(0);
  const stretches = stretchesOf(site);
  const result = stretches.map(({ output }) => output);
  if (result.some((extent) => !(extent >= 1)))
    refuse(`it makes [${result.join(', ')}] of [${dims.join(', ')}]`, 'see whether the model runs elsewhere');
  noteCorners(site, stretches, filter);
  const native = dims.length === 3 && stretches[0]!.input === stretches[0]!.output && attributesFor(stretches, filter);
  if (native) return [site.result(site.apply('resize', [site.shaped(value, dims)], native), result)];
  let [resized, extents] = [value, dims];
  for (const [axis, stretch] of stretches.entries()) {
    if (stretch.input === stretch.output && stretch.scale === 1) continue;
    resized = resampled(site, resized, extents, axis, stretch, filter);
    extents = extents.with(axis, stretch.output);
  }
  return [site.result(resized, result)];
};

/** Where a scale makes parts of pixels, ONNX's definition does not put corners on corners, and others that run its files do. */
function noteCorners({ node, note }: Site, stretches: readonly Stretch[], { coordinates }: Filter): void {
  const cut = stretches.find(isCut);
  if (coordinates !== 'align_corners' || !cut) return;
  const { input, output, scale } = cut;
  note(
    `${node.name || node.output[0]}: ${output} of ${Number((input * scale).toPrecision(6))} pixels are kept, and corners are aligned to the latter, ` +
      'as ONNX defines it; PyTorch and onnxruntime align them to the former: export it with size instead of scale_factor for that',
  );
}

function filterOf({ attributes, version }: Site): Filter {
  const mode =
    modes[attributes.text('mode', 'nearest')] ?? refuse('its mode is unknown', 'it is nearest, linear or cubic');
  return {
    mode,
    coordinates: version < 11 ? 'asymmetric' : attributes.text('coordinate_transformation_mode', 'half_pixel'),
    // Unwritten, but in its cases and in onnxruntime.
    rounding: version < 11 ? 'outwards' : attributes.text('nearest_mode', 'round_prefer_floor'),
    cubicA: attributes.float('cubic_coeff_a', -0.75),
    excludeOutside: attributes.flag('exclude_outside', false),
    antialias: attributes.flag('antialias', false),
  };
}

/** The attributes with which `resize` computes the same; undefined where none do. */
function attributesFor(stretches: readonly Stretch[], filter: Filter) {
  const [, rows, columns] = stretches as readonly [Stretch, Stretch, Stretch];
  const both = [rows, columns];
  const isExact = both.every(({ input, output, scale }) => output === Math.fround(input * scale));
  if (!isExact && both.some(({ input, output, scale }) => output !== Math.floor(input * scale))) return undefined;
  const given = isExact ? { size: [rows.output, columns.output] } : { factor: [rows.scale, columns.scale] };
  const { mode, coordinates, rounding, cubicA, excludeOutside, antialias } = filter;
  if (mode === 'nearest') {
    // Repeating pixels whole times is the same by all coordinates that keep their order.
    const repeats =
      isExact &&
      both.every(({ scale }) => Number.isInteger(scale)) &&
      coordinates === 'half_pixel' &&
      rounding.startsWith('round');
    const isLeft = rounding === 'floor' || (rounding === 'outwards' && both.every(({ scale }) => scale >= 1));
    return repeats || (coordinates === 'asymmetric' && isLeft) ? { ...given, mode } : undefined;
  }
  const isPlain = !antialias && (mode === 'linear' || (!excludeOutside && Math.abs(cubicA + 0.75) < 1e-6));
  const isAligned = coordinates === 'align_corners' && isExact;
  const isHalf =
    coordinates === 'half_pixel' || (coordinates === 'pytorch_half_pixel' && both.every(({ output }) => output > 1));
  if (!isPlain || (!isAligned && !isHalf) || (mode === 'linear' && excludeOutside)) return undefined;
  // An axis that keeps its extent is not moved by `resize`, and by ONNX's scale is.
  if (mode === 'linear' && both.some(({ input, output, scale }) => input === output && scale !== 1)) return undefined;
  return { ...given, mode: mode === 'linear' ? 'bilinear' : 'bicubic', align_corners: isAligned };
}

/** From what to what each axis but the batch is resized: by scales, which round down, or to sizes. */
function stretchesOf(site: Site): readonly Stretch[] {
  const { dims } = site.flow(0);
  const rank = dims.length + site.outer;
  const isUpsample = site.node.opType === 'Upsample';
  const axes = site.attributes.ints('axes', undefined)?.map((axis) => (axis < 0 ? axis + rank : axis));
  const all = (numbers: readonly number[], absent: (axis: number) => number): readonly number[] => {
    if (numbers.length !== (axes?.length ?? rank))
      refuse(
        `it is given ${numbers.length} scales or sizes, expected ${axes?.length ?? rank}`,
        'export the model again',
      );
    return Array.from({ length: rank }, (_, axis) => {
      if (!axes) return numbers[axis]!;
      return axes.includes(axis) ? numbers[axes.indexOf(axis)]! : absent(axis);
    }).slice(site.outer);
  };
  const list = (at: number, role: string): readonly number[] | undefined => {
    const found = site.optional(at) && site.constant(at, role);
    return found && found.data.length > 0 ? [...found.data] : undefined;
  };
  const isOld = isUpsample || site.version < 11;
  const scales =
    (isUpsample ? site.attributes.floats('scales', undefined) : undefined) ?? list(isOld ? 1 : 2, 'the scales');
  if (scales) {
    if (site.outer === 1 && !axes?.every((axis) => axis > 0) && scales[axes?.indexOf(0) ?? 0] !== 1)
      throw resizesBatch();
    return all(scales.map(Math.fround), () => 1).map((scale, axis) => ({
      input: dims[axis]!,
      output: Math.floor(Math.fround(dims[axis]! * scale)),
      scale,
    }));
  }
  const sizes = isOld ? undefined : list(3, 'the sizes');
  if (!sizes) return refuse('neither scales nor sizes are given', 'export the model again');
  const ofBatch = axes ? axes.indexOf(0) : 0;
  if (site.outer === 1 && ofBatch >= 0 && !isImages(site, site.constant(3, 'the sizes'), ofBatch)) throw resizesBatch();
  const wanted = all(sizes, (axis) => dims[axis - site.outer] ?? 1);
  const isResized = (axis: number): boolean => axes === undefined || axes.includes(axis + site.outer);
  return withAspect(site, dims, wanted, isResized);
}

const resizesBatch = (): BatchRefusal =>
  new BatchRefusal('it resizes axis 0, which is the batch', 'export the model with a batch of one image');

/** Each axis by its own scale, or all by the smallest or largest of them (keep_aspect_ratio_policy). */
function withAspect(
  { attributes, outer }: Site,
  dims: readonly number[],
  wanted: readonly number[],
  isResized: (axis: number) => boolean,
): readonly Stretch[] {
  const scales = wanted.map((output, axis) => output / dims[axis]!);
  const policy = attributes.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch')
    return wanted.map((output, axis) => ({ input: dims[axis]!, output, scale: Math.fround(scales[axis]!) }));
  const own = scales.filter((_, axis) => isResized(axis));
  const ofBatch = outer === 1 && isResized(-1) ? [1] : [];
  const scale = policy === 'not_larger' ? Math.min(...own, ...ofBatch) : Math.max(...own, ...ofBatch);
  if (ofBatch.length > 0 && scale !== 1) throw resizesBatch();
  return dims.map((input, axis) =>
    isResized(axis)
      ? { input, output: Math.floor(scale * input + 0.5), scale: Math.fround(scale) }
      : { input, output: input, scale: 1 },
  );
}

export const resizing = { Resize: resize, Upsample: resize } satisfies Record<string, Importer>;
