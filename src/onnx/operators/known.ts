// What is computed of constants alone, as masks and places of pixels are: functions of numbers, sums along an axis, and tensors made of
// others by indices.

import { nearest } from '../../../compiler/ops/quantized/codes.ts';
import { constantOf, countOf, intVector, mapped, numbersOf, offsets, stridesOf, zerosOf } from '../constant.ts';
import type { Numbers } from '../constant.ts';
import { held } from '../element.ts';
import { elementType } from '../file/tensor.ts';
import { refuse } from '../problem.ts';
import { axisAt } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { folded } from './arithmetic.ts';
import { known } from './logic.ts';

const each =
  (change: (value: number) => number): Importer =>
  (site) => [mapped(known(site, 0), change)];

const asks =
  (holds: (value: number, site: Site) => boolean): Importer =>
  (site) => {
    const { dims, data } = known(site, 0);
    return [constantOf('', dims, 'bool', () => Float64Array.from(data, (value) => Number(holds(value, site))))];
  };

/** Each number, or its sign: times 2^252 all but 0 are beyond 1. */
const sign: Importer = (site) => {
  const operand = site.operand(0);
  if (operand.is === 'constant') return each(Math.sign)(site);
  const larger = site.helper('times', [operand.value], { factor: 2 ** 126 });
  const largest = site.helper('times', [larger], { factor: 2 ** 126 });
  return [site.result(site.apply('clip', [largest], { min: -1, max: 1 }), operand.dims)];
};

/** With the sign of the divisor, or of the dividend where `fmod` is set. */
const mod: Importer = (site) => {
  const isOfDividend = site.attributes.flag('fmod', false);
  const rest = (a: number, b: number): number => (isOfDividend ? a % b : a - b * Math.floor(a / b));
  return [folded(rest, known(site, 0), known(site, 1))];
};

/** Extents before, along and behind an axis. */
function aroundAxis(dims: readonly number[], axis: number): readonly [number, number, number] {
  return [countOf(dims.slice(0, axis)), dims[axis]!, countOf(dims.slice(axis + 1))];
}

const cumulativeSum: Importer = (site) => {
  const { type, dims, data } = known(site, 0);
  const axis = axisAt(known(site, 1).data[0] ?? 0, dims.length);
  const [isExclusive, isBackwards] = [site.attributes.flag('exclusive', false), site.attributes.flag('reverse', false)];
  const [before, extent, inner] = aroundAxis(dims, axis);
  const make = (): Numbers => {
    const result = zerosOf(type, data.length);
    for (let row = 0; row < before * inner; row += 1) {
      const start = Math.floor(row / inner) * extent * inner + (row % inner);
      let sum = 0;
      for (let at = 0; at < extent; at += 1) {
        const place = start + (isBackwards ? extent - 1 - at : at) * inner;
        const next = held(type, sum + data[place]!);
        result[place] = isExclusive ? sum : next;
        sum = next;
      }
    }
    return result;
  };
  return [constantOf('', dims, type, make)];
};

const reduceProd: Importer = (site) => {
  const { type, dims, data } = known(site, 0);
  const given = site.attributes.ints('axes', undefined) ?? (site.optional(1) ? [...known(site, 1).data] : []);
  const isNone = given.length === 0 && site.attributes.flag('noop_with_empty_axes', false);
  const axes = new Set(given.length === 0 && !isNone ? dims.keys() : given.map((axis) => axisAt(axis, dims.length)));
  const kept = dims.map((extent, axis) => (axes.has(axis) ? 1 : extent));
  const make = (): Numbers => {
    const result = zerosOf(type, countOf(kept)).fill(1);
    const strides = stridesOf(kept).map((stride, axis) => (axes.has(axis) ? 0 : stride));
    let at = 0;
    for (const place of offsets(dims, strides)) result[place] = held(type, result[place]! * data[at++]!);
    return result;
  };
  const shape = site.attributes.flag('keepdims', true) ? kept : dims.filter((_, axis) => !axes.has(axis));
  return [constantOf('', shape, type, make)];
};

/** The triangle above a diagonal of each matrix, or that below; the rest is 0. */
const triangle: Importer = (site) => {
  const { type, dims, data } = known(site, 0);
  if (dims.length < 2) refuse(`it takes a triangle of [${dims.join(', ')}]`, 'see whether the model runs elsewhere');
  const [rows, columns] = dims.slice(-2) as [number, number];
  const diagonal = site.optional(1) ? known(site, 1).data[0]! : 0;
  const isUpper = site.attributes.flag('upper', true);
  const isKept = (at: number): boolean => {
    const rest = (at % columns) - (Math.floor(at / columns) % rows) - diagonal;
    return isUpper ? rest >= 0 : rest <= 0;
  };
  return [constantOf('', dims, type, () => numbersOf(type, data, (value, at) => (isKept(at) ? value : 0)))];
};

const eyeLike: Importer = (site) => {
  const operand = site.operand(0);
  const dims = operand.is === 'flow' && site.outer === 1 ? [] : operand.dims;
  if (dims.length !== 2) refuse('it takes the shape of what is no matrix', 'see whether the model runs elsewhere');
  const [rows, columns] = dims as readonly [number, number];
  const diagonal = site.attributes.int('k', 0);
  const given = site.attributes.int('dtype', undefined);
  const type =
    (given === undefined ? undefined : elementType(given)) ?? (operand.is === 'flow' ? 'float' : operand.type);
  const make = (): Numbers => {
    const result = zerosOf(type, rows * columns);
    for (let row = 0; row < rows; row += 1) {
      const column = row + diagonal;
      if (column >= 0 && column < columns) result[row * columns + column] = 1;
    }
    return result;
  };
  return [constantOf('', dims, type, make)];
};

/** A new axis, along which the place of each index has one number and the rest another. */
const oneHot: Importer = (site) => {
  const [indices, depths, values] = [known(site, 0), known(site, 1), known(site, 2)];
  const depth = depths.data[0] ?? NaN;
  const axis = axisAt(site.attributes.int('axis', -1), indices.dims.length + 1);
  const dims = [...indices.dims.slice(0, axis), depth, ...indices.dims.slice(axis)];
  const [off = 0, on = 1] = values.data;
  const make = (): Numbers => {
    const result = zerosOf(values.type, countOf(dims)).fill(off);
    const inner = countOf(indices.dims.slice(axis));
    for (const [at, given] of indices.data.entries()) {
      const index = given < 0 ? given + depth : given;
      if (index >= 0 && index < depth) result[(Math.floor(at / inner) * depth + index) * inner + (at % inner)] = on;
    }
    return result;
  };
  return [constantOf('', dims, values.type, make)];
};

/** Where numbers are not 0: a row of indices for each axis. */
const nonZero: Importer = (site) => {
  const { dims, data } = known(site, 0);
  const places = [...data.keys()].filter((at) => data[at] !== 0);
  const rows = stridesOf(dims).map((stride, axis) => places.map((at) => Math.floor(at / stride) % dims[axis]!));
  const { data: indices } = intVector('', rows.flat());
  return [constantOf('', [dims.length, places.length], 'int64', () => indices)];
};

export const onConstants = {
  Sign: sign,
  Round: each(nearest),
  Sin: each(Math.sin),
  Cos: each(Math.cos),
  Tan: each(Math.tan),
  Atan: each(Math.atan),
  IsNaN: asks(Number.isNaN),
  IsInf: asks(
    (value, { attributes }) =>
      (value === Infinity && attributes.flag('detect_positive', true)) ||
      (value === -Infinity && attributes.flag('detect_negative', true)),
  ),
  Mod: mod,
  CumSum: cumulativeSum,
  ReduceProd: reduceProd,
  Trilu: triangle,
  EyeLike: eyeLike,
  OneHot: oneHot,
  NonZero: nonZero,
} satisfies Record<string, Importer>;
