// A part of a value along one axis, as Python's slices: from `start` to before `end`, each `step`; negative numbers count from the end.

import type { Attributes } from '../ir/graph.ts';
import type { Box, Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { alongAxis, alongSpec, noSuchAxis, withOneName } from './axes.ts';
import { numberOf, wordOf } from './attributes.ts';
import { boxGradient, cutOut } from './box.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const slice: Operator = {
  name: 'slice',
  attributes: {
    along: { ...alongSpec, default: 'channels' },
    start: { type: 'int', default: 0 },
    end: {
      type: 'int',
      default: null,
    },
    step: { type: 'int', default: 1, minimum: 1 },
  },
  constraints: {
    C1: 'the input of `slice` must have the axis of which a part is taken',
    C2: 'start and end of `slice` must lie in the axis, and start before end',
  },
  // Places that are not in the axis stay as they were written.
  canonical(given, [input]) {
    const attributes = withOneName(given);
    const axis = input && alongAxis(input, attributes);
    if (axis === undefined) return attributes;
    const extent = input!.shape[axis]!;
    const fromStart = (place: number): number => (place < 0 && place >= -extent ? place + extent : place);
    const end = attributes['end'] === undefined ? extent : fromStart(numberOf(attributes, 'end'));
    return { ...attributes, start: fromStart(numberOf(attributes, 'start')), end };
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    const axis = alongAxis(input!, attributes);
    if (axis === undefined) return report('C1', noSuchAxis(shape, wordOf(attributes, 'along'), 'along'));
    const { start, end, by } = placesOf(attributes);
    if (start >= 0 && end <= shape[axis]! && start < end)
      return [{ ...input!, shape: shape.with(axis, Math.ceil((end - start) / by)) }];
    return report('C2', {
      found: `${start} to ${end}`,
      expected: `0 to ${shape[axis]} at most`,
      attribute: start < 0 || start >= shape[axis]! ? 'start' : 'end',
    });
  },
  // x [N?,…,C,…] → y [N?,…,c,…]
  reference([x], attributes, [input]) {
    const [result] = slice.infer([input!], attributes, () => undefined)!;
    return [cutOut(x!, input!, boxOf(attributes, input!), result!.shape)];
  },
  box: (attributes, [input]) => boxOf(attributes, input!),
  explain(attributes, [input]) {
    const { start, end, by } = placesOf(attributes);
    const extent = Math.ceil((end - start) / by);
    if (alongAxis(input!, attributes) === undefined) return undefined;
    return by === 1 ? `${end} − ${start} = ${extent}` : `⌈(${end} − ${start}) / ${by}⌉ = ${extent}`;
  },
  lowering: { kind: 'view', of: 'box' },
  takes: () => 'moves',
  companions: [boxGradient],
  gradient({ apply, attributes, operands: [x], upstream: [dy], typeOf }) {
    const { start, step: by } = boxOf(attributes, typeOf(x!));
    return [apply('box_gradient', [dy!], { start, step: by, shape: typeOf(x!).shape })];
  },
  range: rangeOfFirst,
  unchanged: ({ attributes }) => numberOf(attributes, 'start') === 0,
  elsewhere: {
    PyTorch: { narrow: { differs: 'the axis has a name: narrow(2, 1, 3) is slice(height, start: 1, end: 4)' } },
    ONNX: { Slice: { differs: 'the axis has a name: slice(height, start: 1, end: -1)' } },
    Caffe: { Slice: { differs: 'it divides a value: a, b = split(2), or split(2, along: height)' } },
  },
};

/** Examples of its rules. */
export const sliceExamples: RuleExamples = () => ({
  C1: step(
    'Images have channels, height and width, tokens length and features, flat values features.',
    '[4, 8, 8]',
    'slice(length, end: 1)',
    'slice(height, end: 1)',
  ),
  C2: step(
    'Places count from 0, or from the end where they are negative: -1 is the last one.',
    '[4, 8, 8]',
    'slice(height, start: 8)',
    'slice(height, start: -1)',
  ),
});

function placesOf(attributes: Attributes): { readonly start: number; readonly end: number; readonly by: number } {
  return { start: numberOf(attributes, 'start'), end: numberOf(attributes, 'end'), by: numberOf(attributes, 'step') };
}

function boxOf(attributes: Attributes, input: TensorType): Box {
  const axis = alongAxis(input, attributes)!;
  const { start, by } = placesOf(attributes);
  return { start: input.shape.map(() => 0).with(axis, start), step: input.shape.map(() => 1).with(axis, by) };
}
