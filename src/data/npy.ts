// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), versions 1 to 3.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { InputError, printable } from './input-error.ts';
import { type NpyHeader, parseNpyHeader } from './npy-header.ts';
import { type ElementType, type NumericArray, bytesOf, elementsOf, gatherFloat32, toFloat32 } from './numeric.ts';
import { wrongKind } from './wrong-kind.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** A header of plain numbers takes about 100 bytes. */
const MAX_HEADER_BYTES = 65_536;
/** With what stands before it. */
export const MAX_NPY_HEADER_BYTES = 12 + MAX_HEADER_BYTES;

const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ...(['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8'] as const).map((type) => [type, type] as const),
  ['b1', 'u1'],
]);

/** Whether the bytes begin with the signature of NumPy's format. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

interface NpyLayout {
  readonly shape: Shape;
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly elements: number;
  /** Where the data begin. */
  readonly start: number;
}

/**
 * Any real element type, either byte order, C or Fortran order; the result is in C order. `checkShape` may throw before anything is
 * converted. Throws `InputError`.
 */
export function readNpy(bytes: Uint8Array, checkShape: (shape: Shape) => void = () => {}): NumericArray {
  const layout = npyLayout(bytes, bytes.length);
  checkShape(layout.shape);
  if (layout.type === 'f8') checkRange(bytes.subarray(layout.start), layout);
  return { shape: layout.shape, data: npyData(bytes, layout) };
}

/** The elements of a whole file as f32, in C order. */
export function npyData(
  bytes: Uint8Array,
  { shape, type, littleEndian, fortranOrder, elements, start }: NpyLayout,
): Float32Array {
  const body = bytes.subarray(start);
  return fortranOrder
    ? gatherFloat32(body, type, { shape, strides: fortranStrides(shape), start: 0 }, littleEndian)
    : toFloat32(body, type, elements, littleEndian);
}

/** Infinite numbers may be meant; finite ones that f32 cannot hold must not become infinite unnoticed, nor may they in a table. */
function checkRange(body: Uint8Array, { elements, littleEndian }: NpyLayout): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let i = 0; i < elements; i++) {
    const value = view.getFloat64(i * 8, littleEndian);
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw new InputError(`element ${i} of the npy file is ${value}, which is beyond the 32-bit numbers`);
  }
}

/** What the header says, of a file of `sizeBytes` that begins with `bytes`. Throws `InputError`. */
export function npyLayout(bytes: Uint8Array, sizeBytes: number): NpyLayout {
  const { descr, fortranOrder, shape, start } = npyDescription(bytes);
  const type = realType(descr);
  if (!type) {
    throw new InputError(
      `the npy file's element type is ${elementName(descr)}; real numbers such as <f4, <f8, |u1 or <i8 can be read`,
    );
  }
  const elements = elementsOf(shape);
  if (elements === undefined)
    throw damaged(`its shape is not one whose elements can be counted: (${shape.slice(0, 8).join(', ')})`);
  const found = sizeBytes - start;
  if (found !== elements * bytesOf(type)) {
    throw damaged(
      `[${shape.join(', ')}] of ${descr} needs ${elements * bytesOf(type)} bytes of data, but it has ${found}`,
    );
  }
  return { shape, type, littleEndian: descr?.[0] !== '>', fortranOrder, elements, start };
}

/** The header of a file that begins with `bytes`, and where its data begin; the element type may be any. Throws `InputError`. */
export function npyDescription(bytes: Uint8Array): NpyHeader & { readonly start: number } {
  if (!isNpy(bytes)) throw wrongKind(bytes, 'an npy file', 'it does not start with "\\x93NUMPY"');
  const { header, start } = headerOf(bytes);
  return { ...parseNpyHeader(header), start };
}

/** The type that a header's `descr` names; undefined for texts, objects, complex numbers and whatever else is not real. */
export function realType(descr: string | undefined): ElementType | undefined {
  const type = elementTypes.get(descr?.slice(1) ?? '');
  const order = descr?.[0];
  return type && (order === '<' || order === '>' || (order === '|' && bytesOf(type) === 1)) ? type : undefined;
}

/** Version 1.0, `<f4`, C order, data aligned to 64 bytes. */
export function writeNpy({ shape, data }: NumericArray): Uint8Array {
  if (elementsOf(shape) !== data.length)
    throw new RangeError(`${data.length} elements do not make [${shape.join(', ')}]`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const file = new Uint8Array(start + data.length * 4);
  const view = new DataView(file.buffer);
  file.set([...MAGIC, 1, 0]);
  view.setUint16(8, start - 10, true);
  file.set(new TextEncoder().encode(`${dictionary.padEnd(start - 11)}\n`), 10);
  data.forEach((element, i) => view.setFloat32(start + i * 4, element, true));
  return file;
}

function headerOf(bytes: Uint8Array): { header: string; start: number } {
  const version = bytes[6];
  if (version !== undefined && (version < 1 || version > 3)) {
    throw new InputError(`the npy file has version ${version}; versions 1 to 3 can be read`);
  }
  const from = version === 1 ? 10 : 12;
  if (bytes.length < from) throw damaged(`it ends after ${bytes.length} bytes, inside its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw damaged(`its header would take ${length} bytes`);
  if (from + length > bytes.length)
    throw damaged(`its header should take ${length} bytes, but only ${bytes.length - from} follow`);
  return { header: new TextDecoder().decode(bytes.subarray(from, from + length)), start: from + length };
}

function elementName(descr: string | undefined): string {
  if (descr === undefined) return 'structured';
  const kind = { O: 'Python objects', S: 'text', U: 'text', c: 'complex numbers' }[
    /^[<>|=]?(\w)/.exec(descr)?.[1] ?? ''
  ];
  return `${printable(descr)}${kind === undefined ? '' : ` (${kind})`}`;
}

/** Of an array whose first axis is the fastest. */
const fortranStrides = (shape: Shape): number[] =>
  shape.map((_, axis) => shape.slice(0, axis).reduce((product, extent) => product * extent, 1));

function damaged(what: string): InputError {
  return new InputError(`damaged npy file: ${what}`);
}
