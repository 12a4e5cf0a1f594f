// ONNX files as networks: reading, checking and importing. The contract with commands, the printer of `.cnn` text and comparisons.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { fits } from '../../compiler/ops/limits.ts';
import { aboutText } from './about.ts';
import { MAX_RANK, constantOf, numbersOf, withAllowance } from './constant.ts';
import { flawsOf } from './check.ts';
import { kindOf } from './element.ts';
import { decodeModel, isProblem } from './file/decode.ts';
import { dataTypes } from './file/messages.ts';
import type { GraphProto, Model, ValueInfo } from './file/messages.ts';
import { elementType, kindOfType, typeName } from './file/tensor.ts';
import type { ReadExternal } from './file/tensor.ts';
import { unknown } from './flow.ts';
import type { Flow } from './flow.ts';
import { withoutCalls } from './functions.ts';
import { recognised } from './idioms/index.ts';
import { readInitializers } from './initializers.ts';
import { networkName } from './naming.ts';
import { neededNodes, readersOf } from './needed.ts';
import { BatchRefusal, Refusal } from './problem.ts';
import type { Problem } from './problem.ts';
import { createSession } from './session.ts';
import type { Session, Weight } from './session.ts';
import { plainShape } from './shapes.ts';
import { importNode } from './walk.ts';
import { noneUnsupported } from './unsupported.ts';
import type { Walk } from './walk.ts';

export type { Problem } from './problem.ts';
export type { Weight } from './session.ts';

/** A tensor from elsewhere: row-major. */
export interface GivenTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

export interface ImportOptions {
  /** Symbolic dimension other than the batch → extent. */
  readonly dims?: ReadonlyMap<string, number>;
  /** Inputs that are constants → their values. */
  readonly constants?: ReadonlyMap<string, GivenTensor>;
  /** What the file is called, without its ending: the network's name where the graph has none of its own. */
  readonly fileName?: string;
  /** Reads files beside the model; without it, external data are refused. */
  readonly readExternal?: ReadExternal;
  /** Is told how many fields the file's messages have, before they are read. */
  readonly observe?: (fields: number) => void;
}

export interface Imported {
  readonly network: { readonly name: string; readonly doc?: string; readonly graph: Graph };
  /** By the names of the graph's parameters. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Names in the file → the input or node of our graph that gives the value. */
  readonly names: ReadonlyMap<string, string>;
  /** Names of the file's inputs and outputs, in the order of ours. */
  readonly inputs: readonly string[];
  readonly outputs: readonly Border[];
  /** Whether axis 0 of the file's inputs and outputs is the batch; otherwise each whole tensor is one image. */
  readonly batched: boolean;
  readonly notes: readonly string[];
}

export interface Border {
  readonly name: string;
  /** The file's shape, without the batch axis where there is one. */
  readonly dims: readonly number[];
}

/** Elements of constants that may be made while a file is read; those of weights are made afterwards. */
const MAX_ELEMENTS = 2 ** 25;

/** The network of an ONNX file, or everything that keeps it from being one. Never throws because of what the file holds. */
export function importOnnx(
  bytes: Uint8Array,
  options: ImportOptions = {},
): Imported | { readonly problems: readonly Problem[] } {
  if (bytes.length === 0) return { problems: [{ what: 'the file is empty', mend: 'download or export it again' }] };
  const model = decodeModel(bytes, options.observe);
  if (isProblem(model)) return { problems: [model] };
  const flaws = flawsOf(model);
  if (flaws.length > 0) return { problems: flaws };
  const graph = withoutCalls(model);
  if (isProblem(graph)) return { problems: [graph] };
  try {
    return withAllowance(MAX_ELEMENTS, () => attempt(model, graph, options, 1));
  } catch (error) {
    if (!(error instanceof BatchRefusal)) throw error;

    const whole = withAllowance(MAX_ELEMENTS, () => attempt(model, graph, options, 0));
    if (!('problems' in whole)) return whole;
    return { problems: [{ ...error.place, what: error.message, mend: error.mend }, ...whole.problems] };
  }
}

function attempt(model: Model, graph: GraphProto, options: ImportOptions, outer: 0 | 1): ReturnType<typeof importOnnx> {
  // What `cnnc export` writes is called as in its text, whatever that is.
  const name = networkName(graph.name, model.producerName === 'cnnc' ? '' : (options.fileName ?? ''));
  const session = createSession(name);
  const nodes = neededNodes(graph);
  const walk: Walk = {
    session,
    entries: new Map(),
    outer,
    versions: new Map(
      model.opsetImport.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, Number(version)]),
    ),
    readExternal: options.readExternal,
    problems: [],
    unsupported: noneUnsupported(),
    images: outer === 1 ? imagesOf(graph) : undefined,
    notes: new Set(unknownNames(graph, options)),
    readers: readersOf(nodes, graph),
    names: new Map(),
  };
  const inputs: string[] = [];
  readInitializers(walk, graph);
  collect(walk, () => givenConstants(walk, graph, options));
  for (const input of graph.input) {
    const isIdle = !walk.readers.has(input.name) && kindOfType(input.type?.tensorType?.elemType ?? 0) !== 'float';
    if (walk.entries.has(input.name) || isIdle) continue;
    // Where it is refused, nodes that read it are not to blame.
    walk.entries.set(input.name, unknown);
    collect(walk, () => {
      const flow = flowingInput(session, input, options, outer);
      walk.entries.set(input.name, { ...flow, ...alienOf(input, walk.images) });
      walk.names.set(input.name, session.nameOf(flow.value));
      inputs.push(input.name);
    });
  }
  for (const node of nodes) importNode(walk, node);
  const outputs: Border[] = [];
  const isOfOneImage = inputs.every((input) => isOfOne((walk.entries.get(input) as Flow).dims));
  for (const { name } of graph.output) collect(walk, () => outputs.push(outputOf(walk, name, isOfOneImage)));
  const problems = [...walk.unsupported.problems(), ...walk.problems];
  if (problems.length > 0) return { problems };
  if (outputs.length === 0) return { problems: [{ what: 'the graph has no output', mend: 'export the model again' }] };
  const doc = model.docString || graph.docString;
  const { graph: whole, weights, renamed } = recognised(session.finish(), session.weights);
  const network = withoutUnread(whole);
  const isInput = new Set(network.inputs.map(({ name }) => name));
  const known = new Set([...network.nodes, ...network.inputs].map(({ name }) => name));
  const names = [...walk.names].flatMap(([file, own]) => {
    const now = renamed.has(own) ? renamed.get(own) : own;
    return now === undefined ? [] : [[file, now] as const];
  });
  return {
    network: { name, graph: network, ...(doc !== '' && { doc }) },
    weights: new Map(network.parameters.map(({ name }) => [name, weights.get(name)!])),
    names: new Map(names.filter(([, own]) => known.has(own))),
    inputs: inputs.filter((file) => isInput.has(walk.names.get(file)!)),
    outputs,
    batched: outer === 1,
    notes: [...walk.notes],
  };
}

/** How many images the file is for: the first extent of its inputs that is a number. */
function imagesOf({ input, initializer }: GraphProto): number | undefined {
  const constant = new Set(initializer.map(({ name }) => name));
  const extents = input.flatMap(({ name, type }) => {
    const isValue = !constant.has(name) && kindOfType(type?.tensorType?.elemType ?? 0) === 'float';
    const first = isValue ? type?.tensorType?.shape?.dim[0]?.value : undefined;
    return first?.case === 'dimValue' ? [Number(first.value)] : [];
  });
  return extents[0];
}

/** Says of an input that is for another number of images than the first one that its axis 0 is no batch. */
function alienOf({ type }: ValueInfo, images: number | undefined): { readonly alien?: true } {
  const first = type?.tensorType?.shape?.dim[0]?.value;
  const isAlien = images !== undefined && first?.case === 'dimValue' && Number(first.value) !== images;
  return isAlien ? { alien: true } : {};
}

/** What options name and the model does not have. */
function unknownNames({ input, initializer }: GraphProto, { dims, constants }: ImportOptions): readonly string[] {
  const shapes = input.map(({ type }) => type?.tensorType?.shape?.dim ?? []);
  const open = new Set(shapes.flat().map(({ value }) => (value.case === 'dimParam' ? value.value : '')));
  const tensors = new Set([...input, ...initializer].map(({ name }) => name));
  const missing = (what: string, names: Iterable<string> = [], known: ReadonlySet<string>): readonly string[] =>
    [...names]
      .filter((name) => !known.has(name))
      .map((name) => `it has no ${what} ${JSON.stringify(name.slice(0, 80))}`);
  return [...missing('dimension', dims?.keys(), open), ...missing('input', constants?.keys(), tensors)];
}

/** Without inputs that no node reads. */
function withoutUnread(graph: Graph): Graph {
  const read = new Set([
    ...graph.nodes.flatMap(({ operands }) => operands),
    ...graph.outputs.map(({ value }) => value),
  ]);
  const gone = new Set(graph.inputs.map(({ value }) => value).filter((value) => !read.has(value)));
  return {
    ...graph,
    inputs: graph.inputs.filter(({ value }) => !gone.has(value)),
    types: new Map([...graph.types].filter(([value]) => !gone.has(value))),
  };
}

/** Runs a step; a refusal becomes a problem of the file. */
function collect({ problems, outer }: Walk, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof Refusal) || (error instanceof BatchRefusal && outer === 1)) throw error;
    problems.push({
      what: error.message,
      mend: error.mend,
      ...(error.constantInput !== undefined && { constantInput: error.constantInput }),
    });
  }
}

/** Inputs that are given as constants. */
function givenConstants({ entries }: Walk, graph: GraphProto, { constants: given }: ImportOptions): void {
  const types = new Map(graph.input.map(({ name, type }) => [name, type?.tensorType?.elemType ?? dataTypes.float]));
  for (const [name, { shape, data }] of given ?? []) {
    const type = elementType(types.get(name) ?? dataTypes.float) ?? 'float';
    const fraction = kindOf(type) === 'float' ? undefined : firstFraction(data);
    if (fraction !== undefined)
      throw new Refusal(
        `the input ${JSON.stringify(name.slice(0, 80))} is of integers, and its constant has ${fraction}`,
        'give whole numbers',
      );
    entries.set(
      name,
      constantOf(name, shape, type, () => numbersOf(type, Float64Array.from(data))),
    );
  }
}

/** The first number that is not whole; undefined where all are. */
function firstFraction(data: ArrayLike<number>): number | undefined {
  for (let at = 0; at < data.length; at += 1) if (!Number.isInteger(data[at])) return data[at];
  return undefined;
}

function flowingInput(session: Session, input: ValueInfo, options: ImportOptions, outer: 0 | 1): Flow {
  const title = `the input ${JSON.stringify(input.name.slice(0, 80))}`;
  const type = input.type?.tensorType;
  if (!type?.shape) throw new Refusal(`${title} has no shape`, 'export the model with shapes of its inputs');
  if (kindOfType(type.elemType) !== 'float')
    throw new Refusal(
      `${title} is of ${typeName(type.elemType)}, and networks take floats`,
      `give it as a constant: --constant ${input.name}=FILE`,
      input.name,
    );
  if (type.shape.dim.length > MAX_RANK)
    throw new Refusal(`${title} has ${type.shape.dim.length} axes, more than ${MAX_RANK}`, 'export the model again');
  const extents = extentsOf(type.shape.dim, title, options, outer);
  if (!fits(extents.slice(outer)))
    throw new Refusal(
      `${title} of shape [${extents.join(', ')}] has more than 2^31 − 1 elements`,
      'make it smaller, and export the model again',
    );
  if (outer === 1 && extents.length < 1)
    throw new BatchRefusal(`${title} has no axis, and so no batch`, 'export the model with a batch of one image');
  const dims = extents.slice(outer);
  const own = outer === 0 && isOfOne(dims) ? dims.slice(1) : dims;
  const shape: Shape = own.length > 3 ? [own.reduce((product, extent) => product * extent, 1)] : plainShape(own);
  return { is: 'flow', value: session.input(input.name, shape), dims, kind: 'float', input: input.name };
}

/** Whether axis 0 can be left out of a tensor that is one image as a whole. */
const isOfOne = (dims: readonly number[]): boolean => dims.length > 1 && dims[0] === 1;

type Dimension = NonNullable<NonNullable<NonNullable<ValueInfo['type']>['tensorType']>['shape']>['dim'][number];

/** The file's shape, 1 for the batch. Throws `Refusal`, with all the axes whose extents are not known. */
function extentsOf(
  shape: readonly Dimension[],
  title: string,
  { dims }: ImportOptions,
  outer: 0 | 1,
): readonly number[] {
  const open: { readonly axis: number; readonly name: string }[] = [];
  const extents = shape.map(({ value: dimension }, axis) => {
    if (axis < outer) return 1;
    const name = dimension.case === 'dimParam' ? dimension.value : '';
    const extent =
      dimension.case === 'dimValue' ? Number(dimension.value) : (dims?.get(name) ?? (axis === 0 ? 1 : undefined));
    if (extent === undefined) open.push({ axis, name });
    else if (!Number.isSafeInteger(extent) || extent < 1)
      throw new Refusal(
        `axis ${axis} of ${title} is ${extent}, expected a whole number from 1 on`,
        'export the model again',
      );
    return extent ?? 1;
  });
  if (open.length === 0) return extents;
  const found = open.map(
    ({ axis, name }) => `axis ${axis} of ${title} is ${name === '' ? 'not given' : JSON.stringify(name.slice(0, 80))}`,
  );
  const names = new Set(open.map(({ name }) => (name === '' ? 'NAME' : name)));
  throw new Refusal(
    found.join(' and '),
    `say how large ${names.size === 1 ? 'it is' : 'they are'}: ${[...names].map((name) => `--dim ${name}=224`).join(' ')}`,
  );
}

/** `isOfOneImage`: where axis 0 is no batch, all inputs have extent 1 there. */
function outputOf(
  { entries, session, outer, problems, unsupported }: Walk,
  name: string,
  isOfOneImage: boolean,
): Border {
  const entry = entries.get(name);
  const title = `the output ${JSON.stringify(name.slice(0, 80))}`;
  const isExplained = problems.length > 0 || !unsupported.isEmpty();
  if (!entry || (entry.is === 'unknown' && !isExplained))
    throw new Refusal(`nothing gives ${title}`, 'export the model again');
  if (entry.is === 'constant')
    throw new Refusal(`${title} is a constant: the network computes nothing for it`, 'leave this output out');
  if (entry.is === 'unknown') return { name, dims: [] };
  if (entry.codes)
    throw new Refusal(`${title} is codes of 8 bits, and networks give floats`, 'put DequantizeLinear before it');
  if (entry.about)
    throw new Refusal(
      `${title} is ${aboutText(entry.about)}, and networks give numbers`,
      entry.about.says === 'places' ? 'leave this output out' : 'put a Cast to FLOAT before it',
    );
  if (entry.batchAt !== undefined)
    throw new BatchRefusal(`the batch is not axis 0 of ${title}`, 'export the model with a batch of one image');
  const { value, dims } = entry;
  // What an image of the file may have more than the graph's are axes of extent 1.
  const isOne = outer === 0 && isOfOneImage && isOfOne(dims);
  const own = isOne ? dims.slice(1) : dims;
  const isWhole = own.length >= 1 && own.length <= (outer === 1 || isOne ? 3 : 2);
  session.output(name, isWhole ? session.shaped(value, own) : value);
  return { name, dims };
}
