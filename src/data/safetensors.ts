// Weights files in the safetensors format: an 8-byte little-endian length, a JSON header, one contiguous byte buffer
// (https://huggingface.co/docs/safetensors, "Format"). Nothing is allocated before the header's figures agree with the file.

import { safetensorsOf } from '../../runtime/write-safetensors.ts';
import type { FileTensor } from '../../runtime/write-safetensors.ts';
import { fileKind } from '../../runtime/magic.ts';
import { maxHeaderBytes } from '../../runtime/weights.ts';
import { inFull } from './fewer-bytes.ts';
import { InputError, asciiLiteral, printable } from './input-error.ts';
import { asFloat32, bytesOf, elementsOf } from './numeric.ts';
import { endsOf } from './unread.ts';
import type { Unread } from './unread.ts';
import { duplicateKey, exceeds } from './json-keys.ts';
import { lazyTensor, weightTypes } from './weight-tensor.ts';
import type { WeightsFile } from './weight-tensor.ts';

/** A tensor has about eight values. */
const HEADER_LIMITS = { depth: 3, values: 120_000 } as const;
const MAX_RANK = 32;

/** Throws `InputError`. The bytes must not change while the result is in use. */
export function readSafetensors(bytes: Uint8Array): WeightsFile {
  const start = 8 + headerLength(bytes, bytes.length);
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start);
  const buffer = bytes.subarray(start);
  const stored = entries.map(({ start: from, end, ...entry }) => ({ ...entry, bytes: buffer.subarray(from, end) }));
  const tensors = inFull(stored, metadata.get('cnnc.planes'), ({ name, dtype, shape, bytes: data }) =>
    lazyTensor(name, shape, dtype, (type) => asFloat32(data, type, elementsOf(shape)!, true)),
  );
  return { tensors, metadata };
}

/** The same errors as `readSafetensors`, of the header alone. Throws `InputError`. */
export function checkSafetensors(file: Unread): void {
  const start = 8 + headerLength(endsOf(file), file.sizeBytes);
  readHeader(file.part(8, start), file.sizeBytes - start);
}

function readHeader(json: Uint8Array, bufferBytes: number) {
  let metadata: ReadonlyMap<string, string> = new Map();
  const entries: Entry[] = [];
  for (const [name, value] of Object.entries(parseHeader(json))) {
    if (name === '__metadata__') metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkContiguous(entries, bufferBytes);
  return { entries, metadata };
}

/** A file in the order given, the same bytes for the same tensors. Throws RangeError for names and lengths that no file can have. */
export function writeSafetensors(
  tensors: readonly FileTensor[],
  { metadata = new Map() }: { readonly metadata?: ReadonlyMap<string, string> } = {},
): Uint8Array {
  const names = new Set<string>(['__metadata__']);
  for (const { name, shape, data } of tensors) {
    if (names.has(name)) throw new RangeError(`the tensor name ${asciiLiteral(name)} is taken`);
    if (elementsOf(shape) !== data.length)
      throw new RangeError(`${asciiLiteral(name)} has ${data.length} elements, not [${shape.join(', ')}]`);
    names.add(name);
  }
  return safetensorsOf(tensors, metadata);
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly start: number;
  readonly end: number;
}

/** Bytes of the header of a file of `sizeBytes`; `bytes` holds all of it or both ends. Throws `InputError`. */
function headerLength(bytes: Uint8Array, sizeBytes: number): number {
  const length = bytes.length < 8 ? 0n : new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const kind = bytes[8] === 0x7b && length < 1n << 32n ? undefined : fileKind(bytes);
  if (kind !== undefined) throw new InputError(`not a safetensors file but ${kind}`);
  if (bytes.length < 8) throw damaged(`the file has ${bytes.length} bytes, and the length of its header alone takes 8`);
  if (length > 100_000_000n) {
    throw new InputError(`not a safetensors file: its header would take ${length} bytes, and the format allows 100 MB`);
  }
  const available = sizeBytes - 8;
  if (length > available) throw damaged(`its header should take ${length} bytes, but only ${available} follow`);
  if (length > maxHeaderBytes) throw tooLarge(`has ${length} bytes; at most ${maxHeaderBytes} are read`);
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b) throw new InputError('not a safetensors file: its header does not start with "{"');
  const excess = exceeds(bytes, HEADER_LIMITS);
  if (excess === 'depth') throw damaged('its header is nested deeper than a list in an object in an object');
  if (excess === 'values') throw tooLarge(`has more than ${HEADER_LIMITS.values} values`);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw new InputError('damaged safetensors file: its header is not valid UTF-8 JSON', { cause });
  }
  if (!isRecord(header)) throw damaged('its header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(`its header has the key ${printable(twice.key)} twice`);
  return header;
}

function readMetadata(value: unknown): ReadonlyMap<string, string> {
  if (!isRecord(value)) throw damaged('__metadata__ is not an object of strings');
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw damaged(`__metadata__ has ${printable(key)}, which is not a string`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: unknown): Entry {
  const label = printable(name);
  if (!isRecord(value)) throw damaged(`its header describes ${label} by something other than an object`);
  const unknown = Object.keys(value).find((key) => key !== 'dtype' && key !== 'shape' && key !== 'data_offsets');
  if (unknown !== undefined) throw damaged(`${label} has the unknown field ${printable(unknown)}`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged(`the data type of ${label} is missing`);
  if (Array.isArray(shape) && shape.length > MAX_RANK) throw damaged(`${label} has ${shape.length} axes`);
  const elements = Array.isArray(shape) ? elementsOf(shape) : undefined;
  if (elements === undefined) throw damaged(`the shape of ${label} is not a list of whole numbers of reasonable size`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every((x) => Number.isSafeInteger(x) && x >= 0)) {
    throw damaged(`data_offsets of ${label} is not a pair of whole numbers`);
  }
  const [start, end] = offsets as [number, number];
  const extents = shape as number[];
  const type = weightTypes.get(dtype);
  const needed = type ? elements * bytesOf(type) : Math.max(0, end - start);
  if (end - start !== needed) {
    const shown = extents.slice(0, 8).join(', ');
    throw damaged(
      `${label} takes ${end - start} bytes, but [${shown}] of ${printable(dtype.slice(0, 24))} needs ${needed}`,
    );
  }
  return { name, dtype, shape: extents, elements, start, end };
}

function checkContiguous(entries: readonly Entry[], bufferBytes: number): void {
  let end = 0;
  let previous = 'the header';
  for (const entry of entries) {
    const label = printable(entry.name);
    if (entry.end > bufferBytes) {
      throw damaged(`${label} ends at byte ${entry.end} of the data, but the file has ${bufferBytes}`);
    }
    if (entry.start < end) throw damaged(`the data of ${previous} and ${label} overlap`);
    if (entry.start > end)
      throw damaged(`${entry.start - end} bytes between ${previous} and ${label} belong to no tensor`);
    end = entry.end;
    previous = label;
  }
  if (end !== bufferBytes) throw damaged(`${bufferBytes - end} bytes after ${previous} belong to no tensor`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooLarge(what: string): InputError {
  return new InputError(`the header of the safetensors file ${what}`, { limit: true });
}

function damaged(what: string): InputError {
  return new InputError(`damaged safetensors file: ${what}`);
}
