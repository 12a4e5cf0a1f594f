// The binary of a program: as text inside its module, or as a file beside it, which says of itself to which module it belongs.

import { hashOfText } from '../../ir/hash.ts';
import type { Program } from '../../program/program.ts';
import { indented } from '../border.ts';
import { base64, stringLiteral } from '../literals.ts';
import type { EmittedBinary, SourceInfo } from '../module-emitter.ts';
import type { Assembled } from './assembler.ts';
import { assemble, customSection } from './assembler.ts';
import { encodings } from './instructions.ts';
import { layoutOf } from './layout.ts';
import { wasmModule } from './module.ts';
import { dotsProbe, relaxedProbe } from './probe.ts';

interface ProgramBinary extends Assembled {
  /** Whether it has fused multiply–adds, with a way to do without. */
  readonly isFused: boolean;
  /** Whether it has dot products of bytes, with other ways to compute them. */
  readonly hasDots: boolean;
}

/**
 * With relaxed instructions as far as the runtime, which searches for them when a module is loaded, finds them in the places to which the
 * assembler wrote them, and in no others.
 */
function binaryOf(program: Program): ProgramBinary {
  const layout = layoutOf(program);
  const asWanted = assemble(wasmModule(program, layout, program.target.fused));
  const isFused = program.target.fused && findsProducts(asWanted);
  const hasDots = asWanted.places.dot.length > 0 && findsDots(asWanted);
  const isRight = isFused === program.target.fused && hasDots === asWanted.places.dot.length > 0;
  return { ...(isRight ? asWanted : assemble(wasmModule(program, layout, isFused, !hasDots))), isFused, hasDots };
}

/** `NAME.wasm`; of a module that trains, `NAME.step.wasm` and `NAME.evaluation.wasm`. */
const nameOf = (wasmFile: string, role: SourceInfo['role']): string =>
  role === undefined ? wasmFile : wasmFile.replace(/\.wasm$/, `.${role}.wasm`);

/** The file that a module emitted with `wasmFile` needs beside it. */
export function binaryFile(program: Program, wasmFile: string, role?: SourceInfo['role']): EmittedBinary {
  return { path: nameOf(wasmFile, role), data: identified(program, binaryOf(program)).bytes };
}

/** With a last section that holds the hash of all others, and of where the module expects things in the memory. */
function identified(
  program: Program,
  { bytes }: ProgramBinary,
): { readonly bytes: Uint8Array; readonly identity: string } {
  const identity = hashOfText(`${base64(bytes)} ${JSON.stringify(layoutOf(program))}`);
  return { bytes: withSection(bytes, 'cnnc', identity), identity };
}

function withSection(bytes: Uint8Array, name: string, content: string): Uint8Array {
  const section = customSection(name, new TextEncoder().encode(content));
  const whole = new Uint8Array(bytes.length + section.length);
  whole.set(bytes);
  whole.set(section, bytes.length);
  return whole;
}

/** The declaration of `binary`, or with `wasmFile` of `wasmFile`; and of `wideBinary`, where there is one. */
export function binaryText(program: Program, { wasmFile, role, isBundled = false }: SourceInfo): string {
  const assembled = binaryOf(program);
  if (wasmFile !== undefined) return fileText(program, assembled, nameOf(wasmFile, role), isBundled);
  if (!program.wide) return embeddedText('binary', assembled);
  return `${embeddedText('binary', assembled)}${embeddedText('wideBinary', wideBinaryOf(program))}`;
}

/** With 256-bit instructions in mind, and a section that no other module has: V8 compiles the same bytes only once. */
function wideBinaryOf(program: Program): ProgramBinary {
  const { wideKernels } = program;
  const binary = binaryOf(wideKernels.length > 0 ? { ...program, kernels: wideKernels } : program);
  return { ...binary, bytes: withSection(binary.bytes, 'cnnc', 'wide') };
}

function embeddedText(name: 'binary' | 'wideBinary', assembled: ProgramBinary): string {
  const { bytes, sharedAt, hasDots } = assembled;
  return [
    `const ${name} = {`,
    '  async compile(shared) {',
    `    ${hasDots ? 'let' : 'const'} bytes = ${bytesText(bytes)};`,
    ...indented(rewritingOf(assembled), 4),
    `    bytes[${sharedAt}] = shared ? 3 : 1;`,
    "    return compiledModule(WebAssembly.compile(bytes), 'the WebAssembly of this module');",
    '  },',
    '};',
    '',
  ].join('\n');
}

function fileText(program: Program, assembled: ProgramBinary, name: string, isBundled: boolean): string {
  const { sharedAt, isFused, hasDots } = assembled;
  const { bytes, identity } = identified(program, assembled);
  // Where fused multiply–adds are as wanted, but dot products are not, the form of these says so.
  const isAsWritten = hasDots ? `${dotForm()} === 'one'` : hasRelaxed();
  return [
    'const wasmFile = {',
    `  name: ${stringLiteral(name)},`,
    `  length: ${bytes.length},`,
    `  identity: ${stringLiteral(identity)},`,
    `  sharedAt: ${sharedAt},`,
    // As bundlers know it, which then take the file along. In a bundle that has it elsewhere there is no base, and no address.
    `  url: () => new URL(${stringLiteral(`./${encodeURIComponent(name)}`)}${isBundled ? '' : ', import.meta.url'}),`,
    ...(isFused || hasDots
      ? [
          '  rewriting: {',
          `    isNeeded: () => !(${isAsWritten}),`,
          '    rewrite(bytes) {',
          ...indented([...rewritingOf(assembled), 'return bytes;'], 6),
          '    },',
          '  },',
        ]
      : []),
    '};',
    '',
  ].join('\n');
}

/** Statements that make of `bytes` what this host wants. */
function rewritingOf({ code, isFused, hasDots }: ProgramBinary): readonly string[] {
  const range = code.join(', ');
  return [
    ...(isFused ? [`if (!${hasRelaxed()}) withoutRelaxed(bytes, ${range});`] : []),
    ...(hasDots ? [`bytes = dotsAs(${dotForm()}, bytes, ${range});`] : []),
  ];
}

const hasRelaxed = (): string => `WebAssembly.validate(${bytesText(relaxedProbe())})`;

const dotForm = (): string => `dotForm(${bytesText(dotsProbe())})`;

const bytesText = (bytes: Uint8Array): string => `fromBase64("${base64(bytes)}")`;

/** Whether `withoutRelaxed` of runtime/relaxed.ts finds the fused multiply–adds. */
function findsProducts(fused: Assembled): boolean {
  const { code: nop } = encodings.nop;
  const products = placesOf(fused, [...nop, ...nop, ...nop]);
  const sums = placesOf(fused, encodings['f32x4.relaxed_madd'].code);
  return (
    sameNumbers(sums, fused.places.madd) &&
    sameNumbers(
      products.flatMap((at) => [at, at + 1, at + 2]),
      fused.places.nop,
    )
  );
}

/** Whether `dotsAs` of runtime/dots.ts finds the dot products. */
function findsDots(binary: Assembled): boolean {
  const { mark, dot, joinable, joins } = binary.places;
  const found = (pattern: readonly (number | undefined)[], places: readonly number[]): boolean =>
    sameNumbers(placesOf(binary, pattern), places);
  return (
    found([0x41, goesOn, goesOn, 42, 0x1a], mark) &&
    found(encodings['i32x4.relaxed_dot_i8x16_i7x16_add_s'].code, dot) &&
    found(encodings['i16x8.relaxed_dot_i8x16_i7x16_s'].code, joinable) &&
    found([0x41, 0, 0x41, 0, 0x72], joins)
  );
}

/** A byte of a number with another one behind it. */
const goesOn = undefined;

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

/** Where the pattern stands among the functions, found as the runtime finds it. */
function placesOf({ bytes, code: [from, to] }: Assembled, pattern: readonly (number | undefined)[]): readonly number[] {
  const places: number[] = [];
  for (let at = from; at + pattern.length <= to; at += 1) {
    if (!pattern.every((byte, i) => (byte === undefined ? bytes[at + i]! >= 0x80 : bytes[at + i] === byte))) continue;
    if (pattern[0] === encodings.nop.code[0] && bytes[at + pattern.length] === pattern[0]) continue;
    places.push(at);
    at += pattern.length - 1;
  }
  return places;
}
