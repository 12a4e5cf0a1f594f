// The emitted module: declarations, runtime text, kernels, `prepare`, and the calls of one pass, as one file without
// imports. All text comes from here, from runtime/ and from the printers; names of users appear only as literals.

import type { Kernel } from '../kernel/ir.ts';
import { collectFunctions, unaryOperations } from '../kernel/walk.ts';
import type { Program } from '../program/program.ts';
import { combinesWeights, prepareFunction } from './calls.ts';
import { classifierOf, classifyInnerTypes } from './classify.ts';
import { declarationText, declarations, header, interfaces } from './declarations.ts';
import { base64 } from './literals.ts';
import type { EmittedFile, ModuleEmitter, SourceInfo } from './module-emitter.ts';
import { runtimeText } from './runtime-text.ts';
import { loadTrainerFunction, trainerDeclarations, trainerParts } from './trainer.ts';
import { printKernelFunction, printScalarFunction } from './typescript.ts';

/** Throws RangeError where the target has no modules in the language. */
export function emitModule(program: Program, emitter: ModuleEmitter, info: SourceInfo): readonly EmittedFile[] {
  if (!emitter.languages.includes(info.target))
    throw new RangeError(`modules of this target are written in ${emitter.languages.join(', ')}; found ${info.target}`);
  if (info.training && info.target === 'ts')
    throw new RangeError('a module that trains is written as js or wasm; found ts');
  if (info.target === 'ts') return [{ path: 'net.ts', text: moduleText(program, emitter, info, true) }];
  return [
    { path: 'net.js', text: moduleText(program, emitter, info, false) },
    {
      path: 'net.d.ts',
      text: info.training ? trainerDeclarations(program, info) : declarationText(program, emitter, info),
    },
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
    program.states.length > 0 ? runtimeText.states[language] : '',
    ...(info.training ? trainerParts.map((part) => runtimeText[part][language]) : []),
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
    info.training ? loadTrainerFunction(info.training) : '',
  ];
  return emitter.finish(sections.filter((section) => section !== '').join('\n'));
}

/** A function, so that the bytes are not kept. */
function embedded(weights: Uint8Array, typed: boolean): string {
  const type = typed ? ': Uint8Array' : '';
  return `function embeddedWeights()${type} {\n  return fromBase64("${base64(weights)}");\n}\n`;
}
