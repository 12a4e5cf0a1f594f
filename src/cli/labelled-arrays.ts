// Data sets as arrays: pictures in `train-images.npy`, or tensors for the inputs of a network in `train-inputs.npy`, `.npz` or
// `.safetensors`; beside them `train-labels.npy`, or what the network is to answer in `train-targets.npy`, `.npz` or `.safetensors`.

import type { Split } from '../data/dataset.ts';
import { InputError } from '../data/input-error.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import {
  readLabelNumbers,
  readLabelledNpy,
  readPicturesNpy,
  readTargetsNpy,
  withTargetsNpy,
} from '../data/labelled-npy.ts';
import { labelledTensors, readTensor, readTensors } from '../data/labelled-tensors.ts';
import { readNamedTargets } from '../data/named-targets.ts';
import { checkWeightsFile } from '../data/weights-file.ts';
import { inFile } from './errors.ts';
import type { Files } from './io.ts';

/** Reads a file of the data set, which `check` may refuse by its first bytes. */
type Read = (name: string, check?: Parameters<Files['read']>[2]) => Uint8Array;

/** Undefined where the folder has no such part. Throws `InputError`. */
export function readArrays(names: readonly string[], split: Split, read: Read): LabelledImages | undefined {
  const examples = oneOf(names, [`${split}-images.npy`, ...filesOf(`${split}-inputs`)]);
  if (examples === undefined) return undefined;
  const answers = answersIn(names, split, examples);
  return examples === `${split}-images.npy`
    ? picturesOf(split, examples, answers, read)
    : tensorsOf(split, examples, answers, read);
}

const filesOf = (name: string): readonly string[] => ['npy', 'npz', 'safetensors'].map((ending) => `${name}.${ending}`);

/** The one of these files that is there. Throws `InputError` where there are several. */
function oneOf(names: readonly string[], wanted: readonly string[]): string | undefined {
  const [one, other] = wanted.filter((name) => names.includes(name));
  if (other !== undefined)
    throw new InputError(`there are ${one} and ${other}; expected one of them: remove or rename the other`);
  return one;
}

/** The file of the answers. Throws `InputError` where there is none. */
function answersIn(names: readonly string[], split: Split, examples: string): string {
  const [array, ...named] = filesOf(`${split}-targets`);
  const found = oneOf(names, named) ?? [array!, `${split}-labels.npy`].find((name) => names.includes(name));
  if (found !== undefined) return found;
  const one = examples.startsWith(`${split}-inputs`) ? 'example' : 'image';
  const itself = examples === `${split}-inputs.npy` ? '; where they are the inputs themselves, a copy of these' : '';
  throw new InputError(
    `there is ${examples}, but neither ${split}-labels.npy, a class for each ${one}, nor ${array}, an answer or the classes of its pixels, nor ${split}-targets.npz, answers by the names of outputs${itself}`,
  );
}

const areNamed = (answers: string): boolean => !answers.endsWith('.npy');

function picturesOf(split: Split, examples: string, answers: string, read: Read): LabelledImages {
  if (areNamed(answers)) {
    const pictures = inFile(examples, () => readPicturesNpy(read(examples)));
    return inFile(answers, () => readNamedTargets(pictures, read(answers, checkWeightsFile)));
  }
  const [images, given] = [read(examples), read(answers)];
  try {
    return answers === `${split}-targets.npy`
      ? readTargetsNpy(images, given)
      : readLabelledNpy(images, given, { isTest: split === 'test' });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${split} images: ${error.message}`, { limit: error.limit, cause: error });
  }
}

function tensorsOf(split: Split, examples: string, answers: string, read: Read): LabelledImages {
  const { count, inputs } = inFile(examples, () =>
    areNamed(examples) ? readTensors(read(examples, checkWeightsFile)) : readTensor(read(examples)),
  );
  if (answers === `${split}-labels.npy`) {
    const labels = inFile(answers, () => readLabelNumbers(read(answers), count, 'examples'));
    return inFile(examples, () => labelledTensors(count, inputs, labels, { isTest: split === 'test' }));
  }
  const tensors = inFile(examples, () => labelledTensors(count, inputs));
  return inFile(answers, () =>
    areNamed(answers)
      ? readNamedTargets(tensors, read(answers, checkWeightsFile))
      : withTargetsNpy(tensors, read(answers)),
  );
}
