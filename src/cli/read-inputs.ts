// The files of `--input`, for networks of one input or of several.

import type { InputSettings } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { checkTensorFile } from '../data/check-tensor-file.ts';
import { InputError, printable } from '../data/input-error.ts';
import { isPictureShape } from '../data/preprocess.ts';
import { readTensors } from '../data/tensor-file.ts';
import type { TensorBatch } from '../data/tensor-file.ts';
import { tensorFormat } from '../data/tensor-format.ts';
import { UsageError, inFile } from './errors.ts';
import type { Io } from './io.ts';
import { givesNumbers, modelPictures, pictureSettings } from './picture-options.ts';
import type { PictureOptions } from './picture-options.ts';
import { shownPath } from './source.ts';

const MAX_INPUT_BYTES = 1 << 30;
const MODEL_PICTURES =
  'a model does not say how it takes pictures: pixels become numbers from 0 to 1; --preset, --scale, --mean, --std and --colors change that';

/** What the help of `--input` says. */
export const INPUT_FILES =
  'PNG, JPEG, .npy, .safetensors, IDX, JSON or CSV, of one image or several; - for the standard input; name=file where there are several inputs';

/** Collects `--input`, which may be repeated. */
export const collectInput = (path: string, before: readonly string[] = []): readonly string[] => [...before, path];

export interface RunnableInput {
  readonly name: string;
  readonly shape: Shape;
  readonly settings?: InputSettings;
}

interface RunnableInputs {
  readonly inputs: readonly RunnableInput[];
  /** Whether the network was read from a file that says nothing of pictures. */
  readonly isModel?: boolean;
}

export interface Images {
  /** By input name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly count: number;
}

export interface ReadImages extends Images {
  /** The inputs that take pictures, and how. */
  readonly pictures: readonly Required<RunnableInput>[];
}

/** Throws `InputError`. */
function fileRead(path: string, shape: Shape, { files }: Io): Uint8Array {
  try {
    return files.read(path, MAX_INPUT_BYTES, (unread) => inFile(path, () => checkTensorFile(unread, path, shape)));
  } catch (cause) {
    if (!(cause instanceof InputError) || !isFolder(path, files)) throw cause;
    throw new InputError(
      `${printable(path)} is a folder; give one file of it, or all of them to \`cnnc predict\`, as --data ${printable(path)}`,
      { cause },
    );
  }
}

/** Of one that has files. */
function isFolder(path: string, files: Io['files']): boolean {
  try {
    return files.list(path).length > 0;
  } catch {
    return false;
  }
}

/** The images of all inputs. Throws `InputError`, and `UsageError` where an input has no file or two. */
export function readInputs(
  { inputs, isModel }: RunnableInputs,
  options: PictureOptions & { readonly input: readonly string[] },
  io: Io,
): ReadImages {
  const given = filesByInput(
    inputs.map(({ name }) => name),
    options.input,
  );
  let isGuessed = false;
  const pictures: Required<RunnableInput>[] = [];
  const batches = inputs.map(({ name, shape, settings }): readonly [string, TensorBatch] => {
    const path = given.get(name);
    if (path === undefined) throw new UsageError(`the input ${name} has no --input ${name}=file`);
    const bytes = fileRead(path, shape, io);
    isGuessed ||= isModel === true && !givesNumbers(options) && tensorFormat(bytes, path) === 'picture';
    const how = pictureSettings(settings, isModel ? modelPictures(options) : options, shape, io.stderr);
    if (isPictureShape(shape)) pictures.push({ name, shape, settings: how });
    return [name, inFile(shownPath(path), () => readTensors(bytes, path, shape, how, name))];
  });
  if (isGuessed) io.stderr.write(`note: ${MODEL_PICTURES}\n`);
  const [first, ...others] = batches.map(([, { count }]) => count);
  if (others.some((count) => count !== first))
    throw new InputError(`the inputs have different numbers of images: ${[first, ...others].join(', ')}`);
  return { values: new Map(batches.map(([name, { data }]) => [name, data])), count: first ?? 0, pictures };
}

/** Throws `UsageError`. */
function filesByInput(names: readonly string[], texts: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const named = at > 0 && names.includes(text.slice(0, at));
    if (!named && names.length > 1)
      throw new UsageError(`the network has several inputs; give each as name=file: ${names.join(', ')}`);
    const name = named ? text.slice(0, at) : names[0]!;
    if (given.has(name)) throw new UsageError(`--input gives ${name} twice`);
    given.set(name, named ? text.slice(at + 1) : text);
  }
  return given;
}
