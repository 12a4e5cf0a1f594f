// Resize and Upsample: nearest, linear and cubic, where their coordinates are those that our operator has.

import { refuse } from '../problem.ts';
import { imageShape } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

const modes: Readonly<Record<string, string>> = {
  nearest: 'nearest',
  linear: 'bilinear',
  bilinear: 'bilinear',
  cubic: 'bicubic',
};

const resize: Importer = (site) => {
  const { attributes } = site;
  const mode =
    modes[attributes.text('mode', 'nearest')] ?? refuse('its mode is unknown', 'it is nearest, linear or cubic');
  const coordinates =
    site.version < 11 ? 'asymmetric' : attributes.text('coordinate_transformation_mode', 'half_pixel');
  if (attributes.flag('antialias', false)) refuse('it is smoothed (antialias)', 'resize pictures before the network');
  if (attributes.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    refuse('it keeps the aspect ratio', 'give it the sizes themselves');
  const [scales, sizes] = givenOf(site);
  const { value, dims } = site.flow(0);
  if (dims.length !== 3) refuse(`it resizes [${dims.join(', ')}]`, 'only images can be resized');
  const rounding = site.version < 11 ? 'floor' : attributes.text('nearest_mode', 'round_prefer_floor');
  const [, height, width] = imageShape(dims) as [number, number, number];
  const size = sizes ?? [Math.floor(height * scales![0]), Math.floor(width * scales![1])];
  const factor = scales ?? [size[0]! / height, size[1]! / width];
  const isWhole = factor.every((one) => Number.isInteger(one));
  const image = site.shaped(value, dims);
  const given = sizes ? { size } : { factor };
  const done = (op: string, stored: Record<string, string | boolean | readonly number[]>) => {
    const result = site.apply(op, [image], stored);
    const [channels, rows, columns] = site.shapeOf(result);
    return [site.result(result, [channels!, rows!, columns!])];
  };
  if (mode === 'nearest') {
    // Repeating pixels whole times is the same with all coordinates that keep their order.
    const repeats =
      isWhole &&
      (coordinates === 'asymmetric'
        ? rounding === 'floor'
        : coordinates === 'half_pixel' && rounding.startsWith('round'));
    if (repeats || (coordinates === 'asymmetric' && rounding === 'floor')) return done('resize', { ...given, mode });
    return refuse(
      `its pixels are chosen by ${coordinates} and ${rounding}`,
      'asymmetric with floor is what can be computed, as PyTorch exports it',
    );
  }
  const isAligned = coordinates === 'align_corners';
  const isHalf =
    coordinates === 'half_pixel' || (coordinates === 'pytorch_half_pixel' && size.every((extent) => extent > 1));
  const isCubic = mode === 'bicubic';
  if (
    isCubic &&
    (attributes.flag('exclude_outside', false) || Math.abs(attributes.float('cubic_coeff_a', -0.75) + 0.75) > 1e-6)
  )
    refuse(
      'its cubic coefficient or border is another',
      'a is −0.75, and pixels outside count as the border, as in PyTorch',
    );
  // Corners are those of the size before it is rounded down.
  const isRounded = scales !== undefined && (size[0] !== height * scales[0] || size[1] !== width * scales[1]);
  if (isAligned && isRounded)
    refuse(
      `its scales make ${height * factor[0]!} rows and ${width * factor[1]!} columns`,
      'align_corners needs whole sizes',
    );
  if (!isAligned && !isHalf)
    refuse(`its coordinates are ${coordinates}`, 'half_pixel or align_corners can be computed');
  return done('resize', { ...given, mode, align_corners: isAligned });
};

/** Scales and sizes of height and width. */
function givenOf(site: Site): readonly [readonly [number, number] | undefined, readonly number[] | undefined] {
  const isUpsample = site.node.opType === 'Upsample';
  const rank = site.flow(0).dims.length + site.outer;
  const [atScales, atSizes] = site.version < 11 || isUpsample ? [1, 9] : [2, 3];
  const axes = site.attributes.ints('axes', undefined)?.map((axis) => (axis < 0 ? axis + rank : axis));
  const spread = (numbers: readonly number[], absent: readonly number[]): readonly number[] =>
    axes ? absent.map((own, axis) => (axes.includes(axis) ? numbers[axes.indexOf(axis)]! : own)) : numbers;
  const list = (at: number): readonly number[] | undefined => {
    const found = site.optional(at) && site.constant(at, at === atScales ? 'the scales' : 'the sizes');
    return found && found.data.length > 0 ? [...found.data] : undefined;
  };
  const old = isUpsample ? site.attributes.floats('scales', undefined) : undefined;
  const scales = old ?? list(atScales);
  const sizes = list(atSizes);
  const dims = [...Array<number>(site.outer).fill(1), ...site.flow(0).dims];
  if (scales) {
    const all = spread(
      scales,
      dims.map(() => 1),
    );
    if (all.length !== rank || all.slice(0, -2).some((scale) => scale !== 1))
      refuse(`its scales are [${all.join(', ')}]`, 'only height and width can be resized');
    return [all.slice(-2) as [number, number], undefined];
  }
  if (!sizes) return refuse('neither scales nor sizes are given', 'export the model again');
  const all = spread(sizes, dims);
  const kept = all.slice(0, -2).every((extent, axis) => extent === dims[axis] || (axis < site.outer && extent <= 1));
  if (all.length !== rank || !kept) refuse(`its sizes are [${all.join(', ')}]`, 'only height and width can be resized');
  return [undefined, all.slice(-2)];
}

export const resizing = { Resize: resize, Upsample: resize } satisfies Record<string, Importer>;
