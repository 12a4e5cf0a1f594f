// What joins and divides values, cuts them, and puts rows and columns around them.

import { alongAxis, axesOf } from '../../../../compiler/ops/axes.ts';
import { listOf, numberOf, paddingOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { int, text } from '../attributes.ts';
import type { Exporter, ExportSite } from '../site.ts';

/** The axis of ONNX's values, whose axis 0 is the batch. */
const axisOf = ({ inputs, attributes }: ExportSite): number =>
  alongAxis({ ...inputs[0]!, batched: true }, attributes)! + 1;

const concat: Exporter = (site) =>
  site.emit(
    'Concat',
    site.inputs.map((_, at) => site.operand(at)),
    { axis: int(axisOf(site)) },
  );

const split: Exporter = (site) => {
  const axis = axisOf(site);
  const sizes = site.results.map(({ shape }) => shape[axis - 1]!);
  return site.emitAll('Split', [site.operand(0), site.ints('sizes', sizes)], { axis: int(axis) }, sizes.length);
};

/** From `start` to before `end`, along each of `axes`. */
const sliced = (
  site: ExportSite,
  start: readonly number[],
  end: readonly number[],
  axes: readonly number[],
  steps: readonly number[],
): string =>
  site.emit('Slice', [
    site.operand(0),
    site.ints('starts', start),
    site.ints('ends', end),
    site.ints('axes', axes),
    site.ints('steps', steps),
  ]);

const slice: Exporter = (site) => {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => [numberOf(site.attributes, name)]);
  return sliced(site, start!, end!, [axisOf(site)], step!);
};

const crop: Exporter = (site) => {
  const [offset, size] = [listOf(site.attributes, 'offset'), sizeAt(site.attributes, 'size')];
  return sliced(
    site,
    offset,
    offset.map((from, at) => from + size[at]!),
    [2, 3],
    [1, 1],
  );
};

const modes: Readonly<Record<string, string>> = { replicate: 'edge', circular: 'wrap' };

const pad: Exporter = (site) => {
  const [top, left, bottom, right] = paddingOf(site.attributes);
  const mode = wordOf(site.attributes, 'mode');
  const value = mode === 'constant' ? site.number('value', numberOf(site.attributes, 'value')) : undefined;
  return site.emit('Pad', [site.operand(0), site.ints('padding', [0, 0, top, left, 0, 0, bottom, right]), value], {
    mode: text(modes[mode] ?? mode),
  });
};

const operations: Readonly<Record<string, string>> = {
  mean: 'ReduceMean',
  sum: 'ReduceSum',
  max: 'ReduceMax',
  min: 'ReduceMin',
};

/** Axes that it works over stay, with the extent 1. */
const reduce: Exporter = (site) => {
  const over = axesOf(site.inputs[0]!.shape, wordOf(site.attributes, 'over'))!.map((axis) => axis + 1);
  return site.emit(operations[wordOf(site.attributes, 'operation')]!, [site.operand(0), site.ints('axes', over)]);
};

/** Along one axis; over the whole map, along the one axis that it is made. */
const exponential =
  (opType: string): Exporter =>
  (site) => {
    const { shape } = site.inputs[0]!;
    const [axis, ...others] = axesOf(shape, wordOf(site.attributes, 'over'))!;
    if (others.length === 0) return site.emit(opType, [site.operand(0)], { axis: int(axis! + 1) });
    const flat = site.emit('Flatten', [site.operand(0)], { axis: int(1) });
    return site.emit('Reshape', [site.emit(opType, [flat], { axis: int(1) }), site.ints('shape', [0, ...shape])]);
  };

export const parts = {
  concat,
  crop,
  log_softmax: exponential('LogSoftmax'),
  pad,
  reduce,
  slice,
  softmax: exponential('Softmax'),
  split,
} satisfies Record<string, Exporter>;
