// A WebAssembly module of functions over one imported memory: as bytes (WebAssembly Core Specification 3.0, section 5.5) and as
// text for readers.

import type { Encoding, Instruction } from './instructions.ts';
import { appendSigned, appendUnsigned, encodings, isMark, signed32, unsigned } from './instructions.ts';

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** After the parameters. */
  readonly locals: readonly ValueType[];
  /** Without the last `end`. */
  readonly body: readonly Instruction[];
  readonly exported: boolean;
  /** Whether it does nothing where its first argument is negative; see ahead.ts. */
  readonly idles?: true;
}

export interface WasmModule {
  /** Functions without parameters and results that come from outside, as `m.NAME`. They have the first indices. */
  readonly imported?: readonly string[];
  readonly functions: readonly WasmFunction[];
  /** Pages of 64 KiB that the imported memory has at least. */
  readonly pages: number;
  /** f32 numbers that the memory holds from the byte `offset` on. */
  readonly data?: { readonly offset: number; readonly floats: readonly number[] };
}

const valueCodes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

export interface Assembled {
  readonly bytes: Uint8Array;
  /** Index of the byte that says whether the memory is shared: 1 is not, 3 is. */
  readonly sharedAt: number;
  /** Where the functions lie. */
  readonly code: readonly [from: number, to: number];
  /** Where instructions begin that are rewritten for other hosts. */
  readonly places: Places;
}

/** See runtime/relaxed.ts and runtime/dots.ts. */
type Rewritten = 'madd' | 'nop' | 'dot' | 'mark' | 'joinable' | 'joins';
type Places = Readonly<Record<Rewritten, readonly number[]>>;

const noPlaces = (): Record<Rewritten, number[]> => ({ madd: [], nop: [], dot: [], mark: [], joinable: [], joins: [] });

/** The memory is `m.m`, of at most 65,536 pages. */
export function assemble(module: WasmModule): Assembled {
  const { imported = [] } = module;
  const signatures = new Map<string, number>();
  const types: number[][] = [];
  const typeOf = ({ parameters, results }: Pick<WasmFunction, 'parameters' | 'results'>): number => {
    const key = `${parameters.join()}>${results.join()}`;
    const known = signatures.get(key);
    if (known !== undefined) return known;
    signatures.set(key, types.length);
    types.push([
      0x60,
      ...vector(parameters.map((type) => [valueCodes[type]])),
      ...vector(results.map((type) => [valueCodes[type]])),
    ]);
    return types.length - 1;
  };
  const outer = imported.map((name) => [
    ...text('m'),
    ...text(name),
    0x00,
    ...unsigned(typeOf({ parameters: [], results: [] })),
  ]);
  const indices = module.functions.map((one) => unsigned(typeOf(one)));
  const limits = [...unsigned(module.pages), ...unsigned(65_536)];
  const memory = [...text('m'), ...text('m'), 0x02, 0x01, ...limits];
  const exported = module.functions.flatMap(({ name, exported }, at) =>
    exported ? [[...text(name), 0x00, ...unsigned(imported.length + at)]] : [],
  );
  const head = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, ...section(1, vector(types))];
  const imports = section(2, vector([memory, ...outer]));
  const sharedAt = head.length + imports.length - outer.flat().length - limits.length - 1;
  const bodies = module.functions.map(functionBody);
  const size = bodies.reduce((total, { bytes }) => total + bytes.length, 0);
  const count = unsigned(bodies.length);
  const start = [10, ...unsigned(count.length + size), ...count];
  const before = [head, imports, section(3, vector(indices)), section(7, vector(exported))];
  const data = module.data ? section(11, vector([dataSegment(module.data)])) : [];
  const from = before.reduce((total, { length }) => total + length, 0);
  let at = from + start.length;
  const places = noPlaces();
  for (const body of bodies) {
    for (const [kind, found] of Object.entries(body.places) as [Rewritten, readonly number[]][])
      for (const place of found) places[kind].push(at + place);
    at += body.bytes.length;
  }
  const bytes = concatenate([...before, start, ...bodies.map(({ bytes }) => bytes), data]);
  return { bytes, sharedAt, code: [from, at], places };
}

interface FunctionBody extends Pick<Assembled, 'places'> {
  readonly bytes: readonly number[];
}

/** Places count from the first of its bytes. */
function functionBody({ locals, body }: WasmFunction): FunctionBody {
  const runs: { readonly type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.type === type) last.count += 1;
    else runs.push({ type, count: 1 });
  }
  const bytes = [...vector(runs.map(({ type, count }) => [...unsigned(count), valueCodes[type]]))];
  const places = noPlaces();
  for (const [at, one] of body.entries()) {
    const kind = rewrittenAs(one, body[at + 1], body[at + 2]);
    if (kind) places[kind].push(bytes.length);
    encode(one, bytes);
  }
  bytes.push(0x0b);
  const size = unsigned(bytes.length);
  for (const found of Object.values(places)) found.forEach((place, at) => (found[at] = place + size.length));
  return { bytes: size.concat(bytes), places };
}

function rewrittenAs(
  { operation, immediates }: Instruction,
  next: Instruction | undefined,
  third: Instruction | undefined,
): Rewritten | undefined {
  switch (operation) {
    case 'f32x4.relaxed_madd':
      return 'madd';
    case 'nop':
      return 'nop';
    case 'i32x4.relaxed_dot_i8x16_i7x16_add_s':
      return 'dot';
    case 'i16x8.relaxed_dot_i8x16_i7x16_s':
      return 'joinable';
    case 'i32.const':
      if (
        isZero(immediates) &&
        next?.operation === 'i32.const' &&
        isZero(next.immediates) &&
        third?.operation === 'i32.or'
      )
        return 'joins';
      return next?.operation === 'drop' && isMark(immediates[0]!) ? 'mark' : undefined;
    default:
      return undefined;
  }
}

const isZero = ([value]: readonly number[]): boolean => value === 0;

/** Appends an instruction. */
function encode({ operation, immediates }: Instruction, to: number[]): void {
  const { code, immediates: kinds, align = 0 }: Encoding = encodings[operation];
  for (const byte of code) to.push(byte);
  let at = 0;
  for (const kind of kinds) {
    switch (kind) {
      case 'none-block':
        to.push(0x40);
        break;
      case 'i32':
        appendSigned(immediates[at++]! | 0, to);
        break;
      case 'i64':
        appendSigned(immediates[at++]!, to);
        break;
      case 'f32':
        to.push(...float32(immediates[at++]!));
        break;
      case 'f64':
        to.push(...float64(immediates[at++]!));
        break;
      case 'lanes': {
        const lane = float32(immediates[at++]!);
        to.push(...lane, ...lane, ...lane, ...lane);
        break;
      }
      case 'word':
        to.push(...int32(immediates[at++]!));
        break;
      case 'memory':
        to.push(align);
        appendUnsigned(immediates[at++]!, to);
        break;
      case 'lane':
        to.push(immediates[at++]!);
        break;
      case 'shuffle':
        for (let lane = 0; lane < 16; lane += 1) to.push(immediates[at++]!);
        break;
      case 'local':
      case 'function':
      case 'label':
        appendUnsigned(immediates[at++]!, to);
        break;
      default:
        kind satisfies never;
    }
  }
}

function dataSegment({ offset, floats }: NonNullable<WasmModule['data']>): readonly number[] {
  const bytes = floats.flatMap(float32);
  return [0x00, 0x41, ...signed32(offset), 0x0b, ...unsigned(bytes.length), ...bytes];
}

const scratch = new DataView(new ArrayBuffer(8));
const written = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => scratch.getUint8(at));

/** Little-endian, whatever the host. */
function float32(value: number): readonly number[] {
  scratch.setFloat32(0, value, true);
  return written(4);
}

function int32(value: number): readonly number[] {
  scratch.setInt32(0, value, true);
  return written(4);
}

function float64(value: number): readonly number[] {
  scratch.setFloat64(0, value, true);
  return written(8);
}

const vector = (items: readonly (readonly number[])[]): readonly number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

const text = (name: string): readonly number[] => {
  const bytes = [...new TextEncoder().encode(name)];
  return [...unsigned(bytes.length), ...bytes];
};

const section = (id: number, content: readonly number[]): readonly number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];

/** A section that engines pass over. */
export const customSection = (name: string, content: Uint8Array): readonly number[] =>
  section(0, [...text(name), ...content]);

function concatenate(parts: readonly (readonly number[])[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** In the text format's flat form. */
export function printModule({ imported = [], functions, pages, data }: WasmModule): string {
  const names = [...imported, ...functions.map(({ name }) => name)];
  const lines = [
    '(module',
    `  (import "m" "m" (memory ${pages} 65536))`,
    ...imported.map((name) => `  (import "m" "${name}" (func $${name}))`),
  ];
  for (const one of functions) {
    const name = `$${one.name}`;
    const part = (word: string, types: readonly ValueType[]): string =>
      types.length === 0 ? '' : ` (${word} ${types.join(' ')})`;
    const shown = one.exported ? ` (export "${one.name}")` : '';
    lines.push(`  (func ${name}${shown}${part('param', one.parameters)}${part('result', one.results)}`);
    if (one.locals.length > 0) lines.push(`    (local ${one.locals.join(' ')})`);
    let depth = 0;
    for (const { operation, immediates } of one.body) {
      if (operation === 'end' || operation === 'else') depth -= 1;
      lines.push(`${'  '.repeat(depth + 2)}${printInstruction(operation, immediates, names)}`);
      if (operation === 'block' || operation === 'loop' || operation === 'if' || operation === 'else') depth += 1;
    }
    lines.push('  )');
  }
  if (data) {
    const bytes = data.floats.flatMap(float32).map((byte) => `\\${byte.toString(16).padStart(2, '0')}`);
    lines.push(`  (data (i32.const ${data.offset}) "${bytes.join('')}")`);
  }
  return `${lines.join('\n')}\n)\n`;
}

function printInstruction(
  operation: Instruction['operation'],
  immediates: Instruction['immediates'],
  functionNames: readonly string[],
): string {
  const { immediates: kinds }: Encoding = encodings[operation];
  let at = 0;
  const words = kinds.flatMap((kind) => {
    if (kind === 'none-block') return [];
    if (kind === 'shuffle') return immediates.map(String);
    const value = immediates[at++]!;
    if (kind === 'function') return [`$${functionNames[value]!}`];
    if (kind === 'memory') return value === 0 ? [] : [`offset=${value}`];
    if (kind === 'lanes') return [`f32x4 ${`${printFloat(value)} `.repeat(4).trimEnd()}`];
    if (kind === 'f32' || kind === 'f64') return [printFloat(value)];
    return [String(value)];
  });
  const name = operation === 'select v128' ? 'select (result v128)' : operation;
  return [name, ...words].join(' ');
}

function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}
