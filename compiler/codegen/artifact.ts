// The emitted module: declarations, runtime text, kernels, `prepare`, and the calls of one pass, as one file without
// imports. All text comes from here, from runtime/ and from the printers; names of users appear only as literals.

import type { Kernel } from '../kernel/ir.ts';
import { collectFunctions, unaryOperations } from '../kernel/walk.ts';
import type { Program } from '../program/program.ts';
import { combinesWeights, prepareFunction } from './calls.ts';
import { classifierOf, classifyInnerTypes } from './classify.ts';
import { declarationText, declarations, header, interfaces } from './declarations.ts';
import { base64 } from './literals.ts';
import type { EmittedBinary, EmittedFile, ModuleEmitter, SourceInfo } from './module-emitter.ts';
import type { RuntimePart } from './runtime-text.ts';
import { runtimeText } from './runtime-text.ts';
import { printKernelFunction, printScalarFunction } from './typescript.ts';

/** Throws RangeError where the target has no modules in the language, or no WebAssembly for a `wasmFile`. */
export function emitModule(program: Program, emitter: ModuleEmitter, info: SourceInfo): readonly EmittedFile[] {
  if (!emitter.languages.includes(info.target))
    throw new RangeError(`modules of this target are written in ${emitter.languages.join(', ')}; found ${info.target}`);
  if (info.wasmFile !== undefined) requireBinary(emitter);
  if (info.target === 'ts') return [{ path: 'net.ts', text: moduleText(program, emitter, info, true) }];
  return [
    { path: 'net.js', text: moduleText(program, emitter, info, false) },
    { path: 'net.d.ts', text: declarationText(program, emitter, info) },
  ];
}

/** What a module emitted with `wasmFile` needs beside it. Throws RangeError where the target has no WebAssembly. */
export function emitBinary(
  program: Program,
  emitter: ModuleEmitter,
  wasmFile: string,
  role?: SourceInfo['role'],
): EmittedBinary {
  return requireBinary(emitter)(program, wasmFile, role);
}

/** Throws RangeError where the target has no WebAssembly. */
export function requireBinary({ binary }: ModuleEmitter): NonNullable<ModuleEmitter['binary']> {
  if (!binary) throw new RangeError('modules of this target have no WebAssembly that a file could hold');
  return binary;
}

function moduleText(program: Program, emitter: ModuleEmitter, info: SourceInfo, typed: boolean): string {
  const language = typed ? 'ts' : 'js';
  const classifies = classifierOf(program) !== undefined;
  const hasBase64 = info.weights !== undefined || emitter.hasBase64(program, info);
  const parts = runtimeParts(program, emitter, { classifies, hasBase64 });
  const textOf = (part: RuntimePart): readonly string[] => {
    const text = partText(part, language);
    return part === 'embedded' && info.weights ? [text, embedded(info.weights, typed)] : [text];
  };
  const sections = [
    header(program, info),
    declarations(program, typed),
    typed ? interfaces(program, emitter, info) : '',
    typed && classifies ? classifyInnerTypes : '',
    '// Runtime.\n',
    ...parts.flatMap(textOf),
    ...kernelSections(program, emitter, typed),
    ...emitter.engine(program, info).map((part) => partText(part, language)),
    ...emitter.sections(program, typed, info),
    emitter.file(info),
    emitter.load(program, info, typed),
    emitter.end,
  ];
  return emitter.finish(sections.filter((section) => section !== '').join('\n'));
}

/** Throws RangeError for a part that modules of the language have no use for. */
function partText(part: RuntimePart, language: SourceInfo['target']): string {
  const texts: { readonly [key in SourceInfo['target']]?: string } = runtimeText[part];
  const text = texts[language];
  if (text === undefined) throw new RangeError(`there is no ${part} in ${language}`);
  return text;
}

interface PartsOptions {
  readonly classifies: boolean;
  /** Whether the module has bytes inside. */
  readonly hasBase64: boolean;
}

/** What stands before the kernels of a program, in this order. */
export function runtimeParts(
  program: Program,
  emitter: ModuleEmitter,
  { classifies, hasBase64 }: PartsOptions,
): readonly RuntimePart[] {
  const printed = emitter.printed(program);
  const operations = unaryOperations(collectFunctions(printed), printed);
  return [
    ...(['values', 'magic', 'tensors'] as const),
    ...(program.inputs.length > 1 ? (['sameBatch'] as const) : []),
    ...(program.states.length > 0 ? (['states'] as const) : []),
    ...emitter.runtime,
    'weights',
    ...(program.bounds.length > 0 ? (['wholeNumbers'] as const) : []),
    ...(combinesWeights(program) ? (['folded'] as const) : []),
    ...(classifies ? (['resize', 'picture', 'classes'] as const) : []),
    ...(hasBase64 ? (['embedded'] as const) : []),
    ...(operations.has('pow2') ? (['pow2'] as const) : []),
    ...(operations.has('exponent') ? (['exponent'] as const) : []),
    ...(program.sections.halves.length > 0 ? (['bf16'] as const) : []),
  ];
}

/** The functions of the kernels that are printed, and `prepare`. */
export function kernelSections(program: Program, emitter: ModuleEmitter, typed: boolean): readonly string[] {
  const printed = emitter.printed(program);
  return [
    collectFunctions(printed)
      .map((scalar) => printScalarFunction(scalar, typed))
      .join('\n'),
    printed.map((kernel: Kernel) => printKernelFunction(kernel, typed)).join('\n'),
    prepareFunction(program, typed),
  ];
}

/** A function, so that the bytes are not kept. */
function embedded(weights: Uint8Array, typed: boolean): string {
  const type = typed ? ': Uint8Array' : '';
  return `function embeddedWeights()${type} {\n  return fromBase64("${base64(weights)}");\n}\n`;
}
