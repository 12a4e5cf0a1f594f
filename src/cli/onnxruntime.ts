// Runs an ONNX file by onnxruntime-node, which is no part of cnnc: it is looked for where the user is.

import type { RunValue } from '../compare/compare.ts';
import { InputError, printable } from '../data/input-error.ts';
import { traced } from '../onnx/traced.ts';
import type { ModelInput } from '../onnx/traced.ts';
import type { ImportFlags } from './import-options.ts';
import type { Io } from './io.ts';
import { problemDiagnostics } from './model.ts';
import { DiagnosticsError } from './errors.ts';
import { modelOptions } from './model-options.ts';
import type { ModelOptions } from './model-options.ts';
import type { Images } from './read-inputs.ts';

interface OrtTensor {
  readonly type: string;
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/** The part of the package that is used (https://onnxruntime.ai/docs/api/js). */
interface Ort {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: string, data: object, dims: readonly number[]) => OrtTensor;
}

interface Session {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release?(): Promise<void>;
}

export interface Judged {
  readonly bytes: Uint8Array;
  readonly path: string;
  readonly flags: ImportFlags;
  /** Names of the file's values that are wanted. */
  readonly wanted: ReadonlySet<string>;
  /** Names of the file's inputs, in the order of the network's. */
  readonly inputs: readonly string[];
  readonly batched: boolean;
}

/**
 * What onnxruntime gives for the wanted values of a file, without its own rewriting of the graph. Throws `InputError` where the package
 * is not installed, or does not run the file.
 */
export async function onnxruntimeValues(judged: Judged, { values, count }: Images, io: Io) {
  if (judged.flags.externalData)
    throw new InputError(
      `${judged.path} keeps weights in other files, and --against onnxruntime hands over the model's own file only; compare its imported text, or save the model in one file`,
    );
  const ort = await packageOf(io);
  const model = traced(judged.bytes, judged.wanted);
  if ('what' in model) throw new DiagnosticsError(problemDiagnostics(judged.path, [model]));
  const options = modelOptions(judged.flags, judged.path, io);
  const session = await inOnnxruntime(() =>
    ort.InferenceSession.create(model.bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 }),
  );
  const runs: Readonly<Record<string, OrtTensor>>[] = [];
  try {
    for (let image = 0; image < count; image += 1) {
      const feeds = model.inputs.map((input) => [
        input.name,
        feedOf(ort, input, judged, values, image, count, options),
      ]);
      runs.push(await inOnnxruntime(() => session.run(Object.fromEntries(feeds) as Record<string, OrtTensor>)));
    }
  } finally {
    await session.release?.();
  }
  const isOutput = new Set(model.outputs);
  return [...model.outputs, ...model.added].flatMap((name): readonly RunValue[] => {
    const tensors = runs.map((run) => run[name]!);
    if (tensors.some(({ type }) => type !== 'float32')) return [];
    return [valueOf(name, tensors, judged.batched, isOutput.has(name))];
  });
}

/** The first image of each run, one after the other. */
function valueOf(name: string, tensors: readonly OrtTensor[], batched: boolean, isOutput: boolean): RunValue {
  const parts = tensors.map(({ data, dims }) => {
    const images = batched ? (dims[0] ?? 1) : 1;
    return Float32Array.from(data).subarray(0, data.length / images);
  });
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  for (const [at, part] of parts.entries()) data.set(part, at * parts[0]!.length);
  const { dims } = tensors[0]!;
  return { own: [], foreign: [name], shape: batched ? dims.slice(1) : dims, data, isOutput };
}

/** The image as the file wants it: as often as its batch is fixed. */
function feedOf(
  ort: Ort,
  { name, dims, isFloat }: ModelInput,
  { inputs, path }: Judged,
  values: Images['values'],
  image: number,
  count: number,
  { dims: extents, constants }: ModelOptions,
): OrtTensor {
  const constant = constants.get(name);
  if (constant) {
    const whole = Array.from(constant.data);
    return isFloat
      ? new ort.Tensor('float32', Float32Array.from(whole), constant.shape)
      : new ort.Tensor('int64', BigInt64Array.from(whole.map(BigInt)), constant.shape);
  }
  const all = [...values.values()][inputs.indexOf(name)];
  if (!all || !isFloat)
    throw new InputError(
      `${path}: onnxruntime needs the input ${printable(name)} in f32, and there is none to give it`,
    );
  const shape = dims.map((extent) => (typeof extent === 'number' ? extent : (extents.get(extent) ?? 1)));
  const size = all.length / count;
  const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  for (let at = 0; at < data.length; at += size) data.set(all.subarray(image * size, (image + 1) * size), at);
  return new ort.Tensor('float32', data, shape);
}

async function packageOf({ files }: Io): Promise<Ort> {
  const found = (await files.importInstalled('onnxruntime-node')) as (Partial<Ort> & { default?: Ort }) | undefined;
  const ort = found?.InferenceSession ? (found as Ort) : found?.default;
  if (ort) return ort;
  throw new InputError(
    '--against onnxruntime needs the package onnxruntime-node; `npm install onnxruntime-node` in this folder installs it',
  );
}

/** Throws `InputError` with what onnxruntime says. */
async function inOnnxruntime<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new InputError(`onnxruntime: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}
