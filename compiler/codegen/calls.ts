// The kernel calls of a program in JavaScript: those of `prepare`, once, and those of a pass.

import type { Kernel } from '../kernel/ir.ts';
import type { CallArgument, KernelCall, MemoryRef, Program } from '../schedule/program.ts';
import { commentText, dataLiteral, numberLiteral } from './literals.ts';

export function prepareFunction(program: Program, typed: boolean): string {
  const kernels = kernelsByName(program);
  const halves = program.halvesLength > 0;
  const signature = typed
    ? `(parameters: readonly Float32Array[], weights: Float32Array${halves ? ', halves: Uint16Array' : ''}): void`
    : `(parameters, weights${halves ? ', halves' : ''})`;
  const cast = typed ? ' as Float32Array' : '';
  const used = (kind: 'parameter'): ReadonlySet<number> =>
    new Set(
      program.prepare.flatMap(({ memories }) =>
        [...memories.values()].flatMap((ref) => (ref.kind === kind ? [ref.index] : [])),
      ),
    );
  const lines = [
    ...[...used('parameter')].map(
      (index) => `const p${index} = parameters[${index}]${cast}; // ${commentText(program.parameters[index]!.name)}`,
    ),
    ...program.constants.map((data, index) => `const c${index} = new Float64Array(${dataLiteral([...data])});`),
    ...program.temporaries.map((length, index) => `const t${index} = new Float64Array(${length});`),
    ...program.prepare.map((call) => callText(call, program, kernels)),
    ...(computesWeights(program) ? ['requireFinite(weights, parameters);'] : []),
  ];
  return `// Arithmetic on the weights, and packing them, once.\nfunction prepare${signature} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

/** Whether weights are computed from others, and may leave the range of f32 doing so. */
export const computesWeights = ({ temporaries }: Program): boolean => temporaries.length > 0;

export function passFunction(program: Program, typed: boolean): string {
  const kernels = kernelsByName(program);
  const array = typed ? ': Float32Array' : '';
  const number = typed ? ': number' : '';
  const fixed = ['arena', 'weights', 'scratch'].map((name) => `${name}${array}`);
  const outer = [
    ...program.inputs.map((_, index) => `input${index}${array}`),
    ...program.outputs.map((_, index) => `output${index}${array}`),
  ];
  const counts = [`first${number}`, `images${number}`, `maxBatch${number}`];
  const lines = program.run.map((call) => {
    const from = call.nodes.length > 0 ? call.nodes.join(', ') : 'copy';
    const line = call.line === undefined ? '' : `line ${call.line}: `;
    return `  // ${commentText(`${line}${from} [${call.shape.join(', ')}]`)}\n  ${callText(call, program, kernels)}\n`;
  });
  return `// One pass over \`images\` images, the first being number \`first\` of the batch.\nfunction pass(${[...fixed, ...outer, ...counts].join(', ')})${typed ? ': void' : ''} {\n${lines.join('')}}\n`;
}

const kernelsByName = (program: Program): ReadonlyMap<string, Kernel> =>
  new Map(program.kernels.map((kernel) => [kernel.name, kernel]));

function callText(call: KernelCall, program: Program, kernels: ReadonlyMap<string, Kernel>): string {
  const { memories: declared } = kernels.get(call.kernel)!;
  const memories = declared.map(({ name }) => memoryName(call.memories.get(name)!));
  return `${call.kernel}(${[...memories, ...call.arguments.map((argument) => argumentText(argument, program))].join(', ')});`;
}

function memoryName(ref: MemoryRef): string {
  switch (ref.kind) {
    case 'arena':
    case 'weights':
    case 'scratch':
    case 'shared':
    case 'halves':
      return ref.kind;
    case 'input':
    case 'output':
      return `${ref.kind}${ref.index}`;
    case 'parameter':
      return `p${ref.index}`;
    case 'constant':
      return `c${ref.index}`;
    case 'temporary':
      return `t${ref.index}`;
    default:
      return ref satisfies never;
  }
}

function argumentText(argument: CallArgument, program: Program): string {
  switch (argument.kind) {
    case 'constant':
      return numberLiteral(argument.value);
    case 'slice': {
      const { offset } = program.buffers[argument.buffer]!;
      const base = offset === 0 ? '' : `${offset} * maxBatch`;
      return [base, argument.within === 0 && base !== '' ? '' : String(argument.within)]
        .filter((part) => part !== '')
        .join(' + ');
    }
    case 'chunk':
      return `first * ${argument.size}`;
    case 'images':
      return 'images';
    default:
      return argument satisfies never;
  }
}
