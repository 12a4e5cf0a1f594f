// `--calibrate`: the pictures or arrays on which the intervals of a network's values are seen, from a file or a folder.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from '../data/input-error.ts';
import { targetsAt } from '../data/labelled-images.ts';
import type { Picture } from '../data/picture.ts';
import { pictureToTensor } from '../data/preprocess.ts';
import { MAX_DATA_BYTES, readTensors } from '../data/tensor-file.ts';
import type { ImageInputs } from '../quantize/tapped.ts';
import { asTaken, tensorsOf } from '../train/inputs.ts';
import { inFile } from './errors.ts';
import type { Io } from './io.ts';
import { openLabelledImages } from './labelled-data.ts';
import { within } from './paths.ts';
import { modelPictures, pictureSettings } from './picture-options.ts';
import type { PictureOptions } from './picture-options.ts';
import { readInputs } from './read-inputs.ts';
import type { RunnableInput } from './read-inputs.ts';

/** Images that can be gone through several times; pictures of a folder are decoded each time, so that one is in memory. */
export interface CalibrationImages extends Iterable<ImageInputs> {
  readonly count: number;
  /** Of how many they were taken, evenly spread. */
  readonly of: number;
  /** The class of each, where the folder says it. */
  readonly labels?: readonly number[];
  /** How many folders there were, where each is a class. */
  readonly folders?: number;
}

interface Network {
  readonly name: string;
  readonly inputs: readonly RunnableInput[];
  readonly isModel: boolean;
}

/** Intervals hardly change beyond; more only take time. */
const MAX_IMAGES = 256;

/** Throws `InputError` where there are none, and where a file is no picture or array that fits. */
export function openCalibration(path: string, network: Network, options: PictureOptions, io: Io): CalibrationImages {
  const names = listed(path, io);
  return names ? ofFolder(path, names, network, options, io) : ofFile(path, network, options, io);
}

/** The names in a folder; undefined for a file. */
function listed(path: string, { files }: Io): readonly string[] | undefined {
  try {
    return files.list(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    // What is neither is told by who reads the file.
    return undefined;
  }
}

function ofFile(path: string, network: Network, options: PictureOptions, io: Io): CalibrationImages {
  const { inputs } = network;
  const input = inputs.length === 1 ? [path] : inputs.map(({ name }) => `${name}=${path}`);
  const { values, count } = readInputs(network, { ...options, input }, io);
  if (count === 0) throw new InputError(`${path} holds no images to calibrate with`);
  return chosen(count, (image) => {
    const parts = inputs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      return [name, values.get(name)!.subarray(image * size, (image + 1) * size)] as const;
    });
    return new Map(parts);
  });
}

function ofFolder(
  folder: string,
  names: readonly string[],
  { name: network, inputs, isModel }: Network,
  options: PictureOptions,
  io: Io,
): CalibrationImages {
  const [input, ...others] = inputs;
  const split = splits.find((part) => names.some((file) => isImagesOf(part).test(file)));
  if (!input || (others.length > 0 && split === undefined))
    throw new InputError(
      `${network} has ${inputs.length} inputs; --calibrate takes a .safetensors file with a tensor for each of them`,
    );
  const { name, shape } = input;
  const settings = pictureSettings(input.settings, isModel ? modelPictures(options) : options, shape, io.stderr);
  if (split !== undefined) {
    const takes = { name: network, inputs };
    const data = asTaken(openLabelledImages(folder, split, shape, io.files, settings, { maps: true }), takes, split);
    const { width, height, channels, labels: classes, targets, numbers } = data;
    if (numbers) {
      const example = (at: number) => tensorsOf(targetsAt(numbers, [at]), takes);
      return chosen(data.count, example, targets ? undefined : (at) => classes[at]!);
    }
    const picture = (at: number): Picture => ({ width, height, channels, data: data.image(at) });
    const image = (at: number) => new Map([[name, pictureToTensor(picture(at), settings, shape)]]);
    return chosen(data.count, image, targets ? undefined : (at) => classes[at]!);
  }
  const pictures = picturesIn(...partOf(folder, names, io), io);
  const image = ({ path }: LabelledPicture): ImageInputs => {
    const bytes = io.files.read(path, MAX_DATA_BYTES);
    const { data, count } = inFile(path, () => readTensors(bytes, path, shape, settings, name));
    if (count !== 1) throw new InputError(`${path} holds ${count} images; in a folder, each file is one`);
    return new Map([[name, data]]);
  };
  const labels = pictures[0]!.label === undefined ? undefined : (at: number) => pictures[at]!.label!;
  const found = chosen(pictures.length, (at) => image(pictures[at]!), labels);
  return labels ? { ...found, folders: pictures.at(-1)!.label! + 1 } : found;
}

const splits = ['train', 'test'] as const;

/** The files of data sets that are read at once. */
const isImagesOf = (split: 'train' | 'test'): RegExp =>
  split === 'test'
    ? /^((t10k|test)-images[-.]idx3.*|test-images(\.npy)?|test-inputs\.(npy|npz|safetensors)|test_batch\.bin|test\.bin)$/
    : /^(train-images[-.]idx3.*|train-images(\.npy)?|train-inputs\.(npy|npz|safetensors)|data_batch_\d\.bin|train\.bin)$/;

/** The folder `train` or `test` of a data set of pictures, with what is in it; else the folder itself. */
function partOf(folder: string, names: readonly string[], io: Io): readonly [folder: string, names: readonly string[]] {
  const part = splits.find((one) => names.includes(one));
  if (part === undefined) return [folder, names];
  const path = within(folder, part);
  const inside = listed(path, io);
  return inside?.some((name) => listed(within(path, name), io)) ? [path, inside] : [folder, names];
}

interface LabelledPicture {
  readonly path: string;
  readonly label?: number;
}

/** Those of the folder itself, else of the folders in it, one for each class, in the order of their names. */
function picturesIn(folder: string, names: readonly string[], io: Io): readonly LabelledPicture[] {
  const isPicture = (name: string): boolean => /\.(png|jpe?g|npy)$/i.test(name);
  const own = names.filter(isPicture).map((name) => ({ path: within(folder, name) }));
  if (own.length > 0) return own;
  const folders = names
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const inner = listed(within(folder, name), io);
      return inner ? [inner.filter(isPicture).map((file) => within(within(folder, name), file))] : [];
    });
  const inside = folders.flatMap((paths, label) => paths.map((path) => ({ path, label })));
  if (inside.length > 0) return inside;
  throw new InputError(
    `${printable(folder)} holds nothing to calibrate with; expected pictures (.png, .jpg), arrays (.npy), folders of them for each class, or a data set as \`cnnc train\` takes it`,
  );
}

function chosen(of: number, image: (at: number) => ImageInputs, label?: (at: number) => number): CalibrationImages {
  const count = Math.min(of, MAX_IMAGES);
  const indices = Array.from({ length: count }, (_, at) => Math.floor((at * of) / count));
  return {
    count,
    of,
    ...(label && { labels: indices.map(label) }),
    *[Symbol.iterator]() {
      for (const at of indices) yield image(at);
    },
  };
}
