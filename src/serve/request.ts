// From the bytes of an inference request to arrays. Whatever is wrong with them is one sentence for whoever sent them.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { suggest } from '../../grammar/suggest.ts';
import { printable } from '../data/input-error.ts';
import { datatypes, readElements } from './datatypes.ts';
import { isObject, kindOf, objectIn, wrong } from './json.ts';
import type { Json } from './json.ts';
import type { ServedNetwork, ServedTensor } from './protocol.ts';

/** An inference request that is understood. */
export interface Request {
  /** The same object where the JSON has the same bytes as that of the request before. */
  readonly asked: Asked;
  /** By the names of all inputs: `images` images, one after the other. */
  readonly inputs: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

export interface WantedOutput {
  readonly tensor: ServedTensor;
  readonly isBinary: boolean;
}

/** What is known of a request before its numbers are read. */
export interface Asked {
  readonly id?: string;
  readonly images: number;
  /** What is wanted of the outputs, in this order. */
  readonly outputs: readonly WantedOutput[];
}

/**
 * `jsonLength` of the bytes are JSON, all without it. `admit` is called before anything is made of the numbers, and may throw. Throws
 * `Refusal`.
 */
export function readRequest(
  body: Uint8Array,
  jsonLength: number | undefined,
  network: ServedNetwork,
  admit: (asked: Asked) => void,
): Request {
  const [json, binary] = split(body, jsonLength);
  const { asked, given } = headOf(json, network);
  let at = 0;
  const numbers = given.map((tensor) => {
    const { size, read } = numbersOf(tensor, binary.subarray(at));
    at += size;
    return read;
  });
  if (at !== binary.length)
    throw wrong(`${binary.length} bytes follow the JSON, but the inputs have "binary_data_size" of ${at} together`);
  admit(asked);
  return { asked, inputs: new Map(given.map(({ tensor }, index) => [tensor.name, numbers[index]!()])) };
}

/** What the JSON of a request says. */
interface Head {
  readonly asked: Asked;
  readonly given: readonly GivenInput[];
}

/** The last short JSON of each network: those who send tensors in binary say the same again and again. */
const last = new WeakMap<ServedNetwork, { readonly json: Uint8Array; readonly head: Head }>();
/** Bytes of a JSON that is remembered. */
const SHORT = 1024;

function headOf(json: Uint8Array, network: ServedNetwork): Head {
  const known = last.get(network);
  if (known && json.length === known.json.length && json.every((byte, at) => byte === known.json[at]))
    return known.head;
  const head = readHead(json, network);
  if (json.length <= SHORT) last.set(network, { json: json.slice(), head });
  return head;
}

function readHead(json: Uint8Array, network: ServedNetwork): Head {
  const request = objectIn(json);
  const id = request['id'];
  if (id !== undefined && typeof id !== 'string') throw wrong(`"id" is a text; found ${kindOf(id)}`);
  const given = inputsOf(request, network);
  const images = given.map(({ count }) => count);
  if (images.some((count) => count !== images[0]))
    throw wrong(`the inputs have different numbers of images: ${images.join(', ')}`);
  const asked = {
    ...(id !== undefined && { id }),
    images: images[0] ?? 0,
    outputs: outputsOf(request, network),
  };
  return { asked, given };
}

function split(body: Uint8Array, length = body.length): readonly [json: Uint8Array, binary: Uint8Array] {
  if (length > body.length)
    throw wrong(`Inference-Header-Content-Length says ${length} bytes of JSON, but the body has ${body.length}`);
  return [body.subarray(0, length), body.subarray(length)];
}

/** An input of the network as the request gives it, its shape checked. */
interface GivenInput {
  readonly tensor: ServedTensor;
  readonly datatype: string;
  readonly count: number;
  /** Elements of all images. */
  readonly elements: number;
  readonly json: Json;
}

/** In the order of the request, which is the order of the binary data. */
function inputsOf(request: Json, { inputs }: ServedNetwork): readonly GivenInput[] {
  const list = request['inputs'];
  if (!Array.isArray(list)) throw wrong(`"inputs" is a list of tensors; found ${kindOf(list)}`);
  const given = list.map((one: unknown) => givenInput(one, inputs));
  const names = given.map(({ tensor }) => tensor.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong(`the input ${twice} is given twice`);
  const missing = inputs.find(({ name }) => !names.includes(name));
  if (missing) throw wrong(`the input ${missing.name}, ${shapeText(missing)}, is missing`);
  return given;
}

function givenInput(json: unknown, inputs: readonly ServedTensor[]): GivenInput {
  if (!isObject(json)) throw wrong(`an input is an object with name, datatype, shape and data; found ${kindOf(json)}`);
  const tensor = named(json['name'], inputs, 'input');
  const { datatype, shape } = json;
  if (typeof datatype !== 'string' || !datatypes.has(datatype)) {
    const found = typeof datatype === 'string' ? printable(datatype) : kindOf(datatype);
    const hint = datatype === 'BYTES' ? '; POST a picture file to …/classify' : '';
    throw wrong(
      `"datatype" of ${tensor.name} is one of numbers, such as FP32 (${[...datatypes.keys()].join(', ')}); found ${found}${hint}`,
    );
  }
  const count = imagesIn(shape, tensor);
  return { tensor, datatype, count, elements: count * sizeOf(tensor.shape), json };
}

/** The number of images of a shape [N, …], where N is at least 1. */
function imagesIn(shape: unknown, tensor: ServedTensor): number {
  const isShape = Array.isArray(shape) && shape.every((extent: unknown) => Number.isSafeInteger(extent));
  const [count = 0, ...rest] = isShape ? (shape as readonly number[]) : [];
  const fits = rest.length === tensor.shape.length && rest.every((extent, axis) => extent === tensor.shape[axis]);
  if (fits && count > 0 && Number.isSafeInteger(count * sizeOf(tensor.shape) * 8)) return count;
  const found = isShape ? `[${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}]` : kindOf(shape);
  throw wrong(`"shape" of ${tensor.name} is ${shapeText(tensor)}, N images; found ${found}`);
}

/** As many numbers as the shape says. */
interface GivenNumbers {
  /** How many bytes of the binary data they are. */
  readonly size: number;
  /** Throws `Refusal`. */
  read(): Float32Array<ArrayBuffer>;
}

function numbersOf(input: GivenInput, binary: Uint8Array): GivenNumbers {
  const { tensor, datatype, elements, json } = input;
  const parameters = isObject(json['parameters']) ? json['parameters'] : {};
  const size = parameters['binary_data_size'];
  if (size === undefined) return { size: 0, read: listed(json['data'], input) };
  if (json['data'] !== undefined)
    throw wrong(`${tensor.name} has "data" and "binary_data_size"; one of them is enough`);
  const wanted = elements * datatypes.get(datatype)!.bytes;
  if (size !== wanted)
    throw wrong(
      `"binary_data_size" of ${tensor.name} is ${wanted} for ${elements} numbers of ${datatype}; found ${typeof size === 'number' ? size : kindOf(size)}`,
    );
  if (binary.length < wanted)
    throw wrong(
      `${tensor.name} has ${wanted} bytes of binary data, but only ${binary.length} are left of the body; Inference-Header-Content-Length says where they begin`,
    );
  return { size: wanted, read: () => readElements(datatype, binary.subarray(0, wanted)) };
}

/** The numbers of `data`, flat or nested as the shape is. */
function listed(data: unknown, { tensor, datatype, elements }: GivenInput): GivenNumbers['read'] {
  if (!Array.isArray(data)) throw wrong(`"data" of ${tensor.name} is a list of numbers; found ${kindOf(data)}`);
  let level: readonly unknown[] = data;
  // Nesting is at most as deep as the shape, so that hostile depth ends at once.
  for (let depth = tensor.shape.length; depth > 0 && Array.isArray(level[0]); depth -= 1) {
    const lists = level;
    if (!lists.every((one) => Array.isArray(one))) throw wrong(`"data" of ${tensor.name} mixes numbers and lists`);
    level = lists.flat();
  }
  if (level.length !== elements)
    throw wrong(`"data" of ${tensor.name} has ${elements} numbers by its shape; found ${level.length}`);
  const numbers = level;
  return () => valuesOf(numbers, tensor.name, datatype);
}

function valuesOf(numbers: readonly unknown[], name: string, datatype: string): Float32Array<ArrayBuffer> {
  const values = new Float32Array(numbers.length);
  const { range } = datatypes.get(datatype)!;
  for (let at = 0; at < numbers.length; at += 1) {
    const value = numbers[at];
    if (typeof value === 'number' && (range === undefined || isIn(range, value))) values[at] = value;
    else if (typeof value === 'boolean' && datatype === 'BOOL') values[at] = value ? 1 : 0;
    else {
      const found = typeof value === 'number' ? `${value}, which is no ${datatype}` : kindOf(value);
      throw wrong(`number ${at} of "data" of ${name} is ${found}`);
    }
  }
  return values;
}

const isIn = ([least, most]: readonly [number, number], value: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** All outputs where the request names none. */
function outputsOf(request: Json, { outputs }: ServedNetwork): readonly WantedOutput[] {
  const general = flag(request, 'binary_data_output') ?? false;
  const list = request['outputs'];
  if (list === undefined) return outputs.map((tensor) => ({ tensor, isBinary: general }));
  if (!Array.isArray(list) || list.length > outputs.length || list.length === 0)
    throw wrong(`"outputs" is a list of some of ${outputs.map(({ name }) => name).join(', ')}; found ${kindOf(list)}`);
  const wanted = list.map((one: unknown) => {
    if (!isObject(one)) throw wrong(`one of "outputs" is an object with a name; found ${kindOf(one)}`);
    return { tensor: named(one['name'], outputs, 'output'), isBinary: flag(one, 'binary_data') ?? general };
  });
  const twice = wanted.find(({ tensor }, index) => wanted.findIndex((other) => other.tensor === tensor) !== index);
  if (twice) throw wrong(`the output ${twice.tensor.name} is asked for twice`);
  return wanted;
}

function flag(json: Json, name: string): boolean | undefined {
  const parameters = json['parameters'];
  const value = isObject(parameters) ? parameters[name] : undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrong(`"${name}" is true or false; found ${kindOf(value)}`);
}

function named(name: unknown, tensors: readonly ServedTensor[], role: string): ServedTensor {
  if (typeof name !== 'string') throw wrong(`"name" of an ${role} is a text; found ${kindOf(name)}`);
  const found = tensors.find((tensor) => tensor.name === name);
  if (found) return found;
  const names = tensors.map((tensor) => tensor.name);
  const near = suggest(name, names);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  throw wrong(`there is no ${role} ${printable(name)}; ${hint}`);
}

const shapeText = ({ shape }: ServedTensor): string => `[${['N', ...shape].join(', ')}]`;
