// `load` of the JavaScript target: packs the weights, and makes the object that runs passes.

import type { Program } from '../schedule/program.ts';
import type { SourceInfo } from './artifact.ts';
import { classifierOf, classifyMethod } from './classify.ts';
import { loadDocumentation, weightsType } from './declarations.ts';
import { keyLiteral, propertyOf, stringLiteral } from './literals.ts';

/** The arguments of `readWeights`. */
export const weightsArguments = ({ layout }: SourceInfo): string =>
  `await loadedWeights(weights), weightTensors${layout === undefined ? '' : `, ${stringLiteral(layout)}`}`;

export function loadFunction(program: Program, info: SourceInfo, typed: boolean): string {
  const { inputs, outputs } = program;
  const cast = typed ? ' as TensorSpec' : '';
  const input = (index: number): string => (inputs.length === 1 ? 'x' : propertyOf('x', inputs[index]!.name));
  const into = (index: number): string =>
    outputs.length === 1 ? 'options?.into' : propertyOf('options?.into?', outputs[index]!.name).replace('?[', '?.[');
  const result =
    outputs.length === 1
      ? 'y0'
      : `{ ${outputs.map(({ name }, index) => `${keyLiteral(name)}: y${index}`).join(', ')} }`;
  const arrays = [...inputs.map((_, index) => input(index)), ...outputs.map((_, index) => `y${index}`)];
  const weights = `weights${typed ? `: ${weightsType}` : ''}${info.weights ? ' = embeddedWeights()' : ''}`;
  const signature = typed ? `(${weights}, options: LoadOptions = {}): Promise<Net>` : `(${weights}, options = {})`;
  const classifier = classifierOf(program);
  return [
    loadDocumentation(info, { isThreaded: false }),
    `export async function load${signature} {`,
    `  const maxBatch = checkedBatch(options.maxBatch ?? 1, ${Math.max(program.arenaLength, 1)});`,
    `  const packed = new Float32Array(${program.weightsLength});`,
    `  prepare(readWeights(${weightsArguments(info)}), packed);`,
    `  const arena = new Float32Array(${program.arenaLength} * maxBatch);`,
    `  const scratch = new Float32Array(${program.scratchLength});`,
    `  const net${typed ? ': Net' : ''} = {`,
    '    run(x, options) {',
    `      const batch = ${inputs.length === 1 ? `batchOf(x, inputTensors[0]${cast})` : 'sameBatch(x, inputTensors)'};`,
    ...outputs.map(
      (_, index) => `      const y${index} = resultArray(${into(index)}, outputTensors[${index}]${cast}, batch);`,
    ),
    '      for (let first = 0; first < batch; first += maxBatch) {',
    `        pass(arena, packed, scratch, ${arrays.join(', ')}, first, Math.min(maxBatch, batch - first), maxBatch);`,
    '      }',
    `      return ${result};`,
    '    },',
    ...(classifier ? classifyMethod(classifier, info.scores ?? 'raw') : []),
    '  };',
    '  return net;',
    '}',
    '',
  ].join('\n');
}
