// Hardmax and ArgMax by arithmetic that is exact: where the largest numbers are is marked by 1, and the first or last mark counts.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { constantOf, countOf } from '../constant.ts';
import { refuse } from '../problem.ts';
import { along } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

/** Whole numbers up to here are exact in f32. */
const MAX_EXTENT = 2 ** 24;

/** Twice this power takes the smallest difference of two f32 above 1. */
const LARGE = 2 ** 100;

interface Marked {
  /** At each largest number its rank among the places, 0 elsewhere. */
  readonly ranks: ValueId;
  /** The largest rank, along the axis of extent 1. */
  readonly top: ValueId;
}

/** Places are ranked so that the first one has the largest rank, or the last one. */
function marked(site: Site, dims: readonly number[], axis: number, counts: 'first' | 'last', sign: 1 | -1 = 1): Marked {
  const { value } = site.flow(0);
  const { shape, name: over } = along(dims, axis);
  const extent = dims[axis]!;
  if (extent > MAX_EXTENT) refuse(`it counts to ${extent}`, `numbers of f32 count to ${MAX_EXTENT}`);
  const upright = site.shaped(value, shape);
  const x = sign === 1 ? upright : site.helper('neg', [upright]);
  const behind = site.helper('sub', [site.helper('reduce', [x], { operation: 'max', over }), x]);
  const mark = site.helper('subtracted_from', [atMostOne(site, atMostOne(site, behind, LARGE), LARGE)], { number: 1 });
  const numbers = constantOf('', [extent], 'float', () =>
    Float32Array.from({ length: extent }, (_, at) => (counts === 'first' ? extent - at : at + 1)),
  );
  const place = shape.map((_, at) => (at === placeOf(over, shape.length) ? extent : 1));
  const ranks = site.helper('mul', [mark, site.learned(numbers, place)]);
  return { ranks, top: site.helper('reduce', [ranks], { operation: 'max', over }) };
}

const placeOf = (over: string, rank: number): number =>
  rank === 1 ? 0 : ['channels', 'height', 'width'].indexOf(over);

/** min(factor · x, 1) of what is not negative. */
const atMostOne = (site: Site, value: ValueId, factor: number): ValueId =>
  site.helper('clip', [site.helper('times', [value], { factor })], { min: -Infinity, max: 1 });

/** 1 at the first largest number along the axis, 0 elsewhere. Before version 13 all axes from `axis` on are one. */
const hardmax: Importer = (site) => {
  const { dims } = site.flow(0);
  const given = site.attributes.int('axis', site.version < 13 ? 1 : -1);
  const axis = site.axis(given, dims.length + site.outer);
  const merged = [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))];
  const { ranks, top } = site.version < 13 ? marked(site, merged, 1, 'first') : marked(site, dims, axis, 'first');
  const behind = site.helper('clip', [site.helper('sub', [top, ranks])], { min: -Infinity, max: 1 });
  return [site.result(site.apply('subtracted_from', [behind], { number: 1 }), dims)];
};

/** The index of the largest number (or smallest, with −1) along the axis, as a number of f32. */
const argument =
  (sign: 1 | -1): Importer =>
  (site) => {
    const { dims } = site.flow(0);
    const counts = site.attributes.flag('select_last_index', false) ? 'last' : 'first';
    const axis = site.axis(site.attributes.int('axis', 0), dims.length + site.outer);
    const { top } = marked(site, dims, axis, counts, sign);
    const [op, attributes] =
      counts === 'first' ? ['subtracted_from', { number: dims[axis]! }] : ['plus', { number: -1 }];
    const result = site.apply(op as string, [top], attributes as { number: number });
    site.note('indices are numbers of f32');
    const kept = site.attributes.flag('keepdims', true) ? dims.with(axis, 1) : dims.toSpliced(axis, 1);
    return [site.result(result, kept)];
  };

export const maxima = { Hardmax: hardmax, ArgMax: argument(1), ArgMin: argument(-1) } satisfies Record<
  string,
  Importer
>;
