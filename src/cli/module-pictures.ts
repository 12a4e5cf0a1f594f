// What the options of `compile` say of pictures and classes becomes part of the network, and so of its module and its page.

import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { labelsIn } from './labels.ts';
import { givesPictures, pictureSettings } from './picture-options.ts';
import type { PictureOptions } from './picture-options.ts';

export interface ModulePictureOptions extends PictureOptions {
  /** A file of class names. */
  readonly labels?: string;
}

/** Throws `InputError` for labels that cannot be read, `UsageError` where no input takes pictures. */
export function withPictures(graph: Graph, options: ModulePictureOptions, io: Io): Graph {
  const labels = options.labels === undefined ? undefined : labelsIn(options.labels, io);
  return {
    ...graph,
    ...(givesPictures(options) && { inputs: picturesOf(graph, options, io) }),
    ...(labels && { outputs: graph.outputs.map((output) => ({ ...output, labels })) }),
  };
}

function picturesOf(graph: Graph, options: PictureOptions, { stderr }: Io): Graph['inputs'] {
  if (!graph.inputs.some(({ settings }) => settings))
    throw new UsageError(`${graph.name} takes no pictures, which options such as --preset and --mean speak of`);
  return graph.inputs.map((input) => {
    if (!input.settings) return input;
    const { shape } = typeOf(graph, input.value);
    return { ...input, settings: pictureSettings(input.settings, options, shape, stderr) };
  });
}
