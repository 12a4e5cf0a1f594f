// What moves numbers, or takes them together along axes.

import { listOf, numberOf, paddingOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { resampleTaps } from '../../../../compiler/ops/resample-taps.ts';
import { resize as resizing } from '../../../../compiler/ops/resize.ts';
import type { ResampledAxis } from '../../../../compiler/ir/resampling.ts';
import { alongAxis, axesOf } from '../../../../compiler/ops/axes.ts';
import type { TensorType } from '../../../../compiler/ir/tensor-type.ts';
import type { Code } from '../code.ts';
import { hole, py } from '../code.ts';
import { pair } from '../python.ts';
import { dimension, formula } from './form.ts';
import type { Form, FormOf, Site } from './form.ts';

const axis = (type: TensorType, attributes: Site['attributes']): number =>
  dimension(type, alongAxis(type, attributes)!);

/** The axes that `over` names, in PyTorch's numbers. */
const axesOver = ({ attributes, inputs: [input] }: Site): readonly number[] =>
  axesOf(input!.shape, wordOf(attributes, 'over'))!.map((one) => dimension(input!, one));

/** Values without the batch axis are repeated for every image of the others. */
export const concat: FormOf = ({ attributes, inputs, results: [result] }) =>
  formula((...operands) => {
    const images = operands[inputs.findIndex(({ batched }) => batched)];
    const parts = operands.map((operand, at) => {
      const { batched, shape } = inputs[at]!;
      return batched || images === undefined
        ? operand
        : `${operand}.expand(len(${images}), ${shape.map(() => '-1').join(', ')})`;
    });
    // Values of learned numbers alone have their channels in front.
    const type = inputs.find(({ batched }) => batched) ?? inputs[0]!;
    return [`torch.cat([${parts.join(', ')}], ${axis({ ...type, batched: result!.batched }, attributes)})`];
  });

export const split: FormOf = ({ attributes, inputs: [input], results }) => {
  const at = alongAxis(input!, attributes)!;
  const sizes = results.map(({ shape }) => shape[at]!);
  const isEven = sizes.every((size) => size === sizes[0]);
  return formula(
    (x) => py`${x!}.split(${hole('sizes', isEven ? sizes[0]! : sizes)}, ${String(dimension(input!, at))})`,
  );
};

export const slice: FormOf = ({ attributes, inputs: [input] }) => {
  const at = alongAxis(input!, attributes)!;
  const [start, end, step] = ['start', 'end', 'step'].map((name) => numberOf(attributes, name));
  return formula((x) => [
    `${x}[${':, '.repeat(dimension(input!, at))}`,
    hole('start', start!),
    ':',
    hole('end', end!),
    ...(step === 1 ? [] : [':', hole('step', step!)]),
    ']',
  ]);
};

export const crop: FormOf = ({ attributes }) => {
  const [top, left] = listOf(attributes, 'offset') as [number, number];
  const [height, width] = sizeAt(attributes, 'size');
  return formula(
    (x) =>
      py`${x!}[..., ${hole('top', top)}:${hole('bottom', top + height)}, ${hole('left', left)}:${hole('right', left + width)}]`,
  );
};

export const pad: FormOf = ({ attributes }) => {
  const [top, left, bottom, right] = paddingOf(attributes);
  const sides = hole('padding', [left, right, top, bottom]);
  const mode = wordOf(attributes, 'mode');
  if (mode !== 'constant') return formula((x) => py`F.pad(${x!}, ${sides}, mode="${mode}")`);
  const value = numberOf(attributes, 'value');
  return formula((x) =>
    value === 0 ? py`F.pad(${x!}, ${sides})` : py`F.pad(${x!}, ${sides}, value=${hole('value', value)})`,
  );
};

export const permute: FormOf = ({ attributes, inputs: [input] }) => {
  const axes = [...wordOf(attributes, 'order')].map((letter) => dimension(input!, 'chw'.indexOf(letter)));
  return formula((x) => [`${x}.permute(${[...(input!.batched ? [0] : []), ...axes].join(', ')})`]);
};

export const reshape: FormOf = ({ attributes, inputs: [input] }) => {
  const shape = listOf(attributes, 'shape');
  return formula((x) => [`${x}.reshape(`, input!.batched ? 'len(' + x + '), ' : '', ...commas(shape), ')']);
};

const commas = (shape: readonly number[]): Code =>
  shape.flatMap((extent, at) => [...(at > 0 ? [', '] : []), hole(`size${at}`, extent)]);

export const flatten: FormOf = ({ inputs: [input] }) =>
  formula((x) => [input!.batched ? `${x}.flatten(1)` : `${x}.flatten()`]);

/** x [N,g,C/g,H,W] → y [N,C/g,g,H,W] */
export const channelShuffle: FormOf = ({ attributes, inputs: [input] }) => {
  const first = dimension(input!, 0);
  return formula(
    (x) =>
      py`${x!}.unflatten(${String(first)}, (${hole('groups', numberOf(attributes, 'groups'))}, -1)).transpose(${String(first)}, ${String(first + 1)}).flatten(${String(first)}, ${String(first + 1)})`,
  );
};

const factored =
  (name: string): FormOf =>
  ({ attributes }) =>
    formula((x) => py`${name}(${x!}, ${hole('factor', numberOf(attributes, 'factor'))})`);

export const pixelShuffle = factored('F.pixel_shuffle');
export const pixelUnshuffle = factored('F.pixel_unshuffle');

export const tokens: FormOf = () => formula((x) => [`${x}.flatten(-2).transpose(-1, -2)`]);
export const toImage: FormOf = ({ attributes }) =>
  formula((x) => py`${x!}.transpose(-1, -2).unflatten(-1, ${hole('size', [...sizeAt(attributes, 'size')])})`);
export const transpose: FormOf = () => formula((x) => [`${x}.transpose(-1, -2)`]);

export const reduce: FormOf = (site) => {
  const operation = { mean: 'mean', sum: 'sum', max: 'amax', min: 'amin' }[wordOf(site.attributes, 'operation')];
  const axes = axesOver(site);
  return formula((x) => [`${x}.${operation}((${axes.join(', ')}${axes.length === 1 ? ',' : ''}), keepdim=True)`]);
};

const normalizedExponential =
  (name: string): FormOf =>
  (site) => {
    const axes = axesOver(site);
    if (axes.length === 1) return formula((x) => [`${x}.${name}(${axes[0]})`]);
    const flat = site.inputs[0]!.batched ? 'flatten(1)' : 'flatten()';
    return formula((x) => [`${x}.${flat}.${name}(-1).view_as(${x})`]);
  };

export const softmax = normalizedExponential('softmax');
export const logSoftmax = normalizedExponential('log_softmax');

export const matmul: FormOf = ({ attributes }) => {
  const seen = (value: string, name: string): string =>
    attributes[name] === true ? `${value}.transpose(-1, -2)` : value;
  return formula((a, b) => [`${seen(a!, 'transpose_a')} @ ${seen(b!, 'transpose_b')}`]);
};

export const attention: FormOf = ({ attributes }) =>
  formula((q, k, v) => py`attention(${q!}, ${k!}, ${v!}, heads=${hole('heads', numberOf(attributes, 'heads'))})`);

/** PyTorch resizes batches only. */
function interpolated({ batched }: TensorType, options: Code): Form {
  return formula((x) =>
    batched ? py`F.interpolate(${x!}, ${options})` : py`F.interpolate(${x!}[None], ${options})[0]`,
  );
}

const modeText = (mode: string, isAligned: boolean): string => {
  if (mode === 'nearest') return 'mode="nearest"';
  return `mode="${mode}", align_corners=${isAligned ? 'True' : 'False'}`;
};

export const resize: FormOf = ({ attributes, inputs: [input] }) => {
  const mode = modeText(wordOf(attributes, 'mode'), attributes['align_corners'] === true);
  if (attributes['factor'] === undefined)
    return interpolated(input!, py`size=${hole('size', pair(sizeAt(attributes, 'size')))}, ${mode}`);
  const { rows, columns, ...how } = resizing.resampling!(attributes, [input!]);
  if (how.mode === 'nearest' && [rows, columns].some(isRoundedByPyTorch))
    return formula((x) => [`${x}[..., ${placesText(rows)}, :][..., ${placesText(columns)}]`]);
  return interpolated(input!, py`scale_factor=${hole('scale_factor', pair(sizeAt(attributes, 'factor')))}, ${mode}`);
};

/** Where an axis becomes as long, or twice as long, PyTorch takes that for the factor. */
const isRoundedByPyTorch = ({ input, output, scale }: ResampledAxis): boolean =>
  (output === input && scale !== 1) || (output === 2 * input && scale !== 0.5);

const placesText = (axis: ResampledAxis): string => {
  const places = Array.from(
    { length: axis.output },
    (_, at) => resampleTaps(at, { mode: 'nearest', aligned: false }, axis)[0]!.index,
  );
  return `[${places.join(', ')}]`;
};

export const upsample: FormOf = ({ attributes, inputs: [input] }) => {
  const mode = modeText(wordOf(attributes, 'mode'), false);
  return interpolated(input!, py`scale_factor=${hole('scale_factor', pair(sizeAt(attributes, 'factor')))}, ${mode}`);
};
