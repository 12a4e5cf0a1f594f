// `load` of the JavaScript target: packs the weights, and makes the object that runs passes.

import type { Program } from '../program/program.ts';
import { spareCodes } from '../program/program.ts';
import { packedBeside, sectionArray, usedBeside } from './calls.ts';
import type { SourceInfo } from './module-emitter.ts';
import { borderOf, indented } from './border.ts';
import { classifierOf, classifyMethod } from './classify.ts';
import { awaitedWeights, loadDocumentation } from './declarations.ts';
import { dataLiteral, stringLiteral } from './literals.ts';

/** The tensors that `load` is given, checked; `source` is an expression for what `readWeights` takes. */
export function weightsRead({ bounds }: Program, { layout }: SourceInfo, source: string): string {
  const read = `readWeights(${source}, weightTensors${layout === undefined ? '' : `, ${stringLiteral(layout)}`})`;
  return bounds.length === 0 ? read : `checkedNumbers(${read}, weightTensors, ${dataLiteral(bounds)})`;
}

/** A network inside another module is loaded by that module alone. */
export const loadOptionsChecked = ({ role }: SourceInfo): readonly string[] =>
  role ? [] : ["  checkNames('load', options, loadOptions);"];

/** The text of `load` of a JavaScript or TypeScript module. */
export function loadFunction(program: Program, info: SourceInfo, typed: boolean): string {
  const { outputs, sections } = program;
  const { inputs, prologue, result } = borderOf(program, typed);
  const arrays = [...inputs, ...outputs.map((_, index) => `y${index}`)];
  const weights = `weights${typed ? `: ${awaitedWeights}` : ''}${info.weights ? ' = embeddedWeights()' : ''}`;
  const signature = typed ? `(${weights}, options: LoadOptions = {}): Promise<Net>` : `(${weights}, options = {})`;
  const classifier = classifierOf(program);
  return [
    ...(info.role || !typed ? [] : [loadDocumentation(info, { isThreaded: false })]),
    `${info.role ? '' : 'export '}async function load${signature} {`,
    ...loadOptionsChecked(info),
    `  const maxBatch = checkedBatch(options?.maxBatch ?? 1, ${Math.max(sections.arena.length, sections.codes.length, 1)});`,
    `  const packed = new Float32Array(${sections.weights.length});`,
    ...packedBeside(program).map(
      (name) => `  const ${name} = new ${sectionArray(program, name)}(${sections[name].length});`,
    ),
    `  prepare(${weightsRead(program, info, 'await loadedWeights(weights)')}, ${['packed', ...packedBeside(program)].join(', ')});`,
    `  const arena = new Float32Array(${arenaText(program)});`,
    `  const scratch = new Float32Array(${sections.scratch.length});`,
    ...codesText(program),
    `  const net${typed ? ': Net' : ''} = {`,
    '    run(x, options) {',
    ...indented(prologue, 6),
    '      for (let first = 0; first < batch; first += maxBatch) {',
    `        pass(arena, packed, scratch, ${[...usedBeside(program), ...arrays].join(', ')}, first, Math.min(maxBatch, batch - first), maxBatch);`,
    '      }',
    `      return ${result};`,
    '    },',
    ...(program.states.length > 0 ? ['    states: stateTensors(arena, states),'] : []),
    ...(info.role === 'evaluation'
      ? [
          `    fill: (tensors) => prepare(readWeights(tensors, weightTensors), ${['packed', ...packedBeside(program)].join(', ')}),`,
        ]
      : []),
    ...(classifier && !info.role ? classifyMethod(classifier, info.scores ?? 'raw') : []),
    '  };',
    '  return net;',
    '}',
    '',
  ].join('\n');
}

/** Memory of codes, and for them. */
function codesText({ sections: { codes, scratch_codes } }: Program): readonly string[] {
  const array = (name: string, length: string): string =>
    `  const ${name} = new Uint8Array(${length} + ${spareCodes});`;
  return [
    ...(codes.length > 0 ? [array('codes', `${codes.length} * maxBatch`)] : []),
    ...(scratch_codes.length > 0 ? [array('scratch_codes', String(scratch_codes.length))] : []),
  ];
}

/** Elements of the arena: what there is once, then what there is per image. */
function arenaText({ sections: { once, arena } }: Program): string {
  return `${once.length > 0 ? `${once.length} + ` : ''}${arena.length} * maxBatch`;
}
