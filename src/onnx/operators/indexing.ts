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
function placesAlong(dims: readonly number[], indices: Constant, axis: number): readonly number[] {
  const fits = indices.dims.every((extent, at) => at === axis || extent <= dims[at]!);
  if (indices.dims.length !== dims.length || !fits)
    refuse(
      `it has indices [${indices.dims.join(', ')}] for [${dims.join(', ')}]`,
      'see whether the model runs elsewhere',
    );
  const [strides, own] = [stridesOf(dims), stridesOf(indices.dims)];
  return Array.from(indices.data, (index, at) =>
    own.reduce((sum, stride, place) => {
      const along = place === axis ? inside(index, dims[axis]!) : Math.floor(at / stride) % indices.dims[place]!;
      return sum + along * strides[place]!;
    }, 0),
  );
}

const gatherElements: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const places = placesAlong(data.dims, indices, axisAt(site.attributes.int('axis', 0), data.dims.length));
  return [constantOf('', indices.dims, data.type, () => picked(data.data, places.length, places))];
};

/** Where the parts begin that the last axis of the indices says, behind `batch` axes that both have. */
function startsOf(dims: readonly number[], indices: Constant, batch: number): readonly number[] {
  const depth = indices.dims.at(-1) ?? 0;
  const isAlike = indices.dims.slice(0, batch).every((extent, axis) => extent === dims[axis]);
  if (indices.dims.length === 0 || batch + depth > dims.length || !isAlike)
    refuse(
      `it has indices [${indices.dims.join(', ')}] for [${dims.join(', ')}]`,
      'see whether the model runs elsewhere',
    );
  const strides = stridesOf(dims);
  const count = countOf(indices.dims.slice(0, -1));
  const perBatch = count / countOf(dims.slice(0, batch));
  return Array.from({ length: count }, (_, at) => {
    const start = batch === 0 ? 0 : Math.floor(at / perBatch) * strides[batch - 1]!;
    return Array.from({ length: depth }, (__, axis) => axis).reduce(
      (sum, axis) => sum + inside(indices.data[at * depth + axis]!, dims[batch + axis]!) * strides[batch + axis]!,
      start,
    );
  });
}

const gatherND: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const batch = site.attributes.int('batch_dims', 0);
  const starts = startsOf(data.dims, indices, batch);
  const part = data.dims.slice(batch + indices.dims.at(-1)!);
  const [size, dims] = [countOf(part), [...indices.dims.slice(0, -1), ...part]];
  const places = (): number[] => starts.flatMap((start) => Array.from({ length: size }, (_, at) => start + at));
  return [constantOf('', dims, data.type, () => picked(data.data, countOf(dims), places()))];
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

/** The tensor with `updates` at `places`, one after the other. */
function updated(site: Site, { dims, type, data }: Constant, places: readonly number[], updates: Constant): Constant {
  if (updates.data.length !== places.length)
    refuse(`it has ${updates.data.length} updates for ${places.length} places`, 'see whether the model runs elsewhere');
  const combine = combineOf(site);
  const make = (): Numbers => {
    const result = data.slice();
    for (const [at, place] of places.entries()) result[place] = held(type, combine(result[place]!, updates.data[at]!));
    return result;
  };
  return constantOf('', dims, type, make);
}

const scatterElements: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const places = placesAlong(data.dims, indices, axisAt(site.attributes.int('axis', 0), data.dims.length));
  return [updated(site, data, places, known(site, 2))];
};

const scatterND: Importer = (site) => {
  const [data, indices] = [known(site, 0), known(site, 1)];
  const size = countOf(data.dims.slice(indices.dims.at(-1)));
  const places = startsOf(data.dims, indices, 0).flatMap((start) =>
    Array.from({ length: size }, (_, at) => start + at),
  );
  return [updated(site, data, places, known(site, 2))];
};

export const indexing = {
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
} satisfies Record<string, Importer>;
