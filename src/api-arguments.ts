// What the package's functions are given: JavaScript checks no types, so that what is no text and what are no options is told here.

import type { Graph } from '../compiler/ir/graph.ts';
import { classOf } from '../runtime/values.ts';
import { weightsOfFile } from './weights/network-file.ts';

/** Throws TypeError for what is no string. */
export function checkedText(text: string): string {
  if (typeof text === 'string') return text;
  const advice = ArrayBuffer.isView(text) ? ": readFileSync(path, 'utf8') reads a file as one" : '';
  throw new TypeError(`the text of a network is a string; found ${kindOf(text)}${advice}`);
}

/** No options for `null`, as for what is left out. Throws TypeError for what is no object. */
export function checkedOptions<Options extends object>(options: Options): Options {
  if (options === undefined || options === null) return {} as Options;
  const isObject = typeof options === 'object' && !Array.isArray(options) && !ArrayBuffer.isView(options);
  if (isObject) return options;
  throw new TypeError(`the options are an object, such as { network: 'Net' }; found ${kindOf(options)}`);
}

/** Throws TypeError for what has no images to learn from. */
export function checkedData<Data extends { readonly training: unknown }>(data: Data): Data {
  const training: unknown = (Object(data) as Partial<Data>).training;
  if (typeof training === 'object' && training !== null) return data;
  const found = training === undefined ? kindOf(data) : `{ training: ${kindOf(training)} }`;
  throw new TypeError(
    `the data are { training, test }, each of digits(…), labelledImages(…) or labelledTensors(…), where test may be left out; found ${found}`,
  );
}

/** The weights to start from. Throws TypeError for what is neither a Map of numbers nor a file. */
export function checkedStart(
  start: ReadonlyMap<string, Float32Array> | Uint8Array | undefined,
  graph: Graph,
): ReadonlyMap<string, Float32Array> | undefined {
  if (start === undefined) return undefined;
  if (start instanceof Uint8Array) return weightsOfFile(graph, start);
  const other = start instanceof Map ? [...start].find(([, data]) => !(data instanceof Float32Array)) : undefined;
  if (start instanceof Map && !other) return start;
  const found = other ? `a Map with ${kindOf(other[1])} as ${JSON.stringify(other[0])}` : kindOf(start);
  throw new TypeError(`start takes a Map from names to Float32Array, or a safetensors file as bytes; found ${found}`);
}

/** `null`, `number`, `Uint8Array`: for messages. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'object' ? classOf(value).slice(0, 40) : typeof value;
}
