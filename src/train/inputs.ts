// The inputs of a network that is trained: one tensor, whatever the network has. Several become one, of which each is a slice; what they
// are given comes from a data set of tensors.

import type { Network } from '../../compiler/frontend/index.ts';
import { trainedGraph } from '../../compiler/index.ts';
import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { createNames } from '../../compiler/ir/names.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { formatShape, sameShape, sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';
import type { Split } from '../data/dataset.ts';
import { InputError, printable } from '../data/input-error.ts';
import { type LabelledImages, joined } from '../data/labelled-images.ts';
import { theInput } from '../data/labelled-tensors.ts';
import type { Values } from '../network/module.ts';

interface Data {
  readonly training: LabelledImages;
  readonly test?: LabelledImages;
}

/** The network with one input, and the data as that takes them. Throws `InputError` where they do not fit. */
export function withOneInput(
  network: Network,
  { training, test }: Data,
): { readonly network: Network; readonly data: Data } {
  const { graph, trainingGraph } = network;
  const takes = taking(graph);
  if (test && !training.inputs !== !test.inputs)
    throw new InputError(
      `the training data are ${kindOf(training)}, but the test data ${kindOf(test)}; expected the same of both, train-inputs and test-inputs, or pictures`,
    );
  const data = {
    training: asTaken(training, takes, 'train'),
    ...(test && { test: asTaken(test, takes, 'test') }),
  };
  if (graph.inputs.length === 1) return { network, data };
  const joinedNetwork = { ...network, graph: joinedInputs(graph) };
  return {
    network: trainingGraph ? { ...joinedNetwork, trainingGraph: joinedInputs(trainedGraph(network)) } : joinedNetwork,
    data,
  };
}

const kindOf = ({ inputs }: LabelledImages): string => (inputs ? 'numbers' : 'pictures');

/** What takes the examples: a network, or a module. */
export interface Takes {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
}

const taking = (graph: Graph): Takes => ({
  name: graph.name,
  inputs: graph.inputs.map(({ name, value }) => ({ name, shape: typeOf(graph, value).shape })),
});

/** The data set with the tensors of the inputs as one. Throws `InputError` where they are not what is taken. */
export function asTaken(images: LabelledImages, takes: Takes, split: Split): LabelledImages {
  const { name, inputs } = takes;
  const expected = inputs.map((one) => `${one.name} [count, ${one.shape.join(', ')}]`).join(' and ');
  if (!images.inputs) {
    if (inputs.length === 1) return images;
    throw new InputError(
      `${name} has ${inputs.length} inputs, and a picture is given to one; expected ${split}-inputs.npz or ${split}-inputs.safetensors with ${expected}`,
    );
  }
  const only = images.inputs.get(theInput);
  const isAlone = only && images.inputs.size === 1 && inputs.length === 1;
  const given = isAlone ? new Map([[inputs[0]!.name, only]]) : images.inputs;
  const unknown = [...given.keys()].find((one) => !inputs.some((input) => input.name === one));
  if (unknown !== undefined)
    throw new InputError(
      `the ${split} inputs have ${unknown === theInput ? 'one tensor without a name' : `${printable(unknown)}, which is no input of ${name}`}; expected ${expected}`,
    );
  const tensors = inputs.map((input) => {
    const found = given.get(input.name);
    if (!found) throw new InputError(`there is no ${input.name} among the ${split} inputs; expected ${expected}`);
    if (!sameShape(found.shape, input.shape))
      throw new InputError(
        `the ${split} inputs ${input.name} are ${formatShape(found.shape)} of each example; ${name} takes ${formatShape(input.shape)}`,
      );
    return found;
  });
  return { ...images, numbers: joined(images.count, tensors) };
}

/** What each input gets of examples [count, numbers], by its name: [count, …]. */
export function tensorsOf(numbers: Float32Array, { inputs }: Takes): ReadonlyMap<string, Float32Array> {
  const sizes = inputs.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const count = numbers.length / total;
  let start = 0;
  const entries = inputs.map(({ name }, at) => {
    const [size, from] = [sizes[at]!, start];
    start += size;
    const own = new Float32Array(count * size);
    for (let index = 0; index < count; index += 1) {
      const first = index * total + from;
      own.set(numbers.subarray(first, first + size), index * size);
    }
    return [name, own] as const;
  });
  return new Map(entries);
}

/** The same as a module takes it: an array for one input, several by their names. */
export function valuesOf(numbers: Float32Array, takes: Takes): Values {
  return takes.inputs.length === 1 ? numbers : Object.fromEntries(tensorsOf(numbers, takes));
}

/** The graph with one input [numbers], of which its own are slices, in their order. */
export function joinedInputs(graph: Graph): Graph {
  const { inputs, nodes } = graph;
  const names = createNames([...inputs, ...nodes, ...graph.parameters].map(({ name }) => name));
  const types = new Map(graph.types);
  let next = Math.max(...types.keys()) + 1;
  const value = (type: TensorType): ValueId => {
    types.set(next, type);
    return next++;
  };
  const sizes = inputs.map((input) => sizeOf(typeOf(graph, input.value).shape));
  const all = value(tensorType([sizes.reduce((sum, size) => sum + size, 0)]));
  let start = 0;
  const slices = inputs.flatMap((input, at): readonly Node[] => {
    const { shape } = typeOf(graph, input.value);
    const part = value(tensorType([sizes[at]!]));
    const places = { along: 'channels', start, end: start + sizes[at]!, step: 1 };
    start += sizes[at]!;
    return [
      { op: 'slice', name: names.fresh(`${input.name}_slice`), operands: [all], attributes: places, results: [part] },
      { op: 'reshape', name: names.fresh(input.name), operands: [part], attributes: { shape }, results: [input.value] },
    ];
  });
  return { ...graph, inputs: [{ name: names.fresh('inputs'), value: all }], nodes: [...slices, ...nodes], types };
}
