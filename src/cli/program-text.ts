// A program as text, for `cnnc dump --stage program`: its arrays, and its kernel calls with where they read and write.

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import type { CallArgument, KernelCall, MemoryRef, Program } from '../../compiler/schedule/program.ts';

/** Ends with a line break. Sizes and offsets are in elements per image. */
export function printProgram(program: Program): string {
  const { inputs, outputs, parameters, buffers, prepare, run, sections } = program;
  const named = (kind: string, tensors: Program['parameters']): string[] =>
    tensors.map(({ name, shape }, at) => `  ${kind} ${at} ${JSON.stringify(name)} ${formatShape(shape)}`);
  const lines = [
    `program ${JSON.stringify(program.name)} {`,
    ...named('input', inputs),
    ...named('output', outputs),
    ...named('parameter', parameters),
    `  arena ${sections.arena.length} weights ${sections.weights.length} scratch ${sections.scratch.length}${vectorLengths(program)}`,
    ...buffers.map(
      ({ name, offset, length, from, to }, at) =>
        `  buffer ${at} ${JSON.stringify(name)} offset ${offset} length ${length} alive ${from}..${to}`,
    ),
    '  prepare {',
    ...prepare.map(callText),
    '  }',
    '  run {',
    ...run.map(callText),
    '  }',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** What only programs on vectors have. */
function vectorLengths({ sections: { halves, shared } }: Program): string {
  return `${halves.length > 0 ? ` halves ${halves.length}` : ''}${shared.length > 0 ? ` shared ${shared.length}` : ''}`;
}

function callText({ kernel, memories, arguments: values, nodes, shape, line }: KernelCall): string {
  const list = [...[...memories].map(([name, ref]) => `${name}: ${memoryText(ref)}`), ...values.map(argumentText)];
  const of = nodes.length > 0 ? `  ${nodes.join(', ')} ${formatShape(shape)}` : '';
  return `    ${kernel}(${list.join(', ')})${of}${line === undefined ? '' : ` line ${line}`}`;
}

function memoryText(ref: MemoryRef): string {
  return ref.kind === 'section' ? ref.name : `${ref.kind} ${ref.index}`;
}

function argumentText(argument: CallArgument): string {
  switch (argument.kind) {
    case 'constant':
      return String(argument.value);
    case 'slice':
      return `buffer ${argument.buffer}${argument.within === 0 ? '' : ` + ${argument.within}`}`;
    case 'chunk':
      return `first * ${argument.size}`;
    case 'images':
      return 'images';
    default:
      return argument satisfies never;
  }
}
