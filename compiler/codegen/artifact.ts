// The emitted module: declarations, runtime text, kernels, `prepare`, and the calls of one pass, as one file without
// imports. All text comes from here, from runtime/ and from the printers; names of users appear only as literals.

import type { Scores } from '../../runtime/abi.ts';
import type { Kernel } from '../kernel/ir.ts';
import { collectFunctions, unaryOperations } from '../kernel/walk.ts';
import type { Program } from '../schedule/program.ts';
import { combinesWeights, prepareFunction } from './calls.ts';
import { classifierOf, classifyInnerTypes } from './classify.ts';
import { declarationText, declarations, header, interfaces } from './declarations.ts';
import { base64 } from './literals.ts';
import { runtimeText } from './runtime-text.ts';
import { printKernelFunction, printScalarFunction } from './typescript.ts';

export interface EmittedFile {
  /** Relative: `net.ts`, `net.js`, `net.d.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface SourceInfo {
  /** File name of the source, without its folder. */
  readonly sourceName: string;
  /** `ts`: `net.ts`. `js`: `net.js` and `net.d.ts`. */
  readonly target: 'ts' | 'js';
  /** What the numbers of the only output are. Default: raw scores. */
  readonly scores?: Scores;
  /** `weightsLayout` of the network; weights files that were written for another one are refused. */
  readonly layout?: string;
  /** A safetensors file to put inside, for a `load` that needs none. */
  readonly weights?: Uint8Array;
}

/** What is particular to the modules of a target. */
export interface ModuleEmitter {
  readonly languages: readonly SourceInfo['target'][];
  /** Whether `load` takes a number of threads, and what it gives has `runAsync` and `close`. */
  readonly isThreaded: boolean;
  /** Kernels that become functions of the module; the others are in its binary. */
  printed(program: Program): readonly Kernel[];
  /** Parts of the runtime before `readWeights`. */
  readonly runtime: readonly (keyof typeof runtimeText)[];
  /** Whether it has bytes inside, as base64. */
  readonly hasBinary: boolean;
  /** What runs a pass, and `load`. */
  sections(program: Program, info: SourceInfo, typed: boolean): readonly string[];
  /** The last word on the text as a whole. */
  finish(text: string): string;
}

/** Throws RangeError where the target has no modules in the language. */
export function emitModule(program: Program, emitter: ModuleEmitter, info: SourceInfo): readonly EmittedFile[] {
  if (!emitter.languages.includes(info.target))
    throw new RangeError(`modules of this target are written in ${emitter.languages.join(', ')}; found ${info.target}`);
  if (info.target === 'ts') return [{ path: 'net.ts', text: moduleText(program, emitter, info, true) }];
  return [
    { path: 'net.js', text: moduleText(program, emitter, info, false) },
    { path: 'net.d.ts', text: declarationText(program, emitter, info) },
  ];
}

function moduleText(program: Program, emitter: ModuleEmitter, info: SourceInfo, typed: boolean): string {
  const language = typed ? 'ts' : 'js';
  const classifies = classifierOf(program) !== undefined;
  const printed = emitter.printed(program);
  const functions = collectFunctions(printed);
  const operations = unaryOperations(functions, printed);
  const sections = [
    header(program, info),
    declarations(program, typed),
    typed ? interfaces(program, emitter) : '',
    typed && classifies ? classifyInnerTypes : '',
    '// Runtime.\n',
    runtimeText.values[language],
    runtimeText.magic[language],
    runtimeText.tensors[language],
    program.inputs.length > 1 ? runtimeText.sameBatch[language] : '',
    ...emitter.runtime.map((part) => runtimeText[part][language]),
    runtimeText.weights[language],
    combinesWeights(program) ? runtimeText.folded[language] : '',
    ...(classifies ? [runtimeText.resize[language], runtimeText.picture[language], runtimeText.classes[language]] : []),
    info.weights !== undefined || emitter.hasBinary ? runtimeText.embedded[language] : '',
    info.weights ? embedded(info.weights, typed) : '',
    operations.has('pow2') ? runtimeText.pow2[language] : '',
    operations.has('exponent') ? runtimeText.exponent[language] : '',
    program.sections.halves.length > 0 ? runtimeText.bf16[language] : '',
    functions.map((scalar) => printScalarFunction(scalar, typed)).join('\n'),
    printed.map((kernel: Kernel) => printKernelFunction(kernel, typed)).join('\n'),
    prepareFunction(program, typed),
    ...emitter.sections(program, info, typed),
  ];
  return emitter.finish(sections.filter((section) => section !== '').join('\n'));
}

/** A function, so that the bytes are not kept. */
function embedded(weights: Uint8Array, typed: boolean): string {
  const type = typed ? ': Uint8Array' : '';
  return `function embeddedWeights()${type} {\n  return fromBase64("${base64(weights)}");\n}\n`;
}
