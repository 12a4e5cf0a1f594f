// The binary of a program: as text inside its module, or as a file beside it, which says of itself to which module it belongs.

import { hashOfText } from '../../ir/hash.ts';
import type { Program } from '../../program/program.ts';
import { base64, stringLiteral } from '../literals.ts';
import type { EmittedBinary, SourceInfo } from '../module-emitter.ts';
import type { Assembled } from './assembler.ts';
import { assemble, customSection } from './assembler.ts';
import { encodings } from './instructions.ts';
import type { Layout } from './layout.ts';
import { layoutOf } from './layout.ts';
import { wasmModule } from './module.ts';
import { relaxedProbe } from './probe.ts';

interface ProgramBinary extends Assembled {
  /** Whether it has fused multiply–adds, with a way to do without. */
  readonly isFused: boolean;
}

function binaryOf(program: Program): ProgramBinary {
  const layout = layoutOf(program);
  const fused = relaxed(program, layout);
  return { ...(fused ?? assemble(wasmModule(program, layout, false))), isFused: fused !== undefined };
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
  const section = customSection('cnnc', new TextEncoder().encode(identity));
  const whole = new Uint8Array(bytes.length + section.length);
  whole.set(bytes);
  whole.set(section, bytes.length);
  return { bytes: whole, identity };
}

/** The declaration of `binary`, or with `wasmFile` of `wasmFile`. */
export function binaryText(program: Program, { wasmFile, role }: SourceInfo): string {
  const assembled = binaryOf(program);
  if (wasmFile !== undefined) return fileText(program, assembled, nameOf(wasmFile, role));
  const { bytes, sharedAt, code, isFused } = assembled;
  return [
    'const binary = {',
    '  async compile(shared) {',
    `    const bytes = ${bytesText(bytes)};`,
    ...(isFused ? [`    if (!${hasRelaxed()}) withoutRelaxed(bytes, ${code.join(', ')});`] : []),
    `    bytes[${sharedAt}] = shared ? 3 : 1;`,
    "    return compiledModule(WebAssembly.compile(bytes), 'the WebAssembly of this module');",
    '  },',
    '};',
    '',
  ].join('\n');
}

function fileText(program: Program, assembled: ProgramBinary, name: string): string {
  const { sharedAt, code, isFused } = assembled;
  const { bytes, identity } = identified(program, assembled);
  const remove = `(bytes) => withoutRelaxed(bytes, ${code.join(', ')})`;
  return [
    'const wasmFile = {',
    `  name: ${stringLiteral(name)},`,
    `  length: ${bytes.length},`,
    `  identity: ${stringLiteral(identity)},`,
    `  sharedAt: ${sharedAt},`,
    // As bundlers know it, which then take the file along.
    `  url: () => new URL(${stringLiteral(`./${encodeURIComponent(name)}`)}, import.meta.url),`,
    ...(isFused ? [`  relaxed: { isHere: () => ${hasRelaxed()}, remove: ${remove} },`] : []),
    '};',
    '',
  ].join('\n');
}

const bytesText = (bytes: Uint8Array): string => `fromBase64("${base64(bytes)}")`;

const hasRelaxed = (): string => `WebAssembly.validate(${bytesText(relaxedProbe())})`;

/**
 * With fused multiply–adds; undefined where `withoutRelaxed` of runtime/relaxed.ts, which searches for them when a module is loaded,
 * would find other places than the assembler wrote them to.
 */
function relaxed(program: Program, layout: Layout): Assembled | undefined {
  if (!program.target.fused) return undefined;
  const fused = assemble(wasmModule(program, layout, true));
  const { code: nop } = encodings.nop;
  const products = placesOf(fused, [...nop, ...nop, ...nop]);
  const sums = placesOf(fused, encodings['f32x4.relaxed_madd'].code);
  const isRight =
    sameNumbers(sums, fused.relaxed) &&
    sameNumbers(
      products.flatMap((at) => [at, at + 1, at + 2]),
      fused.unused,
    );
  return isRight ? fused : undefined;
}

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

/** Where the pattern stands among the functions, found as `withoutRelaxed` finds it. */
function placesOf({ bytes, code: [from, to] }: Assembled, pattern: readonly number[]): readonly number[] {
  const places: number[] = [];
  for (let at = from; at + pattern.length <= to; at += 1) {
    if (bytes[at] !== pattern[0] || !pattern.every((byte, i) => bytes[at + i] === byte)) continue;
    if (pattern[0] === encodings.nop.code[0] && bytes[at + pattern.length] === pattern[0]) continue;
    places.push(at);
    at += pattern.length - 1;
  }
  return places;
}
