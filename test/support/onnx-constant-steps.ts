// Steps of random ONNX models that exporters leave where they fold no constants: masks and places made of other constants, and added to a
// value or chosen by; and types that constants pass through.

import { dataTypes } from '../../src/onnx/file/messages.ts';
import type { Draft, Step, Value } from './onnx-draft.ts';

const { float, float16, bfloat16, double, int8, uint8, int16, int32, int64, bool } = dataTypes;

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

/** Beside a value: its axes with some of them 1, without the batch. */
function besides(draft: Draft, { dims }: Value): readonly number[] {
  return dims.slice(draft.whole(1, dims.length - 1)).map((extent) => (draft.chance(0.3) ? 1 : extent));
}

const cast = (draft: Draft, name: string, to: number): string => draft.emit('Cast', [name], { to })[0]!;

const joined = (draft: Draft, x: Value, constant: string): void =>
  void draft.emit(draft.pick(['Add', 'Mul', 'Sub']), [x.name, constant]);

/** Numbers of many sizes. */
const wide = (draft: Draft, dims: readonly number[], scale: number): string =>
  draft.weights(dims, (value) => Math.fround(value * scale));

/** Through f16 at the end alone: onnxruntime leaves it out between others. */
const casts: Step = (draft, x) => {
  const types = [float, double, int8, uint8, int16, int32, int64, bool];
  const last = [...types, float16, ...(draft.version < 13 ? [] : [bfloat16])];
  const scale = draft.pick([1, 3, 100, 300, 40_000, 70_000]);
  let name = wide(draft, besides(draft, x), scale);
  for (let count = draft.whole(0, 2); count > 0; count -= 1) name = cast(draft, name, draft.pick(types));
  name = cast(draft, cast(draft, name, draft.pick(last)), float);
  // Beside large numbers, those of the value would be lost.
  joined(
    draft,
    x,
    scale < 100 ? name : draft.emit('Mul', [name, draft.constant([], [scale < 1000 ? 2 ** -6 : 2 ** -12])])[0]!,
  );
};

/** Arithmetic in a type. Not in f16: onnxruntime leaves out casts around such nodes. */
const typed: Step = (draft, x) => {
  const type = draft.pick([float, double, int32, int64]);
  const dims = besides(draft, x);
  const [a, b] = [wide(draft, dims, draft.pick([3, 50, 2000])), wide(draft, dims, draft.pick([3, 50, 2000]))];
  const operator = draft.pick([
    'Add',
    'Sub',
    'Mul',
    'Max',
    'Min',
    ...(type === int32 || type === int64 ? [] : ['Div']),
  ]);
  const [result] = draft.emit(operator, [cast(draft, a, type), cast(draft, b, type)]);
  joined(draft, x, cast(draft, result!, float));
};

const functions: Step = (draft, x) => {
  const known = [
    'Sign',
    'Sin',
    'Cos',
    'Atan',
    'Floor',
    'Ceil',
    'Neg',
    'Abs',
    'Tan',
    ...(draft.version < 11 ? [] : ['Round']),
  ];
  const [result] = draft.emit(draft.pick(known), [wide(draft, besides(draft, x), draft.pick([1, 5]))]);
  joined(draft, x, result!);
};

const remainders: Step = (draft, x) => {
  if (draft.version < 10) return;
  const dims = besides(draft, x);
  const isFloat = draft.chance(0.4);
  const type = isFloat ? float : draft.pick([int32, int64]);
  const divisor = draft.weights(dims, (value) => (value < 0 ? -1 : 1) * (isFloat ? 1.25 : draft.whole(1, 7)));
  const operands = [wide(draft, dims, 30), divisor].map((one) => cast(draft, one, type));
  const [result] = draft.emit('Mod', operands, { fmod: isFloat ? 1 : draft.whole(0, 1) });
  joined(draft, x, cast(draft, result!, float));
};

const alongAxis: Step = (draft, x) => {
  const dims = besides(draft, x);
  const axis = draft.whole(-dims.length, dims.length - 1);
  if (draft.version >= 11 && draft.chance(0.6)) {
    const settings = { exclusive: draft.whole(0, 1), reverse: draft.whole(0, 1) };
    return joined(draft, x, draft.emit('CumSum', [wide(draft, dims, 3), draft.integer(axis)], settings)[0]!);
  }
  const given = wide(draft, dims, 2);
  const settings = { keepdims: 1, ...(draft.version < 18 && { axes: [axis] }) };
  const inputs = draft.version < 18 ? [given] : [given, draft.integers([axis])];
  return joined(draft, x, draft.emit('ReduceProd', inputs, settings)[0]!);
};

const triangle: Step = (draft, x) => {
  const dims = besides(draft, x);
  if (draft.version < 14 || dims.length < 2) return;
  const inputs = [wide(draft, dims, 2), ...(draft.chance(0.5) ? [draft.integer(draft.whole(-2, 2))] : [])];
  joined(draft, x, draft.emit('Trilu', inputs, { upper: draft.whole(0, 1) })[0]!);
};

/** One hot along the last axis of the value. */
const hot: Step = (draft, x) => {
  const depth = x.dims.at(-1)!;
  const rows = x.dims.length > 2 ? x.dims.at(-2)! : 1;
  const indices = draft.integers(Array.from({ length: rows }, () => draft.whole(-depth, depth)));
  const inputs = [indices, draft.integer(depth), draft.constant([2], [-0.5, 2])];
  const [result] = draft.emit('OneHot', inputs, draft.chance(0.5) ? {} : { axis: draft.pick([1, -1]) });
  joined(draft, x, result!);
};

/** By indices that are tensors. */
const indexed: Step = (draft, x) => {
  const dims = besides(draft, x);
  if (draft.version < 13) return;
  const data = wide(draft, dims, 2);
  const axis = draft.whole(0, dims.length - 1);
  const places = (count: number, extent: number): string =>
    draft.integers(Array.from({ length: count }, () => draft.whole(-extent, extent - 1)));
  const shaped = (name: string, shape: readonly number[]): string =>
    draft.emit('Reshape', [name, draft.integers(shape)])[0]!;
  const indices = (): string => shaped(places(sizeOf(dims), dims[axis]!), dims);
  const rows = (): string => shaped(places(3, dims[0]!), [3, 1]);
  const updates = (shape: readonly number[]): string => wide(draft, shape, 5);
  const reduction = draft.version < 16 ? undefined : draft.pick(['none', 'add', 'mul']);
  const [result] = draft.pick([
    () => draft.emit('GatherElements', [data, indices()], { axis: draft.chance(0.5) ? axis : axis - dims.length }),
    () => draft.emit('ScatterND', [data, rows(), updates([3, ...dims.slice(1)])], { reduction }),
    () => {
      // Each place once, as the order of updates is open.
      const along = shaped(
        draft.integers([draft.whole(0, dims[axis]! - 1)]),
        dims.map(() => 1),
      );
      return draft.emit('ScatterElements', [data, along, updates(dims.map(() => 1))], { axis, reduction });
    },
    () => [shaped(draft.emit('GatherND', [data, shaped(places(1, dims[0]!), [1, 1])])[0]!, [1, ...dims.slice(1)])],
  ])();
  joined(draft, x, result!);
};

const choice: Step = (draft, x) => {
  if (draft.version < 9) return;
  const condition = cast(draft, cast(draft, wide(draft, besides(draft, x), 2), int32), bool);
  const isNot = draft.chance(0.3) ? draft.emit('Not', [condition])[0]! : condition;
  const other = draft.pick([
    () => draft.constant([], [draft.pick([0, -1e4, 0.5])]),
    () => wide(draft, besides(draft, x), 2),
  ]);
  const second = draft.chance(0.3) ? draft.emit('Neg', [x.name])[0]! : other();
  draft.emit('Where', draft.chance(0.5) ? [isNot, x.name, second] : [isNot, second, x.name]);
};

const signs: Step = (draft, x) => void draft.emit('Sign', [x.name]);

const norms: Step = (draft, x) => {
  const { name, dims } = x;
  if (draft.chance(0.5)) draft.emit('LpNormalization', [name], { axis: draft.axis(x), p: draft.whole(1, 2) });
  else if (draft.version >= 9 && dims.length > 2) {
    // Numbers that are all alike have only their rounding errors for a deviation.
    const [apart] = draft.emit('Add', [name, draft.weights(dims.slice(1), (value) => 3 * value)]);
    draft.emit('MeanVarianceNormalization', [apart!], { axes: draft.some([...dims.keys()].slice(1)) });
  }
};

export const constantSteps: Readonly<Record<string, Step>> = {
  ...{ casts, typed, functions, remainders, alongAxis, triangle, hot, indexed, choice, signs, norms },
};
