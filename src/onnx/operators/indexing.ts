// Elements of constants that are picked or replaced by indices which are tensors themselves: GatherElements, GatherND, ScatterElements,
// ScatterND.

import { constantOf, countOf, picked, stridesOf } from '../constant.ts';
import type { Constant, Numbers } from '../constant.ts';
import { held } from '../element.ts';
import { refuse } from '../problem.ts';
import { axisAt } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { known } from './logic.ts';

/** An index from the end where it is negative. */
function inside(index: number, extent: number): number {
  const place = index < 0 ? index + extent : index;
  return place >= 0 && place < extent ? place : refuse('an index lies outside', 'see whether the model runs elsewhere');
}

/** For each index, the place in a tensor of `dims` that it stands for along `axis`, where its own place says the rest. */
function placesAlong(dims: readonly number[], indices: Constant, axis: number): Float64Array {
  const fits = indices.dims.every((extent, at) => at === axis || extent <= dims[at]!);
  if (indices.dims.length !== dims.length || !fits)
    refuse(
      `it has indices [${indices.dims.join(', ')}] for [${dims.join(', ')}]`,
      'see whether the model runs elsewhere',
    );
  const [strides, own] = [stridesOf(dims), stridesOf(indices.dims)];
  const { data } = indices;
  return new Float64Array(data.length).map((_, at) =>
    own.reduce((sum, stride, place) => {
      const along = place === axis ? inside(data[at]!, dims[axis]!) : Math.floor(at / stride) % indices.dims[place]!;
      return sum + along * strides[place]!;
    }, 0),
  );
}

const gatherElements: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const places = placesAlong(data.dims, indices, axisAt(site.attributes.int('axis', 0), data.dims.length));
  return [constantOf('', indices.dims, data.type, () => picked(data.data, places.length, places))];
};

/** Parts of a tensor: where they begin, and how many elements follow one another in each. */
interface Parts {
  readonly starts: Float64Array;
  readonly size: number;
}

/** The parts that the last axis of the indices says, behind `batch` axes that both have. */
function partsOf(dims: readonly number[], indices: Constant, batch: number): Parts {
  const depth = indices.dims.at(-1) ?? 0;
  const isAlike = indices.dims.slice(0, batch).every((extent, axis) => extent === dims[axis]);
  if (depth < 1 || batch < 0 || batch + depth > dims.length || !isAlike)
    refuse(
      `it has indices [${indices.dims.join(', ')}] for [${dims.join(', ')}]`,
      'see whether the model runs elsewhere',
    );
  const strides = stridesOf(dims);
  const count = countOf(indices.dims.slice(0, -1));
  const perBatch = count / countOf(dims.slice(0, batch));
  const { data } = indices;
  const starts = new Float64Array(count).map((_, at) => {
    let start = batch === 0 ? 0 : Math.floor(at / perBatch) * strides[batch - 1]!;
    for (let axis = 0; axis < depth; axis += 1)
      start += inside(data[at * depth + axis]!, dims[batch + axis]!) * strides[batch + axis]!;
    return start;
  });
  return { starts, size: countOf(dims.slice(batch + depth)) };
}

/** The places of all elements of parts: there may be many more of them than indices. */
function* placesIn({ starts, size }: Parts): Generator<number, undefined> {
  for (const start of starts) for (let at = 0; at < size; at += 1) yield start + at;
  return undefined;
}

const gatherND: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const batch = site.attributes.int('batch_dims', 0);
  const parts = partsOf(data.dims, indices, batch);
  const dims = [...indices.dims.slice(0, -1), ...data.dims.slice(batch + indices.dims.at(-1)!)];
  return [constantOf('', dims, data.type, () => picked(data.data, countOf(dims), placesIn(parts)))];
};

type Combine = (old: number, update: number) => number;

/** What becomes of a number that several updates are for. */
function combineOf({ attributes }: Site): Combine {
  switch (attributes.text('reduction', 'none')) {
    case 'none':
      return (_, update) => update;
    case 'add':
      return (old, update) => old + update;
    case 'mul':
      return (old, update) => old * update;
    case 'max':
      return Math.max;
    case 'min':
      return Math.min;
    default:
      return refuse('its reduction is unknown', 'see whether the model runs elsewhere');
  }
}

/** The tensor with `updates` at the places of `parts`, one after the other. */
function updated(site: Site, { dims, type, data }: Constant, parts: Parts, updates: Constant): Constant {
  const [found, count] = [countOf(updates.dims), parts.starts.length * parts.size];
  if (found !== count) refuse(`it has ${found} updates for ${count} places`, 'see whether the model runs elsewhere');
  const combine = combineOf(site);
  const make = (): Numbers => {
    const { data: numbers } = updates;
    const result = data.slice();
    let at = 0;
    for (const place of placesIn(parts)) result[place] = held(type, combine(result[place]!, numbers[at++]!));
    return result;
  };
  return constantOf('', dims, type, make);
}

const scatterElements: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const starts = placesAlong(data.dims, indices, axisAt(site.attributes.int('axis', 0), data.dims.length));
  return [updated(site, data, { starts, size: 1 }, known(site, 2))];
};

const scatterND: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  return [updated(site, data, partsOf(data.dims, indices, 0), known(site, 2))];
};

export const indexing = {
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
} satisfies Record<string, Importer>;
