// Hardmax, ArgMax and TopK by arithmetic that is exact: where the largest numbers are is marked by 1, and the first or last mark counts.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { constantOf, countOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { refuse } from '../problem.ts';
import { along } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

/** Whole numbers up to here are exact in f32. */
const MAX_EXTENT = 2 ** 24;

/** The largest number of f32. The difference of two infinities would be none. */
const MOST = (2 - 2 ** -23) * 2 ** 127;
const NOTE = 'indices are numbers of f32, and infinite numbers count as ±3.4e38';

/** Twice this power takes the smallest difference of two f32 above 1. */
const LARGE = 2 ** 100;

interface Marked {
  /** The largest number along the axis, of extent 1. */
  readonly largest: ValueId;
  /** At each largest number its rank among the places, 0 elsewhere. */
  readonly ranks: ValueId;
  /** The largest rank, along the axis of extent 1. */
  readonly top: ValueId;
}

/** What is ranked: a value, upright or upside down, in a shape in which it can be worked along an axis. */
interface Ranked {
  readonly x: ValueId;
  readonly over: string;
  /** Along the axis; the first place has the largest rank, or the last one. */
  readonly numbers: Constant;
  /** Their shape in the graph. */
  readonly place: Shape;
}

function ranked(
  site: Site,
  dims: readonly number[],
  axis: number,
  counts: 'first' | 'last' = 'first',
  sign: 1 | -1 = 1,
): Ranked {
  const { value } = site.flow(0);
  const { shape, name: over } = along(dims, axis);
  const extent = dims[axis]!;
  if (extent > MAX_EXTENT) refuse(`it counts to ${extent}`, `numbers of f32 count to ${MAX_EXTENT}`);
  const finite = site.helper('clip', [value], { min: -MOST, max: MOST });
  const upright = site.shaped(finite, shape);
  const numbers = constantOf('', [extent], 'float', () =>
    Float32Array.from({ length: extent }, (_, at) => (counts === 'first' ? extent - at : at + 1)),
  );
  const place = shape.map((_, at) => (at === placeOf(over, shape.length) ? extent : 1));
  const x = sign === 1 ? upright : site.helper('neg', [upright]);
  return { x, over, numbers, place };
}

function marked(site: Site, { x, over, numbers, place }: Ranked): Marked {
  const largest = site.helper('reduce', [x], { operation: 'max', over });
  const behind = site.helper('sub', [largest, x]);
  const mark = site.helper('subtracted_from', [atMostOne(site, atMostOne(site, behind, LARGE), LARGE)], { number: 1 });
  const ranks = site.helper('mul', [mark, site.learned(numbers, place)]);
  return { largest, ranks, top: site.helper('reduce', [ranks], { operation: 'max', over }) };
}

const placeOf = (over: string, rank: number): number =>
  rank === 1 ? 0 : ['channels', 'height', 'width'].indexOf(over);

/** min(factor · x, 1) of what is not negative. */
function atMostOne(site: Site, value: ValueId, factor: number): ValueId {
  const larger = factor === 1 ? value : site.helper('times', [value], { factor });
  return site.helper('clip', [larger], { min: -Infinity, max: 1 });
}

/** 1 at the first largest number along the axis, 0 elsewhere. Before version 13 all axes from `axis` on are one. */
const hardmax: Importer = (site) => {
  const { dims } = site.flow(0);
  const given = site.attributes.int('axis', site.version < 13 ? 1 : -1);
  const axis = site.axis(given, dims.length + site.outer);
  const merged = [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))];
  const marks = marked(site, site.version < 13 ? ranked(site, merged, 1) : ranked(site, dims, axis));
  return [site.result(site.apply('subtracted_from', [beside(site, marks)], { number: 1 }), dims)];
};

/** 0 at the place of the largest rank, 1 elsewhere. */
const beside = (site: Site, { ranks, top }: Marked): ValueId => atMostOne(site, site.helper('sub', [top, ranks]), 1);

/** The most numbers that are taken from one axis: each is a search of its own. */
const MOST_TAKEN = 16;

/** The k largest (or smallest) numbers along an axis, sorted, and their indices as numbers of f32. Of equal ones the first comes first. */
const topK: Importer = (site) => {
  const { dims } = site.flow(0);
  const axis = site.axis(site.attributes.int('axis', -1), dims.length + site.outer);
  const count = site.version < 10 ? site.attributes.int('k', 0) : site.constant(1, 'k').data[0]!;
  const extent = dims[axis]!;
  if (!(count >= 1 && count <= extent)) refuse(`it takes ${count} of ${extent} numbers`, 'export the model again');
  if (count > MOST_TAKEN)
    refuse(
      `it takes ${count} numbers, more than ${MOST_TAKEN}`,
      'end the model before it (onnx.utils.extract_model), with its input as an output, and sort that in your program',
    );
  const sign = site.attributes.flag('largest', true) ? 1 : -1;
  const first = ranked(site, dims, axis, 'first', sign);
  const [numbers, places]: [ValueId[], ValueId[]] = [[], []];
  for (let { x } = first; numbers.length < count;) {
    const marks = marked(site, { ...first, x });
    numbers.push(sign === 1 ? marks.largest : site.helper('neg', [marks.largest]));
    places.push(site.helper('subtracted_from', [marks.top], { number: extent }));
    if (numbers.length < count) x = site.helper('minimum', [x, barrier(site, beside(site, marks))]);
  }
  site.note(NOTE);
  const join = (parts: readonly ValueId[]): ValueId =>
    parts.length === 1 ? parts[0]! : site.apply('concat', parts, { along: first.over });
  return [numbers, places].map((parts) => site.result(join(parts), dims.with(axis, count)));
};

/** Below every number where the value is 0, above every number where it is 1. */
function barrier(site: Site, value: ValueId): ValueId {
  const half = site.helper('plus', [value], { number: -0.5 });
  return site.helper('times', [site.helper('times', [half], { factor: LARGE })], { factor: LARGE });
}

/** The index of the largest number (or smallest, with −1) along the axis, as a number of f32. */
const argument =
  (sign: 1 | -1): Importer =>
  (site) => {
    const { dims } = site.flow(0);
    const counts = site.attributes.flag('select_last_index', false) ? 'last' : 'first';
    const axis = site.axis(site.attributes.int('axis', 0), dims.length + site.outer);
    const { top } = marked(site, ranked(site, dims, axis, counts, sign));
    const [op, attributes] =
      counts === 'first' ? ['subtracted_from', { number: dims[axis]! }] : ['plus', { number: -1 }];
    const result = site.apply(op as string, [top], attributes as { number: number });
    site.note(NOTE);
    const kept = site.attributes.flag('keepdims', true) ? dims.with(axis, 1) : dims.toSpliced(axis, 1);
    return [site.result(result, kept)];
  };

export const maxima = {
  Hardmax: hardmax,
  ArgMax: argument(1),
  ArgMin: argument(-1),
  TopK: topK,
} satisfies Record<string, Importer>;
