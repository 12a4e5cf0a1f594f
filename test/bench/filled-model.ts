// ONNX files with constant weights, as those of ../shared/data/onnx-light are, with weights by the formula of test/support/formula.ts
// in their place. Onnxruntime and the importer then read the same bytes.

import { create, toBinary } from '@bufbuild/protobuf';
import { isProblem, decodeModel } from '../../src/onnx/file/decode.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import type { GraphProto, Model, NodeProto, TensorProto } from '../../src/onnx/file/messages.ts';
import { modelSchema, tensorSchema } from '../../src/onnx/file/schema.ts';
import { tensorConstant } from '../../src/onnx/file/tensor.ts';
import { centred, unit } from '../support/formula.ts';

/** The first IR version in which weights need not be inputs, too, and onnxruntime folds only those that are none. */
const IR_VERSION = 4n;

/** A tensor of f32 that the file makes of one number. */
interface Blank {
  readonly name: string;
  readonly dims: readonly number[];
}

/**
 * The same model with weights by the formula: kernels and matrices in ±√(6 / fan-in), biases and means in ±0.1, scales in [0.5, 1.5), or
 * a quarter of that where a sum follows, and variances in [0.75, 1.75). So values keep their size from layer to layer. Throws on a file that is
 * not of this kind.
 */
export function filledModel(bytes: Uint8Array): Uint8Array {
  const { graph, ...model } = modelOf(bytes);
  const blanks = blanksOf(graph);
  const names = new Set(blanks.map(({ name }) => name));
  const filled = blanks.map((blank, k): TensorProto => {
    const { name, dims } = blank;
    const rawData = new Uint8Array(formulaFor(graph, blank, k).buffer);
    return create(tensorSchema, { name, dims: dims.map(BigInt), dataType: dataTypes.float, rawData });
  });
  const node = graph.node.filter(({ output }) => !names.has(output[0]!));
  const rest = graph.initializer.filter(({ name }) => !names.has(name));
  return written(model, { ...graph, node, initializer: [...rest, ...filled] });
}

/** The same model with weights that are no inputs: in files from IR version 4 on, onnxruntime does not fold those that are. */
export function withConstantWeights(bytes: Uint8Array): Uint8Array {
  const { graph, ...model } = modelOf(bytes);
  return written(model, graph);
}

function modelOf(bytes: Uint8Array): Model & { readonly graph: GraphProto } {
  const model = decodeModel(bytes);
  if (isProblem(model)) throw new Error(model.what);
  const { graph } = model;
  if (!graph) throw new Error('the model has no graph');
  return { ...model, graph };
}

/** Without what no node reads, and with weights that are no inputs. */
function written(model: Omit<Model, 'graph'>, graph: GraphProto): Uint8Array {
  const irVersion = model.irVersion < IR_VERSION ? IR_VERSION : model.irVersion;
  const read = new Set(graph.node.flatMap(({ input }) => input));
  const initializer = graph.initializer.filter(({ name }) => read.has(name));
  const weights = new Set(initializer.map(({ name }) => name));
  const input = graph.input.filter(({ name }) => read.has(name) && !weights.has(name));
  return toBinary(modelSchema, { ...model, irVersion, graph: { ...graph, initializer, input } });
}

/** Results of ConstantOfShape, and weights of the file itself: all of one number each. */
function blanksOf(graph: GraphProto): readonly Blank[] {
  const read = new Set(graph.node.flatMap(({ input }) => input));
  const own = graph.initializer
    .filter(({ name, dataType }) => dataType === dataTypes.float && read.has(name))
    .map(({ name, dims }) => ({ name, dims: dims.map(Number) }));
  const made = graph.node
    .filter(({ opType }) => opType === 'ConstantOfShape')
    .map(({ input, output }) => ({ name: output[0]!, dims: numbersOf(graph, input[0]!) }));
  return [...own, ...made];
}

/** Numbers for tensor `k`, by what reads it. */
function formulaFor(graph: GraphProto, blank: Blank, k: number): Float32Array<ArrayBuffer> {
  const length = blank.dims.reduce((product, extent) => product * extent, 1);
  const { reader, place, dims } = readingOf(graph, blank);
  const { opType } = reader;
  if ((opType === 'Conv' || opType === 'Gemm') && place === 1) {
    const isTurned = opType === 'Gemm' && !reader.attribute.some(({ name, i }) => name === 'transB' && i === 1n);
    const fanIn = length / (isTurned ? dims[1]! : dims[0]!);
    return centred(k, length, Math.sqrt(6 / fanIn));
  }
  if (opType === 'Conv' || opType === 'Gemm' || opType === 'Add') return centred(k, length, 0.1);
  if (opType === 'Mul') return unit(k, length).map((u) => u + 0.5);
  if (opType === 'BatchNormalization') {
    if (place === 2 || place === 3) return centred(k, length, 0.1);
    if (place === 4) return unit(k, length).map((u) => u + 0.75);
    const isSummed = graph.node.some(({ opType: next, input }) => next === 'Sum' && input.includes(reader.output[0]!));
    return unit(k, length).map((u) => (isSummed ? 0.25 : 1) * (u + 0.5));
  }
  throw new Error(`no formula for ${blank.name}, which ${opType} reads`);
}

interface Reading {
  readonly reader: NodeProto;
  /** Which of its inputs. */
  readonly place: number;
  /** The shape in which it is read. */
  readonly dims: readonly number[];
}

/** The first node that computes with a tensor: what only changes its shape is passed over. */
function readingOf(graph: GraphProto, { name, dims }: Blank): Reading {
  const reader = graph.node.find(({ input }) => input.includes(name));
  if (!reader) throw new Error(`nothing reads ${name}`);
  const [result] = reader.output;
  if (reader.opType === 'Unsqueeze') return readingOf(graph, { name: result!, dims });
  if (reader.opType === 'Reshape') return readingOf(graph, { name: result!, dims: numbersOf(graph, reader.input[1]!) });
  return { reader, place: reader.input.indexOf(name), dims };
}

/** A shape that the file holds. */
function numbersOf({ initializer }: GraphProto, name: string): readonly number[] {
  const tensor = initializer.find((one) => one.name === name);
  if (!tensor) throw new Error(`${name} is not in the file`);
  return [...tensorConstant(tensor, name).data];
}
