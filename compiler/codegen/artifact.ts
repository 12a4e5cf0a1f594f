// The emitted module: declarations, runtime text, kernels, `prepare`, and the calls of one pass, as one file without
// imports. All text comes from here, from runtime/ and from the printers; names of users appear only as literals.

import type { Scores } from '../../runtime/abi.ts';
import type { Kernel } from '../kernel/ir.ts';
import { collectFunctions, unaryOperations } from '../kernel/walk.ts';
import type { Program } from '../schedule/program.ts';
import { combinesWeights, passFunction, prepareFunction } from './calls.ts';
import { classifierOf, classifyInnerTypes } from './classify.ts';
import { declarationText, declarations, header, interfaces } from './declarations.ts';
import { base64 } from './literals.ts';
import { loadFunction } from './load.ts';
import { runtimeText } from './runtime-text.ts';
import { printKernelFunction, printScalarFunction } from './typescript.ts';
import { lengthLine, wasmSections } from './wasm/sections.ts';

export interface EmittedFile {
  /** Relative: `net.ts`, `net.js`, `net.d.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface SourceInfo {
  /** File name of the source, without its folder. */
  readonly sourceName: string;
  /** `ts`: `net.ts`. `js`: `net.js` and `net.d.ts`, the only ones of programs on vectors. */
  readonly target: 'ts' | 'js';
  /** What the numbers of the only output are. Default: raw scores. */
  readonly scores?: Scores;
  /** `weightsLayout` of the network; weights files that were written for another one are refused. */
  readonly layout?: string;
  /** A safetensors file to put inside, for a `load` that needs none. */
  readonly weights?: Uint8Array;
}

export function emitModule(program: Program, info: SourceInfo): readonly EmittedFile[] {
  if (info.target === 'ts') return [{ path: 'net.ts', text: moduleText(program, info, true) }];
  return [
    { path: 'net.js', text: moduleText(program, info, false) },
    { path: 'net.d.ts', text: declarationText(program, info) },
  ];
}

function moduleText(program: Program, info: SourceInfo, typed: boolean): string {
  const language = typed ? 'ts' : 'js';
  const classifies = classifierOf(program) !== undefined;
  const isVector = program.target.lanes > 1;
  const preparing = new Set(program.prepare.map(({ kernel }) => kernel));
  const printed = isVector ? program.kernels.filter(({ name }) => preparing.has(name)) : program.kernels;
  const functions = collectFunctions(printed);
  const operations = unaryOperations(functions, printed);
  const embeds = info.weights !== undefined || isVector;
  const sections = [
    header(program, info),
    declarations(program, typed),
    typed ? interfaces(program) : '',
    typed && classifies ? classifyInnerTypes : '',
    '// Runtime.\n',
    runtimeText.values[language],
    runtimeText.magic[language],
    runtimeText.tensors[language],
    program.inputs.length > 1 ? runtimeText.sameBatch[language] : '',
    isVector ? '' : runtimeText.batch[language],
    runtimeText.weights[language],
    combinesWeights(program) ? runtimeText.folded[language] : '',
    ...(classifies ? [runtimeText.resize[language], runtimeText.picture[language], runtimeText.classes[language]] : []),
    embeds ? runtimeText.embedded[language] : '',
    info.weights ? embedded(info.weights, typed) : '',
    operations.has('pow2') ? runtimeText.pow2[language] : '',
    operations.has('exponent') ? runtimeText.exponent[language] : '',
    program.halvesLength > 0 ? runtimeText.bf16[language] : '',
    functions.map((scalar) => printScalarFunction(scalar, typed)).join('\n'),
    printed.map((kernel: Kernel) => printKernelFunction(kernel, typed)).join('\n'),
    prepareFunction(program, typed),
    ...(isVector
      ? [
          program.target.fused ? runtimeText.relaxed[language] : '',
          program.wide ? runtimeText.wide[language] : '',
          runtimeText.thread[language],
          runtimeText.workers[language],
          runtimeText.engine[language],
          ...wasmSections(program, info),
        ]
      : [passFunction(program, typed), loadFunction(program, info, typed)]),
  ];
  const text = sections.filter((section) => section !== '').join('\n');
  return isVector ? withLength(text) : text;
}

/** Puts its own length into the text of a module. */
function withLength(text: string): string {
  return text.replace(lengthLine(), () => lengthLine(text.length.toString(16).padStart(8, '0')));
}

/** A function, so that the bytes are not kept. */
function embedded(weights: Uint8Array, typed: boolean): string {
  const type = typed ? ': Uint8Array' : '';
  return `function embeddedWeights()${type} {\n  return fromBase64("${base64(weights)}");\n}\n`;
}
